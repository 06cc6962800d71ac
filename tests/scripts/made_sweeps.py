"""What tests of claims share: sweeps that are made on the spot, and the verdicts on them."""

import tempfile
import unittest
from pathlib import Path

import acidsim_results as results
from made_results import write_sweep


def level(value, scatter=1e-3):
    """A metric that stays at a value, with a relative scatter over repeats."""
    return lambda time, repeat: value * (1 + scatter * repeat)


class MadeSweeps(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def load(self, cells):
        return results.load(write_sweep(self.folder / f"sweep{len(list(self.folder.iterdir()))}", cells))

    def verdicts(self, judge, cells):
        return [finding.verdict for finding in judge(self.load(cells))]

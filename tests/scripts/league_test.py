"""What many methods spend until a target: the table, its figures, and what `plot` writes."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pandas as pd
from made_results import write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_league_figures as league
import acidsim_results as results

TARGET = {"metric": "consensus_distance", "below": 1e-6}
METHODS = {"async_gossip": 0.5, "a2cid2": 1.0, "nids": 0.25, "msda": 2.0, "d_psgd": 0.01}  # rates; the last is too slow


class League(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name) / "sweep"
        cells = {}
        for method, rate in METHODS.items():
            for family in ("cycle", "star"):
                speed = rate * (2 if family == "star" else 1)
                cells[f"{method}_{family}"] = (
                    {"algorithm.name": method, "topology.family": family},
                    {"algorithm": method, "family": family, "target": TARGET, "repeats": 3, "rows": 101,
                     "metrics": {"consensus_distance": lambda time, repeat, speed=speed: np.exp(-speed * (1 + 0.01 * repeat) * time)}})
        write_sweep(self.folder, cells)
        self.runs = results.load(self.folder)

    def test_medians_of_time_and_of_counts(self):
        table = league.table(self.runs).set_index(["algorithm", "graph"])
        for method, rate in METHODS.items():
            row = table.loc[(method, "cycle")]
            if method == "d_psgd":
                self.assertEqual(row["arrived"], 0)
                self.assertTrue(np.isnan(row["time"]) and np.isnan(row["gradients"]))
                self.assertAlmostEqual(row["final_consensus_distance"], np.exp(-0.01 * 1.01 * 100), places=12)
                continue
            time = np.log(1e6) / (1.01 * rate)
            self.assertAlmostEqual(row["time"], time, places=9)
            # 16 gradients and 8 communications in a unit of time, counted whole at the records
            self.assertAlmostEqual(row["gradients"], 16 * 1.01 * time, delta=1.5)
            self.assertAlmostEqual(row["communications"], 8 * time, delta=1.5)
        self.assertNotIn("bytes", table.columns)

    def test_half_of_the_repeats_must_arrive(self):
        self.assertEqual(league._median(np.array([1.0, 5.0, np.nan])), 5.0)
        self.assertTrue(np.isnan(league._median(np.array([1.0, np.nan, np.nan]))))

    def test_the_figure_names_the_best_and_the_floor(self):
        figure = league.figures(self.runs, "made")["time"]
        self.addCleanup(league.plt.close, figure)
        texts = figure.axes[0].texts
        shown = {text.get_text() for text in texts}
        self.assertIn("(0.4)", shown)  # d_psgd on the cycle ends at e^-1.01
        bold = {text.get_text() for text in texts if text.get_fontweight() == "bold"}
        self.assertEqual(bold, {f"{np.log(1e6) / 1.01 / 2:.3g}", f"{np.log(1e6) / 1.01 / 4:.3g}"})

    def test_plot_writes_table_and_figures(self):
        done = subprocess.run([SCRIPTS / "plot", self.folder], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        names = {path.name for path in (self.folder / "plots").iterdir()}
        self.assertTrue({"to_target.csv", "time_to_target.png", "gradients_to_target.pdf"} <= names)
        self.assertEqual(len(pd.read_csv(self.folder / "plots" / "to_target.csv")), 2 * len(METHODS))

    def test_numbers_are_short(self):
        self.assertEqual([league._number(value) for value in (0.0, 3.14159, 432.1, 5432.1, 54321, 7654321)],
                         ["0", "3.14", "432", "5432", "54.3 k", "7.65 M"])


if __name__ == "__main__":
    unittest.main()

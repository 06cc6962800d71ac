"""Runs in steps: the same as in one go, and checkpoints that the program goes on from."""

import json
import pathlib
import tempfile
import unittest

import numpy as np

import acidsim
from own_test import Quadratic
from program import PROGRAM, RING, call, with_fields

CASES = {
    "gossip": {},
    "a2cid2": {"algorithm": {"name": "a2cid2"}},
    "single": {"precision": "single"},
    "adam": {"optimizer": {"name": "adam", "learning_rate": 0.1}},
    "latency": {"timing": {"model": "availability", "transfer": {"latency": 0.3}, "gradient": {"read": "at_start"}}},
    "rounds": {"algorithm": {"name": "d_psgd"}},
    "gradients": {"stop": {"gradients": 200}},
    "tracking": {"algorithm": {"name": "gossip_tracking"}},
}


class Steps(unittest.TestCase):
    def test_digests_and_records_do_not_depend_on_the_steps(self):
        for name, fields in CASES.items():
            with self.subTest(case=name):
                config = with_fields(RING, **fields)
                whole = acidsim.run(config, progress=False)
                for repeat in (0, 1):
                    steps = acidsim.Simulation(config, repeat=repeat)
                    for until in (0.7, 5.0, 5.0, 13.37):
                        self.assertTrue(steps.advance(until=until))
                        self.assertEqual(steps.time, until)
                    self.assertFalse(steps.finished)
                    self.assertFalse(steps.advance())
                    self.assertTrue(steps.finished)
                    self.assertEqual(steps.digest, whole.info["repeats"][repeat]["state_digest"])
                    self.assertEqual(steps.stop_reason, whole.stop_reasons[repeat])
                    np.testing.assert_array_equal(steps.states, whole.states[repeat])
                    rows = whole.metrics[whole.metrics["repeat"] == repeat]
                    np.testing.assert_array_equal(steps.metrics[whole.metric_names], rows[whole.metric_names])

    def test_a_step_shows_the_states_of_its_time(self):
        steps = acidsim.Simulation(RING)
        np.testing.assert_array_equal(steps.states, np.zeros((8, 2, 3)))
        steps.advance(until=7.5)
        short = acidsim.run(RING, stop__time=7.5, repeats=1, progress=False)
        np.testing.assert_array_equal(steps.states, short.states[0])
        self.assertEqual(steps.digest, short.info["repeats"][0]["state_digest"])
        self.assertFalse(steps.states.flags.writeable)
        with self.assertRaises(acidsim.InputError):
            steps.advance(until=3)

    def test_the_program_goes_on_from_a_checkpoint(self):
        for name in ("a2cid2", "adam", "latency"):
            with self.subTest(case=name), tempfile.TemporaryDirectory() as scratch:
                config = with_fields(RING, repeats=1, **CASES[name])
                file, out = pathlib.Path(scratch) / "ring.json", pathlib.Path(scratch) / "out"
                file.write_text(json.dumps(config), encoding="utf-8")
                steps = acidsim.Simulation(file)
                steps.advance(until=11.1)
                steps.checkpoint(out)
                steps.advance()
                done = call(PROGRAM, "run", file, "--out", out, "--resume", "--quiet")
                self.assertEqual(done.returncode, 0, done.stderr)
                resumed = acidsim.load(out)
                self.assertEqual(resumed.state_digest, acidsim.run(config, progress=False).state_digest)
                self.assertEqual(resumed.info["repeats"][0]["state_digest"], steps.digest)

    def test_callbacks_work_in_steps(self):
        steps = acidsim.Simulation(RING, objective=Quadratic())
        steps.advance(until=10)
        steps.advance()
        self.assertEqual(steps.digest, acidsim.run(RING, objective=Quadratic(), progress=False).info["repeats"][0]["state_digest"])


if __name__ == "__main__":
    unittest.main()

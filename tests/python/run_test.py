"""Whole runs by acidsim.run: the program's results, digest for digest."""

import _thread
import json
import os
import pathlib
import shutil
import tempfile
import threading
import time
import unittest
import warnings

import numpy as np
import pandas as pd

import acidsim
from program import RING, run_program, with_fields


class Runs(unittest.TestCase):
    def test_digests_metrics_and_states_are_the_programs(self):
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            theirs = run_program(RING, scratch)
            ours = acidsim.run(RING, progress=False)
            self.assertEqual(ours.state_digest, theirs["state_digest"])
            self.assertEqual([r["state_digest"] for r in ours.info["repeats"]], [r["state_digest"] for r in theirs["repeats"]])
            pd.testing.assert_frame_equal(ours.metrics, pd.read_csv(scratch / "out" / "metrics.csv", float_precision="round_trip"))
            np.testing.assert_array_equal(ours.states, np.load(scratch / "out" / "states.npy"))
            self.assertEqual(ours.states.shape, (2, 8, 2, 3))
            loaded = acidsim.load(scratch / "out")
            self.assertEqual(loaded.state_digest, ours.state_digest)

    @unittest.skipUnless(os.environ.get("ACIDSIM_MPI") == "1" and shutil.which("mpirun"), "no MPI here")
    def test_the_digest_is_that_of_ranks(self):
        with tempfile.TemporaryDirectory() as scratch:
            mpirun = ("mpirun", "--oversubscribe", *(["--allow-run-as-root"] if os.getuid() == 0 else []), "-np", "3")
            theirs = run_program(with_fields(RING, repeats=1), scratch, "--backend", "mpi", launcher=mpirun)
            self.assertEqual(acidsim.run(RING, repeats=1, progress=False).state_digest, theirs["state_digest"])

    def test_the_digest_does_not_depend_on_threads_or_backend(self):
        digest = acidsim.run(RING, progress=False).state_digest
        self.assertEqual(acidsim.run(RING, threads=1, progress=False).state_digest, digest)
        self.assertEqual(acidsim.run(RING, backend="openmp", progress=False).state_digest, digest)

    def test_states_are_mapped_not_copied(self):
        result = acidsim.run(RING, progress=False)
        self.assertIsInstance(result.states, np.memmap)
        self.assertFalse(result.states.flags.writeable)
        with self.assertRaises(acidsim.InputError):
            acidsim.run(RING, record__states="none", progress=False).states  # noqa: B018

    def test_a_sweep_is_one_result_with_cells(self):
        config = with_fields(RING, sweep={"algorithm.name": ["async_gossip", "a2cid2"], "topology.workers": [4, 8]})
        with tempfile.TemporaryDirectory() as scratch:
            out = pathlib.Path(scratch) / "out"
            sweep = acidsim.run(config, out=out, progress=False)
            self.assertTrue(sweep.is_sweep)
            self.assertEqual(len(sweep.cells), 4)
            self.assertEqual({"algorithm.name", "topology.workers"} - set(sweep.metrics.columns), set())
            cell = sweep.cell(algorithm__name="a2cid2", topology__workers=8)
            self.assertEqual(cell.state_digest, acidsim.run(RING, algorithm__name="a2cid2", progress=False).state_digest)
            self.assertEqual(len(sweep.final("consensus_distance")), 8)
            self.assertIn("<table", sweep._repr_html_())
            stamps = [(one.folder / "run.json").stat().st_mtime_ns for one in sweep.cells]
            again = acidsim.run(config, out=out, progress=False)  # finished cells are kept
            self.assertEqual([(one.folder / "run.json").stat().st_mtime_ns for one in again.cells], stamps)

    def test_results_live_as_long_as_they_are_asked_for(self):
        result = acidsim.run(RING, progress=False)
        folder = result.folder
        self.assertTrue((folder / "run.json").exists())
        with tempfile.TemporaryDirectory() as scratch:
            kept = result.save(pathlib.Path(scratch) / "kept")
            digest = result.state_digest
            del result
            self.assertFalse(folder.exists())
            self.assertEqual(kept.state_digest, digest)

    def test_a_diverged_run_warns_and_has_results(self):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = acidsim.run(RING, optimizer__learning_rate=50, progress=False)
        self.assertIn("diverged", result.stop_reasons)
        self.assertTrue(any("diverged" in str(warning.message) for warning in caught))

    def test_it_draws(self):
        import matplotlib

        matplotlib.use("Agg")
        result = acidsim.run(RING, progress=False)
        axes = result.plot("suboptimality", axis="gradients")
        self.assertEqual(len(axes.lines), 1)
        self.assertEqual(len(axes.lines[0].get_xdata()), 5)
        self.assertIn("ring", result._repr_html_())

    def test_ctrl_c_stops_a_run_and_leaves_nothing(self):
        with tempfile.TemporaryDirectory() as scratch:
            out = pathlib.Path(scratch) / "out"
            threading.Timer(0.5, _thread.interrupt_main).start()
            began = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                acidsim.run(RING, out=out, stop__time=1e9, record__every=1e7, progress=False)
            self.assertLess(time.monotonic() - began, 30)
            self.assertEqual(os.listdir(scratch), [])
        self.assertTrue(acidsim.run(RING, progress=False).state_digest)  # and the next run runs

    def test_a_folder_without_results_is_refused(self):
        with tempfile.TemporaryDirectory() as scratch:
            with self.assertRaises(acidsim.InputError):
                acidsim.load(scratch)
            (pathlib.Path(scratch) / "run.json").write_text("no", encoding="utf-8")
            with self.assertRaises(acidsim.InputError):
                acidsim.load(scratch).info  # noqa: B018

    def test_a_file_runs_with_paths_from_its_own_folder(self):
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            (scratch / "ring.txt").write_text("0 1\n1 2\n2 0\n", encoding="utf-8")
            file = scratch / "ring.json"
            file.write_text(json.dumps(with_fields(RING, topology={"file": "ring.txt"})), encoding="utf-8")
            self.assertEqual(acidsim.run(file, progress=False).states.shape[1], 3)
            self.assertEqual(acidsim.run(file, topology=acidsim.topology("cycle", 5), progress=False).states.shape[1], 5)


if __name__ == "__main__":
    unittest.main()

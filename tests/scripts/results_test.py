"""scripts/acidsim_results.py: reading folders, curves over repeats, the dispersion test."""

import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
import acidsim_results as results
from acidsim_experiment import experiment_name
from made_results import write_run, write_sweep


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)


class Loading(Folder):
    def test_run_folder(self):
        (run,) = results.load(write_run(self.folder / "run", repeats=3))
        self.assertEqual(run.metrics, ["loss"])
        self.assertEqual(run.repeats, 3)
        np.testing.assert_allclose(run.final("loss"), 1 / 101 + 0.1 + 0.01 * np.arange(3))

    def test_counts_are_summed_over_repeats(self):
        (run,) = results.load(write_run(self.folder / "run", repeats=3))
        raw = pd.read_csv(run.folder / "communication_counts.csv")
        self.assertEqual(len(run.edge_counts), 16)
        self.assertEqual(run.edge_counts["count"].sum(), raw["count"].sum())

    def test_sweep_leaves_out_unfinished_cells(self):
        write_sweep(self.folder / "sweep", {"a": ({"optimizer.learning_rate": 0.1}, {}),
                                            "b": ({"optimizer.learning_rate": 0.2}, {})})
        (self.folder / "sweep/b/run.json").unlink()
        self.assertEqual([run.folder.name for run in results.load(self.folder / "sweep")], ["a"])

    def test_several_folders_are_told_apart_by_name(self):
        runs = results.load_all([write_run(self.folder / "one"), write_run(self.folder / "two")])
        fields = results.varying(runs)
        self.assertEqual([results.label(run, fields) for run in runs], ["one", "two"])

    def test_a_field_that_a_cell_does_not_vary_is_not_in_its_label(self):
        runs = results.load(write_sweep(self.folder / "sweep", {
            "a": ({"algorithm.name": "async_gossip", "algorithm.alpha": 0.5}, {}),
            "b": ({"algorithm.name": "async_gossip", "algorithm.alpha": 0.25}, {}),
            "c": ({"algorithm.name": "local_only"}, {})}))
        fields = results.varying(runs)
        self.assertEqual([results.label(run, fields) for run in runs],
                         ["gossip, alpha = 0.5", "gossip, alpha = 0.25", "no communication"])
        self.assertEqual(results.slug(runs[2], fields), "local_only")

    def test_experiments_of_several_files_are_told_apart(self):
        folders = [write_sweep(self.folder / name, {cell: ({"experiment": cell}, {}) for cell in "ab"})
                   for name in ("one", "two")]
        runs = results.load_all(folders)
        self.assertEqual([results.label(run, results.varying(runs)) for run in runs],
                         ["one a", "one b", "two a", "two b"])

    def test_bad_folders(self):
        (self.folder / "empty").mkdir()
        broken = write_run(self.folder / "broken")
        (broken / "run.json").write_text("{")
        table = write_run(self.folder / "table")
        (table / "metrics.csv").write_text("time,loss\n1,2\n")
        for name, text in (("missing", "no such folder"), ("empty", "neither run.json nor"),
                           ("broken", "not JSON"), ("table", "columns are missing (communications, gradients, repeat)")):
            with self.subTest(name), self.assertRaises(results.ResultError) as caught:
                results.load(self.folder / name)[0].metrics
            self.assertIn(text, str(caught.exception))
            self.assertNotIn("\n", str(caught.exception))

    def test_unknown_metric_names_the_known(self):
        (run,) = results.load(write_run(self.folder / "run"))
        with self.assertRaisesRegex(results.ResultError, r"no such metric \(fish\) — known: loss"):
            run.final("fish")


class Labels(unittest.TestCase):
    def runs(self, *values):
        return [results.Run(Path("cell"), {"name": "made"}, value) for value in values]

    def test_only_fields_that_tell_runs_apart(self):
        runs = self.runs({"topology.workers": 16, "algorithm.name": "a2cid2", "optimizer.learning_rate": 0.1},
                         {"topology.workers": 64, "algorithm.name": "a2cid2", "optimizer.learning_rate": 0.2})
        fields = results.varying(runs)
        self.assertEqual(fields, ["topology.workers"])
        self.assertEqual([results.label(run, fields) for run in runs], ["n = 16", "n = 64"])

    def test_names_and_numbers(self):
        runs = self.runs({"algorithm.name": "async_gossip", "timing.communication_rate": 1.0},
                         {"algorithm.name": "async_gossip", "timing.communication_rate": 2.0},
                         {"algorithm.name": "a2cid2", "timing.communication_rate": 1.0})
        fields = results.varying(runs)
        self.assertEqual([results.label(run, fields) for run in runs],
                         ["gossip, rate = 1", "gossip, rate = 2", "A²CiD², rate = 1"])
        self.assertEqual(results.slug(runs[2], fields), "a2cid2_rate_1.0")


class Curves(Folder):
    def test_median_and_band_over_repeats(self):
        (run,) = results.load(write_run(self.folder / "run", repeats=5,
                                        metrics={"loss": lambda time, repeat: repeat - 1.0 + 0 * time}))
        line = results.curve(run, "loss", "time")
        np.testing.assert_allclose(line.x, np.linspace(0, 100, 21))
        for part, value in ((line.low, -1), (line.median, 1), (line.high, 3)):
            np.testing.assert_allclose(part, value)
        self.assertEqual(results.band_name(5), "line: median over 5 repeats, band: minimum to maximum")

    def test_many_repeats_show_quartiles(self):
        (run,) = results.load(write_run(self.folder / "run", repeats=13,
                                        metrics={"loss": lambda time, repeat: float(repeat) - 20}))
        line = results.curve(run, "loss", "time")
        self.assertEqual((line.low[0], line.median[0], line.high[0]), (-17, -14, -11))
        self.assertIn("quartile", results.band_name(13))

    def test_equal_totals_are_compared(self):
        """The metric is a function of the total alone, at totals that differ between repeats: the band closes."""
        (run,) = results.load(write_run(self.folder / "run", repeats=3, rows=401))
        run.table["loss"] = np.exp(-run.table["gradients"] / 500)
        line = results.curve(run, "loss", "gradients")
        np.testing.assert_allclose(line.high / line.low, 1, rtol=1e-9)  # geometric interpolation of an exponential
        self.assertEqual(line.x[-1], 1600)  # where the first of the repeats ends

    def test_axis_that_does_not_move_is_left_out(self):
        (run,) = results.load(write_run(self.folder / "run", gradients=False))
        self.assertIsNone(results.curve(run, "loss", "gradients"))
        self.assertIsNotNone(results.curve(run, "loss", "communications"))


class DispersionTest(unittest.TestCase):
    def counts(self, draw, edges=100, mean=1000, bias=None):
        rate = np.linspace(1, 3, edges)
        count = draw.poisson(mean * rate * (1 if bias is None else bias))
        return pd.DataFrame({"i": 0, "j": range(1, edges + 1), "rate": rate, "count": count})

    def test_p_value_is_uniform_where_the_rates_are_right(self):
        """400 samples: the Kolmogorov distance stays below its 0.1 % point, 1.95/√400."""
        draw = np.random.default_rng(5)
        p = np.sort([results.dispersion(self.counts(draw)).p_value for _ in range(400)])
        distance = max(np.max(np.arange(1, 401) / 400 - p), np.max(p - np.arange(400) / 400))
        self.assertLess(distance, 1.95 / 20)

    def test_spread_is_found_and_bounded(self):
        """True rates off by ±20 %: rejected, and the 95 % bound covers 20 % in at least 16 of 20 samples (99.7 %)."""
        draw = np.random.default_rng(6)
        bias = np.where(np.arange(100) % 2, 1.2, 0.8)
        tests = [results.dispersion(self.counts(draw, bias=bias)) for _ in range(20)]
        self.assertLess(max(test.p_value for test in tests), 1e-6)
        self.assertGreaterEqual(sum(test.spread_bound > 0.2 for test in tests), 16)
        self.assertLess(max(test.spread_bound for test in tests), 0.25)

    def test_chi_square_by_hand(self):
        table = pd.DataFrame({"i": [0, 1, 2], "j": [1, 2, 3], "rate": [1.0, 2.0, 0.0], "count": [12, 18, 0]})
        test = results.dispersion(table)  # expected 10 and 20; the edge of rate 0 does not count
        self.assertAlmostEqual(test.chi_square, 4 / 10 + 4 / 20)
        self.assertEqual(test.degrees, 1)

    def test_too_few_communications_are_said(self):
        self.assertIn("too few", str(results.dispersion(self.counts(np.random.default_rng(7), mean=1))))
        self.assertIsNone(results.dispersion(self.counts(np.random.default_rng(7), mean=0)))


class ExperimentName(Folder):
    def test_comments_strings_and_settings(self):
        file = self.folder / "file_name.json"
        file.write_text('// a "comment"\n{"$schema": "http://x/y", /* "name": "no" */ "name": "yes" // end\n}')
        self.assertEqual(experiment_name(str(file), []), "yes")
        self.assertEqual(experiment_name(str(file), ["--quiet", "--set", "name=other"]), "other")

    def test_without_a_name_or_not_json(self):
        file = self.folder / "stem.json"
        for text in ("{}", "{", "[]"):
            file.write_text(text)
            self.assertEqual(experiment_name(str(file), []), "stem")


if __name__ == "__main__":
    unittest.main()

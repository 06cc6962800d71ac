"""scripts/plot, end to end on made results: which files appear, what they hold, what is said about bad input."""

import itertools
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from made_results import write_run, write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_figures as figures
import acidsim_results as results
import acidsim_settled_figures as settled
import acidsim_timeline_figures as timelines


def plot(*arguments):
    return subprocess.run([SCRIPTS / "plot", *arguments], capture_output=True, text=True, check=False)


class Plot(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def assert_drawn(self, done, folder, *names):
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual({path.name for path in folder.iterdir()},
                         {f"{name}.{kind}" for name in names for kind in ("pdf", "png")})

    def test_run(self):
        run = write_run(self.folder / "run")
        self.assert_drawn(plot(run), run / "plots", "loss", "topology", "communications")
        for pdf in (run / "plots").glob("*.pdf"):
            content = pdf.read_bytes()
            self.assertTrue(content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF"))
            self.assertIn(b"/CIDFontType2", content)  # TrueType (font type 42) …
            self.assertNotIn(b"/Type3", content)  # … never bitmaps or outlines

    def test_times_of_live_runs_are_seconds(self):
        simulated = results.load(write_run(self.folder / "simulated"))[0]
        live = results.load(write_run(self.folder / "live"))[0]
        live.info["backend"] = "live"
        replay = results.load(write_run(self.folder / "replay"))[0]
        replay.info["config"]["timing"] = {"model": "live_trace"}
        self.assertIn("simulated", figures.axis_name("time", [simulated]))
        self.assertEqual(figures.axis_name("time", [live, replay]), "wall-clock time (s)")
        self.assertIn("or", figures.axis_name("time", [simulated, live]))
        self.assertEqual(figures.axis_name("gradients", [live]), figures.axis_name("gradients", [simulated]))

    def test_sweep_draws_equal_communications_once_and_final_values(self):
        sweep = write_sweep(self.folder / "sweep", {
            f"{algorithm}{n}": ({"algorithm.name": algorithm, "topology.workers": n}, {"workers": n})
            for algorithm, n in itertools.product(("a2cid2", "async_gossip"), (4, 8, 16))})
        names = [f"{kind}_a2cid2_n_{n}" for kind in ("topology", "communications") for n in (4, 8, 16)]
        self.assert_drawn(plot(sweep), sweep / "plots", "loss", "loss_final", *names)

    def test_many_runs_are_drawn_graph_by_graph(self):
        def sweep(name, *algorithms):
            return write_sweep(self.folder / name, {
                f"{family}{k}{algorithm}": ({"topology.family": family, "seed": k, "algorithm.name": algorithm},
                                            {"family": family, "rows": 3, "repeats": 1})
                for family in ("cycle", "star") for k in range(10) for algorithm in algorithms})
        out = self.folder / "figures"
        self.assert_drawn(plot(sweep("some", "a2cid2"), "--metric", "loss", "--out", out), out, "loss_cycle",
                          "loss_final_cycle", "loss_star", "loss_final_star")
        done = plot(sweep("many", *map(str, range(6))), "--metric", "loss", "--out", self.folder / "table")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.count("60 curves in one figure could not be told apart"), 2)
        self.assertEqual({path.stem for path in (self.folder / "table").iterdir()}, {"loss_settled"})

    def test_what_settles_stands_in_a_table_where_curves_are_many(self):
        sweep = write_sweep(self.folder / "sweep", {
            f"{algorithm}{k}": ({"seed": k, "algorithm.name": algorithm}, {"repeats": 3})
            for algorithm in ("a2cid2", "async_gossip") for k in range(9)})
        out = self.folder / "figures"
        self.assert_drawn(plot(sweep, "--metric", "loss", "--out", out), out, "loss", "loss_final", "loss_settled")
        runs = results.load(sweep)
        last = runs[0].table[runs[0].table["time"] >= runs[0].table["time"].max() / 2]
        means = [part["loss"].mean() for _, part in last.groupby("repeat")]
        self.assertAlmostEqual(settled.settled_value(runs[0], "loss"), sorted(means)[1], places=12)
        self.assertIsNone(settled.figure(runs[:9], "loss", "one method"), "nothing stands side by side")

    def test_timelines_of_all_runs_that_have_one(self):
        sweep = write_sweep(self.folder / "sweep", {
            algorithm: ({"algorithm.name": algorithm}, {"workers": 4}) for algorithm in ("a2cid2", "async_gossip", "d_psgd")})
        for run in results.load(sweep)[:2]:
            (run.folder / "timeline.csv").write_text(
                "begin,end,worker,what,partner\n0,1,0,computing,\n1,1.5,0,waiting_for_partner,\n1.5,1.5,0,communication,1\n")
        runs = results.load(sweep)
        drawn = timelines.figure(runs, "two")
        self.assertEqual([panel.get_title(loc="left") for panel in drawn.axes], ["A²CiD²", "gossip"])
        widths = sorted(bar.get_width() for bar in drawn.axes[0].patches)
        self.assertEqual(widths, [0.5, 1.0])
        self.assertIsNone(timelines.figure(runs[2:], "none"))
        self.assertEqual(plot(sweep).returncode, 0)
        self.assertTrue((sweep / "plots/timeline.pdf").exists())

    def test_one_metric_one_axis_elsewhere(self):
        one = write_run(self.folder / "one", metrics={"loss": lambda time, _: 1 / (1 + time), "other": lambda *_: 1})
        two = write_run(self.folder / "two")
        out = self.folder / "figures"
        self.assert_drawn(plot(one, two, "--metric", "loss", "--x", "time", "--out", out), out, "loss_against_time")

    COUNTERS = {"loss": lambda time, _: 1 / (1 + time), "rounds": lambda time, _: time // 2,
                "vectors_sent": lambda time, _: 16 * time, "bytes_sent": lambda time, repeat: (128 + repeat) * time}

    def test_what_was_sent_is_an_axis(self):
        run = write_run(self.folder / "run", metrics=self.COUNTERS)
        self.assert_drawn(plot(run), run / "plots", "loss", "topology", "communications")
        loaded = results.load(run)[0]
        curve = results.curve(loaded, "loss", "bytes")
        self.assertEqual((curve.x[0], curve.x[-1]), (0, 128 * 100))  # where the first repeat ends
        self.assertAlmostEqual(curve.median[-1], 1 / (1 + 128 * 100 / 129), delta=1e-5)  # of the second repeat
        page = figures.curves([loaded], "loss", results.AXES, "title")
        self.assertEqual([panel.get_xlabel() for panel in page.axes], list(figures.AXIS_NAMES.values()))

    def test_curves_against_bytes_alone(self):
        counted = write_run(self.folder / "counted", metrics=self.COUNTERS)
        uncounted = write_run(self.folder / "uncounted")
        out = self.folder / "figures"
        self.assert_drawn(plot(counted, uncounted, "--x", "bytes", "--out", out), out, "loss_against_bytes")
        self.assert_drawn(plot(counted, "--metric", "rounds", "--x", "time", "--out", self.folder / "more"),
                          self.folder / "more", "rounds_against_time")
        done = plot(uncounted, "--x", "vectors")
        self.assertEqual(done.returncode, 2)
        self.assertEqual(done.stderr, "plot: --x: no run has recorded it (vectors) — name vectors_sent in record.metrics "
                                      "and run again\n")
        self.assertFalse((uncounted / "plots").exists())

    def test_values_that_a_log_axis_cannot_show(self):
        run = write_run(self.folder / "run", gradients=False, metrics={
            "zero": lambda *_: 0, "falls_below": lambda time, _: 1 - time, "late": lambda time, _: time,
            "breaks": lambda time, _: float("nan") if time > 50 else 1, "test_accuracy": lambda *_: 0.5})
        self.assert_drawn(plot(run), run / "plots", "zero", "falls_below", "late", "breaks", "test_accuracy",
                          "topology", "communications")

    def test_without_communication_counts(self):
        run = write_run(self.folder / "run")
        (run / "communication_counts.csv").unlink()
        self.assert_drawn(plot(run), run / "plots", "loss")

    def test_bad_input_is_one_line_and_exit_code_2(self):
        run = write_run(self.folder / "run")
        for arguments, text in (([self.folder / "nowhere"], "no such folder"),
                                ([run, "--metric", "fish"], "no such metric (fish) — known: loss"),
                                ([run, "--out", run / "metrics.csv"], "cannot be written")):
            with self.subTest(text):
                done = plot(*arguments)
                self.assertEqual(done.returncode, 2)
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse((run / "plots").exists())


class Styles(unittest.TestCase):
    def test_styles_differ(self):
        runs = [results.Run(Path("cell"), {}, {"topology.workers": n, "algorithm.name": name})
                for n in (4, 8, 16, 32, 64) for name in ("a2cid2", "async_gossip")]
        looks = figures.styles(runs, results.varying(runs))
        self.assertEqual(len({tuple(look.values()) for look in looks}), 10)
        self.assertEqual(looks[0]["color"], looks[1]["color"])  # one colour per number of workers
        self.assertNotEqual(looks[0]["marker"], looks[1]["marker"])

    def test_a_colour_stands_for_one_of_many_methods(self):
        runs = [results.Run(Path("cell"), {}, {"algorithm.name": f"method_{k}", "objective.heterogeneity": h})
                for k in range(12) for h in (0, 1)]
        looks = figures.styles(runs, results.varying(runs))
        self.assertEqual(len({tuple(look["color"]) for look in looks}), 12)
        self.assertEqual(len({(tuple(look["color"]), look["marker"]) for look in looks}), 24)


if __name__ == "__main__":
    unittest.main()

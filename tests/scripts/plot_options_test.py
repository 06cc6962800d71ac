"""Options of scripts/plot: selection, names, scales, smoothing, sizes, styles, fonts, theory."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from made_results import write_run, write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_figures as figures
import acidsim_looks as looks
import acidsim_results as results
import acidsim_selection as selection
import acidsim_theory as theory
from matplotlib import pyplot as plt


def plot(*arguments):
    return subprocess.run([SCRIPTS / "plot", *map(str, arguments)], capture_output=True, text=True, check=False)


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        chosen = looks.Chosen()
        patcher = mock.patch.multiple(looks.CHOSEN, **vars(chosen))
        patcher.start()
        self.addCleanup(patcher.stop)
        self.addCleanup(plt.close, "all")

    def sweep(self):
        return write_sweep(self.folder / "sweep", {
            f"{name}{rate}": ({"algorithm.name": name, "timing.communication_rate": rate}, {"rate": rate})
            for name in ("a2cid2", "async_gossip") for rate in (1, 2)})


class Selection(Folder):
    def picked(self, *conditions):
        return [run.folder.name for run in selection.where(results.load(self.folder / "sweep"), list(conditions))]

    def test_fields_by_full_or_short_name_and_values_as_shown(self):
        self.sweep()
        for name in ("timing.communication_rate", "communication_rate", "rate"):
            self.assertEqual(self.picked(f"{name}=2"), ["a2cid22", "async_gossip2"])
        self.assertEqual(self.picked("rate=2.0", "algorithm.name=gossip"), ["async_gossip2"])
        self.assertEqual(self.picked("name=a2cid2", "rate=1", "rate=2"), ["a2cid21", "a2cid22"])
        self.assertEqual(len(self.picked("topology.workers=16")), 4)  # not swept: in the configuration

    def test_what_does_not_fit_is_said(self):
        self.sweep()
        for condition, text in (("rate=7", "there are 1, 2"), ("fish=1", "no such field"), ("rate", "field=value")):
            done = plot(self.folder / "sweep", "--where", condition)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)

    def test_names(self):
        runs = results.load(self.sweep())
        fields = results.varying(runs)
        with mock.patch.dict(results.SHORT_NAMES):
            metrics = {}
            selection.rename(runs, ["gossip, rate = 2=$twice$ = 2", "rate=ρ", "loss=f(x)"], metrics)
            self.assertEqual([results.label(run, fields) for run in runs],
                             ["A²CiD², ρ = 1", "A²CiD², ρ = 2", "gossip, ρ = 1", "$twice$ = 2"])
            self.assertEqual(metrics, {"loss": "f(x)"})
        with self.assertRaisesRegex(results.ResultError, "fields: algorithm.name"):
            selection.rename(runs, ["fish=1"], {})


class Looks(Folder):
    def test_scale(self):
        for scale, expected in (("log", "log"), ("linear", "linear"), (None, "log")):
            looks.CHOSEN.scale = scale
            runs = results.load(write_run(self.folder / f"run{scale}"))
            self.assertEqual(figures.curves(runs, "loss", ("time",), "").axes[0].get_yscale(), expected)

    def test_smoothing_keeps_lines_and_length(self):
        """Centred windows, shorter at the ends: a straight line stays itself, a constant too."""
        line = np.arange(12.0)[None]
        np.testing.assert_allclose(looks.smoothed(line, 5), line)
        np.testing.assert_allclose(looks.smoothed(np.array([[0, 0, 3.0, 0, 0]]), 3), [[0, 1, 1, 1, 0]])
        self.assertIs(looks.smoothed(line, 1), line)
        noisy = np.random.default_rng(1).normal(size=(1, 4000))
        inner = looks.smoothed(noisy, 9)[0, 4:-4]
        self.assertAlmostEqual(inner.std(), 1 / 3, delta=4 * 1 / 3 / np.sqrt(2 * 4000 / 9))

    def test_sizes(self):
        for name, size in looks.SIZES.items():
            looks.CHOSEN.size = size
            figure = figures.curves(results.load(write_run(self.folder / name)), "loss", ("time", "gradients", "communications"), "t")
            width, height = figure.get_size_inches()
            self.assertAlmostEqual(width, size.width)
            if size.height:
                self.assertAlmostEqual(height, size.height)
            boxes = [panel.get_tightbbox(figure.canvas.get_renderer()) for panel in figure.axes]
            for k, box in enumerate(boxes):
                self.assertFalse(any(box.overlaps(other) and box.y1 < other.y0 for other in boxes[:k]))
                self.assertGreaterEqual(min(box.x0, box.y0), 0)
                self.assertLessEqual(box.x1, width * figure.dpi)

    def test_style(self):
        style = self.folder / "paper.mplstyle"
        style.write_text("lines.linewidth: 3.5\naxes.prop_cycle: cycler('color', ['ff0000', '00ff00'])\n")
        with plt.rc_context():
            self.assertEqual(looks.use_style(style), ("#ff0000", "#00ff00") * 3 + ("#ff0000",))
            self.assertEqual(plt.rcParams["lines.linewidth"], 3.5)
        done = plot(write_run(self.folder / "run"), "--style", self.folder / "none.mplstyle")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no such file", done.stderr)

    def test_title_and_smooth_on_the_command_line(self):
        run = write_run(self.folder / "run")
        self.assertEqual(plot(run, "--title", "", "--smooth", "3", "--size", "column", "--metric", "loss").returncode, 0)
        self.assertEqual({path.name for path in (run / "plots").iterdir()}, {"loss.pdf", "loss.png"})
        self.assertIn("neither none nor", plot(run, "--smooth", "-3").stderr)

    def test_fonts_of_other_scripts(self):
        with plt.rc_context(), tempfile.TemporaryDirectory() as folder:
            before = list(plt.rcParams["font.family"])
            looks.add_fonts(Path(folder))
            self.assertEqual(plt.rcParams["font.family"], before)
            target = Path(folder) / looks.OTHER_SCRIPTS[1]
            target.parent.mkdir(parents=True)
            target.symlink_to(Path(plt.matplotlib.get_data_path()) / "fonts/ttf/STIXGeneral.ttf")
            looks.add_fonts(Path(folder))
            self.assertEqual(plt.rcParams["font.family"], [*before, "STIXGeneral"])


class Theory(Folder):
    def run_with_theory(self, shift=0.0, repeats=40):
        draw = np.random.default_rng(1).normal(0, 0.1, (repeats, 21))
        run = write_run(self.folder / f"run{shift}", repeats=repeats,
                        metrics={"loss": lambda time, repeat: 1 + np.exp(-0.05 * time) + draw[repeat, int(time / 5)]})
        times = np.linspace(0, 100, 21)
        rows = pd.DataFrame({"time": times, "metric": "loss", "expected": 1 + np.exp(-0.05 * times) + shift})
        rows.loc[len(rows)] = ["limit", "loss", 1.0]
        rows.to_csv(run / "theory.csv", index=False)
        return run

    def test_scores_are_standard_where_theory_holds(self):
        """21 independent records of 40 repeats: Student's t with 39 degrees, mean square 39/37."""
        (run,) = results.load(self.run_with_theory())
        scores = theory.z_scores(run, theory.of(run))
        self.assertEqual(len(scores), 21)
        self.assertAlmostEqual((scores["z"]**2).mean(), 39 / 37, delta=4 * np.sqrt(2.4 / 21))
        self.assertLess(scores["z"].abs().max(), 4.5)
        (off,) = results.load(self.run_with_theory(shift=0.2))
        self.assertLess(theory.z_scores(off, theory.of(off))["z"].max(), -4)

    def test_line_and_table(self):
        run = self.run_with_theory()
        figure = figures.curves(results.load(run), "loss", ("time", "gradients"), "")
        dashed = [[line for line in panel.lines if line.get_color() == "black"] for panel in figure.axes]
        self.assertEqual(list(map(len, dashed)), [1, 0])
        np.testing.assert_allclose(dashed[0][0].get_ydata(), 1 + np.exp(-0.05 * dashed[0][0].get_xdata()))
        done = plot(run, "--metric", "loss", "--x", "time")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("21 records, largest |z|", done.stdout)
        table = pd.read_csv(run / "plots/theory_z.csv")
        self.assertEqual(list(table.columns), ["time", "metric", "mean", "expected", "standard_error", "z", "cell"])

    def test_a_sweep_has_its_rows_by_cell(self):
        sweep = self.sweep()
        pd.DataFrame([{"time": 0.0, "metric": "loss", "expected": 10.0 * rate + len(name), "algorithm.name": name, "timing.communication_rate": rate}
                      for name in ("a2cid2", "async_gossip") for rate in (1, 2)]).to_csv(sweep / "theory.csv", index=False)
        self.assertEqual([theory.of(run)["expected"].tolist() for run in results.load(sweep)], [[16.0], [26.0], [22.0], [32.0]])

    def test_a_table_that_is_none(self):
        run = write_run(self.folder / "run")
        (run / "theory.csv").write_text("time,value\n1,2\n")
        done = plot(run)
        self.assertEqual(done.returncode, 2)
        self.assertIn("columns are missing (expected, metric)", done.stderr)


if __name__ == "__main__":
    unittest.main()

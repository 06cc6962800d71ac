"""scripts/table: values, what is bold, escaping, and messages."""

import csv
import io
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from made_results import write_run, write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_results as results
import acidsim_tables as tables


def table(*arguments):
    return subprocess.run([SCRIPTS / "table", *map(str, arguments)], capture_output=True, text=True, check=False)


class Folder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def sweep(self, levels, repeats=6, noise=0.0, **options):
        """A cell per method whose loss ends at its level; all share their scatter over repeats."""
        shared = np.random.default_rng(1).normal(size=repeats)
        own = np.random.default_rng(2).normal(size=(len(levels), repeats))
        return write_sweep(self.folder / f"sweep{len(list(self.folder.iterdir()))}", {
            f"{k}": ({"algorithm.name": name}, {"repeats": repeats, "metrics": {
                "loss": lambda time, repeat, level=level, k=k: level + shared[repeat] + noise * own[k, repeat]}, **options})
            for k, (name, level) in enumerate(levels.items())})

    def entries(self, folder, at="final", metric="loss"):
        runs = results.load(folder)
        made = tables.entries(runs, [metric], at)
        tables.find_best(tables.groups_of(made, results.varying(runs)), set())
        return made


class Best(Folder):
    def test_differences_are_paired_where_seeds_are_shared(self):
        made = self.entries(self.sweep({"a": 10, "b": 10.1}, noise=0.01))
        self.assertEqual([entry.best for entry in made], [True, False])
        for entry in made:
            entry.best = False
        made[1].run.info["repeats"][0]["seed"] = 77
        tables.find_best([made], set())
        self.assertEqual([entry.best for entry in made], [False, False])  # the shared scatter hides it

    def test_best_of_all_or_none(self):
        made = self.entries(self.sweep({"a": 10, "b": 10.001, "c": 12}, noise=0.01))
        self.assertEqual([entry.best for entry in made], [False] * 3)  # b is as good as a

    def test_largest(self):
        made = self.entries(self.sweep({"a": 10, "b": 12}, noise=0.01))
        for entry in made:
            entry.best = False
        tables.find_best([made], {"loss"})
        self.assertEqual([entry.best for entry in made], [False, True])

    def test_runs_with_diverged_repeats_are_never_best(self):
        folder = self.sweep({"a": 10, "b": 12, "c": 14}, noise=0.01)
        info = json.loads((folder / "0/run.json").read_text())
        info["repeats"][2]["stop_reason"] = "diverged"
        (folder / "0/run.json").write_text(json.dumps(info))
        made = self.entries(folder)
        self.assertEqual([entry.best for entry in made], [False, True, False])
        self.assertEqual(len(made[0].values), 5)

    def test_where_nothing_differs_a_best_is_rarely_claimed(self):
        """Over 400 tables of five equal methods in two groups: at most 5 % and four standard errors."""
        draw = np.random.default_rng(3)
        (run,) = results.load(write_run(self.folder / "run", repeats=2))
        claimed = 0
        for _ in range(400):
            groups = [[tables.Entry(run, "loss", values, values) for values in draw.normal(size=(5, 8))] for _ in range(2)]
            tables.find_best(groups, set())
            claimed += any(entry.best for group in groups for entry in group)
        self.assertLessEqual(claimed, 400 * 0.05 + 4 * np.sqrt(400 * 0.05 * 0.95))

    def test_settings_are_groups_of_their_own(self):
        runs = results.load(write_sweep(self.folder / "sweep", {
            f"{name}{n}": ({"algorithm.name": name, "topology.workers": n}, {"workers": n})
            for name in "ab" for n in (4, 8)}))
        groups = tables.groups_of(tables.entries(runs, ["loss"], "final"), results.varying(runs))
        self.assertEqual([[entry.run.folder.name for entry in group] for group in groups], [["a4", "b4"], ["a8", "b8"]])


class Moments(Folder):
    def test_at_a_time(self):
        run = write_run(self.folder / "run", metrics={"loss": lambda time, repeat: time + repeat})
        for at, mean in (("time=7", 6.0), ("time=5", 6.0), ("final", 101.0)):
            self.assertEqual(self.entries(run, at)[0].values.mean(), mean)
        for at, text in (("101", "after the end"), ("x", "neither final, settled, target nor time=T")):
            done = table(run, "--at", f"time={at}")
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)

    def test_settled_values(self):
        """201 independent records around 2, in 20 batches: as wide as Student's interval of 20 means of 10, within four errors."""
        noise = np.random.default_rng(1).normal(size=401)
        run = write_run(self.folder / "run", repeats=1, rows=401, stop=400, metrics={"loss": lambda time, repeat: 2 + noise[int(time)]})
        (entry,) = self.entries(run, "settled")
        self.assertAlmostEqual(entry.values[0], 2 + noise[200:].mean())
        half = 2.093 / np.sqrt(200)  # Student's quantile at 19 degrees
        self.assertAlmostEqual(entry.interval.high - entry.interval.value, half, delta=4 * half / np.sqrt(2 * 19))
        self.assertTrue(entry.interval.low < 2 < entry.interval.high)
        self.assertEqual(len(self.entries(write_run(self.folder / "other", repeats=6), "settled")[0].values), 6)

    def test_medians(self):
        text = table(self.sweep({"a": 10, "b": 12}, noise=0.01), "--statistic", "median").stdout
        values = np.sort(10 + np.random.default_rng(1).normal(size=6) + 0.01 * np.random.default_rng(2).normal(size=(2, 6))[0])
        self.assertIn(rf"| a | 6 | 0 | {np.median(values):.4g} \[{values[0]:.4g}, {values[-1]:.4g}\] |", text)
        self.assertNotIn("**", text)

    def test_at_the_target(self):
        """Between records the metric is taken to fall exponentially, as it does here."""
        run = write_run(self.folder / "run", repeats=3, target={"metric": "loss", "below": 0.125},
                        metrics={"loss": lambda time, repeat: (1 + repeat) * np.exp(-0.05 * time)})
        (entry,) = self.entries(run, "target", "time")
        np.testing.assert_allclose(entry.values, np.log(8 * np.array([1, 2, 3])) / 0.05)
        self.assertIn("| 3 | 0 | 54 ± 11 |", table(run, "--at", "target").stdout)

    def test_repeats_that_did_not_arrive(self):
        run = write_run(self.folder / "run", repeats=3, target={"metric": "loss", "below": 0.125})
        self.assertIn("2 of 3 reached, median", table(run, "--at", "target").stdout)
        self.assertIn("no target", table(write_run(self.folder / "other"), "--at", "target").stderr)

    def test_who_never_arrives_is_later_than_his_end(self):
        """Arrivals near 20 against three that were still above the target at 100."""
        level = {"a": lambda time, repeat: np.exp(-(0.1 + 0.002 * repeat) * time), "b": lambda time, repeat: 1.0}
        folder = write_sweep(self.folder / "sweep", {name: ({"algorithm.name": name}, {"target": {"metric": "loss", "below": 0.1},
                                                                                      "metrics": {"loss": level[name]}}) for name in "ab"})
        self.assertEqual([entry.best for entry in self.entries(folder, "target", "time")], [True, False])


class Written(Folder):
    NAMES = {"a|b_*": 10.0, r"$x^2$ & 5% {~} \#": 12.0}

    def test_markdown(self):
        text = table(self.sweep(self.NAMES, noise=0.01)).stdout
        self.assertIn(r"| a\|b\_\* | 6 | 0 | **", text)
        self.assertIn(r"\$x^2\$ \& 5% \{\~\} \\\#", text)
        self.assertEqual({line.replace(r"\|", "").count("|") for line in text.splitlines() if line.startswith("|")}, {5})

    def test_latex(self):
        text = table(self.sweep(self.NAMES, noise=0.01), "--format", "latex").stdout
        self.assertIn(r"a\textbar{}b\_* & 6 & 0 & $\mathbf{", text)
        self.assertIn(r"\$x\textasciicircum{}2\$ \& 5\% \{\textasciitilde{}\} \textbackslash{}\#", text)

    def test_csv(self):
        folder = self.sweep(self.NAMES, noise=0.01)
        rows = list(csv.DictReader(io.StringIO(table(folder, "--format", "csv").stdout)))
        self.assertEqual([row["algorithm.name"] for row in rows], list(self.NAMES))
        values = results.load(folder)[0].final("loss")
        self.assertAlmostEqual(float(rows[0]["mean"]), values.mean())
        self.assertAlmostEqual(float(rows[0]["standard_deviation"]), values.std(ddof=1))
        self.assertEqual((rows[0]["best"], rows[0]["repeats"], rows[0]["diverged"]), ("true", "6", "0"))
        self.assertEqual(rows[0]["to_best"], "")
        self.assertTrue(float(rows[1]["to_best_low"]) < 2 < float(rows[1]["to_best_high"]))
        self.assertLess(float(rows[1]["to_best_high"]) - float(rows[1]["to_best_low"]), 0.05)  # their scatter is shared

    def test_numbers_have_two_figures_of_their_deviation(self):
        style = tables.Format("markdown")
        for mean, deviation, text in ((1.07351, 0.00606, "1.0735 ± 0.0061"), (123.4, 21.0, "123 ± 21"), (2.1e11, 1.8e11, "(2.1 ± 1.8)e11"),
                                      (4.2e-6, 1.3e-7, "(4.20 ± 0.13)e-6"), (1.23456, np.nan, "1.235"), (0.0, 0.0, "0.0 ± 0.0"), (np.inf, 1, "–")):
            self.assertEqual(style.number(mean, deviation), text)
        self.assertEqual(tables.Format("latex").number(4.2e-6, 1.3e-7), r"(4.20 \pm 0.13) \cdot 10^{-6}")

    def test_rows_and_columns(self):
        folder = write_sweep(self.folder / "sweep", {
            f"{name}{n}": ({"algorithm.name": name, "topology.workers": n}, {
                "workers": n, "metrics": {"loss": lambda time, repeat, n=n, name=name: n + (name == "b") + 1e-3 * repeat + 1e-4 * n * repeat**2}})
            for name in "ab" for n in (4, 8)})
        lines = table(folder, "--rows", "n", "--columns", "algorithm.name").stdout.splitlines()
        self.assertEqual(lines[0], "| n / name | a | b |")
        self.assertRegex(lines[2], r"\| 4 \| \*\*4\.00\d+ ± [\d.]+\*\* \| 5\.")
        done = table(folder, "--rows", "n", "--columns", "seed")
        self.assertEqual(done.returncode, 2)
        done = table(folder, "--rows", "topology.workers", "--columns", "topology.family")
        self.assertIn("several runs have 4 and cycle — choose among them with --where: algorithm.name", done.stderr)

    def test_messages(self):
        run = write_run(self.folder / "run")
        for arguments, text in ((("--metric", "los"), "no such metric (los) — known: loss"), (("--rows", "n"), "go together"),
                                (("--where", "x"), "not of the form"), (("--where", "x=1"), "no such field")):
            done = table(run, *arguments)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)


if __name__ == "__main__":
    unittest.main()

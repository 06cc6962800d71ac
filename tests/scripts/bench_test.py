"""scripts/bench on a stand-in for acidsim_bench: what it measures is another matter (tests/bench)."""

import csv
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
import acidsim_bench as bench
import acidsim_bench_figures as drawing
import acidsim_bench_peers as beside
import acidsim_bench_table as table

STAND_IN = '''#!/usr/bin/python3
import json, re, sys
entries = json.load(open(__file__ + ".json"))
values = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:] if "=" in word)
if "--benchmark_list_tests" in sys.argv:
    print(*entries, sep="\\n")
    sys.exit()
chosen = [name for name in entries if re.search(values["benchmark_filter"], name)]
if entries[chosen[0]] is None:
    sys.exit(6)
again = int(values["benchmark_repetitions"])
print(json.dumps({"context": {"caches": [{"type": "Data", "level": 1, "size": 32768, "num_sharing": 1}]}, "benchmarks": [
    {"name": name, "run_type": "iteration", "cpu_time": 2.0, "real_time": 3.0, "time_unit": "ms", **entries[name]}
    for name in chosen for _ in range(again)]}))
'''


class Command(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "without/numba").mkdir(parents=True)
        (self.folder / "without/numba/__init__.py").write_text("raise ImportError\n")

    def call(self, entries, *options):
        """scripts/bench where Numba is missing, with a program of these cases (None: it crashes)."""
        program = self.folder / "acidsim_bench"
        program.write_text(STAND_IN)
        program.chmod(0o755)
        program.with_suffix(".json").write_text(json.dumps(entries))
        return subprocess.run([ROOT / "scripts/bench", "--out", "out", *options], cwd=self.folder, capture_output=True,
                              text=True, check=False, env={**os.environ, "ACIDSIM_BENCH": str(program),
                                                           "PYTHONPATH": str(self.folder / "without")})

    def rows(self):
        with open(self.folder / "out/benchmarks.csv", encoding="utf-8", newline="") as file:
            return {row.pop("case"): row for row in csv.DictReader(file)}

    def test_rounds_beside_numpy(self):
        done = self.call({"run/d_psgd/d/100": {"rate": 1e9}, "run/d_psgd/d/1000": {"rate": 1e9}}, "--quick")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = self.rows()
        self.assertEqual(list(rows), ["run/d_psgd/d/100", "run/d_psgd/d/100/over_numpy", "run/d_psgd/d/1000",
                                      "run/d_psgd/d/1000/over_numpy"])
        met = rows["run/d_psgd/d/100/over_numpy"]
        self.assertEqual((met["goal"], met["met"], met["unit"]), ("4", "yes", "×"))
        self.assertAlmostEqual(float(met["of_goal"]), float(met["value"]) / 4, delta=1e-5 * float(met["value"]))
        self.assertEqual(rows["run/d_psgd/d/1000/over_numpy"]["met"], "")

    def test_every_kind_of_case(self):
        done = self.call({
            "schedule/n/64": {"rate": 5e7, "goal": 1e8, "of_goal": 0.5, "label": "a|b", "edges": 12},
            "spectrum/torus": {"goal_s": 10, "of_goal": 4, "peak_gb": 0.25},
            "across": {"speedup": 1.9, "one_s": 3, "goal": 2, "of_goal": 0.95},
            "metrics": {"share": 0.04, "goal": 0.05, "of_goal": 1.25},
            "gradient": {"events": 7, "goal": 0.7, "of_goal": 1.2},
            "kernel/d/1": {"events": 3e6, "bytes_per_second": 1e9},
            "plain": {}, "on_the_wall/real_time": {},
            "wrong": {"error_occurred": True, "error_message": "accuracy missed"}, "crash": None})
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = self.rows()
        self.assertEqual(rows["schedule/n/64"], {"value": "5e+07", "unit": "/s", "goal": "1e+08", "of_goal": "0.5",
                                                 "met": "no", "notes": "a|b; edges 12"})
        self.assertEqual(rows["spectrum/torus"], {"value": "2.5", "unit": "s", "goal": "10", "of_goal": "4", "met": "yes",
                                                  "notes": "peak_gb 250 m"})
        self.assertEqual([rows["across"][key] for key in ("value", "unit", "notes")], ["1.9", "×", "one_s 3"])
        self.assertEqual([rows["metrics"][key] for key in ("value", "unit", "met")], ["0.04", "share", "yes"])
        self.assertEqual([rows["gradient"][key] for key in ("value", "unit", "notes")], ["0.84", "×", "events 7"])
        self.assertEqual((rows["kernel/d/1"]["value"], rows["kernel/d/1"]["unit"], rows["kernel/d/1"]["met"]),
                         ("3e+06", "events/s", ""))
        self.assertEqual((rows["plain"]["value"], rows["on_the_wall/real_time"]["value"]), ("0.002", "0.003"))
        self.assertEqual((rows["wrong"]["met"], rows["wrong"]["notes"]), ("error", "accuracy missed"))
        self.assertEqual((rows["crash"]["met"], rows["crash"]["notes"]), ("error", "no result, exit code 6"))
        self.assertIn("goals met: 3 of 5, cases that failed: 2", done.stdout)
        text = (self.folder / "out/benchmarks.md").read_text(encoding="utf-8")
        self.assertIn("| `schedule/n/64` | 50 M/s | 100 M/s | 0.50 | no | a\\|b; edges 12 |", text)
        self.assertIn("| `metrics` | 4 % | 5 % | 1.25 | yes |", text)
        self.assertIn("| processor | ", text)
        self.assertIn("| caches | L1 data 32 KiB |", text)

    def test_without_numba_the_rest_runs(self):
        done = self.call({"run/a2cid2_gossip/d/10": {"events": 2e7}}, "--quick")
        self.assertEqual((done.returncode, done.stderr),
                         (0, "bench: Numba is missing (Debian: python3-numba): no comparison with hand-written loops.\n"))
        self.assertEqual(self.rows()["run/a2cid2_gossip/d/10"]["value"], "2e+07")
        self.assertFalse((self.folder / "out/benchmarks.png").exists())
        self.assertIn("Numba is missing", (self.folder / "out/benchmarks.md").read_text(encoding="utf-8"))

    def test_filter(self):
        self.assertEqual(self.call({"a/1": {}, "b/1": {}}, "--filter", "^b").returncode, 0)
        self.assertEqual(list(self.rows()), ["b/1"])

    def test_bad_arguments(self):
        (self.folder / "file").touch()
        for options, words in ((["--filter", "("], "--filter: no regular expression"), (["--filter", "zz"], "no such case (zz)"),
                               (["--out", "file"], "--out: no folder (file)"), (["--quik"], "--quik")):
            done = self.call({"a/1": {}}, *options)
            self.assertEqual(done.returncode, 2)
            self.assertIn(words, done.stderr)
            self.assertFalse((self.folder / "out").exists())


class Rows(unittest.TestCase):
    def test_quantities(self):
        for value, unit, text in ((10.34e6, "events/s", "10.3 M events/s"), (999.7e3, "/s", "1 M/s"), (0.0184, "s", "18.4 ms"),
                                  (64, "", "64"), (0.2838, "×", "×0.284"), (0, "s", "0 s"), (1500, "", "1.5 k")):
            self.assertEqual(bench.quantity(value, unit), text)

    def test_the_better_repetition(self):
        low, high = bench.Row("a", 1.0, "/s"), bench.Row("a", 2.0, "/s")
        self.assertIs(bench.better(low, high), high)
        self.assertIs(bench.better(bench.Row("a", 3.0, "s"), short := bench.Row("a", 2.0, "s")), short)
        goals = bench.Row("a", 1.0, "B/s", 1, 1.5), bench.Row("a", 2.0, "B/s", 1, 1.2)  # another yardstick
        self.assertIs(bench.better(*goals), goals[0])
        self.assertIs(bench.better(high, wrong := bench.Row("a", error="no")), wrong)


class Races(unittest.TestCase):
    def race(self, problem, d, acidsim):
        own = bench.Row(f"{beside.CASES[problem]}/{d}", acidsim, "events/s")
        return beside.Race(problem, d, own, {"acidsim": acidsim, "numpy": 1e4, "numba_plain": 1e6, "numba_tuned": 2e6},
                           [1.0, 9.0])

    def test_goals_of_the_issue(self):
        for problem, d, aim in (("gossip", 10, 2), ("gossip", 100, 4), ("noisy_sgd", 1, 2), ("noisy_sgd", 100, 8)):
            row = self.race(problem, d, 3e6).row()
            self.assertEqual((row.value, row.goal, row.of_goal), (3.0, aim, 3 / aim))
            self.assertIn("single rounds ×1–9; NumPy ×300; Numba, tuned ×1.5", "; ".join(row.notes))

    def test_table_of_races(self):
        text = table.markdown({}, [], [self.race("gossip", 1000, 5e6)], 5, "")
        self.assertIn("| gossip | 1,000 | 5 M | 10 k | 1 M | 2 M | ×5 | ×4 | 1.25 | ×2.5 |", text)

    def test_figure(self):
        races = [self.race("gossip", d, 3e6) for d in (100, 1)]
        figure = drawing.against_dimension(races, "a machine")
        lines = figure.axes[0].get_lines()
        self.assertEqual(len(figure.axes), 1)
        self.assertEqual(sorted(tuple(line.get_ydata()) for line in lines),
                         [(1e4, 1e4), (1e6, 1e6), (2e6, 2e6), (3e6, 3e6)])
        self.assertEqual(list(lines[0].get_xdata()), [1, 100])
        self.assertEqual([text.get_text() for text in figure.axes[0].texts], ["×3", "×3"])
        self.assertIn("a machine", [text.get_text() for text in figure.texts])


if __name__ == "__main__":
    unittest.main()

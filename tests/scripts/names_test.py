"""Names that users choose, in figures and in file names: formulas' marks, other scripts, paths, leading underscores."""

import itertools
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
from made_results import write_run, write_sweep

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_figures as figures
import acidsim_labels as labels
import acidsim_results as results
from acidsim_experiment import experiment_name
from matplotlib import pyplot as plt

BOXES = "plot: characters that no installed font has are drawn as boxes — scripts/setup fonts\n"
HOSTILE = (r"$\frac{x}$", "gain$6$7", "$", r"a\$b", "_base", "名前", "…/../x", r"C$x^$")


def plot(*arguments):
    return subprocess.run([SCRIPTS / "plot", *arguments], capture_output=True, text=True, check=False)


def shown(text) -> str:
    """What matplotlib draws of a text: no formula, and the dollars as they were."""
    clean, is_formula = text._preprocess_math(text.get_text())
    assert not is_formula, clean
    return clean


class Names(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def files(self) -> set[str]:
        return {str(path.relative_to(self.folder)) for path in self.folder.rglob("*") if path.is_file()}

    def test_titles_and_legends_show_names_as_they_are(self):
        runs = []
        for k, name in enumerate(HOSTILE):
            (run,) = results.load(write_run(self.folder / f"r{k}", repeats=1))
            run.values = {"experiment": name}
            runs.append(run)
        figure = figures.curves(runs, "loss", ("time",), HOSTILE[0])
        self.assertEqual([shown(text) for text in figure.legends[0].get_texts()], list(HOSTILE))
        self.assertEqual(shown(figure._suptitle), HOSTILE[0])
        figures.save(figure, self.folder / "figure")
        self.assertEqual({name for name in self.files() if "/" not in name}, {"figure.pdf", "figure.png"})

    def test_names_of_workers_are_no_formulas(self):
        class Graph:
            workers, names, ends = 3, [r"$\frac{x}$", "C$x^$", "_long$name$"], np.array([[0, 1], [1, 2]])
        figure, panel = plt.subplots()
        places = np.array([[0.2, 0.2], [0.5, 0.8], [0.8, 0.2]])
        self.assertEqual(labels.write(figure, panel, Graph, places, 9), 3)
        figures.save(figure, self.folder / "figure")
        self.assertEqual(self.files(), {"figure.pdf", "figure.png"})

    def test_folders_of_any_name_are_drawn(self):
        for name in (HOSTILE[0], "名前"):
            folder = write_run(self.folder / name, repeats=1)
            done = plot(folder)
            self.assertEqual(done.returncode, 0)
            self.assertIn(done.stderr, ("", BOXES) if name == "名前" else ("",))
            self.assertEqual(len(list((folder / "plots").iterdir())), 6)

    def test_names_of_graphs_lead_nowhere(self):
        names = ("net/work 1", "../../../escaped", "net_work 1")
        sweep = write_sweep(self.folder / "inner" / "sweep", {
            f"c{k}{rate}": ({"topology.file": f"{k}.graphml", "timing.communication_rate": rate},
                            {"family": names[k], "rows": 3, "repeats": 1})
            for k, rate in itertools.product(range(3), range(1, 8))})
        before = self.files()
        done = plot(sweep, "--metric", "loss", "--x", "time")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(self.files() - before, {
            f"inner/sweep/plots/loss_against_time_{word}.{kind}"
            for word in ("net_work_1", "escaped", "net_work_1_2") for kind in ("pdf", "png")})

    def test_words_of_file_names(self):
        self.assertEqual(results.file_word("../a b/c$d"), "a_b_c_d")
        self.assertEqual(results.file_word(".."), "")
        self.assertEqual(results.file_word("網絡 1"), "網絡_1")
        self.assertEqual(len(results.file_word("網" * 100).encode()), 78)
        self.assertEqual(results.told_apart(["a", "A", "b", "a"]), ["a", "A_2", "b", "a_3"])

    def test_no_part_of_a_figure_stays_after_an_error(self):
        figure, panel = plt.subplots()
        panel.set_title("$\\frac{x}$")
        with self.assertRaises(ValueError):
            figures.save(figure, self.folder / "figure")
        self.assertEqual(self.files(), set())

    def test_the_name_of_an_experiment_after_a_byte_order_mark(self):
        file = self.folder / "x.json"
        file.write_text('{"name": "marked"}', encoding="utf-8-sig")
        self.assertEqual(experiment_name(str(file), []), "marked")

    def test_submit_survives_messages_that_are_no_text(self):
        program = self.folder / "acidsim"
        program.write_text("#!/bin/sh\nprintf 'x.json: bad \\377 byte\\n' >&2\nexit 2\n")
        program.chmod(0o755)
        done = subprocess.run([SCRIPTS / "slurm/submit", "replay", "x.json", "--dry-run"], capture_output=True, text=True,
                              check=False, env={**os.environ, "ACIDSIM": str(program)})
        self.assertNotIn("Traceback", done.stderr)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bad \\xff byte", done.stderr)


if __name__ == "__main__":
    unittest.main()

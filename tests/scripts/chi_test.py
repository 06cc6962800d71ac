"""χ1, χ2 against n: the closed forms against dense algebra, and scripts/plot --chi end to end."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import networkx
import numpy as np

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_chi_figures as chi
import acidsim_graphs as graphs
from acidsim_closed_forms import CLOSED_FORMS


def exponential(n):
    """Neighbours i ± 2^k mod n with multiplicity, as the A²CiD² reference code weights them."""
    graph = networkx.Graph()
    for k in range(n.bit_length() - 1):
        for i in range(n):
            for j in ((i + 2**k) % n, (i - 2**k) % n):
                weight = graph.edges[i, j]["weight"] if graph.has_edge(i, j) else 0
                graph.add_edge(i, j, weight=weight + 0.5)
    return graph


def dense_chi(graph):
    """χ1 and χ2 at rate 1 spread over the edges by weight."""
    graph = networkx.convert_node_labels_to_integers(graph)
    n = graph.number_of_nodes()
    weights = networkx.to_numpy_array(graph)
    laplacian = np.diag(weights.sum(axis=1)) - weights
    laplacian *= n / np.trace(laplacian)  # Σ λ = n/2
    inverse = np.linalg.inv(laplacian + 1 / n) - 1 / n
    i, j = np.array(graph.edges).T
    return 1 / np.linalg.eigvalsh(laplacian)[1], (inverse[i, i] + inverse[j, j] - 2 * inverse[i, j]).max() / 2


class ClosedForms(unittest.TestCase):
    GRAPHS = {
        "complete": networkx.complete_graph(10), "complete_bipartite": networkx.complete_bipartite_graph(6, 6),
        "star": networkx.star_graph(11), "cycle": networkx.cycle_graph(11), "path": networkx.path_graph(11),
        "grid2d": networkx.grid_2d_graph(5, 5), "torus2d": networkx.grid_2d_graph(5, 5, periodic=True),
        "torus": networkx.grid_graph((4, 4, 4), periodic=True), "hypercube": networkx.hypercube_graph(5),
        "exponential": exponential(32), "circulant": networkx.circulant_graph(13, [1, 2]),
        "barbell": networkx.barbell_graph(7, 0), "binary_tree": networkx.balanced_tree(2, 4),
    }

    def test_against_dense_algebra(self):
        self.assertEqual(set(self.GRAPHS), set(CLOSED_FORMS))
        for family, graph in self.GRAPHS.items():
            form, n = CLOSED_FORMS[family], graph.number_of_nodes()
            for formula, dense in zip((form.chi_1, form.chi_2), dense_chi(graph)):
                if formula:  # dense algebra: n·1e-16 times a condition number of at most some hundreds
                    self.assertAlmostEqual(formula(n) / dense, 1, delta=1e-12, msg=family)

    def test_lines(self):
        n, line = chi.line_of(CLOSED_FORMS["cycle"], "sqrt", 8, 64)
        self.assertEqual((n[0], len(n)), (8, chi.POINTS))
        self.assertAlmostEqual(line[0], np.sqrt(7 / 8 / (2 * np.sin(np.pi / 8) ** 2)), places=12)
        self.assertEqual(chi.line_of(CLOSED_FORMS["exponential"], "chi_1", 8, 64)[0].tolist(), [8, 16, 32, 64])
        self.assertEqual(len(chi.line_of(CLOSED_FORMS["grid2d"], "chi_2", 9, 64)[0]), 0)

    def test_family_of_a_name(self):
        for name, family in (("cycle_64", "cycle"), ("torus2d_8x8", "torus2d"), ("torus_4x4x4", "torus"),
                             ("complete_bipartite_8_8", "complete_bipartite"), ("petersen", "named"),
                             ("watts_strogatz_64_d4_p0.1", "watts_strogatz"), ("erdos_renyi_64_p0.15", "erdos_renyi")):
            self.assertEqual(graphs.family_of(name), family)


class Command(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        (self.folder / "sizes.json").write_text('{"name": "sizes"}')

    def plot(self, topologies, code=0, message=""):
        (self.folder / "answer").write_text(json.dumps({"topologies": topologies}))
        program = self.folder / "acidsim"
        program.write_text(f'#!/bin/bash\n[ {code} = 0 ] && cat {self.folder}/answer || echo "{message}" >&2\nexit {code}\n')
        program.chmod(0o755)
        return subprocess.run([SCRIPTS / "plot", "--chi", "sizes.json"], capture_output=True, text=True, check=False,
                              cwd=self.folder, env={**os.environ, "ACIDSIM": str(program)})

    @staticmethod
    def facts(name, n, chi_1, chi_2, closed=True, rates="uniform_edge"):
        return {"name": f"{name}_{n}", "workers": n, "rate": 1.0, "rates": rates, "chi_1": chi_1, "chi_2": chi_2,
                "exact": True, "closed_form": {"chi_1": chi_1, "chi_2": chi_2} if closed else None}

    def test_draws(self):
        topologies = [self.facts("cycle", n, CLOSED_FORMS["cycle"].chi_1(n), (n - 1) / n) for n in (8, 64, 512)]
        topologies += [self.facts("watts_strogatz", n, n / 4, 1.2, closed=False) for n in (16, 64)]
        done = self.plot(topologies)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual({path.name for path in (self.folder / "plots").iterdir()}, {"sizes.pdf", "sizes.png"})

    def test_formula_at_a_size(self):
        self.assertEqual(chi.formula_of("star", "chi_1", 4), 1.5)
        for family, size in (("exponential", 12), ("watts_strogatz", 64)):
            self.assertTrue(np.isnan(chi.formula_of(family, "chi_1", size)))

    def test_deviation_from_the_closed_forms_is_told(self):
        (self.folder / "answer").touch()
        right = CLOSED_FORMS["cycle"].chi_1(8)
        self.plot([self.facts("cycle", 8, 1.03 * right, 0.875, closed=False),
                   self.facts("watts_strogatz", 8, 1, 1, closed=False)])
        os.environ["ACIDSIM"] = str(self.folder / "acidsim")
        self.addCleanup(os.environ.pop, "ACIDSIM")
        table = graphs.chi_table(str(self.folder / "sizes.json"))
        figure = chi.against_workers(table)
        self.addCleanup(chi.plt.close, figure)
        texts = " ".join(text.get_text() for text in figure.findobj(chi.plt.Text))
        self.assertIn("1 of 2 graphs lie on closed forms, the farthest 0.03 (relative) off", texts)

    def test_bad_input(self):
        for topologies, code, text in (([self.facts("cycle", 8, 3, 1, rates="metropolis")], 0, "rates other than rate 1"),
                                       ([], 2, "sizes.json: no such file")):
            done = self.plot(topologies, code, text)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1)
        self.assertFalse((self.folder / "plots").exists())


if __name__ == "__main__":
    unittest.main()

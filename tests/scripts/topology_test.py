"""Drawings of graphs: the layouts, and scripts/plot --topology end to end with a program made for the test."""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import networkx
import numpy as np

from made_graphs import made_graph, write_program

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))
import acidsim_figures as figures
import acidsim_graphs as graphs
import acidsim_labels as labels
import acidsim_layouts as layouts
import acidsim_topology_figures as topologies
from acidsim_results import ResultError


def ends_of(graph):
    return np.array(graph.edges)


def connected_geometric(workers, radius):
    graph = networkx.random_geometric_graph(workers, radius, seed=3)
    return networkx.convert_node_labels_to_integers(graph.subgraph(max(networkx.connected_components(graph), key=len)))


class Layouts(unittest.TestCase):
    GRAPHS = {
        "two workers": networkx.path_graph(2), "star": networkx.star_graph(40),
        "complete": networkx.complete_graph(24), "bipartite": networkx.complete_bipartite_graph(8, 8),
        "tree": networkx.balanced_tree(2, 6), "barbell": networkx.barbell_graph(16, 0),
        "more than all pairs": connected_geometric(600, 0.08), "many leaves": networkx.barabasi_albert_graph(700, 1, seed=1),
    }

    def test_force_directed_places_are_finite_and_apart(self):
        for name, graph in self.GRAPHS.items():
            with self.subTest(name):
                n = graph.number_of_nodes()
                places = layouts.places(n, ends_of(graph))
                self.assertEqual(places.shape, (n, 2))
                self.assertTrue(np.all(np.isfinite(places)))
                extent = np.ptp(places, axis=0).max()
                # Half of what an even spread over a square would leave is the room that `separated` aims for at most.
                self.assertGreater(layouts.nearest_distances(places).min(), 0.02 * extent / np.sqrt(n))

    def test_the_same_graph_gets_the_same_places(self):
        for name in ("barbell", "more than all pairs"):
            ends, n = ends_of(self.GRAPHS[name]), self.GRAPHS[name].number_of_nodes()
            np.testing.assert_array_equal(layouts.places(n, ends), layouts.places(n, ends))

    def test_distances_in_the_plane_follow_those_in_the_graph(self):
        # A grid has a perfect drawing: every pair at √(dx² + dy²), which stress, made for |dx| + |dy|, comes near to.
        # 20 × 20 has a term for every pair, 30 × 30 for pivots only.
        for side in (20, 30):
            grid = networkx.convert_node_labels_to_integers(networkx.grid_2d_graph(side, side))
            places = layouts.places(side * side, ends_of(grid))
            row, column = np.divmod(np.arange(side * side), side)
            wanted = np.hypot(row[:, None] - row, column[:, None] - column)
            drawn = np.hypot(*(places[:, None] - places).transpose(2, 0, 1))
            pairs = np.triu_indices(side * side, 1)
            self.assertGreater(np.corrcoef(wanted[pairs], drawn[pairs])[0, 1], 0.99)

    def test_two_communities_stand_apart(self):
        places = layouts.places(32, ends_of(self.GRAPHS["barbell"]))
        left, right = places[:16].mean(axis=0), places[16:].mean(axis=0)
        within = np.hypot(*(places[:16] - left).T).max()
        self.assertGreater(np.hypot(*(left - right)), 2 * within)

    def test_stored_coordinates_stay(self):
        stored = np.array([[0, 0], [1, 0], [2, 5]], float)
        np.testing.assert_array_equal(layouts.places(3, np.array([[0, 1], [1, 2]]), stored), stored)

    def test_workers_at_one_place_are_moved_apart_and_others_stay(self):
        stored = np.array([[0, 0], [0, 0], [10, 0], [10, 10], [0, 10]], float)
        places = layouts.places(5, np.array([[0, 1], [1, 2], [2, 3], [3, 4]]), stored)
        self.assertGreater(layouts.nearest_distances(places).min(), 0.1)
        np.testing.assert_allclose(places[2:], stored[2:], atol=0.01)

    def test_a_long_path_is_folded(self):
        ends = np.column_stack([np.arange(63), np.arange(1, 64)])
        places = layouts.places(64, ends, [[i, 0] for i in range(64)], "path_64")
        steps = abs(places[1:] - places[:-1]).sum(axis=1)
        self.assertTrue((steps == 1).all())  # consecutive workers are neighbours on the page
        self.assertEqual(len({tuple(place) for place in places}), 64)

    def test_degrees_of_longitude_shrink_with_the_latitude(self):
        places = layouts.places(3, np.array([[0, 1], [1, 2]]), [[0, 60], [10, 60], [10, 60.5]], geographic=True)
        self.assertAlmostEqual(np.ptp(places[:, 0]), 10 * np.cos(np.radians(60.5 / 3 + 40)), places=6)

    def test_edges_of_a_torus_leave_outwards(self):
        places = np.array([[c, -r] for r in range(9) for c in range(9)], float)
        ends = np.array([[0, 1], [0, 8], [0, 72]])
        paths, owner = layouts.edge_paths("torus2d_9x9", places, ends)
        self.assertEqual(owner.tolist(), [0, 1, 2, 1, 2])
        np.testing.assert_allclose(paths[1], [[0, 0], [-0.48, 0]])  # from worker 0 to the left, 6 % of the extent …
        np.testing.assert_allclose(paths[3], [[8, 0], [8.48, 0]])  # … and to worker 8 from the right
        np.testing.assert_allclose(paths[2], [[0, 0], [0, 0.48]])  # upwards
        paths, _ = layouts.edge_paths("torus2d_9x9", places * [1, 3], ends)  # as drawn where a long one is stretched
        np.testing.assert_allclose(paths[2], [[0, 0], [0, 1.44]])
        for name in ("cycle_81", "grid2d_9x9", "torus_3x3x3x3", "toruses"):
            self.assertEqual(len(layouts.edge_paths(name, places, ends)[0]), 3)

    def test_walkers_meet_across_the_border(self):
        places = np.array([[0.02, 0.5], [0.98, 0.5], [0.5, 0.5]])
        paths, owner = layouts.edge_paths("random_geometric_walk_3", places, np.array([[0, 1], [1, 2]]))
        self.assertEqual(owner.tolist(), [1, 0, 0])
        np.testing.assert_allclose(paths[1:, 1], [[0, 0.5], [1, 0.5]], atol=1e-12)

    def test_a_torus_of_three_directions_is_seen_from_the_side(self):
        grid = networkx.grid_graph((5, 4, 3), periodic=True)  # networkx counts the last direction first
        grid = networkx.relabel_nodes(grid, {(a, b, c): (a * 4 + b) * 5 + c for a, b, c in grid})
        places = layouts.places(60, ends_of(grid), np.zeros((60, 2)), "torus_3x4x5")
        self.assertEqual(len({tuple(np.round(place, 9)) for place in places}), 60)
        np.testing.assert_allclose(places[[1, 5, 20]] - places[0], [[1, 0], [0, -1], [0.8 / 3, 0.6 / 3]])
        paths, _ = layouts.edge_paths("torus_3x4x5", places, ends_of(grid))
        wraps = len(paths) - grid.number_of_edges()
        self.assertEqual(wraps, 3 * 4 + 3 * 5 + 4 * 5)  # one edge per line of workers closes it
        self.assertLess(np.hypot(*(paths[:, 1] - paths[:, 0]).T).max(), 1 + 1e-9)

class Figures(unittest.TestCase):
    def drawn(self, graph, by=None):
        figure = topologies.draw(graph, by)
        self.addCleanup(figures.plt.close, figure)
        return figure

    def texts(self, figure):
        return [text.get_text() for text in figure.findobj(figures.plt.Text) if text.get_text()]

    def test_caption_marked_edge_and_numbers(self):
        figure = self.drawn(made_graph(networkx.barbell_graph(8, 0), "barbell_16"))
        texts = self.texts(figure)
        self.assertIn("edge of the largest resistance (χ₂): (7, 8)", texts)
        caption = next(text for text in texts if text.startswith("n = 16, m = 57"))
        self.assertIn("χ₂ = 3.5625", caption)  # m/n, MATH section 7
        self.assertIn("dense inverse", caption)
        self.assertTrue({str(i) for i in range(16)} <= set(texts))
        orange = [line for line in figure.axes[0].lines if line.get_color() == topologies.MARKED]
        self.assertEqual(len(orange), 1)
        np.testing.assert_array_equal(orange[0].get_xydata(), layouts.places(16, made_graph(
            networkx.barbell_graph(8, 0)).ends)[[7, 8]])

    def test_edges_alike_need_no_colour_bar(self):
        figure = self.drawn(made_graph(networkx.cycle_graph(8), "cycle_8"))
        self.assertEqual(len(figure.axes), 1)
        self.assertTrue(any("all edges alike" in text for text in self.texts(figure)))
        self.assertTrue(any("one of 8 equal" in text for text in self.texts(figure)))

    def test_what_colours_the_edges(self):
        graph = made_graph(networkx.lollipop_graph(6, 3), "made", rates=np.linspace(0.1, 2, 18))
        for by, expected in ((None, graph.resistance), ("resistance", graph.resistance), ("rate", graph.rate),
                             ("leverage", graph.rate * graph.resistance)):
            lines = self.drawn(graph, by).axes[0].collections[0]
            np.testing.assert_allclose(np.sort(lines.get_array()), np.sort(expected))
        graph.resistance = None
        self.assertEqual(topologies.edge_values(graph, None)[0], "rate")
        with self.assertRaisesRegex(ResultError, "resistances are not known"):
            topologies.draw(graph, "leverage")

    def test_silent_edges_are_dotted(self):
        graph = made_graph(networkx.cycle_graph(5), rates=[1, 1, 0, 1, 1])
        figure = self.drawn(graph)
        self.assertIn("rate 0", self.texts(figure))
        self.assertEqual(sum(len(lines.get_segments()) for lines in figure.axes[0].collections[:2]), 5)

    def test_names_lie_on_nothing(self):
        names = ["Seattle", "Sunnyvale", "Denver", "Los_Angeles", "Houston", "Kansas_City", "Atlanta", "Indianapolis"]
        graph = made_graph(networkx.circulant_graph(8, [1, 2]), names=names)
        figure = self.drawn(graph)
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        self.assertEqual({text.get_text() for text in figure.axes[0].texts}, {name.replace("_", " ") for name in names})
        for k, box in enumerate(boxes):
            self.assertFalse(any(box.overlaps(other) for other in boxes[:k]))

    def test_many_workers_get_no_names(self):
        figure = self.drawn(made_graph(networkx.cycle_graph(labels.MOST_NAMED + 1)))
        self.assertEqual(len(figure.axes[0].texts), 0)

    def test_a_map_and_no_map(self):
        graph = networkx.path_graph(3)
        on_map = made_graph(graph, names=["a", "b", "c"], coordinates=[[-122, 47], [-74, 40], [2, 48]])
        self.assertTrue(topologies.is_geographic(on_map))
        for other in (made_graph(graph, coordinates=[[-122, 47], [-74, 40], [2, 48]]),  # nameless: a drawing's places
                      made_graph(graph, names=["a", "b", "c"]),
                      made_graph(graph, names=["a", "b", "c"], coordinates=[[0, 0], [500, 10], [3, 4]])):
            self.assertFalse(topologies.is_geographic(other))

    def test_change_over_time_and_bounds_are_told(self):
        graph = made_graph(networkx.cycle_graph(6), phases=4, exact=False, chi_1_bounds=[1.9, 2.1])
        self.assertIn("union of its 4 phases", topologies.caption(graph))
        self.assertIn("in [1.9, 2.1]", topologies.caption(graph))

    def test_too_large(self):
        graph = made_graph(networkx.cycle_graph(6))
        graph.facts["workers"] = topologies.MOST_WORKERS_DRAWN + 1
        with self.assertRaisesRegex(ResultError, "too large to draw"):
            topologies.draw(graph)


class Command(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def plot(self, program, *arguments):
        return subprocess.run([SCRIPTS / "plot", *arguments], capture_output=True, text=True, check=False, cwd=self.folder,
                              env={**os.environ, "ACIDSIM": str(program)})

    def test_draws_and_says_where(self):
        graph = made_graph(networkx.barbell_graph(8, 0), "barbell_16", names=[f"w{i}" for i in range(16)],
                           coordinates=np.random.default_rng(1).uniform(size=(16, 2)))
        program = write_program(self.folder, graph)
        done = self.plot(program, "--topology", "--family", "barbell", "--workers", "16", "--edges-by", "leverage")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, "figures: plots/barbell_16.pdf, plots/barbell_16.png\n")
        asked = (self.folder / "arguments").read_text()
        self.assertRegex(asked, r"^topology --family barbell --workers 16 --edges \S+\.csv --export \S+\.graphml --json$")
        content = (self.folder / "plots/barbell_16.pdf").read_bytes()
        self.assertTrue(content.startswith(b"%PDF") and content.rstrip().endswith(b"%%EOF"))
        self.assertIn(b"/CIDFontType2", content)
        self.assertGreater(len((self.folder / "plots/barbell_16.png").read_bytes()), 10_000)

    def test_out_and_a_file(self):
        program = write_program(self.folder, made_graph(networkx.cycle_graph(5), "cycle_5"))
        done = self.plot(program, "--topology", "net.graphml", "--out", "here/ring")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual({path.name for path in (self.folder / "here").iterdir()}, {"ring.pdf", "ring.png"})
        self.assertTrue((self.folder / "arguments").read_text().startswith("topology net.graphml --edges "))

    def test_what_the_program_wrote_is_read(self):
        graph = made_graph(networkx.petersen_graph(), names=[f"w{i}" for i in range(10)],
                           coordinates=np.random.default_rng(1).uniform(size=(10, 2)), rates=np.linspace(0.1, 1, 15))
        write_program(self.folder, graph)
        read = graphs.read_graph(graph.facts, self.folder / "edges.csv", self.folder / "graph.graphml")
        self.assertEqual(read.names, graph.names)
        for name in ("ends", "rate", "resistance", "coordinates"):
            np.testing.assert_array_equal(getattr(read, name), getattr(graph, name))

    def test_bad_input_is_one_line_and_exit_code_2(self):
        program = write_program(self.folder, made_graph(networkx.cycle_graph(5), "cycle_5"))
        refusing = self.folder / "refusing"
        refusing.write_text('#!/bin/bash\necho "--family: unknown (cycel) — did you mean cycle?" >&2; exit 2\n')
        several = self.folder / "several"
        several.write_text('#!/bin/bash\necho "x.json: holds several topologies (3) — --edges and --export write one" >&2; exit 2\n')
        for script in (refusing, several):
            script.chmod(0o755)
        (self.folder / "file").touch()
        for program, arguments, text in (
                (program, [], "which graph?"),
                (program, ["--family", "cycle", "--json"], "not for drawing (--json)"),
                (program, ["--family", "cycle", "--edges=x.csv"], "not for drawing (--edges)"),
                (program, ["--family", "cycle", "--out", "file/x"], "cannot be written"),
                (refusing, ["--family", "cycel"], "--family: unknown (cycel) — did you mean cycle?"),
                (several, ["x.json"], "the experiment holds several topologies — give one"),
                (self.folder / "nowhere", ["--family", "cycle"], "cannot be run")):
            with self.subTest(text):
                done = self.plot(program, "--topology", *arguments)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertIn(text, done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1)
        done = self.plot(program, "--topology", "--family", "cycle", "--edges-by", "fish")
        self.assertEqual(done.returncode, 2)
        self.assertIn("invalid choice: 'fish'", done.stderr)
        self.assertFalse((self.folder / "plots").exists())


if __name__ == "__main__":
    unittest.main()

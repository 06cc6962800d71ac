"""Configurations, errors, the registry, graphs and events of the package."""

import csv
import io
import json
import os
import pathlib
import pickle
import subprocess
import sys
import tempfile
import unittest

import numpy as np
from scipy import sparse

import acidsim
from program import PROGRAM, RING, call, with_fields


class Errors(unittest.TestCase):
    def test_an_input_error_has_the_parts_of_the_programs_message(self):
        with tempfile.TemporaryDirectory() as scratch:
            file = pathlib.Path(scratch) / "ring.json"
            file.write_text(json.dumps(with_fields(RING, algorithm={"name": "a2cid"})), encoding="utf-8")
            with self.assertRaises(acidsim.InputError) as caught:
                acidsim.validate(file)
            error = caught.exception
            self.assertEqual(str(error), call(PROGRAM, "validate", file).stderr.strip())
            self.assertEqual(error.place, f"{file}: /algorithm/name")
            self.assertEqual(error.path, "/algorithm/name")
            self.assertIn("a2cid", error.value)
            self.assertIn("a2cid2", error.hint)
            self.assertTrue(error.problem)
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((str(again), again.path, again.hint), (str(error), error.path, error.hint))

    def test_overrides_are_refused_where_set_is(self):
        with self.assertRaises(acidsim.InputError) as caught:
            acidsim.validate(RING, topology__workerz=3)
        self.assertEqual(caught.exception.path, "/topology/workerz")
        self.assertIn("workers", caught.exception.hint)

    def test_a_run_that_is_refused_writes_nothing(self):
        with tempfile.TemporaryDirectory() as scratch:
            with self.assertRaises(acidsim.InputError):
                acidsim.run(RING, out=pathlib.Path(scratch) / "out", stop__time=-1)
            self.assertEqual(os.listdir(scratch), [])


class Configurations(unittest.TestCase):
    def test_numpy_values_and_paths_are_taken(self):
        self.assertEqual(acidsim.validate(RING, topology__workers=np.int64(6), timing__gradient_rate=np.ones(6)), [])

    def test_an_experiment_completes_and_checks(self):
        experiment = acidsim.Experiment(name="ring")
        self.assertLessEqual({"topology", "algorithm", "stop", "run"}, set(dir(experiment)))
        experiment.topology.family = "erdos_renyi"
        self.assertIn("p", dir(experiment.topology))
        experiment.topology.p = 0.5
        experiment.topology.workers = 12
        experiment.algorithm = {"name": "a2cid2"}
        self.assertIn("eta", dir(experiment.algorithm))
        experiment.stop.time = 3
        self.assertIn("default", experiment.topology.help_of("p"))
        with self.assertRaises(acidsim.InputError) as caught:
            experiment.topology.workerz = 4
        self.assertEqual(caught.exception.path, "/topology/workerz")
        self.assertEqual(experiment.to_dict()["topology"], {"family": "erdos_renyi", "p": 0.5, "workers": 12})
        self.assertEqual(json.loads(experiment.to_json()), experiment.to_dict())
        self.assertEqual(experiment.run(progress=False).config["topology"]["workers"], 12)

    def test_explain_says_what_the_program_says(self):
        with tempfile.TemporaryDirectory() as scratch:
            file = pathlib.Path(scratch) / "ring.json"
            file.write_text(json.dumps(RING), encoding="utf-8")
            def without_time(text): return [line for line in text.splitlines() if not line.startswith("time")]
            self.assertEqual(without_time(acidsim.explain(file)), without_time(call(PROGRAM, "explain", file).stdout))

    def test_theory_is_the_programs_table(self):
        with tempfile.TemporaryDirectory() as scratch:
            file = pathlib.Path(scratch) / "ring.json"
            file.write_text(json.dumps(RING), encoding="utf-8")
            rows = list(csv.DictReader(io.StringIO(call(PROGRAM, "theory", file).stdout)))
        table = acidsim.theory(RING)
        theirs = {(row["time"], row["metric"]): float(row["expected"]) for row in rows}
        for row in table.itertuples():
            time = "limit" if np.isinf(row.time) else f"{row.time:g}"
            self.assertAlmostEqual(row.expected, theirs[time, row.metric], delta=1e-12 * abs(row.expected))
        for metric, rate in table.attrs["rate"].items():
            self.assertAlmostEqual(rate, theirs["rate", metric], delta=1e-12 * abs(rate))

    def test_the_registry_is_listed(self):
        self.assertIn("a2cid2", set(acidsim.list("algorithms")["name"]))
        self.assertIn("algorithms", set(acidsim.list()["kind"]))
        self.assertIn("properties", acidsim.schema())
        with self.assertRaises(acidsim.InputError):
            acidsim.list("algorithmz")


class Import(unittest.TestCase):
    def test_it_imports_what_is_heavy_when_it_is_asked_for(self):
        loaded = subprocess.run([sys.executable, "-B", "-c", "import acidsim, sys; print(*sys.modules)"], check=True, capture_output=True,
                                text=True).stdout.split()
        self.assertFalse({"pandas", "scipy", "matplotlib", "networkx"} & set(loaded))


class Topologies(unittest.TestCase):
    def test_a_family_has_the_numbers_of_the_program(self):
        ring = acidsim.topology(family="cycle", workers=64)
        facts = json.loads(call(PROGRAM, "topology", "--family", "cycle", "--workers", 64, "--json").stdout)
        self.assertEqual((ring.workers, len(ring.edges)), (facts["workers"], facts["edges"]))
        self.assertEqual((ring.chi_1, ring.chi_2), (facts["chi_1"], facts["chi_2"]))
        self.assertEqual(ring.a2cid2, {name: facts[name] for name in ("eta", "alpha", "alpha_tilde")})
        self.assertEqual(ring.rate_total, facts["rate_total"])

    def test_laplacian_and_resistances_agree_with_linear_algebra(self):
        graph = acidsim.topology("erdos_renyi", 20, p=0.3, seed=4)
        laplacian = graph.laplacian.toarray()
        values = np.linalg.eigvalsh(laplacian)
        self.assertAlmostEqual(graph.chi_1, 1 / values[1], delta=1e-9 * graph.chi_1)
        inverse = np.linalg.pinv(laplacian)
        i, j = graph.edges.T
        resistances = inverse[i, i] + inverse[j, j] - 2 * inverse[i, j]
        np.testing.assert_allclose(graph.resistances, resistances, rtol=1e-9)
        self.assertAlmostEqual(graph.chi_2, resistances.max() / 2, delta=1e-9 * graph.chi_2)

    def test_networkx_and_scipy_graphs_keep_their_rates(self):
        import networkx

        graph = networkx.Graph([("a", "b", {"weight": 2.0}), ("b", "c", {"weight": 0.5}), ("a", "c", {"weight": 1.0})])
        ours = acidsim.Topology.from_networkx(graph)
        np.testing.assert_allclose(ours.laplacian.toarray(), networkx.laplacian_matrix(graph).toarray(), rtol=1e-15)
        self.assertEqual(ours.names, ["a", "b", "c"])
        same = acidsim.Topology.from_scipy(sparse.csr_array(networkx.to_scipy_sparse_array(graph)))
        self.assertEqual((same.chi_1, same.chi_2), (ours.chi_1, ours.chi_2))
        result = acidsim.run(RING, topology=ours, progress=False)
        self.assertEqual(result.info["topology"]["chi_1"], ours.chi_1)
        with self.assertRaises(acidsim.InputError):
            acidsim.Topology.from_scipy(np.array([[0, 1.0], [2.0, 0]]))

    def test_optimal_rates_are_certified(self):
        barbell = acidsim.topology("barbell", 10)
        best = barbell.optimal_rates("chi_1")
        self.assertLess(best.chi_1, barbell.chi_1)
        self.assertGreaterEqual(best.certificate["gap"], 0)
        self.assertLess(best.certificate["gap"], 1e-3)


class Events(unittest.TestCase):
    def test_they_are_those_of_the_program(self):
        for timing in ({"model": "poisson", "gradient_rate": 2.0}, {"model": "availability"}):
            with self.subTest(**timing), tempfile.TemporaryDirectory() as scratch:
                config = with_fields(RING, timing=timing)
                file = pathlib.Path(scratch) / "ring.json"
                file.write_text(json.dumps(config), encoding="utf-8")
                rows = list(csv.reader(io.StringIO(call(PROGRAM, "schedule", file, "--until", 30).stdout)))[1:]
                ours = acidsim.events(config, until=30)
                self.assertGreater(len(ours), 200)
                self.assertEqual([(row["time"], acidsim.KINDS[row["kind"]], row["i"], row["j"]) for row in ours],
                                 [(float(time), kind, int(i), int(j)) for _, time, kind, i, j in rows])

    def test_the_array_owns_its_memory(self):
        one = acidsim.events(RING, until=5)
        copy = one.copy()
        del one
        np.testing.assert_array_equal(acidsim.events(RING, until=5), copy)
        self.assertTrue((np.diff(copy["time"]) >= 0).all())


if __name__ == "__main__":
    unittest.main()

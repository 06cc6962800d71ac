"""Problems and methods of Python, held to those of C++."""

import os
import pathlib
import runpy
import tempfile
import traceback
import unittest

import numpy as np

import acidsim
from program import RING, with_fields

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "sim" / "python" / "examples"
CURVATURE = np.linspace(1, 2, 3)  # of RING: from curvature_min to curvature_max
EXACT = with_fields(RING, objective__noise=0, objective__centers=np.arange(24.0).reshape(8, 3).tolist(), objective__heterogeneity=0)
CENTERS = np.array(EXACT["objective"]["centers"])


class Quadratic(acidsim.Objective):
    """The quadratic of EXACT."""

    dimension = 3
    noise = 0.0

    def gradient(self, worker, index, x, rng):
        slope = CURVATURE * (x - CENTERS[worker])
        return slope + self.noise * rng.standard_normal(3) if self.noise else slope

    def worker_loss(self, worker, x):
        return 0.5 * float((CURVATURE * (x - CENTERS[worker]) ** 2).sum())

    def full_gradient(self, x):
        return CURVATURE * (x - CENTERS.mean(0))

    def minimiser(self):
        return CENTERS.mean(0)


class Noisy(Quadratic):
    noise = 0.5


class Objectives(unittest.TestCase):
    def test_a_quadratic_of_python_goes_where_that_of_cpp_goes(self):
        for precision, tolerance in (("double", 1e-12), ("single", 2e-5)):
            with self.subTest(precision=precision):
                theirs = acidsim.run(EXACT, precision=precision, progress=False)
                ours = acidsim.run(EXACT, precision=precision, objective=Quadratic(), progress=False)
                np.testing.assert_allclose(ours.states, theirs.states, rtol=tolerance, atol=20 * tolerance)
                for metric in ("consensus_distance", "suboptimality"):
                    np.testing.assert_allclose(ours.metrics[metric], theirs.metrics[metric], rtol=1e4 * tolerance, atol=1e3 * tolerance)

    def test_random_numbers_are_addressed(self):
        one = acidsim.run(RING, objective=Noisy(), progress=False, threads=1)
        two = acidsim.run(RING, objective=Noisy(), progress=False, threads=4)
        self.assertEqual(one.state_digest, two.state_digest)
        self.assertEqual(acidsim.run(RING, objective=Noisy(), backend="openmp", progress=False).state_digest, one.state_digest)
        seen = {}

        class Watched(Noisy):
            def gradient(self, worker, index, x, rng):
                seen[worker, index] = rng.random(4)
                return super().gradient(worker, index, x, rng)

        seed = acidsim.run(RING, objective=Watched(), repeats=1, progress=False).info["repeats"][0]["seed"]
        for (worker, index), numbers in list(seen.items())[:20]:
            np.testing.assert_array_equal(acidsim.generator(seed, worker, index).random(4), numbers)
        self.assertEqual(len({tuple(numbers) for numbers in seen.values()}), len(seen))

    def test_their_normals_are_normal(self):
        numbers = np.concatenate([acidsim.generator(1, worker, 0).standard_normal(10000) for worker in range(20)])
        n = len(numbers)
        self.assertLess(abs(numbers.mean()), 5 / np.sqrt(n))
        self.assertLess(abs(numbers.var() - 1), 5 * np.sqrt(2 / n))
        uniform = acidsim.generator(1, 0, 1).random(100000)
        self.assertTrue((uniform >= 0).all() and (uniform < 1).all())
        self.assertLess(abs(uniform.mean() - 0.5), 5 / np.sqrt(12 * 100000))

    def test_the_model_is_a_view_and_the_gradient_may_be_written_in_place(self):
        class InPlace(Quadratic):
            def gradient(self, worker, index, x, rng, out):
                assert not x.flags.owndata and not x.flags.writeable and x.dtype == np.float64
                np.subtract(x, CENTERS[worker], out=out)
                out *= CURVATURE

        self.assertEqual(acidsim.run(RING, objective=InPlace(), progress=False).state_digest,
                         acidsim.run(RING, objective=Quadratic(), progress=False).state_digest)

    def test_an_exception_ends_the_run_with_its_traceback(self):
        class Broken(Quadratic):
            def gradient(self, worker, index, x, rng):
                if index == 5:
                    raise ZeroDivisionError("in the sixth gradient")
                return super().gradient(worker, index, x, rng)

        for config in (RING, with_fields(RING, sweep={"topology.workers": [4, 8]})):
            with self.subTest(sweep="sweep" in config), tempfile.TemporaryDirectory() as scratch:
                out = pathlib.Path(scratch) / "out"
                try:
                    acidsim.run(config, objective=Broken(), out=out, progress=False)
                    self.fail("nothing was raised")
                except ZeroDivisionError as error:
                    self.assertIn("in gradient", "".join(traceback.format_tb(error.__traceback__)))
                self.assertFalse(list(pathlib.Path(scratch).rglob("run.json")))
                if "sweep" not in config:
                    self.assertEqual(os.listdir(scratch), [])

    def test_wrong_gradients_and_missing_functions_are_told(self):
        class Short(Quadratic):
            def gradient(self, worker, index, x, rng):
                return x[:2]

        with self.assertRaisesRegex(ValueError, "2 numbers, not 3"):
            acidsim.run(RING, objective=Short(), progress=False)

        class Bare(acidsim.Objective):
            dimension = 3

            def gradient(self, worker, index, x, rng):
                return x

        config = {key: value for key, value in RING.items() if key != "record"}
        self.assertEqual(acidsim.run(config, objective=Bare(), progress=False).metric_names, ["consensus_distance"])
        with self.assertRaises(acidsim.InputError) as caught:
            acidsim.run(RING, objective=Bare(), record__metrics=["loss"], progress=False)
        self.assertIn("loss(self, x)", caught.exception.hint)
        with self.assertRaises(acidsim.InputError):  # the minimiser
            acidsim.run(RING, objective=Bare(), progress=False)

    def example(self, name, needs):
        """The results of an example, where the library that it needs is there."""
        for library in needs:
            try:
                __import__(library)
            except ImportError:
                self.skipTest(f"no {library} here")
        return runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]()

    def test_the_example_with_scikit_learn_learns(self):
        self.assertGreater(self.example("scikit_learn", ["sklearn"]).final("test_accuracy")[0], 0.85)

    def test_the_example_with_pytorch_learns(self):
        self.assertGreater(self.example("pytorch", ["torch", "sklearn"]).final("test_accuracy")[0], 0.85)

    def test_the_example_with_jax_learns(self):
        result = self.example("jax_regression", ["jax"])
        self.assertLess(result.final("loss")[0], 0.05)  # noise of 0.1 and the penalty leave 0.03


def a2cid2_of(workers):
    constants = acidsim.topology("cycle", workers).a2cid2
    eta = constants["eta"]
    return acidsim.Dynamics(vectors=["x", "x̃"], flow=[[-eta, eta], [eta, -eta]], gradient_landing=[-1, -1], exchange_told=[[1, 0]],
                            exchange_landing=[[constants["alpha"]], [constants["alpha_tilde"]]])


class OwnDynamics(unittest.TestCase):
    def test_a2cid2_declared_is_a2cid2(self):
        theirs = acidsim.run(RING, algorithm__name="a2cid2", progress=False)
        for backend in ("serial", "openmp"):
            ours = acidsim.run(RING, algorithm=a2cid2_of(8), backend=backend, progress=False)
            np.testing.assert_allclose(ours.states, theirs.states, rtol=1e-10, atol=1e-10)

    def test_it_has_exact_theory(self):
        theirs = acidsim.theory(RING, algorithm__name="a2cid2")
        ours = acidsim.theory(RING, algorithm=a2cid2_of(8))
        np.testing.assert_allclose(ours["expected"], theirs["expected"], rtol=1e-9)

    def test_wrong_shapes_are_refused(self):
        with self.assertRaises(ValueError):
            acidsim.Dynamics(gradient_landing=[-1, -1], flow=[[1, 0, 0]])
        with self.assertRaises(TypeError):
            acidsim.Dynamics(gradient_landing=[-1], exchange_tolld=[[1]])


class Methods(unittest.TestCase):
    def test_a_linear_method_by_hand_is_the_declared_one(self):
        class Gossip(acidsim.Method):
            def on_gradient(self, state, worker, gradient, time):
                state[worker] -= 0.1 * gradient

            def on_communication(self, state, i, j, time):
                state[i] = state[j] = (state[i] + state[j]) / 2

        times, states = Gossip().run(EXACT, objective=Quadratic(), every=5.0)
        np.testing.assert_array_equal(times, [0, 5, 10, 15, 20])
        ours = acidsim.run(EXACT, algorithm__name="async_gossip", repeats=1, record__states="all", progress=False)
        np.testing.assert_allclose(states, ours.states[0, :, :, 0], rtol=1e-12, atol=1e-11)


if __name__ == "__main__":
    unittest.main()

"""Problems of one's own."""

from __future__ import annotations

import inspect

import numpy as np

from acidsim import _acidsim
from acidsim.configuration import label_of


class Objective:
    """What the workers minimise, f = (1/n) Σ_i f_i, in Python. Derive from it, define `dimension` and `gradient`, and what
    else there is; then acidsim.run(config, objective=MyProblem()).

        class Mean(acidsim.Objective):
            dimension = 10
            def __init__(self, centers): self.centers = centers             # workers × dimension
            def gradient(self, worker, index, x, rng):
                return x - self.centers[worker] + 0.1 * rng.standard_normal(10)
            def loss(self, x): return 0.5 * ((x - self.centers) ** 2).sum(1).mean()

    dimension         numbers in a model
    gradient(worker, index, x, rng)
                      ∇F_i(x, ξ), an array of `dimension` numbers, for gradient number `index` = 0, 1, … of a worker. `x` is
                      a read-only view of the model, valid during the call. `rng` is a numpy.random.Generator that is
                      addressed by (seed of the repeat, worker, index) at each call: whatever is drawn from it repeats,
                      on any number of threads. It is the same object at the next call: do not keep it. With a fifth
                      parameter `out` the gradient is written there, without a copy.

    May be defined as well (metrics that need what is not there are refused):
    loss(x)           f(x); else the mean of worker_loss
    worker_loss(worker, x), full_gradient(x), test_loss(x), test_accuracy(x)
    minimiser()       the point x* where f is least, for distances to it
    start(rng)        a starting point, for initial.kind "network"
    smoothness, strong_convexity    L and μ, where known
    label             the name in configurations and results; by default that of the class. Results of one label are taken for
                      those of one problem when a folder of results is gone on with.

    Numbers have the run's `precision`. Calls come from C++ threads and hold the GIL, so they follow one after another
    whatever `threads` says, except where they release it (NumPy's large products, PyTorch, JAX). An exception ends the run,
    nothing is left half-written, and run() raises it with its traceback.
    """

    dimension: int

    def gradient(self, worker: int, index: int, x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        raise NotImplementedError("define gradient(self, worker, index, x, rng)")

    def default_metrics(self) -> list[str]:
        """What is recorded where the configuration does not say."""
        has_loss = hasattr(self, "loss") or hasattr(self, "worker_loss")
        return ["consensus_distance", "loss"] if has_loss else ["consensus_distance"]

    def _section(self) -> dict:
        label = label_of(self)
        _acidsim.put_objective(label, self)
        return {"name": "python", "object": label}


def takes_out(function) -> bool:
    """Whether gradient() has a fifth parameter, for its result."""
    return "out" in inspect.signature(function).parameters

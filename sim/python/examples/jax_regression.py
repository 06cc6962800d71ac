"""Ridge regression whose gradients JAX derives."""

import jax
import jax.numpy as jnp
import numpy as np

import acidsim


class Ridge(acidsim.Objective):
    dimension = 5

    def __init__(self, workers):
        rng = np.random.default_rng(0)
        self.features = rng.standard_normal((workers, 100, 5))
        self.targets = self.features @ np.arange(1.0, 6.0) + 0.1 * rng.standard_normal((workers, 100))
        self.slope = jax.jit(jax.grad(lambda x, a, b: 0.5 * jnp.mean((a @ x - b) ** 2) + 5e-4 * x @ x))

    def gradient(self, worker, index, x, rng):
        rows = rng.integers(0, 100, 16)
        return self.slope(x, self.features[worker, rows], self.targets[worker, rows])

    def worker_loss(self, worker, x):
        return 0.5 * np.mean((self.features[worker] @ x - self.targets[worker]) ** 2) + 5e-4 * x @ x


def main():
    config = {"topology": {"family": "cycle", "workers": 8}, "optimizer": {"learning_rate": 0.05}, "stop": {"time": 200},
              "record": {"every": 50, "metrics": ["loss", "consensus_distance"]}}
    return acidsim.run(config, objective=Ridge(8))


if __name__ == "__main__":
    print(main().metrics)

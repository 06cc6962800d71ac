"""A linear classifier of handwritten digits: data of scikit-learn, split by class over the workers."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss

import acidsim


class Digits(acidsim.Objective):
    def __init__(self, workers, batch_size=32):
        images, labels = load_digits(return_X_y=True)
        self.images, self.labels, self.batch_size = images / 16, labels, batch_size
        self.test, train = np.arange(0, len(labels), 5), np.setdiff1d(np.arange(len(labels)), np.arange(0, len(labels), 5))
        self.parts = np.array_split(train[np.argsort(labels[train], kind="stable")], workers)  # few classes for each
        self.dimension = 64 * 10

    def probabilities(self, x, rows):
        scores = self.images[rows] @ x.reshape(64, 10)
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        return exponentials / exponentials.sum(axis=1, keepdims=True)

    def gradient(self, worker, index, x, rng):
        rows = rng.choice(self.parts[worker], self.batch_size)
        residual = self.probabilities(x, rows) - np.eye(10)[self.labels[rows]]
        return (self.images[rows].T @ residual / self.batch_size).ravel()

    def worker_loss(self, worker, x):
        rows = self.parts[worker]
        return log_loss(self.labels[rows], self.probabilities(x, rows), labels=np.arange(10))

    def test_accuracy(self, x):
        return (self.probabilities(x, self.test).argmax(axis=1) == self.labels[self.test]).mean()


def main():
    config = {"topology": {"family": "cycle", "workers": 8}, "algorithm": {"name": "a2cid2"}, "optimizer": {"learning_rate": 0.2},
              "stop": {"time": 100}, "record": {"every": 20, "metrics": ["test_accuracy", "consensus_distance", "loss"]}}
    return acidsim.run(config, objective=Digits(8))


if __name__ == "__main__":
    print(main().metrics)

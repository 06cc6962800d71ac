"""A network of PyTorch, trained by gossip: the model is one vector, in PyTorch's own order."""

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch.nn.utils import parameters_to_vector, vector_to_parameters

import acidsim


class Network(acidsim.Objective):
    def __init__(self, workers, batch_size=32):
        torch.set_num_threads(1)  # the workers' gradients come one after another
        images, labels = load_digits(return_X_y=True)
        self.images, self.labels = torch.tensor(images / 16, dtype=torch.float32), torch.tensor(labels)
        self.test, self.batch_size = np.arange(0, len(labels), 5), batch_size
        self.parts = np.array_split(np.setdiff1d(np.arange(len(labels)), self.test), workers)
        self.network = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
        self.loss_of = torch.nn.CrossEntropyLoss()
        self.dimension = sum(parameter.numel() for parameter in self.network.parameters())

    def put(self, x):
        vector_to_parameters(torch.tensor(x), self.network.parameters())

    def gradient(self, worker, index, x, rng):
        rows = rng.choice(self.parts[worker], self.batch_size)
        self.put(x)
        self.network.zero_grad()
        self.loss_of(self.network(self.images[rows]), self.labels[rows]).backward()
        return parameters_to_vector([parameter.grad for parameter in self.network.parameters()])

    def start(self, rng):
        torch.manual_seed(int(rng.integers(2**31)))
        for layer in self.network[::2]:
            layer.reset_parameters()
        return parameters_to_vector(self.network.parameters()).detach()

    @torch.no_grad()
    def worker_loss(self, worker, x):
        self.put(x)
        return float(self.loss_of(self.network(self.images[self.parts[worker]]), self.labels[self.parts[worker]]))

    @torch.no_grad()
    def test_accuracy(self, x):
        self.put(x)
        return float((self.network(self.images[self.test]).argmax(1) == self.labels[self.test]).float().mean())


def main():
    config = {"topology": {"family": "cycle", "workers": 8}, "algorithm": {"name": "a2cid2"}, "optimizer": {"learning_rate": 0.1},
              "precision": "single", "stop": {"time": 200}, "record": {"every": 50, "metrics": ["test_accuracy", "loss"]}}
    return acidsim.run(config, objective=Network(8))


if __name__ == "__main__":
    print(main().metrics)

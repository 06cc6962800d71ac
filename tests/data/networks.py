"""Writes networks.json: losses and gradients of PyTorch 1.13 for the networks of tests/networks/pytorch_test.cpp.

    python3 tests/data/networks.py > tests/data/networks.json     (needs Debian's python3-torch)

Parameter k of a network is 0.4·(h/65536 − ½), h = 1103 k² + 12345 k mod 65536, and 1 more in the scales of normalisation layers;
number k of the batch is sin(0.37 k²), label s is (3 s + 1) mod classes. Of the gradient each block's inner product with cos(0.9 k), k its place in the whole,
is written down, and ‖gradient‖.
"""

import json

import torch
from torch import nn


class Residual(nn.Module):
    def __init__(self, body, shortcut=None):
        super().__init__()
        self.body = body
        self.shortcut = shortcut

    def forward(self, x):
        return self.body(x) + (x if self.shortcut is None else self.shortcut(x))


def conv_norm(inputs, outputs, kernel, stride):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]


def resnet(channels, blocks, classes):
    layers = conv_norm(3, channels[0], 3, 1) + [nn.ReLU()]
    before = channels[0]
    for width in channels:
        for block in range(blocks):
            stride = 2 if block == 0 and width != channels[0] else 1
            body = nn.Sequential(*conv_norm(before, width, 3, stride), nn.ReLU(), *conv_norm(width, width, 3, 1))
            shortcut = nn.Sequential(*conv_norm(before, width, 1, stride)) if before != width or stride != 1 else None
            layers += [Residual(body, shortcut), nn.ReLU()]
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, classes))


def networks():
    """name: network, shape of a sample, classes"""
    yield "mlp_tanh", nn.Sequential(nn.Linear(7, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3)), (7,), 3
    yield "mlp_gelu", nn.Sequential(nn.Linear(7, 6), nn.GELU(approximate="tanh"), nn.Linear(6, 3)), (7,), 3
    yield "norms", nn.Sequential(nn.Conv2d(2, 4, 3, 2, 1), nn.GroupNorm(2, 4), nn.Tanh(), nn.MaxPool2d(3, 2, 1), nn.LayerNorm([4, 2, 2]),
                                 nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 3)), (2, 7, 7), 3
    yield "lenet", nn.Sequential(nn.Conv2d(1, 16, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 5, padding=2), nn.ReLU(),
                                 nn.MaxPool2d(2), nn.Flatten(), nn.Linear(512, 128), nn.ReLU(), nn.Linear(128, 10)), (1, 16, 16), 10
    yield "resnet8", resnet([16, 32, 64], 1, 10), (3, 8, 8), 10
    yield "resnet18", resnet([64, 128, 256, 512], 2, 10), (3, 8, 8), 10


def set_parameters(network):
    place = 0
    for module in network.modules():
        norm = isinstance(module, (nn.BatchNorm2d, nn.GroupNorm, nn.LayerNorm))
        for name, parameter in module.named_parameters(recurse=False):
            k = torch.arange(place, place + parameter.numel())
            values = 0.4 * (((1103 * k * k + 12345 * k) % 65536).double() / 65536 - 0.5) + (1 if norm and name == "weight" else 0)
            parameter.data = values.reshape(parameter.shape)
            place += parameter.numel()


def main():
    result = {}
    for name, network, shape, classes in networks():
        network.double().train()
        set_parameters(network)
        batch = 4
        numbers = batch * torch.Size(shape).numel()
        x = torch.sin(0.37 * torch.arange(numbers, dtype=torch.double) ** 2).reshape(batch, *shape)
        labels = torch.tensor([(3 * s + 1) % classes for s in range(batch)])
        loss = nn.functional.cross_entropy(network(x), labels)
        loss.backward()
        blocks, place, square = [], 0, 0.0
        for parameter in network.parameters():
            k = torch.arange(place, place + parameter.numel(), dtype=torch.double)
            product = float(torch.dot(parameter.grad.reshape(-1), torch.cos(0.9 * k)))
            blocks.append({"shape": list(parameter.shape), "product": product})
            square += float(parameter.grad.square().sum())
            place += parameter.numel()
        result[name] = {"loss": float(loss), "norm": square**0.5, "blocks": blocks}
    rows = {name: json.dumps(value).replace('{"shape"', '\n  {"shape"') for name, value in result.items()}
    print("{\n" + ",\n".join(f" {json.dumps(name)}: {row}" for name, row in rows.items()) + "\n}")


main()

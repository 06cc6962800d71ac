#!/usr/bin/python3
"""Makes tests/data/torch/*.pt with PyTorch (Debian: python3-torch): small networks as TorchScript, and some that must be refused."""

import io
import pathlib
import sys
import zipfile

sys.dont_write_bytecode = True
import torch
from torch import nn

FOLDER = pathlib.Path(__file__).resolve().parent / "torch"


def mlp() -> nn.Sequential:
    return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))


class Halves(nn.Module):
    """Running means whose decay is none of PyTorch's defaults, behind a convolution, and a frozen layer."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(4, momentum=0.25)
        self.fc = nn.Linear(64, 3)
        self.frozen = nn.Linear(3, 3)
        self.frozen.requires_grad_(False)

    def forward(self, x):
        return self.frozen(self.fc(torch.relu(self.bn(self.conv(x))).flatten(1)))


class Pair(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp()

    def forward(self, x):
        return self.net(x), x


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp()
        self.register_buffer("seen", torch.zeros(1))

    def forward(self, x):
        self.seen += 1.0
        return self.net(x)


class NotANumber(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = mlp()

    def forward(self, x):
        return self.net(x) * float("nan")


def save(name: str, network: torch.jit.ScriptModule) -> None:
    """Without what TorchScript notes for debugging: paths of sources on this machine."""
    whole = io.BytesIO()
    torch.jit.save(network, whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(FOLDER / f"{name}.pt", "w") as new:
        for entry in old.namelist():
            if not entry.endswith(".debug_pkl"):
                new.writestr(zipfile.ZipInfo(entry.replace(entry.split("/")[0], name, 1)), old.read(entry))


def main() -> None:
    torch.manual_seed(1)
    FOLDER.mkdir(exist_ok=True)
    shared = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 3))
    shared[2] = shared[0]
    networks = {
        "mlp": mlp(), "batch_norm": Halves(), "tied": shared, "pair": Pair(), "counter": Counter(), "nan": NotANumber(),
        "double": mlp().double(), "two_classes": nn.Linear(5, 2), "dropout": nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.5), nn.Linear(8, 3)),
        "no_parameters": nn.Flatten(), "layer_norm": nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), nn.ReLU(), nn.Linear(4, 3)),
    }
    for name, network in networks.items():
        save(name, torch.jit.script(network))
    save("traced_in_evaluation", torch.jit.trace(Halves().eval(), torch.zeros(2, 1, 4, 4)))


if __name__ == "__main__":
    main()

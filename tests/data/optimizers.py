#!/usr/bin/env python3
"""Writes optimizers.json beside this file: what PyTorch's optimizers make of 50 steps, in double precision.

Needs PyTorch (Debian: python3-torch; the numbers are those of 1.13). LARS is not a part of it: its step is written out
here in the order of timm's implementation (timm.optim.Lars).

The problem has 20 parameters x, of a 3 × 4 weight, a bias and a scale of a normalisation. At step t, counted from 0,
    g_k = a_k (x_k − b_k) + ½ sin(x_{k+1 mod 20} + t/10),  a_k = ½ + k/10,  b_k = (−1)^k (1 + k/20),  x_k = 1 − k/10 at first.
"""
import json
import pathlib

import torch

STEPS, EVERY = 50, 10
BLOCKS = [("weight", [3, 4]), ("bias", [4]), ("norm", [4])]
K = torch.arange(20, dtype=torch.float64)
A = 0.5 + K / 10
B = (1 - 2 * (K % 2)) * (1 + K / 20)
START = 1 - K / 10

CASES = [
    {"name": "sgd", "learning_rate": 0.05},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.5, "weight_decay": 0.1},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1,
     "decay_excludes": ["bias", "norm"]},
    {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9, "weight_decay": 0.1, "clip_norm": 2.5, "clip_epsilon": 1e-6},
    {"name": "adam", "learning_rate": 0.02},
    {"name": "adam", "learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1},
    {"name": "adam", "learning_rate": 0.02, "weight_decay": 0.1, "clip_norm": 2.5, "clip_epsilon": 1e-6,
     "decay_excludes": ["bias"]},
    {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.5},
    {"name": "adamw", "learning_rate": 0.02, "weight_decay": 0.5, "decay_excludes": ["norm"]},
    {"name": "lars", "learning_rate": 2.0, "momentum": 0.9, "weight_decay": 0.1},
    {"name": "lars", "learning_rate": 2.0, "momentum": 0.5, "weight_decay": 0.1, "nesterov": True, "trust": 0.01,
     "always_adapt": True, "decay_excludes": ["bias"]},
]


class Lars(torch.optim.Optimizer):
    def __init__(self, groups, lr, momentum, weight_decay, trust, nesterov, always_adapt, eps=1e-8):
        super().__init__(groups, dict(lr=lr, momentum=momentum, weight_decay=weight_decay, trust=trust,
                                      nesterov=nesterov, always_adapt=always_adapt, eps=eps))

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            decay, momentum = group["weight_decay"], group["momentum"]
            for p in group["params"]:
                g = p.grad.clone()
                if decay != 0 or group["always_adapt"]:
                    w_norm, g_norm = p.norm(2.0).item(), g.norm(2.0).item()
                    ratio = group["trust"] * w_norm / (g_norm + w_norm * decay + group["eps"])
                    g = (g + decay * p) * (ratio if w_norm > 0 and g_norm > 0 else 1.0)
                if momentum != 0:
                    buffer = self.state[p].get("buffer")
                    buffer = g.clone() if buffer is None else momentum * buffer + g
                    self.state[p]["buffer"] = buffer
                    g = g + momentum * buffer if group["nesterov"] else buffer
                p -= group["lr"] * g


def optimizer(case, parameters):
    decay, excluded = case.get("weight_decay", 0.0), case.get("decay_excludes", [])
    groups = [{"params": [p], "weight_decay": 0.0 if role in excluded else decay}
              for (role, _), p in zip(BLOCKS, parameters)]
    rate = case["learning_rate"]
    if case["name"] in ("adam", "adamw"):
        kind = torch.optim.Adam if case["name"] == "adam" else torch.optim.AdamW
        betas = (case.get("beta_1", 0.9), case.get("beta_2", 0.999))
        return kind(groups, lr=rate, betas=betas, eps=case.get("epsilon", 1e-8))
    momentum, nesterov = case.get("momentum", 0.0), case.get("nesterov", False)
    if case["name"] == "lars":
        return Lars(groups, rate, momentum, decay, case.get("trust", 1e-3), nesterov, case.get("always_adapt", False))
    return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=nesterov)


def trajectory(case):
    parameters = [torch.nn.Parameter(part.clone()) for part in START.split([12, 4, 4])]
    steps, states = optimizer(case, parameters), []
    for t in range(STEPS):
        x = torch.cat([p.detach() for p in parameters])
        gradient = A * (x - B) + 0.5 * torch.sin(torch.roll(x, -1) + t / 10)
        for p, g in zip(parameters, gradient.split([12, 4, 4])):
            p.grad = g.clone()
        if "clip_norm" in case:  # adds 1e-6 to the norm
            torch.nn.utils.clip_grad_norm_(parameters, case["clip_norm"])
        steps.step()
        if (t + 1) % EVERY == 0:
            states.append(torch.cat([p.detach() for p in parameters]).tolist())
    return states


def main():
    rows = [json.dumps({"optimizer": case, "states": trajectory(case)}) for case in CASES]
    text = '{"what": "x after every 10th of 50 steps; see optimizers.py", "torch": "%s", "cases": [\n%s\n]}\n'
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(text % (torch.__version__, ",\n".join(rows)))


if __name__ == "__main__":
    main()

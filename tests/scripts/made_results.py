"""Result folders made for the tests, as the contract of acidsim's results describes them (no program needed)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd


def write_run(folder: Path, *, name="made", seed=1, workers=16, family="cycle", rate=1.0, repeats=3, stop=100.0,
              rows=21, metrics=None, edges=None, count_factor=None, gradients=True, algorithm="a2cid2",
              coordinates=None, rates="uniform_neighbor", chi=(13.1, 0.94), target=None) -> Path:
    """A run folder. `metrics`: name → function of (time, repeat) giving a value; `count_factor`: per-edge bias."""
    draw = np.random.default_rng(seed)
    metrics = metrics or {"loss": lambda time, repeat: 1 / (1 + time) + 0.01 * repeat + 0.1}
    edges = edges or [(i, (i + 1) % workers) for i in range(workers)]
    edges = sorted((min(edge), max(edge)) for edge in edges)
    edge_rate = workers * rate / 2 / len(edges)
    factor = np.ones(len(edges)) if count_factor is None else count_factor
    records, counts = [], []
    for repeat in range(repeats):
        for time in np.linspace(0, stop, rows):
            records.append({"run": name, "repeat": repeat, "time": time,
                            "gradients": int(workers * time * (1 + 0.01 * repeat)) if gradients else 0,
                            "communications": int(workers * rate * time / 2),
                            **{metric: value(time, repeat) for metric, value in metrics.items()}})
        for (i, j), bias in zip(edges, factor):
            count = draw.poisson(edge_rate * stop * bias)
            counts.append({"repeat": repeat, "i": i, "j": j, "rate": edge_rate, "count": count})
    folder.mkdir(parents=True)
    pd.DataFrame(records).to_csv(folder / "metrics.csv", index=False)
    pd.DataFrame(counts).to_csv(folder / "communication_counts.csv", index=False)
    parameters = {"family": family, "workers": workers, "rates": rates}
    (folder / "run.json").write_text(json.dumps({
        "name": name, "seed": seed, "config": {"topology": parameters, "algorithm": {"name": algorithm},
                                                "stop": {"time": stop, "target": target}},
        "topology": {"name": family, "workers": workers, "edges": len(edges), "chi_1": chi[0], "chi_2": chi[1],
                     **({"coordinates": coordinates} if coordinates else {})},
        "constants": {"eta": 0.14, "alpha": 0.5, "alpha_tilde": 1.87},
        "repeats": [{"seed": seed + r, "stop_reason": "time"} for r in range(repeats)]}))
    return folder


def write_sweep(folder: Path, cells: dict[str, tuple[dict, dict]], name="made_sweep") -> Path:
    """A sweep folder. `cells`: cell name → (swept values, arguments of write_run)."""
    tables = []
    for cell, (values, options) in cells.items():
        write_run(folder / cell, name=name, **options)
        tables.append(pd.read_csv(folder / cell / "metrics.csv").assign(run=cell, **values))
    pd.concat(tables).to_csv(folder / "metrics.csv", index=False)
    (folder / "sweep.json").write_text(json.dumps({
        "name": name, "fields": list(next(iter(cells.values()))[0]), "config": {},
        "cells": [{"cell": cell, "values": values} for cell, (values, _) in cells.items()]}))
    return folder

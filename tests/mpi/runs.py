"""Experiments, runs of the program and their results, for the tests of several hosts."""

import json
import os
import subprocess
from pathlib import Path

from hosts import mpi_environment

PROGRAM = os.environ["ACIDSIM_PROGRAM"]


def experiment(**changes) -> dict:
    """Noisy quadratics on a ring of 8; `changes`: sections, merged into these."""
    source = {
        "name": "shared",
        "topology": {"family": "cycle", "workers": 8},
        "algorithm": {"name": "a2cid2"},
        "objective": {"name": "quadratic", "dimension": 1000, "curvature_max": 2, "noise": 1, "heterogeneity": 1},
        "optimizer": {"momentum": 0.5},
        "initial": {"kind": "normal"},
        "stop": {"time": 30},
        "record": {"every": 10, "metrics": ["consensus_distance", "suboptimality"]},
    }
    for section, values in changes.items():
        source[section] = {**source.get(section, {}), **values} if isinstance(values, dict) else values
    return source


def write(file: Path, source: dict) -> Path:
    file.write_text(json.dumps(source))
    return file


def call(words: list, seconds: float = 120) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=seconds, check=False,
                          env=mpi_environment())


def results(folder: Path) -> dict:
    return json.loads((folder / "run.json").read_text())


def digest(folder: Path) -> str:
    return results(folder)["state_digest"]

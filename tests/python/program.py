"""The program beside which the package is held, and what both are given."""

import json
import os
import pathlib
import subprocess

PROGRAM = os.environ["ACIDSIM_PROGRAM"]

RING = {
    "name": "ring", "repeats": 2,
    "topology": {"family": "cycle", "workers": 8},
    "objective": {"name": "quadratic", "dimension": 3, "curvature_max": 2, "noise": 0.5, "heterogeneity": 1},
    "optimizer": {"learning_rate": 0.1},
    "stop": {"time": 20},
    "record": {"every": 5, "metrics": ["consensus_distance", "suboptimality"], "states": "final"},
}


def call(*command):
    return subprocess.run([str(word) for word in command], check=False, capture_output=True, text=True)


def run_program(config, folder, *flags, launcher=()):
    """run.json of a run by the program."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "experiment.json"
    file.write_text(json.dumps(config), encoding="utf-8")
    done = call(*launcher, PROGRAM, "run", file, "--out", folder / "out", "--quiet", *flags)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    found = folder / "out" / "run.json"
    return json.loads(found.read_text(encoding="utf-8")) if found.exists() else None


def with_fields(config, **fields):
    """A copy of the configuration with other values under dotted names, __ for the dots."""
    copy = json.loads(json.dumps(config))
    for name, value in fields.items():
        *sections, key = name.split("__")
        place = copy
        for section in sections:
            place = place.setdefault(section, {})
        place[key] = value
    return copy

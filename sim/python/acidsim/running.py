"""Whole runs, in this process, by the program's own runner."""

from __future__ import annotations

import os
import sys
import warnings

from acidsim import _acidsim
from acidsim.configuration import configuration_of
from acidsim.errors import AcidsimWarning
from acidsim.results import Result, Scratch, load


class _Voice:
    """Shows progress, turns the program's warnings into Python's, and keeps its errors."""

    def __init__(self):
        self.errors: list[str] = []
        self.shown = 0

    def __call__(self, level: str, text: str) -> None:
        if level == "progress":
            self._show(text)
        elif level == "warning":
            warnings.warn(text, AcidsimWarning, stacklevel=3)
        elif level in ("error", "critical"):
            self.errors.append(text)

    def _show(self, line: str) -> None:
        print("\r" + line.ljust(self.shown), end="", file=sys.stderr, flush=True)
        self.shown = len(line)

    def end(self) -> None:
        if self.shown:
            print("\r" + " " * self.shown + "\r", end="", file=sys.stderr, flush=True)


def _shows_progress() -> bool:
    """In terminals and notebooks; not into files and pipes."""
    return sys.stderr.isatty() or "ipykernel" in sys.modules


def run(config, *, out: str | os.PathLike | None = None, threads: int | None = None, progress: bool = True, jobs: int | None = None,
        backend: str = "serial", resume: bool = False, extend: float | None = None, fail_fast: bool = False,
        overrides: dict | None = None, **settings) -> Result:
    """Runs an experiment or a sweep, all cells and repeats side by side over the cores, and returns its Result.

    config    a dictionary as in the JSON files, an Experiment, or the path of a JSON file (or of a run.json)
    out       the folder of results, as the program's --out; without one the results live as long as the Result
    threads   cores to use; None = all
    progress  a bar on terminals and in notebooks; False = silent
    backend   "serial", "openmp" or "live"; digests do not depend on it but for "live". `mpirun acidsim run … --backend mpi`
              gives the same ones by several processes
    resume    goes on with what is in `out`; a sweep does so by itself
    extend    goes on beyond the stop.time of the run in `out`, to this one
    overrides, settings
              fields of the configuration by dotted name, as --set: overrides={"topology.workers": 32}, or
              topology__workers=32. `topology`, `objective` and `algorithm` may be a Topology, an Objective and a Dynamics

    The GIL is released while C++ runs. Ctrl-C raises KeyboardInterrupt, after data and graph are there; with a configured
    checkpoint `resume=True` goes on.
    Only one run is under way in a process at a time. A diverged run gives a warning and its results.

    Raises InputError for bad input, before anything is written, and what a callback has raised: then `out` is not written
    (of a sweep the finished cells are kept). Raises RuntimeError where the run, or all cells of a sweep, failed.
    """
    configuration = configuration_of(config, {**(overrides or {}), **settings})
    scratch = None
    if out is None:
        scratch = Scratch()
        out = scratch.folder / "results"
    voice = _Voice()
    try:
        code = _acidsim.run(configuration, os.fspath(out), threads or 0, jobs or 0, backend, resume, extend, fail_fast,
                            progress and _shows_progress(), voice)
    finally:
        voice.end()
    if code == 1 and not configuration.is_sweep:
        raise RuntimeError("; ".join(voice.errors) or "the run ended without results")
    for error in voice.errors:
        warnings.warn(error, AcidsimWarning, stacklevel=2)
    try:
        return load(out, scratch=scratch)
    except FileNotFoundError as missing:
        raise RuntimeError("; ".join(voice.errors) or str(missing)) from None

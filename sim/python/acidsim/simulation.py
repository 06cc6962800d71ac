"""One run in steps."""

from __future__ import annotations

import os
import warnings

import numpy as np

from acidsim import _acidsim
from acidsim.configuration import configuration_of
from acidsim.errors import AcidsimWarning


class Simulation:
    """One repeat of an experiment, to be looked at on its way. However it is cut into steps, its states are those of run().

        simulation = acidsim.Simulation(config)
        while not simulation.finished:
            simulation.advance(until=simulation.time + 10)
            print(simulation.time, simulation.states.std(axis=0).max())

    It runs on one thread. Keyword arguments change the configuration as those of run() do.
    """

    def __init__(self, config, *, repeat: int = 0, overrides: dict | None = None, **settings):
        configuration = configuration_of(config, {**(overrides or {}), **settings})
        self._run = _acidsim.Simulation(configuration, repeat)
        self._states: np.ndarray | None = None
        for notice in self._run.notices:
            warnings.warn(notice, AcidsimWarning, stacklevel=2)

    def advance(self, until: float | None = None) -> bool:
        """Carries out the events of time ≤ `until` (None = to the end); whether there is more to come. Ctrl-C stops between two
        events with KeyboardInterrupt, and advance() can go on from there. Raises what callbacks raise: then it is over."""
        self._states = None
        return self._run.advance(float("inf") if until is None else float(until))

    @property
    def time(self) -> float:
        """Where it stands, in mean gradient durations."""
        return self._run.time

    @property
    def finished(self) -> bool:
        return self._run.finished

    @property
    def stop_reason(self) -> str | None:
        """Why it ended; None while there is more to come."""
        return self._run.reason if self.finished else None

    @property
    def states(self) -> np.ndarray:
        """The states at `time`, workers × vectors × dimension, read-only; made once after each step."""
        if self._states is None:
            self._states = self._run.states()
            self._states.flags.writeable = False
        return self._states

    @property
    def vectors(self) -> list[str]:
        """Names of the vectors of a worker's state."""
        return self._run.vectors

    @property
    def models(self) -> np.ndarray:
        """The first vector of every worker, workers × dimension: the model, of methods whose model it is."""
        return self.states[:, 0]

    @property
    def metrics(self):
        """The records so far as a DataFrame; the last one is of this moment."""
        import pandas as pd

        names, rows = self._run.records()
        return pd.DataFrame(rows, columns=["time", "gradients", "communications", *names])

    @property
    def gradients(self) -> int:
        return self._run.gradients

    @property
    def communications(self) -> int:
        return self._run.communications

    @property
    def digest(self) -> str:
        """SHA-256 of the states; at the end it is the repeat's `state_digest` in run.json."""
        return self._run.digest

    def checkpoint(self, folder: str | os.PathLike) -> None:
        """Saves this moment in a folder of results, from which `acidsim run FILE --out FOLDER --resume`, or
        run(config, out=folder, resume=True), goes on to the same end, bit for bit. FILE is the same configuration."""
        self._run.checkpoint(os.fspath(folder))

"""The events of experiments: when they happen does not depend on the states, so an update rule of one's own can have them."""

from __future__ import annotations

import numpy as np

from acidsim import _acidsim
from acidsim.configuration import configuration_of
from acidsim.errors import InputError

#: Names of the kinds of events, by their number in `events(…)["kind"]`: 0 is a gradient, 1 a communication of a pair.
KINDS: tuple[str, ...] = tuple(_acidsim.kinds)
GRADIENT, COMMUNICATION = 0, 1

#: One event. `time` in mean gradient durations; `i`, `j` workers, −1 where there is none (a gradient has no `j`); `kind` a
#: number in KINDS; `clock` the clock that rang: worker i of a gradient, n + e of a communication on edge e.
EVENT = np.dtype({"names": ["time", "i", "j", "clock", "kind"], "formats": ["<f8", "<i4", "<i4", "<u4", "u1"],
                  "offsets": [0, 8, 12, 16, 20], "itemsize": 24})


def events(config, until: float | None = None, *, repeat: int = 0, overrides: dict | None = None, **settings) -> np.ndarray:
    """The schedule of an experiment up to time `until` (by default its stop.time), in order: a structured array with the
    dtype EVENT, the events that `acidsim schedule` prints and that a run carries out.

        for time, i, j, kind in acidsim.events(config, until=50)[["time", "i", "j", "kind"]].tolist():
            if kind == 0: x[i] -= step * gradient(i, x[i])
            else: x[i] = x[j] = (x[i] + x[j]) / 2

    24 bytes per event; the memory is the array's own. Raises InputError.
    """
    configuration = configuration_of(config, {**(overrides or {}), **settings})
    if configuration.is_sweep:
        raise InputError(configuration.name, "is a sweep", f"{len(configuration.cells)} cells", "choose one: events(config, sweep=None, …)")
    return _acidsim.events(configuration, until, repeat).view(EVENT)

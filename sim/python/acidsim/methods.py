"""Methods of one's own that no declaration describes: a function for each event, in Python."""

from __future__ import annotations

import numpy as np

from acidsim.configuration import configuration_of
from acidsim.events import COMMUNICATION, GRADIENT, events
from acidsim.errors import InputError
from acidsim.randomness import generator


class Method:
    """What gradients and communications do, for methods that are not linear in the states: derive from it, and call run().

        class Clipped(acidsim.Method):
            def on_gradient(self, state, worker, gradient, time):
                state[worker] -= 0.1 * gradient / max(1, np.linalg.norm(gradient))
            def on_communication(self, state, i, j, time):
                state[i] = state[j] = (state[i] + state[j]) / 2

        times, states = Clipped().run(config, objective=MyProblem(), every=1.0)

    The events are the run's own, from acidsim.events; the loop is Python's: about a microsecond per event beside what the
    functions take, some 100 times slower than a Dynamics. It is no part of runs by run(): no digest, no checkpoints. Where
    the method is linear, use a Dynamics.
    """

    def start(self, workers: int, dimension: int) -> np.ndarray:
        """The states at time 0; whatever on_… work on. By default zeros, workers × dimension."""
        return np.zeros((workers, dimension))

    def model(self, state, worker: int) -> np.ndarray:
        """Where a worker computes its gradient."""
        return state[worker]

    def on_gradient(self, state, worker: int, gradient: np.ndarray, time: float) -> None:
        raise NotImplementedError("define on_gradient(self, state, worker, gradient, time)")

    def on_communication(self, state, i: int, j: int, time: float) -> None:
        raise NotImplementedError("define on_communication(self, state, i, j, time)")

    def run(self, config, *, objective, every: float | None = None, repeat: int = 0, until: float | None = None, **settings):
        """Carries out the events of an experiment of pairs. Returns the times of records, 0, every, 2·every, … and the end, and
        the states there, stacked (records × …). Without `every` the end alone."""
        import copy

        section = {"name": "quadratic", "dimension": objective.dimension}  # whatever computes gradients: the schedule is the same
        configuration = configuration_of(config, {"objective": section, "record.metrics": ["consensus_distance"], **settings})
        if configuration.is_sweep:
            raise InputError(configuration.name, "is a sweep", f"{len(configuration.cells)} cells", "choose one: sweep=None")
        schedule = events(config, until, repeat=repeat,
                          overrides={"objective": section, "record.metrics": ["consensus_distance"], **settings})
        resolved = _resolved(configuration)
        end = resolved["stop"]["time"] if until is None else until
        seed = _seed_of(configuration, repeat)
        state = self.start(_workers(configuration), objective.dimension)
        counts: dict[int, int] = {}
        times, states = [], []

        def record(time):
            times.append(time)
            states.append(copy.deepcopy(state))

        marks = iter(np.append(np.arange(0.0, end, every), end)) if every else iter([end])
        mark = next(marks)
        for time, kind, i, j in schedule[["time", "kind", "i", "j"]].tolist():
            while time > mark:
                record(mark)
                mark = next(marks)
            if kind == GRADIENT:
                index = counts.get(i, 0)
                counts[i] = index + 1
                self.on_gradient(state, i, objective.gradient(i, index, self.model(state, i), generator(seed, i, index)), time)
            elif kind == COMMUNICATION:
                self.on_communication(state, i, j, time)
            else:
                raise InputError("/timing", "has events beside gradients and communications", "", "a Method works in pairs, at once")
        record(mark)
        for mark in marks:
            record(mark)
        return np.array(times), np.array(states)


def _resolved(configuration) -> dict:
    import json

    return json.loads(configuration.cells[0][2])


def _workers(configuration) -> int:
    from acidsim.topologies import Topology

    return Topology(_resolved(configuration)["topology"]).workers


def _seed_of(configuration, repeat: int) -> int:
    from acidsim import _acidsim

    return _acidsim.replica_seed(_resolved(configuration)["seed"], repeat)

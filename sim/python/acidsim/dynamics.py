"""Methods of one's own that are linear in the states, declared as arrays."""

from __future__ import annotations

import numpy as np

from acidsim import _acidsim
from acidsim.configuration import label_of


class Dynamics:
    """A method as data. Each worker holds m vectors of R^d, its state S (m × d), which starts as initial·x_0ᵀ. Between
    events dS = flow·S dt. With p the direction of the local optimizer and γ the learning rate:

        gradient   S ← before·S, then p is computed at pointᵀS; S ← after·S + gradient_landing·γpᵀ
        exchange   each tells exchange_told·S (r × d);  S ← exchange_kept·S − exchange_landing·(own − the other's message)
        send       told is send_told·S, then S ← send_kept·S;  whom it reaches does S ← S + send_landing·message

    A²CiD²:
        acidsim.Dynamics(vectors=["x", "x̃"], flow=[[-eta, eta], [eta, -eta]], gradient_landing=[-1, -1],
                         exchange_told=[[1, 0]], exchange_landing=[[alpha], [alpha_tilde]])

    vectors            m names; by default x, x1, …
    initial, point     m; by default all ones, and (1, 0, …): the model is the first vector
    flow, gradient_before, gradient_after, exchange_kept, send_kept    m × m; absent = nothing moves, or the identity
    gradient_landing, gradient_at_start, gradient_point    m
    exchange_told, send_told    r × m;    exchange_landing, send_landing    m × r

    acidsim.run(config, algorithm=dynamics) runs it on the generic kernel, on every backend in this process;
    acidsim.theory(config, algorithm=dynamics) knows its exact moments. Raises ValueError where shapes do not fit.
    """

    def __init__(self, *, gradient_landing, label: str = "declared", vectors=None, initial=None, point=None, **arrays):
        landing = np.asarray(gradient_landing, float)
        m = len(landing)
        self.label = label
        self.arrays = {"gradient_landing": landing,
                       "vectors": list(vectors) if vectors is not None else ["x", *(f"x{k}" for k in range(1, m))],
                       "initial": np.ones(m) if initial is None else np.asarray(initial, float),
                       "point": np.eye(m)[0] if point is None else np.asarray(point, float)}
        known = {"flow", "gradient_before", "gradient_after", "gradient_at_start", "gradient_point", "exchange_told", "exchange_landing",
                 "exchange_kept", "send_told", "send_landing", "send_kept"}
        for name, array in arrays.items():
            if name not in known:
                raise TypeError(f"Dynamics has no array {name!r}; known: {', '.join(sorted(known))}")
            if array is not None:
                array = np.asarray(array, float)
                flat = name in ("gradient_at_start", "gradient_point")
                self.arrays[name] = array if flat else np.atleast_2d(array)
        self._section()  # which checks the shapes

    def _section(self) -> dict:
        _acidsim.put_dynamics(label_of(self), self.arrays)
        return {"name": "declared", "declaration": label_of(self)}

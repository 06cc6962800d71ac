"""Addressed random numbers for NumPy: every stream is named, and none depends on what was drawn before."""

from __future__ import annotations

import threading

import numpy as np


class _Bits:
    """What numpy.random.Generator asks of a bit generator; the numbers are acidsim's Philox4x32-10."""

    def __init__(self, capsule, owner):
        self.capsule, self.owner, self.lock = capsule, owner, threading.Lock()


def generator_of(capsule, owner) -> np.random.Generator:
    return np.random.Generator(_Bits(capsule, owner))


def generator(seed: int, worker: int, index: int) -> np.random.Generator:
    """The generator that `Objective.gradient` gets for gradient number `index` of a worker in a repeat of this seed
    (Result.info["repeats"][r]["seed"])."""
    from acidsim import _acidsim

    return _acidsim.generator(seed, worker, index)

"""acidsim beside what a researcher would write by hand: the same runs, case by case, in turns."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from acidsim_bench import Binary, Row, better
from acidsim_program import ROOT

CASES = {"gossip": "run/a2cid2_gossip/d", "noisy_sgd": "run/a2cid2_noisy_sgd/d"}
PROBLEM_NAMES = {"gossip": "gossip", "noisy_sgd": "SGD, noisy quadratic"}
PEER_NAMES = {"acidsim": "acidsim", "numba_tuned": "Numba, tuned", "numba_plain": "Numba", "numpy": "NumPy"}
YARDSTICK = "numba_plain"
ROUNDS_CASE = "run/d_psgd/d"
ROUNDS_GOAL = {100: 4.0}  # by dimension: how many times as fast as NumPy with a dense mixing matrix


def goal(problem: str, d: int) -> float:
    """How many times as fast as the Numba loop."""
    return 2.0 if d <= 10 else 4.0 if problem == "gossip" else 8.0


@dataclass
class Race:
    """Best events per second of each runner over the rounds; ratios: acidsim over Numba, round by round."""

    problem: str
    d: int
    own: Row  # acidsim's case by itself
    best: dict[str, float]
    ratios: list[float]

    def over(self, peer: str) -> float:
        return self.best["acidsim"] / self.best[peer]

    def row(self) -> Row:
        ratio, aim = self.over(YARDSTICK), goal(self.problem, self.d)
        others = [f"{PEER_NAMES[name]} ×{self.over(name):.3g}" for name in self.best
                  if name not in ("acidsim", YARDSTICK)]
        return Row(f"{CASES[self.problem]}/{self.d}/over_numba", ratio, "×", aim, ratio / aim,
                   [f"single rounds ×{min(self.ratios):.3g}–{max(self.ratios):.3g}", *others])


def load():
    """tests/bench/peers as a module; None where Numba is missing."""
    sys.path.insert(0, str(ROOT / "tests/bench/peers"))
    import peers

    return peers if peers.numba_loops else None


def load_rounds():
    """The loop of D-PSGD in NumPy, as a module."""
    sys.path.insert(0, str(ROOT / "tests/bench/peers"))
    import numpy_rounds

    return numpy_rounds


def rounds_rows(binary: Binary, peer, d: int, turns: int, seconds: float) -> list[Row]:
    """acidsim's D-PSGD and NumPy's in turns: the row of acidsim's case, and of the ratio of the best of both."""
    own, best = None, 0.0
    for _ in range(turns):
        ours = binary.measure(f"{ROUNDS_CASE}/{d}", seconds, 1, limit=600)
        if ours.value is None:
            return [ours]
        own = better(own, ours) if own else ours
        best = max(best, peer.measure(d, seconds))
    ratio, aim = own.value / best, ROUNDS_GOAL.get(d)
    return [own, Row(f"{ROUNDS_CASE}/{d}/over_numpy", ratio, "×", aim, ratio / aim if aim else None,
                     [f"NumPy {best:.4g} rounds/s, BLAS: {peer.blas()}"])]


def race(binary: Binary, peers, problem: str, d: int, rounds: int, seconds: float) -> Race | Row:
    """Runs acidsim and each peer in turn, `rounds` times; the row of an error where acidsim's case fails."""
    speeds: dict[str, list[float]] = {name: [] for name in ("acidsim", *peers.PEERS)}
    own = None
    for _ in range(rounds):
        ours = binary.measure(f"{CASES[problem]}/{d}", seconds, 1, limit=600)
        if ours.value is None:
            return ours
        own = better(own, ours) if own else ours
        speeds["acidsim"].append(ours.value)
        for peer in peers.PEERS:
            speeds[peer].append(peers.measure(peer, problem, d, seconds))
    ratios = [a / b for a, b in zip(speeds["acidsim"], speeds[YARDSTICK])]
    return Race(problem, d, own, {name: max(values) for name, values in speeds.items()}, ratios)

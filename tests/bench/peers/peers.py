#!/usr/bin/python3
"""What a researcher would write by hand instead: A²CiD² on the ring of 64 workers, in float64, on one thread, the
drawing of the events included. Prints events per second of CPU time, as JSON.

gossip     communications alone
noisy_sgd  ⅔ gradient events on a quadratic, each drawing d normals; ⅓ communications
"""

import argparse
import json
import math
import os
import sys
import time
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import numpy as np
import numpy_loops

try:
    import numba_loops
except ImportError:
    numba_loops = None

PROBLEMS = ("gossip", "noisy_sgd")
DIMENSIONS = (1, 10, 100, 1_000, 10_000)
WORKERS = 64

PEERS = {"numpy": SimpleNamespace(gossip=numpy_loops.gossip, noisy_sgd=numpy_loops.noisy_sgd, seed=numpy_loops.seed)}
if numba_loops:
    for form in ("plain", "tuned"):
        PEERS[f"numba_{form}"] = SimpleNamespace(gossip=getattr(numba_loops, f"gossip_{form}"),
                                                 noisy_sgd=getattr(numba_loops, f"noisy_sgd_{form}"),
                                                 seed=numba_loops.seed)


def a2cid2_parameters(workers: int) -> tuple[float, float, float]:
    """η, α, α̃ on the ring at one averaging per worker and unit time [Nabli, Belilovsky, Oyallon 2023, Prop. 3.6]."""
    chi_1, chi_2 = 1 / (1 - math.cos(2 * math.pi / workers)), (workers - 1) / workers
    return 1 / (2 * math.sqrt(chi_1 * chi_2)), 0.5, 0.5 * math.sqrt(chi_1 / chi_2)


class Run:
    """One run of a peer, from x = x̃ = `start` (n × d); goes on where it stopped."""

    def __init__(self, peer: str, problem: str, start: np.ndarray, gamma: float = 0.1, noise: float = 1.0):
        workers, d = start.shape
        self.state = np.ascontiguousarray(np.stack([start, start], axis=1), dtype=float)
        self.last, self.t = np.zeros(workers), 0.0
        self.parameters = a2cid2_parameters(workers)
        self._loop = getattr(PEERS[peer], problem)
        self._rest = (np.ones(d), gamma, noise) if problem == "noisy_sgd" else ()

    def advance(self, events: int) -> int:
        """Takes (about) so many events; returns how many it took."""
        self.t, done = self._loop(self.state, self.last, self.t, events, *self.parameters, *self._rest)
        return done


def measure(peer: str, problem: str, d: int, seconds: float) -> float:
    """Events per second of CPU time, over about so many seconds, compiled and warm before."""
    run = Run(peer, problem, np.repeat(np.arange(WORKERS, dtype=float)[:, None], d, axis=1))
    block = run.advance(1)
    spent = 0.0
    while spent < 0.05 * seconds:  # the last of these is the warm-up proper
        block *= 2
        begin = time.process_time()
        run.advance(block)
        spent = time.process_time() - begin
    events, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        events += run.advance(block)
    return events / spent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="peers.py", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--seconds", type=float, default=0.4, help="per measurement (default: %(default)s)")
    parser.add_argument("--best-of", type=int, default=3, metavar="K", help="(default: %(default)s)")
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if not numba_loops:
        print("peers.py: Numba is missing (Debian: python3-numba) — NumPy alone", file=sys.stderr)
    print(json.dumps([
        {"peer": peer, "problem": problem, "d": d,
         "events_per_second": max(measure(peer, problem, d, options.seconds) for _ in range(options.best_of))}
        for problem in PROBLEMS for peer in options.peer for d in DIMENSIONS], indent=1))


if __name__ == "__main__":
    main()

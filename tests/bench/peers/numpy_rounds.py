"""D-PSGD on the ring of 64 workers in NumPy, float64, without noise: every round one gradient each, then a dense mixing
matrix times all models. How fast the product is depends on NumPy's BLAS; blas() says which it is."""

import time

import numpy as np

WORKERS = 64


def ring(workers: int) -> np.ndarray:
    """A third of itself and of each neighbour."""
    eye = np.eye(workers)
    return (eye + np.roll(eye, 1, axis=1) + np.roll(eye, -1, axis=1)) / 3


def d_psgd(x: np.ndarray, mixing: np.ndarray, rounds: int, curvature: np.ndarray, gamma: float) -> np.ndarray:
    """The models, n × d, after so many rounds: x ← W (x − γ h ∘ x)."""
    for _ in range(rounds):
        x = mixing @ (x - gamma * (curvature * x))
    return x


def blas() -> str:
    """The library that carries out the products, as NumPy was built."""
    found = getattr(np.__config__, "blas_opt_info", None) or getattr(np.__config__, "CONFIG", {}).get(
        "Build Dependencies", {}).get("blas", {})
    return found.get("name") or "/".join(found.get("libraries", ["none"]))


def measure(d: int, seconds: float) -> float:
    """Rounds per second of CPU time, over about so many seconds, warm before."""
    x = np.repeat(np.arange(WORKERS, dtype=float)[:, None], d, axis=1)
    mixing, curvature, block, spent = ring(WORKERS), np.linspace(0.5, 1, d), 1, 0.0
    while spent < 0.05 * seconds:  # the last of these is the warm-up proper
        block *= 2
        begin = time.process_time()
        d_psgd(x, mixing, block, curvature, 0.01)
        spent = time.process_time() - begin
    rounds, begin = 0, time.process_time()
    while (spent := time.process_time() - begin) < seconds:
        d_psgd(x, mixing, block, curvature, 0.01)
        rounds += block
    return rounds / spent

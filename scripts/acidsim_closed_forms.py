"""χ1 and χ2 by formula, where every edge has the same rate per weight and workers average at rate 1.

The families' Laplacians have known eigenvalues (Fiedler, Czech. Math. J. 23, 1973; Chung, Spectral Graph Theory, 1997:
cycle, path, star, products, circulants). Where all edges are alike Foster's theorem, Σ λ_e R_e = n − 1, gives
χ2 = (n − 1)/n; a bridge of rate λ has R = 1/λ, so on a tree with equal rates χ2 is the same. Sizes are real numbers
where the formula takes them: a line may be drawn between the sizes that exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ClosedForm:
    chi_1: Callable[[float], float] | None
    chi_2: Callable[[float], float] | None
    growth: str  # of χ1 with n
    powers_of_two: bool = False  # holds for these n only


def all_alike(n: float) -> float:
    return (n - 1) / n


def _sine_squared(x: float) -> float:
    return float(np.sin(x) ** 2)


def _path(n: float) -> float:
    return (n - 1) / (2 * n * _sine_squared(np.pi / (2 * n)))


def _grid(n: float) -> float:
    """The square grid is the product of two paths: λ2 is a path's, 4 w sin²(π/2s), with w = n/(2m), m = 2s(s − 1)."""
    side = np.sqrt(n)
    return 2 * side * (side - 1) / (2 * n * _sine_squared(np.pi / (2 * side)))


def _torus(dimensions: int) -> Callable[[float], float]:
    return lambda n: dimensions / (2 * _sine_squared(np.pi / n ** (1 / dimensions)))


def _barbell_edge_rate(n: float) -> float:
    k = n / 2
    return n / (2 * (k * (k - 1) + 1))


def _barbell(n: float) -> float:
    """λ2 = w μ, μ the smaller root of μ² − (k + 2) μ + 2 (written without cancellation)."""
    b = n / 2 + 2
    return (b + np.sqrt(b * b - 8)) / (4 * _barbell_edge_rate(n))


def _circulant(n: float, offsets: list[int]) -> tuple[float, float]:
    """Offsets s of equal weight (s = n/2 counts twice): μ_j = mean over s of 1 − cos 2πjs/n, and the resistance of an
    edge of offset s is (2/n) Σ_j (1 − cos 2πjs/n) / (k μ_j), k offsets sharing rate 1."""
    n = int(round(n))
    j = np.arange(1, n)[:, None]
    lifts = 2 * np.sin(np.pi * (j * np.array(offsets) % n) / n) ** 2
    mean = lifts.mean(axis=1)
    return float(1 / mean.min()), float((lifts / mean[:, None]).sum(axis=0).max() / n)


def _exponential_offsets(n: float) -> list[int]:
    return [1 << k for k in range(int(round(n)).bit_length() - 1)]


CLOSED_FORMS = {
    "complete": ClosedForm(all_alike, all_alike, "1"),
    "complete_bipartite": ClosedForm(lambda n: 1.0, all_alike, "1"),
    "star": ClosedForm(lambda n: 2 * (n - 1) / n, all_alike, "1"),
    "cycle": ClosedForm(lambda n: 1 / (2 * _sine_squared(np.pi / n)), all_alike, "$n^2$"),
    "path": ClosedForm(_path, all_alike, "$n^2$"),
    "grid2d": ClosedForm(_grid, None, "$n$"),
    "torus2d": ClosedForm(_torus(2), all_alike, "$n$"),
    "torus": ClosedForm(_torus(3), all_alike, "$n^{2/3}$"),
    "hypercube": ClosedForm(lambda n: np.log2(n) / 2, all_alike, "$\\log\\, n$"),
    "exponential": ClosedForm(lambda n: _circulant(n, _exponential_offsets(n))[0],
                              lambda n: _circulant(n, _exponential_offsets(n))[1], "$\\log\\, n$", powers_of_two=True),
    "circulant": ClosedForm(lambda n: _circulant(n, [1, 2])[0], lambda n: _circulant(n, [1, 2])[1], "$n^2$"),
    "barbell": ClosedForm(_barbell, lambda n: 1 / (2 * _barbell_edge_rate(n)), "$n^2$"),
    "binary_tree": ClosedForm(None, all_alike, ""),
}

"""Exact second moments of gossip and A²CiD² (the paper's equations) on graphs that look the same from every worker and edge:
stationary consensus distances on the ring, and rates of decay on rings and square tori.

f_i(x) = (h/2)(x − b_i)² in one dimension, b_i independent of variance τ², gradient noise of variance σ², constant step γ,
gradient clocks of rate 1, each edge at rate λ = rate/2. The ring looks the same from every worker, so the covariance of
(x, x̃, b) falls apart into Fourier modes k, with ℓ_k = 2 − 2 cos 2πk/n:

    B_k Y_k + Y_k B_kᵀ + λ s ℓ_k a aᵀ + γ² w 1 1ᵀ + γh (1 c_kᵀ + c_k 1ᵀ) = 0,    B_k = A − λ ℓ_k a e₁ᵀ − γh 1 e₁ᵀ,

A the mixing, a = (α, α̃), e₁ = (1, 0), c_k = E[(x, x̃) b] = −B_k⁻¹ γh τ² 1. What couples the modes are two numbers:
s = E(x_i − x_{i+1})², which the random order of communications adds, and w = σ² + h² E(x_i − b_i)².

Gossip alone decays at the rate ρ at which −ρ Y_k = B_k Y_k + Y_k B_kᵀ + λ s ℓ_k a aᵀ has a solution with s = Σ_k ℓ_k Y_k / m, m edges:
the smallest root of one equation.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from acidsim_closed_forms import CLOSED_FORMS, all_alike


def _lyapunov(drift: np.ndarray, source: np.ndarray) -> float:
    """The first entry of Y, where drift Y + Y driftᵀ + source = 0."""
    one = np.eye(len(drift))
    return float(np.linalg.solve(np.kron(drift, one) + np.kron(one, drift), -source.ravel())[0])


def _method(chi_1: float, chi_2: float, accelerated: bool) -> tuple[np.ndarray, np.ndarray]:
    """The mixing A and the moves a at a communication."""
    if not accelerated:
        return np.zeros((1, 1)), np.array([0.5])
    return np.array([[-1, 1], [1, -1]]) / (2 * np.sqrt(chi_1 * chi_2)), np.array([0.5, 0.5 * np.sqrt(chi_1 / chi_2)])


def stationary_consensus(n: int, step: float, curvature: float, noise: float, spread: float, accelerated: bool,
                         rate: float = 1.0) -> float:
    """(1/n) Σ_i E(x_i − x̄)² of A²CiD² (`accelerated`) or gossip; `noise` and `spread` are the deviations σ and τ."""
    chi_1, chi_2, edge_rate = CLOSED_FORMS["cycle"].chi_1(n) / rate, all_alike(n) / rate, rate / 2
    mixing, moves = _method(chi_1, chi_2, accelerated)
    ones, first, pull = np.ones(len(moves)), np.eye(len(moves))[0], step * curvature
    lifts = 1 - np.cos(2 * np.pi * np.arange(n) / n)  # ℓ_k / 2
    by_order, by_gradients, by_centres, with_centres = np.empty((4, n))
    for k, lift in enumerate(lifts):
        drift = mixing - 2 * edge_rate * lift * np.outer(moves, first) - pull * np.outer(ones, first)
        shared = np.linalg.solve(drift, -pull * spread**2 * ones)
        by_order[k] = _lyapunov(drift, 2 * edge_rate * lift * np.outer(moves, moves))
        by_gradients[k] = _lyapunov(drift, step**2 * np.outer(ones, ones))
        by_centres[k] = _lyapunov(drift, pull * (np.outer(ones, shared) + np.outer(shared, ones)))
        with_centres[k] = shared[0]
    numbers = lambda modes: np.array([2 * np.mean(lifts * modes), curvature**2 * np.mean(modes)])  # noqa: E731  s, w
    own = numbers(by_centres) + [0, curvature**2 * (spread**2 - 2 * np.mean(with_centres)) + noise**2]
    feedback = np.column_stack([numbers(by_order), numbers(by_gradients)])
    order, gradients = np.linalg.solve(np.eye(2) - feedback, own)
    return float((order * by_order + gradients * by_gradients + by_centres)[1:].sum() / n)


def laplacian_eigenvalues(family: str, n: int) -> np.ndarray:
    """Of the cycle or the square torus, edges of weight 1; without the 0 of the constant vector."""
    if family == "cycle":
        return 2 - 2 * np.cos(2 * np.pi * np.arange(1, n) / n)
    side = int(round(np.sqrt(n)))
    line = np.append(0, laplacian_eigenvalues("cycle", side))
    return (line[:, None] + line[None, :]).ravel()[1:]


def decay_rate(family: str, n: int, accelerated: bool) -> float:
    """Asymptotic rate of E‖x − x̄‖² under gossip alone on the cycle or the square torus (`torus2d`), averagings at rate 1."""
    lifts = laplacian_eigenvalues(family, n)
    degree = 2 if family == "cycle" else 4
    edges, edge_rate = n * degree / 2, 1 / degree
    mixing, moves = _method(CLOSED_FORMS[family].chi_1(n), all_alike(n), accelerated)
    one, first = np.eye(len(moves)), np.eye(len(moves))[0]
    drifts = mixing - edge_rate * lifts[:, None, None] * np.outer(moves, first)
    operators = np.array([np.kron(drift, one) + np.kron(one, drift) for drift in drifts])
    sources = edge_rate * lifts[:, None] * np.outer(moves, moves).ravel()
    slowest = -2 * np.linalg.eigvals(drifts).real.max()  # what the mean of x allows

    def excess(rate: float) -> float:
        modes = np.linalg.solve(-operators - rate * np.eye(operators.shape[1]), sources[..., None])[:, 0, 0]
        return float(lifts @ modes / edges - 1)

    return brentq(excess, 0, slowest * (1 - 1e-9), xtol=1e-15, rtol=1e-13)

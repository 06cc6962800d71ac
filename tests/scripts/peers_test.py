"""tests/bench/peers: the loops that acidsim is measured against simulate the same process, so the race is a fair one.

One event acts on the second moments Z = E Σ_k z_k z_kᵀ, z = (x, x̃), linearly: after an exponential gap at rate R they
are R (R − L)⁻¹ Z, where L = A ⊗ I + I ⊗ A and ż = A z; an event takes z to T z + noise. So Z after k events is known.
"""

import sys
import unittest
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench/peers"))
import numpy_rounds
import peers

WORKERS, EVENTS, RUNS = 10, 25, 10_000
D = 11  # longer than a SIMD vector, and no multiple
GAMMA, NOISE = 0.3, 0.7
START = np.random.default_rng(1).normal(size=(WORKERS, D))
CENTRE = np.eye(WORKERS) - 1 / WORKERS


def affine(event_matrices, rate: float, noise: list[np.ndarray]) -> np.ndarray:
    """A gap at this total rate, then one of these events at random, on (vec Z, 1)."""
    eta, eye, size = peers.a2cid2_parameters(WORKERS)[0], np.eye(2 * WORKERS), (2 * WORKERS) ** 2
    flow = eta * np.kron([[-1, 1], [1, -1]], np.eye(WORKERS))
    gap = rate * np.linalg.inv(rate * np.eye(size) - np.kron(flow, eye) - np.kron(eye, flow))
    result = np.zeros((size + 1, size + 1))
    result[:-1, :-1] = np.mean([np.kron(matrix, matrix) for matrix in event_matrices], axis=0) @ gap
    result[:-1, -1] = np.mean([np.outer(vector, vector).ravel() for vector in noise], axis=0) if noise else 0
    result[-1, -1] = 1
    return result


def communications(rate: float) -> np.ndarray:
    _, alpha, alpha_tilde = peers.a2cid2_parameters(WORKERS)
    matrices = []
    for i in range(WORKERS):
        edge = np.eye(WORKERS)[i] - np.eye(WORKERS)[(i + 1) % WORKERS]
        matrices.append(np.eye(2 * WORKERS) - np.outer(np.r_[alpha * edge, alpha_tilde * edge], np.r_[edge, 0 * edge]))
    return affine(matrices, rate, [])


def gradients(rate: float) -> np.ndarray:
    moved = [np.tile(unit, 2) for unit in np.eye(WORKERS)]
    matrices = [np.eye(2 * WORKERS) - GAMMA * np.outer(both, np.r_[both[:WORKERS], np.zeros(WORKERS)]) for both in moved]
    return affine(matrices, rate, [GAMMA * NOISE * np.sqrt(D) * both for both in moved])


def expected(step: np.ndarray, steps: int) -> np.ndarray:
    both = np.r_[START, START]
    moments = np.linalg.matrix_power(step, steps) @ np.r_[(both @ both.T).ravel(), 1]
    return figures(moments[:-1].reshape(2 * WORKERS, 2 * WORKERS))


def figures(moments: np.ndarray) -> np.ndarray:
    """‖πx‖², ‖πx̃‖², ⟨πx, πx̃⟩ and ‖x̄‖² of moments (… × 2n × 2n): one of them moves, whatever goes wrong."""
    n = WORKERS
    blocks = [moments[..., :n, :n], moments[..., n:, n:], moments[..., :n, n:]]
    centred = [np.einsum("...ij,ij->...", block, CENTRE) for block in blocks]
    return np.stack([*centred, blocks[0].mean(axis=(-2, -1))], axis=-1)


def simulate(peer: str, problem: str, events: int) -> np.ndarray:
    """The figures of every run, its workers mixed to the time of its last event."""
    peers.PEERS[peer].seed(5)
    runs = [peers.Run(peer, problem, START, gamma=GAMMA, noise=NOISE) for _ in range(RUNS)]
    for run in runs:
        run.advance(events)
    state = np.stack([run.state for run in runs])  # runs × n × 2 × D
    idle = np.array([run.t - run.last for run in runs])
    move = 0.5 * (1 - np.exp(-2 * runs[0].parameters[0] * idle))[..., None] * (state[:, :, 1] - state[:, :, 0])
    both = np.concatenate([state[:, :, 0] + move, state[:, :, 1] - move], axis=1)
    return figures(both @ both.transpose(0, 2, 1))


class Peers(unittest.TestCase):
    def assert_agrees(self, rows, truth):
        error = rows.std(axis=0, ddof=1) / np.sqrt(len(rows))
        self.assertTrue(np.all(error < 0.02 * truth), "the samples are too few to tell")
        np.testing.assert_array_less(abs(rows.mean(axis=0) - truth), 5 * error + 1e-12 * truth)  # x̄ is conserved

    def assert_each(self, problem, step, peers_that_count_events):
        for peer in peers_that_count_events:
            with self.subTest(peer=peer):
                self.assert_agrees(simulate(peer, problem, EVENTS), expected(step, EVENTS))

    def test_gossip(self):
        self.assert_each("gossip", communications(WORKERS / 2), peers.PEERS)

    def test_noisy_sgd(self):
        rate = 1.5 * WORKERS
        step = 2 / 3 * gradients(rate) + 1 / 3 * communications(rate)
        self.assert_each("noisy_sgd", step, [peer for peer in peers.PEERS if peer != "numba_tuned"])

    @unittest.skipUnless(peers.numba_loops, "Numba is not installed (Debian: python3-numba)")
    def test_noisy_sgd_tuned(self):
        """It ends with its normals, so after a number of gradients: any number of communications, then a gradient."""
        rate = 1.5 * WORKERS
        none = np.eye((2 * WORKERS) ** 2 + 1)
        step = 2 / 3 * gradients(rate) @ np.linalg.inv(none - communications(rate) / 3)
        kept, peers.numba_loops.AHEAD = peers.numba_loops.AHEAD, EVENTS * D
        self.addCleanup(setattr, peers.numba_loops, "AHEAD", kept)
        self.assert_agrees(simulate("numba_tuned", "noisy_sgd", 1), expected(step, EVENTS))


class Rounds(unittest.TestCase):
    def test_d_psgd(self):
        """Gradients and mixing commute where the curvature is everyone's: x(k) = W^k x(0) (1 − γh)^k."""
        curvature = np.linspace(0.5, 1, D)
        x = numpy_rounds.d_psgd(START, numpy_rounds.ring(WORKERS), 7, curvature, GAMMA)
        weights = [[1 / 3 if (i - j) % WORKERS in (0, 1, WORKERS - 1) else 0 for j in range(WORKERS)]
                   for i in range(WORKERS)]
        np.testing.assert_allclose(x, np.linalg.matrix_power(weights, 7) @ START * (1 - GAMMA * curvature) ** 7,
                                   rtol=0, atol=1e-14)

    def test_measures_rounds_per_second(self):
        self.assertGreater(numpy_rounds.measure(3, 0.01), 100)


if __name__ == "__main__":
    unittest.main()

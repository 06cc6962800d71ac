"""A²CiD² on the ring of n workers in Numba, twice: as written first, and as fast as we could make it.

state: n × 2 × d, x and x̃ of each worker as they were at its last event, last: n; t: time of the event before. One
communication per two workers per unit time, one gradient per worker. Each loop returns the new t and the number of
events that it took.

The `plain` loops are one function each. The `tuned` ones put what runs over coordinates into functions of their own:
only there does LLVM see four arrays that it can test for overlap, and vectorise; and they draw normals ahead, by
NumPy's ziggurat, where Numba's own take a logarithm and a square root each. Reassociation (fastmath) helps them too.
"""

import numpy as np
from numba import njit


@njit
def _seed(number):
    np.random.seed(number)


def seed(number: int) -> None:
    global draw
    draw = np.random.Generator(np.random.SFC64(number))
    _seed(number)


draw = np.random.Generator(np.random.SFC64())


@njit
def gossip_plain(state, last, t, events, eta, alpha, alpha_tilde):
    n, _, d = state.shape
    for _ in range(events):
        t += np.random.exponential(2 / n)
        i = np.random.randint(0, n)
        j = (i + 1) % n
        decay_i = np.exp(-2 * eta * (t - last[i]))
        decay_j = np.exp(-2 * eta * (t - last[j]))
        a_i, b_i, a_j, b_j = 0.5 * (1 + decay_i), 0.5 * (1 - decay_i), 0.5 * (1 + decay_j), 0.5 * (1 - decay_j)
        last[i] = last[j] = t
        for k in range(d):
            x_i, xt_i = a_i * state[i, 0, k] + b_i * state[i, 1, k], b_i * state[i, 0, k] + a_i * state[i, 1, k]
            x_j, xt_j = a_j * state[j, 0, k] + b_j * state[j, 1, k], b_j * state[j, 0, k] + a_j * state[j, 1, k]
            m = x_i - x_j
            state[i, 0, k] = x_i - alpha * m
            state[i, 1, k] = xt_i - alpha_tilde * m
            state[j, 0, k] = x_j + alpha * m
            state[j, 1, k] = xt_j + alpha_tilde * m
    return t, events


@njit
def noisy_sgd_plain(state, last, t, events, eta, alpha, alpha_tilde, curvature, gamma, noise):
    n, _, d = state.shape
    normals = np.empty(d)
    for _ in range(events):
        t += np.random.exponential(1 / (1.5 * n))
        i = np.random.randint(0, n)
        decay_i = np.exp(-2 * eta * (t - last[i]))
        a_i, b_i = 0.5 * (1 + decay_i), 0.5 * (1 - decay_i)
        last[i] = t
        if np.random.random() < 2 / 3:
            for k in range(d):  # a loop of their own is faster by a fifth
                normals[k] = np.random.normal(0.0, 1.0)
            for k in range(d):
                x_i, xt_i = a_i * state[i, 0, k] + b_i * state[i, 1, k], b_i * state[i, 0, k] + a_i * state[i, 1, k]
                step = gamma * (curvature[k] * x_i + noise * normals[k])
                state[i, 0, k] = x_i - step
                state[i, 1, k] = xt_i - step
        else:
            j = (i + 1) % n
            decay_j = np.exp(-2 * eta * (t - last[j]))
            a_j, b_j = 0.5 * (1 + decay_j), 0.5 * (1 - decay_j)
            last[j] = t
            for k in range(d):
                x_i, xt_i = a_i * state[i, 0, k] + b_i * state[i, 1, k], b_i * state[i, 0, k] + a_i * state[i, 1, k]
                x_j, xt_j = a_j * state[j, 0, k] + b_j * state[j, 1, k], b_j * state[j, 0, k] + a_j * state[j, 1, k]
                m = x_i - x_j
                state[i, 0, k] = x_i - alpha * m
                state[i, 1, k] = xt_i - alpha_tilde * m
                state[j, 0, k] = x_j + alpha * m
                state[j, 1, k] = xt_j + alpha_tilde * m
    return t, events


fast = njit(fastmath=True, error_model="numpy")


@fast
def exchange(x_i, xt_i, x_j, xt_j, decay_i, decay_j, alpha, alpha_tilde):
    a_i, b_i, a_j, b_j = 0.5 * (1 + decay_i), 0.5 * (1 - decay_i), 0.5 * (1 + decay_j), 0.5 * (1 - decay_j)
    for k in range(x_i.size):
        p, q = a_i * x_i[k] + b_i * xt_i[k], b_i * x_i[k] + a_i * xt_i[k]
        r, s = a_j * x_j[k] + b_j * xt_j[k], b_j * x_j[k] + a_j * xt_j[k]
        m = p - r
        x_i[k] = p - alpha * m
        xt_i[k] = q - alpha_tilde * m
        x_j[k] = r + alpha * m
        xt_j[k] = s + alpha_tilde * m


@fast
def gradient_step(x, x_tilde, decay, curvature, normals, gamma, noise):
    a, b = 0.5 * (1 + decay), 0.5 * (1 - decay)
    for k in range(x.size):
        p, q = a * x[k] + b * x_tilde[k], b * x[k] + a * x_tilde[k]
        step = gamma * (curvature[k] * p + noise * normals[k])
        x[k] = p - step
        x_tilde[k] = q - step


@fast
def communicate(state, last, i, t, eta, alpha, alpha_tilde):
    j = i + 1 if i + 1 < state.shape[0] else 0
    exchange(state[i, 0], state[i, 1], state[j, 0], state[j, 1], np.exp(-2 * eta * (t - last[i])),
             np.exp(-2 * eta * (t - last[j])), alpha, alpha_tilde)
    last[i] = last[j] = t


@fast
def gossip_tuned(state, last, t, events, eta, alpha, alpha_tilde):
    n = state.shape[0]
    for _ in range(events):
        t += np.random.exponential(2 / n)
        communicate(state, last, np.random.randint(0, n), t, eta, alpha, alpha_tilde)
    return t, events


@fast
def _sgd_with(normals, state, last, t, eta, alpha, alpha_tilde, curvature, gamma, noise):
    """Events until the normals, one row per gradient, are used up."""
    n = state.shape[0]
    used = events = 0
    while used < normals.shape[0]:
        events += 1
        t += np.random.exponential(1 / (1.5 * n))
        i = np.random.randint(0, n)
        if np.random.random() < 2 / 3:
            decay = np.exp(-2 * eta * (t - last[i]))
            last[i] = t
            gradient_step(state[i, 0], state[i, 1], decay, curvature, normals[used], gamma, noise)
            used += 1
        else:
            communicate(state, last, i, t, eta, alpha, alpha_tilde)
    return t, events


AHEAD = 16_384  # normals drawn at a time: they stay in the second cache


def noisy_sgd_tuned(state, last, t, events, eta, alpha, alpha_tilde, curvature, gamma, noise):
    """At least so many events: it ends with the batch of normals."""
    d = state.shape[2]
    normals = np.empty((max(1, AHEAD // d), d))
    done = 0
    while done < events:
        draw.standard_normal(out=normals)
        t, more = _sgd_with(normals, state, last, t, eta, alpha, alpha_tilde, curvature, gamma, noise)
        done += more
    return t, done

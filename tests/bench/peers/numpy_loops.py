"""A²CiD² on the ring in NumPy: a Python loop over events, whole vectors per event. Same calls as numba_loops."""

import math
import random

import numpy as np

draw = np.random.default_rng()


def seed(number: int) -> None:
    global draw
    draw = np.random.default_rng(number)
    random.seed(number)


def mix(state, last, worker, t, eta):
    """dx = η(x̃ − x)dt, dx̃ = η(x − x̃)dt, from the worker's last event to t."""
    x, x_tilde = state[worker]
    move = 0.5 * (1 - math.exp(-2 * eta * (t - last[worker]))) * (x_tilde - x)
    x += move
    x_tilde -= move
    last[worker] = t


def communicate(state, last, i, j, t, eta, alpha, alpha_tilde):
    mix(state, last, i, t, eta)
    mix(state, last, j, t, eta)
    difference = state[i, 0] - state[j, 0]
    state[i, 0] -= alpha * difference
    state[j, 0] += alpha * difference
    difference *= alpha_tilde
    state[i, 1] -= difference
    state[j, 1] += difference


def gossip(state, last, t, events, eta, alpha, alpha_tilde):
    n = len(state)
    for _ in range(events):
        t += random.expovariate(n / 2)
        i = random.randrange(n)
        communicate(state, last, i, (i + 1) % n, t, eta, alpha, alpha_tilde)
    return t, events


def noisy_sgd(state, last, t, events, eta, alpha, alpha_tilde, curvature, gamma, noise):
    n, _, d = state.shape
    for _ in range(events):
        t += random.expovariate(1.5 * n)
        i = random.randrange(n)
        if random.random() < 2 / 3:
            mix(state, last, i, t, eta)
            state[i] -= gamma * (curvature * state[i, 0] + noise * draw.standard_normal(d))
        else:
            communicate(state, last, i, (i + 1) % n, t, eta, alpha, alpha_tilde)
    return t, events

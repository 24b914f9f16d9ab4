"""Friedman's H against functions whose joint effects are known."""

import numpy as np
import pytest

from bnfit.importance.interactions import COLUMNS, interactions_of
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network


def product(k, a, b, scale=0.05):
    """A network that computes about x_a · x_b + the sum of all inputs, by the curvature of tanh at 0.5."""
    norm = BatchNorm(np.ones(k), np.zeros(k), np.zeros(k), np.ones(k), 0.0)
    kernel = np.zeros((k, 2))
    kernel[[a, b], 0] = scale
    kernel[a, 1], kernel[b, 1] = scale, -scale
    hidden = Dense(np.concatenate([kernel, 1e-4 * np.eye(k)], axis=1), np.r_[0.5, 0.5, np.zeros(k)])
    curvature = -2 * np.tanh(0.5) * (1 - np.tanh(0.5) ** 2)
    size = 1 / (2 * curvature * scale**2)  # (a + b)² - (a - b)² = 4 ab
    slope = 2 * size * scale * (1 - np.tanh(0.5) ** 2)
    out = np.r_[size, -size, np.full(k, 1e4)]
    out[2 + b] -= slope * 1e4
    return Network((norm, hidden, Activation("tanh"), Dense(out[:, None], np.zeros(1))))


def test_the_pair_that_multiplies_is_found_and_others_have_none(rng):
    x = rng.normal(size=(400, 4))
    names = ["a", "b", "c", "d"]
    found = interactions_of(product(4, 1, 3), names, [[0], [1], [2], [3]], x, None)
    assert len(found) == 6
    first = found[0]
    assert (first.first, first.second) == ("b", "d")
    assert first.size == pytest.approx(1, abs=0.25)  # the deviation of a product of two standard columns
    assert first.h == pytest.approx(1 / 3**0.5, abs=0.12)  # beside two columns of variance 1 each
    assert max(pair.size for pair in found[1:]) < 0.1


def test_a_sum_has_no_interaction_and_columns_of_the_largest_gamma_are_taken(rng):
    x = rng.normal(size=(50, 12))
    norm = BatchNorm(np.ones(12), np.zeros(12), np.zeros(12), np.ones(12), 0.0)
    gamma = np.arange(12.0)
    network = Network((norm, Dense(gamma[:, None], np.zeros(1))))
    found = interactions_of(network, [f"c{k}" for k in range(12)], [[k] for k in range(12)], x, gamma)
    assert len(found) == COLUMNS * (COLUMNS - 1) // 2
    assert {pair.first for pair in found} | {pair.second for pair in found} == {f"c{k}" for k in range(4, 12)}
    assert max(pair.h for pair in found) < 1e-4

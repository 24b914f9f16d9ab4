"""The benchmark's measure of agreement: Kendall's τ by hand."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from rank_stability import agreement, kendall


@pytest.mark.parametrize(
    ("a", "b", "tau"),
    [
        ([1, 2, 3], [10, 20, 30], 1),
        ([1, 2, 3], [3, 2, 1], -1),
        ([1, 2, 3, 4], [1, 2, 4, 3], 4 / 6),
        ([1, 1, 2], [1, 2, 3], 2 / np.sqrt(2 * 3)),
    ],
)
def test_kendalls_tau(a, b, tau):
    assert kendall(np.array(a), np.array(b)) == pytest.approx(tau)


def test_a_ranking_without_any_order_agrees_with_none():
    assert np.isnan(kendall(np.zeros(3), np.arange(3)))


def test_the_mean_and_the_lowest_over_pairs():
    up, down = np.arange(4), np.arange(4)[::-1]
    assert agreement([up, up, down]) == pytest.approx((-1 / 3, -1))

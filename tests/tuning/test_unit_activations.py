"""Percentiles of what reaches a hidden unit during training."""

import numpy as np
import pytest

from bnfit.api import search_table
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network
from bnfit.results.search import Activations
from bnfit.tuning.activations import last_hidden_input, measure


def network(scales, norm=False, output="linear"):
    """Units that are the one column times these scales, then a sum of their tanh."""
    units = len(scales)
    ones, zeros = np.ones(units), np.zeros(units)
    normed = [BatchNorm(ones, zeros, zeros, 4 * ones, 0.0)] if norm else []
    last = [Dense(np.ones((units, 1)), np.zeros(1)), *([Activation(output)] if output != "linear" else [])]
    return Network((Dense(np.array([scales], float), zeros), *normed, Activation("tanh"), *last))


ROWS = np.linspace(0, 100, 101)[:, None]


@pytest.mark.parametrize("output", ["linear", "relu", "sigmoid"])
@pytest.mark.parametrize(("norm", "factor"), [(False, 1.0), (True, 0.5)])
def test_what_reaches_the_last_hidden_activation_is_found(norm, factor, output):
    found = last_hidden_input(network([1.0, -3.0], norm, output), ROWS)
    np.testing.assert_allclose(found, factor * ROWS * [1.0, -3.0])


def test_percentiles_are_of_the_unit_of_median_spread_at_the_end_after_each_epoch():
    found = measure([network([9.0, 0.5, 0.1]), network([3.0, 1.0, 2.0])], ROWS, "3 tanh")
    assert found == Activations(
        "3 tanh", 3, pytest.approx((1.5, 30)), pytest.approx((5, 100)), pytest.approx((8.5, 170))
    )


def test_a_network_that_is_not_finite_has_none():
    assert measure([network([np.inf, 1.0])], ROWS, "2 tanh") is None


@pytest.mark.slow
def test_each_way_of_a_search_has_its_own(small_table):
    import pandas as pd

    x, y = small_table
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=y[:, 0])
    ways = {"layers": (2,), "units": (4,), "activations": ("tanh",), "arms": ("zscore",), "norms": ("batch", "none")}
    report, _ = search_table(frame, "y", **ways, folds=3, members=1, epochs=5, curves=True, recipe="paper")
    by_norm = {curve.norm: curve.activations for curve in report.curves}
    assert {len(a.low) for a in by_norm.values()} == {5}
    spread = {norm: np.array(a.high) - np.array(a.low) for norm, a in by_norm.items()}
    assert (spread["batch"] > 0).all()
    assert not np.allclose(spread["batch"], spread["none"])
    for found in by_norm.values():
        assert all(low <= middle <= high for low, middle, high in zip(found.low, found.middle, found.high, strict=True))

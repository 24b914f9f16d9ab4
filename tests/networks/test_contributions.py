"""Integrated gradients, against closed forms and a finer way."""

import numpy as np
import pytest
from random_networks import trained

from bnfit.networks.contributions import STEPS, integrated_gradients, value_of
from bnfit.networks.layers import BatchNorm, Dense, Network
from bnfit.networks.rowwise import in_float64


def in_double(network):
    return Network(tuple(map(in_float64, network.layers)))


def finer(network, x, baseline, outputs, steps=4000):
    """The integral by its definition, row by row, with slopes by differences."""
    out = []
    for row, which in zip(x, outputs if outputs is not None else [None] * len(x), strict=True):
        way = baseline + ((np.arange(steps) + 0.5) / steps)[:, None] * (row - baseline)
        chosen = None if which is None else np.full(steps, which)
        slopes = []
        for k in range(len(row)):
            h = np.zeros(len(row))
            h[k] = 1e-4 * x[:, k].std()
            ends = [value_of(network(way + side * h), chosen) for side in (1, -1)]
            slopes.append((ends[0] - ends[1]) / (2 * h[k]))
        out.append(np.mean(slopes, axis=1) * (row - baseline))
    return np.array(out)


def test_of_a_line_each_input_adds_its_weight_times_its_distance(rng):
    x, weights = rng.normal(size=(70, 3)), np.array([[2.0], [-1.0], [0.0]])
    norm = BatchNorm(np.ones(3), np.zeros(3), np.zeros(3), np.ones(3), 0.0)
    baseline = x.mean(0)
    found = integrated_gradients(Network((norm, Dense(weights, np.ones(1)))), x, baseline)
    np.testing.assert_allclose(found, (x - baseline) * weights[:, 0], atol=1e-12)


@pytest.mark.parametrize("activation", ["tanh", "relu", "selu"])
@pytest.mark.parametrize(("output", "outputs"), [("linear", 1), ("sigmoid", 1), ("softmax", 3)])
def test_contributions_are_the_integral_and_sum_up_exactly(activation, output, outputs):
    network, x = trained(arm="bn-input", activation=activation, output=output, outputs=outputs)
    network, x, baseline = in_double(network), x[:12], x.mean(0)
    which = None if output == "linear" else network(x).argmax(1)
    found = integrated_gradients(network, x, baseline, which)
    at_base = value_of(np.repeat(network(baseline[None]), len(x), axis=0), which)
    change = value_of(network(x), which) - at_base
    np.testing.assert_allclose(found.sum(1), change, atol=1e-9)
    exact = finer(network, x, baseline, which)
    size = np.abs(exact).max()
    assert np.abs(found - exact).max() < 0.03 * size
    coarse = found * 0 + change[:, None] / 4
    assert np.abs(coarse - exact).max() > 0.1 * size


def test_a_row_gets_the_same_contributions_whatever_stands_beside_it():
    network, x = trained(arm="bn-input", units=(16,))
    network, baseline = in_double(network), x.mean(0)
    together = integrated_gradients(network, x, baseline)
    alone = np.concatenate([integrated_gradients(network, x[i : i + 1], baseline) for i in range(len(x))])
    np.testing.assert_allclose(alone, together, rtol=1e-12, atol=1e-12 * np.abs(together).max())
    assert integrated_gradients(network, x[:0], baseline).shape == (0, 4)
    assert not integrated_gradients(network, baseline[None], baseline).any()


def test_both_ends_of_the_way_make_whole_tiles():
    assert (STEPS + 1) % 32 == 0

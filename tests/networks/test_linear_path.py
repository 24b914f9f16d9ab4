"""A linear model inside a network: the function is the weighted sum, in every form that the network takes."""

import numpy as np
import pytest
from random_networks import awkward_table, far, in_float64, member

from bnfit.model.keras_export import to_keras
from bnfit.networks.gamma import calibrate
from bnfit.networks.layers import Activation, Network
from bnfit.networks.linear_path import LinearModel, can_carry, carrying
from bnfit.networks.merge import merge

EPSILON = 1e-18


def linear_model(rng, x, outputs):
    kernel = rng.normal(size=(x.shape[1], outputs))
    mean, sd = x.mean(0) + 0.3 * x.std(0), 1.7 * x.std(0)
    return LinearModel(kernel, rng.normal(size=outputs), mean, sd, ((x - mean) / sd @ kernel).std(0))


def before_output(network):
    """The float64 network without its output activation."""
    ends = isinstance(network.layers[-1], Activation)
    return in_float64(Network(network.layers[: len(network.layers) - ends]))


@pytest.mark.parametrize("activation", ["tanh", "relu", "silu", "linear"])
@pytest.mark.parametrize("arm", ["bn", "bn-input"])
@pytest.mark.parametrize(("output", "outputs"), [("linear", 1), ("sigmoid", 1), ("softmax", 3)])
def test_a_network_that_carries_a_linear_model_is_the_weighted_sum(activation, arm, output, outputs):
    rng = np.random.default_rng(1)
    x = awkward_table(rng)
    for units in ((3,), (5, 2), (4, 3, 2)):
        network = member(rng, x, arm=arm, units=units, activation=activation, output=output, outputs=outputs)
        linear = linear_model(rng, x, outputs)
        assert can_carry(network)
        sum_ = 0.7 * before_output(network)(x) + 0.5 * linear(x)
        assert far(0.7 * before_output(network)(x), sum_) > 0.01  # both parts count
        assert far(0.5 * linear(x), sum_) > 0.01
        carried = carrying(network, linear, 0.7, 0.5)
        assert far(before_output(carried)(x), sum_) < 1e-5
        again = carrying(carried, linear, 1.0, 0.0)
        assert far(before_output(again)(x), sum_) < 1e-5


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(("output", "outputs"), [("linear", 1), ("softmax", 3)])
def test_members_that_carry_merge_calibrate_and_become_keras(activation, output, outputs):
    rng = np.random.default_rng(2)
    x = awkward_table(rng)
    made = [member(rng, x, "bn-input", (5, 4), activation, output, outputs) for _ in range(3)]
    parts = [carrying(network, linear_model(rng, x, outputs), 0.4, 0.6) for network in made]
    expected = np.mean([in_float64(part)(x) for part in parts], axis=0)
    assert far(np.mean([in_float64(network)(x) for network in made], axis=0), expected) > 0.05
    merged, slope = calibrate(merge(parts, x, EPSILON), x)
    assert far(merged(x), expected) < 1e-5
    assert far(to_keras(merged)(x).numpy(), merged(x)) < 1e-6
    np.testing.assert_allclose(np.abs(merged.layers[0].gamma), slope, rtol=1e-9)


def test_the_slope_of_a_purely_linear_network_is_the_coefficient():
    rng = np.random.default_rng(3)
    x = awkward_table(rng)
    linear = linear_model(rng, x, 1)
    parts = [carrying(member(rng, x, "bn-input", (5, 4)), linear, 0.0, 1.0) for _ in range(2)]
    slope = calibrate(merge(parts, x, EPSILON), x)[1]
    np.testing.assert_allclose(slope, np.abs(linear.kernel[:, 0]) / linear.sd * x.std(0), rtol=1e-4)


def test_what_cannot_carry_a_linear_model():
    rng = np.random.default_rng(4)
    x = awkward_table(rng)
    assert not can_carry(member(rng, x, arm="zscore"))
    assert not can_carry(member(rng, x, arm="raw"))
    assert not can_carry(member(rng, x, activation="sigmoid"))
    assert not can_carry(member(rng, x, output="relu"))

"""Merging and calibrating keep the function, and calibrated γ is the same for every equivalent set of weights."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from random_networks import ARMS, EPSILON, awkward_table, dense, far, in_float64, member, norm, table

from bnfit.arrays import at_most
from bnfit.model.keras_export import to_keras
from bnfit.networks.folding import statistics, without_hidden_norms
from bnfit.networks.gamma import GAMMA_ROWS, calibrate
from bnfit.networks.layers import Activation, BatchNorm, Dense, MemberDense, MemberMean, Network, Normalization, Reshape
from bnfit.networks.merge import merge
from bnfit.networks.positions import input_layer

OUTPUTS = [("linear", 1), ("relu", 1), ("sigmoid", 1), ("softmax", 3), ("linear", 2)]
SHAPES = [(3,), (5, 2), (2, 5, 3), (3, 4, 2, 5)]


def members(rng, x, count=3, **settings):
    return [member(rng, x, **settings) for _ in range(count)]


def mean_output(networks, x):
    return np.mean([in_float64(network)(x) for network in networks], axis=0)


def kinds(network):
    return [type(layer) for layer in network.layers]


def columns(rng, arm):
    return table(rng) if arm == "raw" else awkward_table(rng)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("units", SHAPES)
@pytest.mark.parametrize(("output", "outputs"), OUTPUTS)
def test_a_merged_network_is_the_mean_of_its_members(arm, units, output, outputs):
    rng = np.random.default_rng(1)
    x = columns(rng, arm)
    for activation in ("tanh", "relu", "sigmoid", "selu"):
        parts = members(rng, x, arm=arm, units=units, activation=activation, output=output, outputs=outputs)
        expected = mean_output(parts, x)
        merged = merge(parts, x, EPSILON * x.var(0).min())
        assert merged(x).shape == (len(x), outputs)
        assert far(merged(x), expected) < 1e-6
        for i, part in enumerate(parts):
            assert far(merged.member_outputs(x)[:, i], in_float64(part)(x)) < 2e-6


def test_a_target_far_from_0_keeps_its_digits():
    rng = np.random.default_rng(1)
    x = table(rng)

    def shifted(part, offset):
        *layers, last = part.layers
        return Network((*layers, Dense(last.kernel.astype(float), last.bias.astype(float) + offset)))

    parts = members(rng, x, arm="bn", units=(4, 3))
    near, away = (merge([shifted(p, offset) for p in parts], x, EPSILON) for offset in (0, 1e9))
    sd = near(x).std()
    assert sd > 0.05
    np.testing.assert_allclose(away(x) - 1e9, near(x), atol=1e-5 * sd)
    np.testing.assert_allclose(np.asarray(to_keras(away)(x)) - 1e9, near(x), atol=1e-5 * sd)
    assert np.abs(away(x).astype(np.float32) - 1e9 - near(x)).max() > sd  # float32 holds no digit of it


@pytest.mark.parametrize("arm", ARMS)
def test_the_comparison_could_fail(arm):
    rng = np.random.default_rng(2)
    x = columns(rng, arm)
    parts = members(rng, x, arm=arm, units=(4, 3))
    each = [part(x) for part in parts]
    assert min(far(each[0], each[1]), far(each[0], each[2]), far(each[1], each[2])) > 0.05
    assert each[0].std() > 0.01
    assert far(mean_output(parts[:2], x), mean_output(parts, x)) > 0.01
    if arm != "raw":  # each member's own statistics count
        first = [part.layers[0] for part in parts]
        foreign = replace(first[0], mean=first[1].mean, variance=first[1].variance)
        assert far(Network((foreign, *parts[0].layers[1:]))(x), each[0]) > 1e-3


def test_folding_in_float64_is_exact():
    rng = np.random.default_rng(3)
    x = awkward_table(rng)
    for arm in ("bn", "zscore", "zscore-bn"):
        parts = members(rng, x, arm=arm, units=(4, 3), dtype=np.float64)
        assert far(merge(parts, x, EPSILON * x.var(0).min())(x), mean_output(parts, x)) < 1e-12


def test_columns_far_from_zero_stay_exact():
    rng = np.random.default_rng(4)
    x = 1e12 + 1e3 * rng.normal(size=(200, 3))
    parts = members(rng, x, arm="bn", units=(4,), count=5)
    assert far(merge(parts, x, 1e-3)(x), mean_output(parts, x)) < 2e-7
    assert far(to_keras(merge(parts, x, 1e-3))(x).numpy(), mean_output(parts, x)) < 2e-7
    rounded = mean_output(parts, x.astype(np.float32).astype(np.float64))
    assert far(rounded, mean_output(parts, x)) > 0.1


@pytest.mark.parametrize(
    ("arm", "first"),
    [
        ("bn", [BatchNorm]),
        ("bn-input", [BatchNorm]),
        ("raw", []),
        ("zscore", [Normalization]),
        ("zscore-bn", [BatchNorm]),
    ],
)
def test_the_layers_of_a_merged_network(arm, first):
    rng = np.random.default_rng(5)
    x = table(rng)
    one = merge(members(rng, x, arm=arm, units=(4,), output="sigmoid"), x, EPSILON)
    assert kinds(one) == [*first, Dense, Reshape, Activation, MemberDense, Activation, MemberMean]
    none = merge(members(rng, x, arm=arm, units=()), x, EPSILON)
    assert kinds(none) == [*first, Dense, Reshape, MemberMean]
    if first:
        mean, variance = one.layers[0].mean, one.layers[0].variance
        np.testing.assert_allclose(mean, x.mean(0), atol=1e-12)
        np.testing.assert_allclose(variance, x.var(0), rtol=1e-12)
    if first == [BatchNorm]:
        norm = one.layers[0]
        assert (norm.gamma == 1).all()
        assert (norm.beta == 0).all()
        assert norm.epsilon == EPSILON
        assert norm.mean.dtype == np.float64
    assert one.layers[len(first)].kernel.dtype == np.float32


def test_one_member_stays_as_it_is():
    rng = np.random.default_rng(6)
    x = table(rng)
    part = member(rng, x)
    assert merge([part], x, EPSILON) is part


def test_members_that_take_or_give_something_else_are_refused():
    rng = np.random.default_rng(7)
    x = table(rng)
    for other in (member(rng, x, outputs=2), member(rng, x, output="relu"), member(rng, x, arm="raw")):
        with pytest.raises(ValueError, match="member 1 is"):
            merge([member(rng, x, units=(4,)), other], x, EPSILON)
    with pytest.raises(ValueError, match="no members"):
        merge([], x, EPSILON)


@pytest.mark.parametrize("epsilon", [0.0, 1e-300, 1e-12])
def test_a_column_constant_within_a_fold_does_not_explode(epsilon):
    rng = np.random.default_rng(8)
    x = table(rng)
    parts = members(rng, x, arm="bn-input")
    first = parts[0].layers[0]
    variance, gamma = first.variance.copy(), first.gamma.copy()
    variance[1] = gamma[1] = 0
    parts[0] = Network((replace(first, variance=variance, gamma=gamma, epsilon=epsilon), *parts[0].layers[1:]))
    without = replace(first, gamma=gamma, epsilon=epsilon)  # γ is 0, so the variance no longer matters
    expected = Network((without, *parts[0].layers[1:]))
    merged = merge(parts, x, EPSILON)
    assert all(np.isfinite(layer.kernel).all() for layer in merged.layers if isinstance(layer, Dense | MemberDense))
    assert far(merged.member_outputs(x)[:, 0], in_float64(expected)(x)) < 2e-6


@pytest.mark.parametrize("arm", ARMS)
def test_hidden_norms_fold_into_the_dense_before(arm):
    rng = np.random.default_rng(9)
    x = columns(rng, arm)
    network = member(rng, x, arm=arm, units=(5, 3))
    folded = without_hidden_norms(network)
    leading = {"bn": 1, "bn-input": 1, "zscore-bn": 1}.get(arm, 0)
    assert sum(isinstance(layer, BatchNorm) for layer in folded.layers) == leading
    assert far(folded(x), in_float64(network)(x)) < 2e-6
    if arm == "bn":
        ignored = Network((network.layers[0], *(a for a in network.layers[1:] if not isinstance(a, BatchNorm))))
        assert far(ignored(x), network(x)) > 0.05


@pytest.mark.parametrize(
    ("arm", "position"), [("bn", 0), ("bn-input", 0), ("raw", None), ("zscore", None), ("zscore-bn", 1)]
)
def test_the_layer_that_carries_gamma(arm, position):
    rng = np.random.default_rng(10)
    x = table(rng)
    found = input_layer(member(rng, x, arm=arm))
    assert (found and found[0]) == position
    if arm == "zscore":
        layers = member(rng, x, arm=arm).layers
        hidden = norm(rng, np.zeros(4), np.ones(4), 1e-3)
        assert input_layer(Network((*layers[:2], hidden, *layers[2:]))) is None


@pytest.mark.parametrize("arm", ["bn", "bn-input", "zscore-bn"])
@pytest.mark.parametrize("units", SHAPES)
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("output", "outputs"), [("linear", 1), ("softmax", 3)])
def test_calibration_keeps_the_function_and_makes_gamma_the_slope(arm, units, count, output, outputs):
    rng = np.random.default_rng(11)
    x = awkward_table(rng)
    network = merge(members(rng, x, count, arm=arm, units=units, output=output, outputs=outputs), x, 1e-18)
    calibrated, slope = calibrate(network, x)
    before = input_layer(network)[1]
    after = input_layer(calibrated)[1]
    assert far(calibrated(x), network(x)) < 1e-6
    np.testing.assert_allclose(np.abs(after.gamma), slope, rtol=1e-9)
    assert (np.sign(after.gamma) == np.sign(before.gamma)).all()
    assert (after.beta == 0).all()
    assert far(np.abs(before.gamma), slope) > 0.1  # there was something to do
    np.testing.assert_allclose(slope, numeric_slope(in_float64(network), x, before), rtol=1e-3)
    again, same = calibrate(calibrated, x)
    np.testing.assert_allclose(same, slope, rtol=1e-5)
    np.testing.assert_allclose(input_layer(again)[1].gamma, after.gamma, rtol=1e-5)


def test_gamma_is_calibrated_on_evenly_spaced_rows_of_a_long_table():
    rng = np.random.default_rng(12)
    x = rng.normal(size=(GAMMA_ROWS + GAMMA_ROWS // 2, 2)) * np.linspace(0.1, 3, GAMMA_ROWS + GAMMA_ROWS // 2)[:, None]
    layers = (norm(rng, x.mean(0), x.var(0), EPSILON), dense(rng, 2, 3), Activation("tanh"), dense(rng, 3, 1))
    network = in_float64(Network(layers))
    slope = calibrate(network, x)[1]
    assert slope.tolist() == calibrate(network, at_most(x, GAMMA_ROWS))[1].tolist()
    np.testing.assert_allclose(slope, numeric_slope(network, x, network.layers[0]), rtol=0.02)


def numeric_slope(network, x, norm):
    """RMS central difference of the outputs per standard deviation of the input of the layer that carries γ."""
    position = input_layer(network)[0]
    z = x
    for layer in network.layers[:position]:
        z = layer.forward(z)
    rest, slopes = Network(network.layers[position:]), []
    for k in range(x.shape[1]):
        step = np.zeros(x.shape[1])
        step[k] = 1e-4 * np.sqrt(norm.variance[k] + norm.epsilon)
        slopes.append((rest(z + step) - rest(z - step)) / 2e-4)
    return np.sqrt(np.mean(np.square(slopes), axis=(1, 2)))


def rescaled(rng, network):
    """The same function by other weights: columns' scales moved between γ and kernel, relu units' between layers."""
    layers = list(network.layers)
    start = input_layer(network)[0]
    first, entry = layers[start], layers[start + 1]
    factor = 10 ** rng.uniform(-1.5, 1.5, first.gamma.size)
    layers[start] = replace(first, gamma=first.gamma * factor, beta=first.beta * factor)
    layers[start + 1] = replace(entry, kernel=(entry.kernel / factor[:, None]).astype(np.float32))
    positions = [i for i, layer in enumerate(layers) if isinstance(layer, Dense)]
    for here, there in pairwise(positions):
        factor = (10 ** rng.uniform(-1, 1, layers[here].bias.size)).astype(np.float32)
        layers[here] = Dense(layers[here].kernel * factor, layers[here].bias * factor)
        layers[there] = replace(layers[there], kernel=layers[there].kernel / factor[:, None])
    return Network(tuple(layers))


@pytest.mark.parametrize("units", SHAPES)
@pytest.mark.parametrize("arm", ["bn-input", "bn"])
def test_calibrated_gamma_is_the_same_for_equivalent_weights(units, arm):
    rng = np.random.default_rng(19)
    x = awkward_table(rng)
    network = without_hidden_norms(member(rng, x, arm=arm, units=units, activation="relu"))
    slope, reordered = calibrate(network, x)[1], 0
    assert slope.min() > 1e-3
    order = np.argsort(np.abs(network.layers[0].gamma))
    for _ in range(5):
        other = rescaled(rng, network)
        assert far(other(x), network(x)) < 1e-5
        reordered += (np.argsort(np.abs(other.layers[0].gamma)) != order).any()
        np.testing.assert_allclose(calibrate(other, x)[1], slope, rtol=1e-4)
        np.testing.assert_allclose(np.abs(calibrate(other, x)[0].layers[0].gamma), slope, rtol=1e-4)
    assert reordered >= 3


def test_zero_stays_zero():
    rng = np.random.default_rng(13)
    x = table(rng)
    network = member(rng, x, arm="bn-input")
    first, entry = network.layers[:2]
    gamma, kernel = first.gamma.copy(), entry.kernel.copy()
    gamma[0], kernel[1] = 0, 0  # a column switched off, and one that no unit looks at
    network = Network((replace(first, gamma=gamma), Dense(kernel, entry.bias), *network.layers[2:]))
    calibrated, slope = calibrate(network, x)
    assert calibrated.layers[0].gamma[:2].tolist() == slope[:2].tolist() == [0, 0]
    assert (slope[2:] > 0).all()
    assert np.isfinite(calibrated.layers[1].kernel).all()
    assert far(calibrated(x), network(x)) < 1e-6


def test_saturated_units_keep_their_function():
    """A step of ±1 that depends on the column alone: the slope is 0 on every row, but the column decides all."""
    x = np.repeat([[-1.0], [1.0]], 10, axis=0)
    first = BatchNorm(np.ones(1), np.full(1, 0.01), np.zeros(1), np.ones(1), 1e-12)
    kernel = np.full((1, 1), 100, np.float32)
    layers = (Dense(kernel, np.zeros(1, np.float32)), Activation("tanh"), Dense(kernel / 100, np.zeros(1, np.float32)))
    network = Network((first, *layers))
    calibrated, slope = calibrate(network, x)
    assert slope.tolist() == [0]
    assert 0 < calibrated.layers[0].gamma[0] < 1e-12
    assert np.ptp(network(x)) == 2
    assert far(calibrated(x), network(x)) < 1e-6


def test_networks_without_gamma_have_importances_too():
    rng = np.random.default_rng(14)
    x = table(rng) * [1, 10, 0.1, 1]
    for first in ((), (Normalization(x.mean(0), x.var(0)),)):
        linear = Network((*first, dense(rng, 4, 1)))
        same, slope = calibrate(linear, x)
        assert same is linear
        scale = 1 if first else x.std(0)
        np.testing.assert_allclose(slope, np.abs(linear.layers[-1].kernel[:, 0]) * scale, rtol=1e-6)


def test_a_norm_that_no_dense_follows_is_left_alone():
    rng = np.random.default_rng(18)
    x = table(rng)
    first = norm(rng, x.mean(0), x.var(0), 0.0)
    for rest in ((), (Activation("linear"),), (Activation("linear"), dense(rng, 4, 1))):
        network = Network((first, *rest))
        same, slope = calibrate(network, x)
        assert same is network
        weights = np.abs(rest[-1].kernel[:, 0]) if len(rest) == 2 else 0.5  # RMS over 4 outputs, one of which moves
        np.testing.assert_allclose(slope, np.abs(first.gamma) * weights, rtol=1e-6)


def test_statistics_are_exact_far_from_zero():
    rng = np.random.default_rng(15)
    small = np.round(rng.normal(size=(1000, 2)) * 1e3)
    mean, variance = statistics(small + 1e12)
    np.testing.assert_allclose(mean - 1e12, small.mean(0), atol=2e-4)  # half a unit in the last place of 1e12
    np.testing.assert_allclose(variance, small.var(0), rtol=1e-12)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.slow
def test_keras_computes_the_same(arm, count):
    rng = np.random.default_rng(16)
    x = columns(rng, arm)
    for units, activation, (output, outputs) in zip(SHAPES, ("tanh", "relu", "selu", "silu"), OUTPUTS[1:], strict=True):
        parts = members(rng, x, count, arm=arm, units=units, activation=activation, output=output, outputs=outputs)
        network = calibrate(merge(parts, x, 1e-18), x)[0]
        assert far(to_keras(network)(x).numpy(), network(x)) < 1e-6


def test_keras_layers_have_the_same_names_every_time():
    rng = np.random.default_rng(17)
    x = table(rng)
    network = merge(members(rng, x, units=(3, 2)), x, EPSILON)
    names = [[layer.name for layer in to_keras(network).layers] for _ in range(2)]
    assert names[0] == names[1] == [
        "columns", "input_normalization", "dense_1", "members", "activation_1", "dense_2", "activation_2", "dense_3",
        "average",
    ]  # fmt: skip
    single = [layer.name for layer in to_keras(member(rng, x, arm="zscore-bn", units=(3,))).layers]
    assert single == [
        "columns",
        "standardization",
        "input_normalization",
        "dense_1",
        "normalization",
        "activation",
        "dense_2",
    ]
    assert to_keras(network).layers[1].dtype == "float64"
    assert to_keras(network).layers[2].dtype == "float32"

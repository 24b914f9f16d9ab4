"""The NumPy forward pass by hand, and the gradient against differences."""

import numpy as np
import pytest
from random_networks import ARMS, awkward_table, far, in_float64, member, table

from bnfit.model.keras_export import to_keras
from bnfit.networks import layers as inference
from bnfit.networks.architecture import ACTIVATIONS
from bnfit.networks.layers import BatchNorm, Dense, KerasLayer, MemberDense, Network, Normalization
from bnfit.networks.merge import merge


def test_first_layers_by_hand():
    x = np.array([[1e12 + 3.0]])
    norm = BatchNorm(np.array([2.0]), np.array([5.0]), np.array([1e12]), np.array([8.0]), 1.0)
    assert norm.forward(x).tolist() == [[7.0]]  # 3 / sqrt(8 + 1) * 2 + 5
    assert Normalization(np.array([1e12]), np.array([9.0])).forward(x).tolist() == [[1.0]]
    assert Normalization(np.array([1e12]), np.array([0.0])).forward(x)[0, 0] == pytest.approx(3e7)


def networks(rng, x, arm, activation="tanh"):
    """One single network and merged ones, with one and several outputs."""
    for output, outputs in (("linear", 1), ("softmax", 3), ("sigmoid", 2)):
        parts = [member(rng, x, arm, (4, 3), activation, output, outputs) for _ in range(3)]
        yield parts[0]
        yield merge(parts, x, 1e-18)


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_jacobian_is_the_derivative_at_any_layer(arm, activation):
    rng = np.random.default_rng(1)
    x = table(rng, rows=20)
    for network in map(in_float64, networks(rng, x, arm, activation)):
        for start in (0, 1, 2):
            inner = x
            for layer in network.layers[:start]:
                inner = layer.forward(inner)
            if inner.ndim != 2:
                continue
            rest, found = Network(network.layers[start:]), network.jacobian(x, start)
            steps = 1e-6 * np.eye(inner.shape[1])
            numeric = np.stack([(rest(inner + s) - rest(inner - s)) / 2e-6 for s in steps], axis=2)
            assert found.shape == numeric.shape
            np.testing.assert_allclose(found, numeric, rtol=1e-4, atol=1e-7)
            assert np.abs(found).max() > 1e-4


@pytest.mark.parametrize("arm", ARMS)
def test_a_row_depends_on_itself_alone(arm, monkeypatch):
    rng = np.random.default_rng(2)
    x = table(rng) if arm == "raw" else awkward_table(rng)
    for network in networks(rng, x, arm):
        whole, slopes, each = network(x), network.jacobian(x, 1), network.member_outputs(x)
        order = rng.permutation(len(x))
        assert far(network(x[order]), whole[order]) < 1e-6
        assert far(np.concatenate([network(x[i : i + 1]) for i in range(len(x))]), whole) < 1e-6
        with monkeypatch.context() as patch:
            patch.setattr(inference, "BLOCK", 7 * network.width())
            assert far(network(x), whole) < 1e-6
            assert far(network.jacobian(x, 1), slopes) < 1e-5
            assert far(network.member_outputs(x), each) < 1e-6
        assert network(x[:0]).shape == (0, whole.shape[1])


def test_outputs_are_float64_and_members_average_to_them():
    rng = np.random.default_rng(3)
    x = table(rng)
    single, merged = list(networks(rng, x, "bn"))[:2]
    assert single(x).dtype == merged(x).dtype == np.float64
    assert single.member_outputs(x).shape == (60, 1, 1)
    assert merged.member_outputs(x).shape == (60, 3, 1)
    np.testing.assert_allclose(merged.member_outputs(x).mean(axis=1), merged(x), atol=1e-6)


def test_float64_columns_are_not_rounded_on_the_way():
    rng = np.random.default_rng(4)
    x = awkward_table(rng)
    network = member(rng, x)
    assert far(network(x), in_float64(network)(x)) < 1e-6
    assert far(to_keras(network)(x).numpy(), network(x)) < 1e-6
    assert far(network(x.astype(np.float32)), network(x)) > 0.01


def test_a_foreign_layer_takes_part_in_both_passes():
    rng = np.random.default_rng(5)
    x = table(rng)
    square = KerasLayer("square", lambda z: z**2, lambda slope, z: slope * 2 * z)
    kernel = np.ones((4, 1))
    network = Network((square, Dense(kernel, np.zeros(1))))
    np.testing.assert_allclose(network(x)[:, 0], (x**2).sum(axis=1))
    np.testing.assert_allclose(network.jacobian(x, 0)[:, 0], 2 * x)


def test_slopes_of_many_outputs_have_the_mean_square_of_the_jacobian(rng):
    x = rng.normal(size=(300, 4))
    few = member(rng, x, "bn-input", (5,), outputs=64)
    np.testing.assert_array_equal(few.slopes(x, 0), few.jacobian(x, 0))
    many = member(rng, x, "bn-input", (5,), output="softmax", outputs=200)
    slopes, exact = many.slopes(x, 1), many.jacobian(x, 1)
    assert slopes.shape == (300, 64, 4)
    assert exact.shape == (300, 200, 4)
    np.testing.assert_allclose(many.slopes(x[:10], 1), slopes[:10], rtol=1e-3, atol=1e-7)
    ratio = np.square(slopes).mean((0, 1)) / np.square(exact).mean((0, 1))
    np.testing.assert_allclose(ratio, 1, atol=0.1)
    assert np.std(np.square(exact).mean((0, 1))) > 0.2 * np.square(exact).mean()


@pytest.mark.parametrize("unit", [1e-60, 1.0, 1e60])
def test_slopes_of_any_size_survive_kernels_of_32_bits(rng, unit):
    kernel = rng.normal(size=(4, 3)).astype(np.float32)
    merged = np.stack([kernel, 2 * kernel])
    slope = unit * rng.normal(size=(5, 3))
    found = Dense(kernel, np.zeros(3, np.float32)).pull_back(slope, slope)
    np.testing.assert_allclose(found, slope @ kernel.T.astype(float), rtol=1e-5, atol=1e-6 * unit)
    both = MemberDense(merged, np.zeros((2, 3), np.float32)).pull_back(np.stack([slope, slope], axis=1), slope)
    np.testing.assert_allclose(both, np.stack([found, 2 * found], axis=1), rtol=1e-5, atol=1e-6 * unit)
    assert np.abs(found).min() > 0

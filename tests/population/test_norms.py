"""Normalisations of hidden layers: the layers themselves, and networks that have them, merged, saved and read back."""

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import UsageError
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.model.archive import read_model, write_model
from bnfit.model.keras_export import to_keras
from bnfit.networks.architecture import NORMS, Architecture, grid
from bnfit.networks.layers import Activation, BatchNorm, Dense, LayerNorm, Network, Reshape
from bnfit.networks.linear_path import can_carry
from bnfit.networks.merge import merge
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow

KINDS = [(norm, position) for norm in ("batch", "layer", "group") for position in ("before", "after")]
KINDS += [("weight-standardised", "before"), ("none", "before")]


def test_each_row_is_normalised_within_its_groups_by_hand():
    x = np.array([[1.0, 3.0, 10.0, 30.0]])
    layer = LayerNorm(np.array([1.0, 1, 2, 1]), np.array([0.0, 0, 0, 5]), 1e-12, 2)
    np.testing.assert_allclose(layer.forward(x), [[-1, 1, -2, 6]])
    whole = LayerNorm(np.ones(4), np.zeros(4), 1e-12)
    np.testing.assert_allclose(whole.forward(x), (x - 11) / np.sqrt(np.mean(np.square(x - 11))))


@pytest.mark.parametrize("groups", [None, 1, 2])
def test_the_gradient_is_the_derivative(groups):
    rng = np.random.default_rng(0)
    layer = LayerNorm(rng.normal(size=6), rng.normal(size=6), 0.1, groups)
    x, slope, step = rng.normal(size=(3, 6)), rng.normal(size=(3, 6)), 1e-6
    numeric = np.stack(
        [((layer.forward(x + d) - layer.forward(x - d)) * slope).sum(1) / (2 * step) for d in step * np.eye(6)], 1
    )
    np.testing.assert_allclose(layer.pull_back(slope, x), numeric, rtol=1e-6, atol=1e-8)


def test_groups_are_the_most_that_leave_three_units_each():
    groups = Architecture((6,), "tanh", norm="group").groups
    assert [groups(units) for units in (2, 5, 6, 9, 12, 16, 64)] == [1, 1, 2, 3, 4, 4, 8]
    assert Architecture((6,), "tanh", norm="layer").groups(64) == 1


def test_the_arm_says_how_hidden_layers_normalise_unless_told():
    assert [Architecture((2,), "tanh", arm=arm).hidden_norm for arm in ("bn", "bn-input")] == ["batch", "none"]
    assert Architecture((2,), "tanh", norm="layer", position="after").normalising == ("arm bn", "norm layer after")
    with pytest.raises(UsageError, match="unknown norm 'batsh'"):
        Architecture((2,), "tanh", norm="batsh")


def test_what_has_no_place_comes_once_in_a_grid():
    made = grid((1,), (4,), ("tanh",), ("linear",), ("bn",), NORMS, ("before", "after"))
    assert sorted((a.hidden_norm, a.norm_position) for a in made) == sorted(KINDS)


@pytest.mark.parametrize(("norm", "position"), KINDS)
def test_a_merged_network_is_the_mean_of_its_members(norm, position):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 4)) * [1, 30, 0.01, 5] + [0, 100, 3, -2]
    parts = [random_network(rng, x, norm, position) for _ in range(3)]
    wanted = np.mean([part(x) for part in parts], axis=0)
    assert np.abs(parts[0](x) - wanted).max() > 0.1, "members must differ"
    np.testing.assert_allclose(merge(parts, x, 1e-12)(x), wanted, rtol=1e-10, atol=1e-10)


def random_network(rng, x, norm, position, units=(6, 9)):
    """A float64 network with random weights."""
    widths, layers = (x.shape[1], *units), [BatchNorm(*rng.uniform(0.5, 2, (2, 4)), x.mean(0), x.var(0), 1e-9)]
    for i, o in zip(widths, units, strict=False):
        dense, gamma, beta = rng.normal(size=(i, o)), rng.uniform(0.3, 2, o), rng.normal(size=o)
        made = {
            "batch": [BatchNorm(gamma, beta, rng.normal(size=o), rng.uniform(0.5, 2, o), 1e-3)],
            "layer": [LayerNorm(gamma, beta, 1e-3)],
            "group": [LayerNorm(gamma, beta, 1e-3, 3)],
        }.get(norm, [])
        pair = [*made, Activation("tanh")]
        layers += [Dense(dense, rng.normal(size=o)), *(pair if position == "before" else pair[::-1])]
    return Network((*layers, Dense(rng.normal(size=(units[-1], 2)), rng.normal(size=2))))


@pytest.fixture(scope="module")
def trained(small_table):
    """Two members of each kind, in float32."""
    split = splits(FoldConstraints(60), 2, 0.0, 0)[0]
    crowd = [
        Member(Architecture((6, 3), "tanh", "linear", "bn", norm, position), split, seed, seed)
        for norm, position in KINDS
        for seed in (0, 1)
    ]
    done = train(crowd, Dataset(*small_table), RECIPES["default"].changed(epochs=2))
    return {kind: done[2 * i : 2 * i + 2] for i, kind in enumerate(KINDS)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_trained_network_is_a_stock_file_that_all_read_alike(trained, kind, small_table, tmp_path):
    import keras

    x = small_table[0]
    parts = [t.network for t in trained[kind]]
    for name, network in (("single", parts[0]), ("merged", merge(parts, x, 1e-9))):
        wanted = network(x)
        path = tmp_path / f"{name}.keras"
        write_model(network, {}, path)
        np.testing.assert_allclose(read_model(path).network(x), wanted, rtol=1e-6)
        stock = keras.saving.load_model(path)
        assert all(type(layer).__module__.startswith("keras.src.layers") for layer in stock.layers)
        np.testing.assert_allclose(np.asarray(stock(x)), wanted, rtol=1e-5, atol=1e-5 * np.abs(wanted).max())
        assert name == "merged" or can_carry(network) == (kind[0] not in ("layer", "group"))


def test_networks_count_the_weights_that_keras_counts(trained):
    for kind, (member, _) in trained.items():
        architecture = member.member.architecture
        assert architecture.weights(4, 1) == to_keras(member.network).count_params(), kind


def test_groups_of_several_members_are_layers_apart(trained, small_table):
    merged = merge([t.network for t in trained["group", "after"]], small_table[0], 1e-9)
    shapes = [layer.shape for layer in merged.layers if isinstance(layer, Reshape)]
    assert shapes == [(2, 6), (4, 3), (2, 6)], "three units are one group"
    assert [layer.gamma.size for layer in merged.layers if isinstance(layer, LayerNorm)] == [3, 3]


def test_standardised_weights_have_mean_zero_and_one_gain_a_unit(trained):
    dense = trained["weight-standardised", "before"][0].network.layers[1]
    np.testing.assert_allclose(dense.kernel.mean(0), 0, atol=1e-6)
    assert 0.5 < np.square(dense.kernel).sum(0).mean() < 2


def test_columns_cannot_be_switched_off_by_standardised_weights():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=list("aby"))
    with pytest.raises(UsageError, match="standardised weights are never 0"):
        fit_table(frame, "y", sparse=True, norm="weight-standardised")

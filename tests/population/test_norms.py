"""Normalisations of hidden layers: the layers themselves, and networks that have them, merged, saved and read back."""

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import UsageError
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.model.archive import read_model, write_model
from bnfit.model.keras_export import to_keras
from bnfit.networks.architecture import Architecture, grid
from bnfit.networks.hidden_norms import NORMS, hidden_norm
from bnfit.networks.layers import Activation, BatchNorm, Dense, LayerNorm, Network, Reshape
from bnfit.networks.linear_path import can_carry
from bnfit.networks.merge import merge
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow


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
    assert Architecture((2,), "tanh", norm="layer:after").normalising == ("arm bn", "norm layer:after")
    with pytest.raises(UsageError, match="unknown norm 'batsh'"):
        Architecture((2,), "tanh", norm="batsh")


def test_a_grid_has_each_norm():
    made = grid((1,), (4,), ("tanh",), ("linear",), ("bn",), NORMS)
    assert [a.hidden_norm for a in made] == list(NORMS)


@pytest.mark.parametrize(
    "name", ["none:after", "weight-standardised:after", "batch:before", "layer+batch", "batch:", ""]
)
def test_what_has_no_meaning_is_no_norm(name):
    with pytest.raises(UsageError, match="unknown norm"):
        hidden_norm(name)


def test_a_name_says_what_is_normalised_and_where():
    both = hidden_norm("batch+weight-standardised:after")
    assert (both.units, both.weights, both.after, both.has_gain) == ("batch", "weight-standardised", True, False)
    alone = hidden_norm("weight-normalised")
    assert (alone.units, alone.weights, alone.after, alone.has_gain) == (None, "weight-normalised", False, True)
    assert hidden_norm("none") == hidden_norm("none") != hidden_norm("batch")


@pytest.mark.parametrize("norm", NORMS)
def test_a_merged_network_is_the_mean_of_its_members(norm):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 4)) * [1, 30, 0.01, 5] + [0, 100, 3, -2]
    parts = [random_network(rng, x, norm) for _ in range(3)]
    wanted = np.mean([part(x) for part in parts], axis=0)
    assert np.abs(parts[0](x) - wanted).max() > 0.1, "members must differ"
    np.testing.assert_allclose(merge(parts, x, 1e-12)(x), wanted, rtol=1e-10, atol=1e-10)


def random_network(rng, x, name, units=(6, 9)):
    """A float64 network with random weights."""
    norm = hidden_norm(name)
    widths, layers = (x.shape[1], *units), [BatchNorm(*rng.uniform(0.5, 2, (2, 4)), x.mean(0), x.var(0), 1e-9)]
    for i, o in zip(widths, units, strict=False):
        dense, gamma, beta = rng.normal(size=(i, o)), rng.uniform(0.3, 2, o), rng.normal(size=o)
        made = {
            "batch": [BatchNorm(gamma, beta, rng.normal(size=o), rng.uniform(0.5, 2, o), 1e-3)],
            "layer": [LayerNorm(gamma, beta, 1e-3)],
            "group": [LayerNorm(gamma, beta, 1e-3, 3)],
        }.get(norm.units, [])
        pair = [*made, Activation("tanh")]
        layers += [Dense(dense, rng.normal(size=o)), *(pair[::-1] if norm.after else pair)]
    return Network((*layers, Dense(rng.normal(size=(units[-1], 2)), rng.normal(size=2))))


@pytest.fixture(scope="module")
def trained(small_table):
    """Two members of each kind, in float32."""
    split = splits(FoldConstraints(60), 2, 0.0, 0)[0]
    crowd = [
        Member(Architecture((6, 3), "tanh", "linear", "bn", norm), split, seed, seed)
        for norm in NORMS
        for seed in (0, 1)
    ]
    done = train(crowd, Dataset(*small_table), RECIPES["default"].changed(epochs=2))
    return {norm: done[2 * i : 2 * i + 2] for i, norm in enumerate(NORMS)}


@pytest.mark.parametrize("kind", NORMS)
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
        assert name == "merged" or can_carry(network) == (hidden_norm(kind).units not in ("layer", "group"))


def test_networks_count_the_weights_that_keras_counts(trained):
    for kind, (member, _) in trained.items():
        architecture = member.member.architecture
        assert architecture.weights(4, 1) == to_keras(member.network).count_params(), kind


def test_groups_of_several_members_are_layers_apart(trained, small_table):
    merged = merge([t.network for t in trained["group:after"]], small_table[0], 1e-9)
    shapes = [layer.shape for layer in merged.layers if isinstance(layer, Reshape)]
    assert shapes == [(2, 6), (4, 3), (2, 6)], "three units are one group"
    assert [layer.gamma.size for layer in merged.layers if isinstance(layer, LayerNorm)] == [3, 3]


def test_standardised_weights_have_mean_zero_and_one_gain_a_unit(trained):
    dense = trained["weight-standardised"][0].network.layers[1]
    np.testing.assert_allclose(dense.kernel.mean(0), 0, atol=1e-6)
    assert 0.5 < np.square(dense.kernel).sum(0).mean() < 2


@pytest.mark.parametrize("norm", ["batch+weight-standardised", "group+weight-standardised:after"])
def test_beside_a_norm_of_units_standardised_weights_have_no_gain(trained, norm):
    dense = trained[norm][0].network.layers[1]
    np.testing.assert_allclose(dense.kernel.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(np.square(dense.kernel).sum(0), 1, rtol=1e-5)


def test_normalised_weights_begin_as_those_of_a_plain_network(small_table):
    split = splits(FoldConstraints(60), 2, 0.0, 0)[0]
    crowd = [Member(Architecture((6, 3), "tanh", norm=norm), split, 0, 0) for norm in ("weight-normalised", "none")]
    still = RECIPES["paper"].changed(epochs=1, learning_rate=1e-30)
    ours, plain = (t.network(small_table[0]) for t in train(crowd, Dataset(*small_table), still, dtype="float64"))
    np.testing.assert_allclose(ours, plain, rtol=1e-9)
    assert np.ptp(plain) > 0.1


@pytest.mark.parametrize("norm", ["weight-standardised", "weight-normalised", "batch+weight-standardised"])
def test_columns_cannot_be_switched_off_by_standardised_weights(norm):
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)), columns=list("aby"))
    with pytest.raises(UsageError, match="weights are never 0"):
        fit_table(frame, "y", sparse=True, norm=norm)


@pytest.mark.parametrize(
    ("arm", "norm"), [("bn-input", None), ("zscore", "weight-normalised"), ("zscore", "layer:after")]
)
def test_what_needs_no_batch_learns_from_single_rows(small_table, arm, norm):
    split = splits(FoldConstraints(60), 2, 0.0, 0)[0]
    recipe = RECIPES["default"].changed(epochs=20, batch_size=1)
    (found,) = train(
        [Member(Architecture((6,), "tanh", arm=arm, norm=norm), split, 0, 0)], Dataset(*small_table), recipe
    )
    assert found.curve[-1] < 0.8 * found.curve[0]


@pytest.mark.parametrize(("recipe", "arm", "norm"), [("default", "bn", None), ("paper", "bn-input", None)])
def test_a_batch_of_one_row_has_no_variance(recipe, arm, norm):
    architecture = Architecture((6,), "tanh", arm=arm, norm=norm)
    with pytest.raises(UsageError, match="at least 2 rows"):
        RECIPES[recipe].changed(batch_size=1).check_for(architecture)
    RECIPES[recipe].changed(batch_size=2).check_for(architecture)

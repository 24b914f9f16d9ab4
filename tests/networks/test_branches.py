"""Members of different architectures in one network: merged, calibrated, switched, saved and read again."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from random_networks import EPSILON, awkward_table, member, table

from bnfit.errors import ModelFileError
from bnfit.importance.partial_forward import Ensemble
from bnfit.model.archive import read_model, write_model
from bnfit.networks.gamma import calibrate
from bnfit.networks.layers import Branches
from bnfit.networks.merge import merge, only_members

pytestmark = pytest.mark.slow

OUTPUTS = {"linear": 1, "sigmoid": 1, "softmax": 3}


def crowd(rng, x, output="linear"):
    """Two members of one architecture and three of another."""
    made = [member(rng, x, "bn-input", (4, 3), "silu", output, OUTPUTS[output]) for _ in range(2)]
    return made + [member(rng, x, "bn-input", (6,), "tanh", output, OUTPUTS[output]) for _ in range(3)]


@pytest.mark.parametrize("output", list(OUTPUTS))
def test_members_of_two_architectures_merge_to_their_mean(output):
    rng = np.random.default_rng(0)
    x = awkward_table(rng)
    members = crowd(rng, x, output)
    merged = merge(members, x, EPSILON * x.var(0).min())
    outputs = np.array([m(x) for m in members])
    assert np.abs(outputs[0] - outputs[1]).max() > 1e-2
    assert np.abs(outputs[:2].mean(0) - outputs.mean(0)).max() > 1e-2, "both kinds must count"
    np.testing.assert_allclose(merged(x), outputs.mean(0), rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose(merged.member_outputs(x).transpose(1, 0, 2), outputs, rtol=2e-5, atol=2e-5)
    assert merged.members() == 5


def test_members_of_one_architecture_apart_or_with_other_ends_are_refused():
    rng = np.random.default_rng(1)
    x = table(rng)
    first, _, other, *_ = crowd(rng, x)
    with pytest.raises(ValueError, match="stand together"):
        merge([first, other, first], x, EPSILON)
    for odd in (member(rng, x, "bn-input", (6,), outputs=2), member(rng, x, "raw", (6,))):
        with pytest.raises(ValueError, match="member 1 is"):
            merge([first, odd], x, EPSILON)


def test_slopes_are_those_of_finite_differences_and_calibration_keeps_the_function():
    rng = np.random.default_rng(2)
    x = table(rng)
    exact = [member(rng, x, "bn-input", u, a, dtype=np.float64) for u, a in (((4, 3), "silu"), ((6,), "tanh"))]
    network = merge(exact, x, EPSILON)
    slopes, step = network.jacobian(x, 0), 1e-6
    for column in range(x.shape[1]):
        shift = step * np.eye(x.shape[1])[column]
        np.testing.assert_allclose(
            slopes[:, :, column], (network(x + shift) - network(x - shift)) / (2 * step), atol=1e-7
        )
    calibrated, gamma = calibrate(network, x)
    np.testing.assert_allclose(calibrated(x), network(x), rtol=1e-9)
    np.testing.assert_allclose(np.abs(calibrated.layers[0].gamma), gamma)
    scales = np.sqrt(np.square(network.jacobian(x, 1)).mean((0, 1)))
    np.testing.assert_allclose(gamma, scales)


def test_chosen_members_and_switched_columns_are_those_of_the_whole():
    rng = np.random.default_rng(3)
    x = table(rng)
    members = crowd(rng, x)
    network = merge(members, x, EPSILON)
    each = network.member_outputs(x)
    for chosen in ([0, 3], [1], [2, 4], [4, 0]):
        np.testing.assert_allclose(only_members(network, chosen)(x), each[:, chosen].mean(1), rtol=1e-6, atol=1e-6)
    assert not any(isinstance(layer, Branches) for layer in only_members(network, [1]).layers)
    changed = x.copy()
    changed[:, [1, 2]] = 0.5
    for ensemble in (Ensemble([network]), Ensemble([network, members[3]])):
        np.testing.assert_allclose(
            ensemble.switch(x)([1, 2], np.array([0.5, 0.5])), ensemble(changed), rtol=1e-5, atol=1e-6
        )
        assert np.abs(ensemble(changed) - ensemble(x)).max() > 1e-2
    both = Ensemble([network]).work
    assert both > max(Ensemble([only_members(network, part)]).work for part in ([0, 1], [2, 3, 4]))


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    rng = np.random.default_rng(4)
    x = awkward_table(rng)
    network = merge(crowd(rng, x, "softmax"), x, EPSILON * x.var(0).min())
    path = tmp_path_factory.mktemp("saved") / "model.keras"
    write_model(network, {}, path)
    return network, x, path


def test_a_file_holds_the_network_and_stock_keras_agrees(saved):
    import keras

    network, x, path = saved
    again = read_model(path).network
    np.testing.assert_array_equal(again(x), network(x))
    np.testing.assert_allclose(keras.saving.load_model(path)(x).numpy(), network(x), atol=1e-5)


def changed_config(path, target, change):
    """A copy of a model file with another config.json."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    change({layer["config"]["name"]: layer for layer in config["config"]["layers"]}, config["config"])
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {**members, "config.json": json.dumps(config).encode()}.items():
            archive.writestr(name, content)
    return target


def feed(layer, source, position=0):
    fed = layer["inbound_nodes"][0]["args"][0]
    (fed[position] if isinstance(fed, list) else fed)["config"]["keras_history"][0] = source


CHANGES = {
    "axis": lambda by, _: by["side_by_side"]["config"].update(axis=2),
    "another join": lambda by, _: by["side_by_side"].update(class_name="Add"),
    "one branch twice": lambda by, _: feed(by["side_by_side"], "activation_2"),
    "a circle": lambda by, _: feed(by["dense_1"], "activation_1"),
    "a branch that jumps": lambda by, _: feed(by["dense_2"], "input_normalization"),
    "the output inside": lambda by, inner: inner["output_layers"].__setitem__(0, "dense_1"),
}


@pytest.mark.parametrize("change", list(CHANGES))
def test_any_other_graph_is_refused_and_never_hangs(saved, tmp_path, change):
    with pytest.raises(ModelFileError, match=r"layer|output"):
        read_model(changed_config(saved[2], tmp_path / "model.keras", CHANGES[change]))


def test_the_copy_itself_is_read(saved, tmp_path):
    network, x, path = saved
    again = read_model(changed_config(path, tmp_path / "model.keras", lambda by, inner: None)).network
    np.testing.assert_array_equal(again(x), network(x))

"""Architectures: labels, weight counts as Keras counts them, and grids."""

from __future__ import annotations

import pytest

from bnfit.errors import UsageError
from bnfit.networks.architecture import ARMS, Architecture, grid, usual_size


def test_the_papers_winners_have_the_papers_weights():
    assert Architecture((6,), "tanh", "linear", "bn").weights(5) == 87
    assert Architecture((6, 6), "tanh", "linear", "zscore").weights(5) == 85


@pytest.mark.parametrize("arm", list(ARMS))
def test_weights_are_counted_as_keras_counts_them(arm):
    import keras

    settings, layers = ARMS[arm], [keras.Input((3,))]
    if settings.standardised:
        layers.append(keras.layers.Normalization(mean=[0, 0, 0], variance=[1, 1, 1]))
    if settings.input_norm:
        layers.append(keras.layers.BatchNormalization())
    for units in (4, 2):
        layers.append(keras.layers.Dense(units))
        if settings.hidden_norm:
            layers.append(keras.layers.BatchNormalization())
    model = keras.Sequential([*layers, keras.layers.Dense(2)])
    assert Architecture((4, 2), "relu", "linear", arm).weights(3, 2) == model.count_params()


def test_the_papers_grid_has_120_architectures_an_arm():
    made = grid((1, 2, 3, 4), (2, 3, 4, 5, 6), ("tanh", "relu", "sigmoid"), ("linear", "relu"), ("bn", "raw"))
    assert len(made) == len(set(made)) == 240


def test_values_given_twice_count_once():
    assert len(grid((1, 1), (2,), ("tanh", "tanh"), ("linear",), ("bn",))) == 1


@pytest.mark.parametrize(
    ("architecture", "label"),
    [(((6, 6), "tanh"), "6-6 tanh"), (((4,), "relu", "relu"), "4 relu, relu output")],
)
def test_labels(architecture, label):
    assert Architecture(*architecture).label == label


def test_what_starts_are_drawn_by_does_not_hang_on_how_a_label_reads():
    assert Architecture((6, 6), "tanh").key == "6-6 tanh"
    assert Architecture((4,), "relu", "relu").key == "4 relu > relu"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (((0,), "tanh"), "units must be one or more positive"),
        (((), "tanh"), "units must be one or more positive"),
        (((3,), "tahn"), "unknown activation 'tahn'"),
        (((3,), "tanh", "softmaxx"), "unknown output activation 'softmaxx'"),
        (((3,), "tanh", "linear", "nb"), "unknown arm 'nb'"),
    ],
)
def test_what_does_not_exist_is_refused(values, said):
    with pytest.raises(UsageError, match=said):
        Architecture(*values)


def test_an_empty_axis_is_refused():
    with pytest.raises(UsageError, match="at least one value"):
        grid((), (2,), ("tanh",), ("linear",), ("bn",))


def test_small_regressions_get_a_small_network():
    assert usual_size(109, classes=False) == (1, 16)
    assert usual_size(109, classes=True) == usual_size(5_000, classes=False) == (3, 64)
    assert usual_size(100_000, classes=True) == (2, 64)

"""Each activation of the table: in NumPy, in Keras and in training the same function, and what the table says of it."""

import warnings

import numpy as np
import pytest
from random_networks import awkward_table, far, in_float64, member

from bnfit.model.keras_export import to_keras
from bnfit.model.keras_import import build_network
from bnfit.networks.activations import ACTIVATION_FUNCTIONS, activations_for
from bnfit.networks.layers import Activation, Network
from bnfit.networks.linear_path import LinearModel, can_carry, carrying

Z = np.concatenate([np.linspace(-30, 30, 241), [-1e4, -100, 1e-8, -1e-8, 100, 1e4]])


@pytest.mark.parametrize("name", ACTIVATION_FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.slow
def test_it_is_the_function_of_keras(name, dtype):
    import keras

    z = Z.astype(dtype).reshape(-1, 13)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ours = Activation(name).forward(z)
    assert ours.dtype == dtype
    theirs = np.asarray(keras.activations.get(name)(z))
    np.testing.assert_allclose(ours, theirs, rtol=1e-6 if dtype == np.float32 else 1e-9, atol=np.finfo(dtype).eps)


@pytest.mark.slow
def test_each_one_of_hidden_layers_can_be_trained_and_no_other():
    from bnfit.population.program import ACTIVATIONS

    assert tuple(ACTIVATIONS) == activations_for("hidden")


@pytest.mark.parametrize("name", activations_for("hidden"))
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.slow
def test_it_is_the_function_that_is_trained(name, dtype):
    import tensorflow as tf

    from bnfit.population.program import ACTIVATIONS

    z = Z.astype(dtype)
    trained = ACTIVATIONS[name](tf.constant(z)).numpy()
    assert trained.dtype == dtype
    tolerance = 1e-6 if dtype == np.float32 else 1e-9
    np.testing.assert_allclose(Activation(name).forward(z), trained, rtol=tolerance, atol=np.finfo(dtype).eps)


@pytest.mark.parametrize("name", ACTIVATION_FUNCTIONS)
def test_its_slope_is_the_derivative(name):
    kept = Z[np.abs(Z) > 1e-3]
    z = kept[: len(kept) // 5 * 5].reshape(-1, 5)
    activation = Activation(name)
    for output in range(5):
        towards = np.zeros_like(z)
        towards[:, output] = 1
        numeric = np.zeros_like(z)
        for column, step in enumerate(1e-5 * np.eye(5)):
            rise = activation.forward(z + step) - activation.forward(z - step)
            numeric[:, column] = rise[:, output] / 2e-5
        np.testing.assert_allclose(activation.pull_back(towards, z), numeric, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", activations_for("hidden"))
@pytest.mark.slow
def test_it_survives_keras_and_back(name):
    rng = np.random.default_rng(1)
    x = awkward_table(rng)
    network = member(rng, x, activation=name)
    model = to_keras(network)
    assert far(model(x).numpy(), network(x)) < 1e-6
    again = read_back(model)
    names = [layer.name for layer in again.layers if isinstance(layer, Activation)]
    assert names == ([] if name == "linear" else [name])  # the reader drops what does nothing
    assert (again(x) == network(x)).all()


@pytest.mark.parametrize("place", ["output", "probabilities"])
def test_those_of_output_layers_survive_keras_and_back(place):
    rng = np.random.default_rng(2)
    x = awkward_table(rng)
    for name in activations_for(place):
        again = read_back(to_keras(member(rng, x, output=name, outputs=3)))
        ends = [layer.name for layer in again.layers[-1:] if isinstance(layer, Activation)]
        assert ends == ([] if name == "linear" else [name])


def read_back(model):
    """The network that bnfit's reader makes of a Keras model."""
    import json

    def weights(spec, shapes):
        return [np.asarray(array) for array in model.get_layer(spec.name).get_weights()[: len(shapes)]]

    return build_network(json.loads(model.to_json()), weights)


@pytest.mark.parametrize("name", activations_for("hidden"))
def test_the_linear_path_goes_through_it_where_the_table_says_so(name):
    rng = np.random.default_rng(3)
    x = awkward_table(rng)
    network = in_float64(Network(member(rng, x, units=(4, 3), activation=name).layers))
    units = ACTIVATION_FUNCTIONS[name].linear_units
    assert can_carry(network) == (units is not None)
    if units is None:
        return
    z = np.linspace(-5, 5, 101)
    passed = sum(s * Activation(name).forward(s * units.step * z) for s in units.signs) / units.step
    np.testing.assert_allclose(passed, z, rtol=1e-5, atol=1e-12)
    kernel = rng.normal(size=(x.shape[1], 1))
    mean, sd = x.mean(0), x.std(0)
    linear = LinearModel(kernel, rng.normal(size=1), mean, sd, ((x - mean) / sd @ kernel).std(0))
    assert far(carrying(network, linear, 0.7, 0.5)(x), 0.7 * network(x) + 0.5 * linear(x)) < 1e-5
    assert far(network(x), 0.7 * network(x) + 0.5 * linear(x)) > 0.01

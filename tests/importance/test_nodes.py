"""Hidden nodes: the values of `node_importances` are those that Keras gives when it is done by hand."""

import keras
import numpy as np
import pytest

from bnfit.importance.nodes import first_nodes_off, node_importances, normalised_layers, without_nodes
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network


def norm(rng, width):
    mean, gamma, beta = rng.normal(size=(3, width))
    return BatchNorm(gamma, beta, mean, rng.uniform(0.5, 2, width), 1e-3)


def dense(rng, i, o):
    return Dense(rng.normal(size=(i, o)), rng.normal(size=o))


def network(rng):
    before = (norm(rng, 3), dense(rng, 3, 4), norm(rng, 4), Activation("tanh"))
    return Network((*before, dense(rng, 4, 2), Activation("relu"), norm(rng, 2), dense(rng, 2, 1)))


NETWORK = network(np.random.default_rng(7))
X, Y = np.random.default_rng(8).normal(size=(20, 3)), np.random.default_rng(9).normal(size=(20, 1))


def in_keras():
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((3,), dtype="float64"),
            layers.BatchNormalization(dtype="float64"),
            layers.Dense(4, dtype="float64"),
            layers.BatchNormalization(dtype="float64"),
            layers.Activation("tanh", dtype="float64"),
            layers.Dense(2, dtype="float64"),
            layers.Activation("relu", dtype="float64"),
            layers.BatchNormalization(dtype="float64"),
            layers.Dense(1, dtype="float64"),
        ]
    )
    for stock, own in zip(model.layers, NETWORK.layers, strict=True):
        if isinstance(own, BatchNorm):
            stock.set_weights([own.gamma, own.beta, own.mean, own.variance])
        elif isinstance(own, Dense):
            stock.set_weights([own.kernel, own.bias])
    return model


def test_layers_with_a_normalisation_are_found_before_and_after_the_activation(rng):
    assert normalised_layers(NETWORK) == [(1, 2), (4, 6)]
    assert normalised_layers(Network((norm(rng, 3), dense(rng, 3, 4), Activation("tanh"), dense(rng, 4, 1)))) == []


def test_the_values_are_those_of_keras_by_hand():
    model = in_keras()
    found = node_importances(NETWORK, X, Y, X)
    assert [(n.layer, n.node) for n in found] == [(1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (2, 2)]
    errors = []
    for n in found:
        stock = model.layers[{1: 1, 2: 4}[n.layer]]
        kept = stock.get_weights()
        kernel, bias = (w.copy() for w in kept)
        kernel[:, n.node - 1], bias[n.node - 1] = 0, 0
        stock.set_weights([kernel, bias])
        off = np.asarray(model(X)) - Y
        stock.set_weights(kept)
        errors.append((np.square(off).mean(), abs(off.mean()), np.square(np.asarray(model(X)) - Y).mean()))
    assert np.ptp([e[0] for e in errors]) > 0.1, "the nodes differ, so the comparison can fail"
    np.testing.assert_allclose([(n.mspe_zero, n.mean_error_zero, n.mspe_intact) for n in found], errors, rtol=1e-9)


def test_raw_gamma_is_the_layers_and_calibrated_gamma_does_not_depend_on_how_a_node_is_scaled():
    found = node_importances(NETWORK, X, Y, X)
    assert [n.gamma_raw for n in found[:4]] == pytest.approx(np.abs(NETWORK.layers[2].gamma))
    gamma, factor = NETWORK.layers[6], np.array([5.0, 0.2])
    scaled = BatchNorm(gamma.gamma * factor, gamma.beta * factor, gamma.mean, gamma.variance, gamma.epsilon)
    last = Dense(NETWORK.layers[7].kernel / factor[:, None], NETWORK.layers[7].bias)
    same = node_importances(Network((*NETWORK.layers[:6], scaled, last)), X, Y, X)
    assert [n.gamma_raw for n in same[4:]] != pytest.approx([n.gamma_raw for n in found[4:]])
    assert [n.gamma for n in same] == pytest.approx([n.gamma for n in found])


def test_calibrated_gamma_of_the_last_hidden_layer_is_gamma_times_its_outgoing_weight():
    found = node_importances(NETWORK, X, Y, X)
    expected = np.abs(NETWORK.layers[6].gamma * NETWORK.layers[7].kernel[:, 0])
    assert [n.gamma for n in found[4:]] == pytest.approx(expected)


def test_switching_a_node_off_leaves_the_network_itself_as_it_was():
    before = NETWORK.layers[1].kernel.copy()
    changed = without_nodes(NETWORK, 1, [2])
    assert not changed.layers[1].kernel[:, 2].any()
    np.testing.assert_array_equal(NETWORK.layers[1].kernel, before)


def test_nodes_that_stay_off_are_off_together():
    found, alone = first_nodes_off(NETWORK, X, Y), node_importances(NETWORK, X, Y, X)
    assert len(found) == len(alone) == 6
    for first in (0, 4):
        assert found[first] == pytest.approx((alone[first].mspe_zero, alone[first].mean_error_zero))
    together = without_nodes(NETWORK, normalised_layers(NETWORK)[0][0], [0, 1])(X) - Y
    assert found[1] == pytest.approx((np.square(together).mean(), abs(together.mean())))
    assert found[1] != pytest.approx((alone[1].mspe_zero, alone[1].mean_error_zero))

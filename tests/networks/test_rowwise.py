"""Networks in float64 by blocks of one size: every row gets the same bits alone and among others."""

import numpy as np
import pytest
from random_networks import EPSILON, awkward_table, in_float64, member, table

from bnfit.networks import rowwise
from bnfit.networks.layers import Dense, KerasLayer, LayerNorm, Network
from bnfit.networks.merge import merge
from bnfit.networks.rowwise import Rowwise

ACTIVATIONS = ["tanh", "relu", "silu", "sigmoid", "selu"]


def network_of(rng, x, activation, output="linear", outputs=1, units=(24, 24), count=3):
    return merge([member(rng, x, "bn", units, activation, output, outputs) for _ in range(count)], x, EPSILON)


def branched(rng, x):
    """Members of two architectures, one with a LayerNorm."""
    parts = [member(rng, x, "bn-input", (16, 16), "silu") for _ in range(2)]
    norm = LayerNorm(rng.normal(size=16).astype(np.float32), rng.normal(size=16).astype(np.float32), 1e-3, 4)
    with_norm = [Network((*p.layers[:2], norm, *p.layers[2:])) for p in parts]
    return merge([*parts, *with_norm], x, EPSILON)


def networks(rng, x):
    found = [network_of(rng, x, activation) for activation in ACTIVATIONS]
    found += [network_of(rng, x, "tanh", "softmax", 4), network_of(rng, x, "relu", "sigmoid", units=(7,), count=1)]
    return [*found, branched(rng, x)]


@pytest.mark.parametrize("block", [1 << 9, 1 << 16])
def test_a_row_has_the_same_bits_alone_and_among_others_in_any_order(rng, monkeypatch, block):
    monkeypatch.setattr(rowwise, "BLOCK", block)
    x = awkward_table(rng, 700)
    for network in networks(rng, x):
        predict = Rowwise(network)
        whole, order = predict(x), rng.permutation(700)
        assert np.ptp(whole, axis=0).min() > 1e-3
        assert (predict(x[order]) == whole[order]).all()
        for size in (1, 3, 64, 699):
            some = slice(0, 10 * size)
            pieces = [predict(x[some][i : i + size]) for i in range(0, len(x[some]), size)]
            assert (np.concatenate(pieces) == whole[some]).all()


def test_outputs_are_those_of_the_weights_in_float64(rng):
    x = table(rng, 300)
    for network in networks(rng, x)[:-1]:
        exact = in_float64(network).outputs(x)
        assert np.abs(network.outputs(x) - exact).max() > 1e-9, "float32 must differ"
        np.testing.assert_allclose(Rowwise(network)(x), exact, rtol=1e-12, atol=1e-13)


def test_every_block_has_the_number_of_rows_that_suits_the_widest_layer():
    seen = []

    def count(x):
        seen.append(len(x))
        return x

    wide = Dense(np.eye(2, 1000), np.zeros(1000))
    predict = Rowwise(Network((wide, KerasLayer("count", count, lambda slope, _: slope))))
    for rows in (0, 1, 63, 64, 65, 200):
        assert predict(np.ones((rows, 2))).shape == (rows, 1000)
    assert set(seen) == {64}
    assert len(seen) == 1 + 1 + 1 + 1 + 2 + 4

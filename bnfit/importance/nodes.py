"""Importance of hidden nodes: the γ of their normalisation, and the error without them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import UsageError
from bnfit.evaluation.metrics import mean
from bnfit.networks.gamma import GAMMA_ROWS, rows_for_slopes
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network
from bnfit.results.explanation import NodeImportance
from bnfit.schema.dataset import encode_test_rows

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.table.source import Source


def normalised_layers(network: Network) -> list[tuple[int, int]]:
    """Find each hidden Dense that a BatchNorm follows, also after its activation: the positions of both."""
    layers, found = network.layers, []
    for position, layer in enumerate(layers[:-1]):
        after = position + 1 + isinstance(layers[position + 1], Activation)
        if isinstance(layer, Dense) and after < len(layers) - 1 and isinstance(layers[after], BatchNorm):
            found.append((position, after))
    return found


def node_importances(
    network: Network, x: Floats, y: Floats, sample: Floats, weight: Floats | None = None
) -> tuple[NodeImportance, ...]:
    """Switch each normalised hidden node off in turn: its incoming weights and its bias become 0.

    Args:
        network: any network; hidden layers without a BatchNorm are passed over.
        x: raw columns (n, k) of the test rows.
        y: their targets (n, o).
        sample: raw columns (m, k) that γ is calibrated on.
        weight: weight of each test row (n,); None for equal ones.
    """
    intact = _errors(network, x, y, weight)[0]
    out = []
    for number, (dense, norm) in enumerate(normalised_layers(network), 1):
        raw, gamma = _gammas(network, norm, rows_for_slopes(network, sample, GAMMA_ROWS))
        for node in range(len(raw)):
            squared, shift = _errors(without_nodes(network, dense, [node]), x, y, weight)
            out.append(NodeImportance(number, node + 1, float(gamma[node]), float(raw[node]), intact, squared, shift))
    return tuple(out)


def first_nodes_off(network: Network, x: Floats, y: Floats) -> list[tuple[float, float]]:
    """Measure MSE and |mean error| with nodes 1 to j of a normalised layer off, for every j of every layer.

    That is what a loop measures that sets the weights of one node after the other to 0 and never puts them back.
    """
    return [
        _errors(without_nodes(network, dense, range(node + 1)), x, y, None)
        for dense, norm in normalised_layers(network)
        for node in range(len(_gamma_of(network, norm)))
    ]


def without_nodes(network: Network, position: int, nodes: Sequence[int]) -> Network:
    """Set the incoming weights and the bias of some nodes of the Dense at a position to 0."""
    dense = network.layers[position]
    assert isinstance(dense, Dense)
    kernel, bias = dense.kernel.copy(), dense.bias.copy()
    kernel[:, list(nodes)], bias[list(nodes)] = 0, 0
    off = replace(dense, kernel=kernel, bias=bias)
    return Network((*network.layers[:position], off, *network.layers[position + 1 :]))


def _gammas(network: Network, position: int, sample: Floats) -> tuple[Floats, Floats]:
    """Return |γ| of the BatchNorm at a position: raw, and calibrated by the RMS slope of the output behind it."""
    raw = np.abs(_gamma_of(network, position).astype(np.float64))
    slope = np.sqrt(np.square(network.slopes(sample, position + 1)).mean(axis=(0, 1)))
    return raw, raw * slope


def _gamma_of(network: Network, position: int) -> Floats:
    norm = network.layers[position]
    assert isinstance(norm, BatchNorm)
    return norm.gamma


def _errors(predict: Callable[[Floats], Floats], x: Floats, y: Floats, weight: Floats | None) -> tuple[float, float]:
    """Return the mean squared error, and |mean error| (averaged over outputs)."""
    errors = predict(x) - y
    shift = np.abs(np.average(errors, axis=0, weights=weight)).mean()
    return mean(np.square(errors).mean(1), weight), float(shift)


def node_table(model: Model, source: Source) -> tuple[NodeImportance, ...]:
    """Measure the hidden nodes of a loaded model on a table with the target.

    Raises:
        UsageError: no hidden layer is normalised.
        DataError: the table lacks a column or holds what the model cannot take.
    """
    if not normalised_layers(model.network):
        raise UsageError(
            "no hidden layer of this model has a BatchNormalization",
            "train with `arm=bn` `members=1`: averaging members folds it into the weights",
        )
    dataset, _ = encode_test_rows(model.schema, source)
    return node_importances(model.network, dataset.x, dataset.y, dataset.x, dataset.weight)

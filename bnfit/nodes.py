"""What the hidden nodes of a network matter: the γ of their normalisation, and the error without them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.errors import UsageError
from bnfit.inference import Activation, BatchNorm, Dense, Network
from bnfit.metrics import mean
from bnfit.results import NodeImportance

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.sources import Source

Floats = NDArray[np.floating]

GAMMA_ROWS = 20_000
"""Rows that γ is calibrated on, at most, evenly spread."""


def normalised_layers(network: Network) -> list[tuple[int, int]]:
    """Positions of each hidden Dense that a BatchNorm follows, also after its activation, and of the BatchNorm."""
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
        x: raw columns (n, k) of rows to judge on.
        y: their targets (n, o).
        sample: raw columns (m, k) to average the slope over that calibrates γ.
        weight: how much each row counts (n,).
    """
    intact = _errors(network, x, y, weight)[0]
    out = []
    for number, (dense, norm) in enumerate(normalised_layers(network), 1):
        raw, gamma = _gammas(network, norm, sample[:: max(1, len(sample) // GAMMA_ROWS)])
        for node in range(len(raw)):
            squared, shift = _errors(without_node(network, dense, node), x, y, weight)
            out.append(NodeImportance(number, node + 1, float(gamma[node]), float(raw[node]), intact, squared, shift))
    return tuple(out)


def without_node(network: Network, position: int, node: int) -> Network:
    """The network with the incoming weights and the bias of one node of the Dense at a position set to 0."""
    dense = network.layers[position]
    assert isinstance(dense, Dense)
    kernel, bias = dense.kernel.copy(), dense.bias.copy()
    kernel[:, node], bias[node] = 0, 0
    off = replace(dense, kernel=kernel, bias=bias)
    return Network((*network.layers[:position], off, *network.layers[position + 1 :]))


def _gammas(network: Network, position: int, sample: Floats) -> tuple[Floats, Floats]:
    """|γ| of the BatchNorm at a position as it is, and calibrated: times the RMS slope of the output behind it."""
    norm = network.layers[position]
    assert isinstance(norm, BatchNorm)
    raw = np.abs(norm.gamma.astype(np.float64))
    slope = np.sqrt(np.square(network.jacobian(sample, position + 1)).mean(axis=(0, 1)))
    return raw, raw * slope


def _errors(predict: Callable[[Floats], Floats], x: Floats, y: Floats, weight: Floats | None) -> tuple[float, float]:
    """Mean squared error, and |mean error| (averaged over outputs)."""
    off = predict(x) - y
    shift = np.abs(np.average(off, axis=0, weights=weight)).mean()
    return mean(np.square(off).mean(1), weight), float(shift)


def node_table(model: Model, source: Source) -> tuple[NodeImportance, ...]:
    """The hidden nodes of a loaded model, judged on a table with the target.

    Raises:
        UsageError: no hidden layer is normalised.
        DataError: the table lacks a column or holds what the model cannot take.
    """
    from bnfit.preparing import judged

    if not normalised_layers(model.network):
        raise UsageError(
            "no hidden layer of this model has a BatchNormalization",
            "train with --arm bn --members 1: averaging members folds it into the weights",
        )
    rows = judged(model.schema, source)
    return node_importances(model.network, rows.x, rows.y, rows.x, rows.weight)

"""Outputs in float64, of each row the same bits whatever rows stand beside it.

A matrix product may sum in another order when it gets another number of rows, and the rows that its tiles leave over
in another order than the rest. So every product here is of a block with one number of rows, whole tiles, which a
network's width decides; what is too short is filled up.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.networks.layers import BatchNorm, Branches, Layer, Network, Normalization

BLOCK = 1 << 16
"""Numbers of the widest activation in a block: half a megabyte, so that a layer's input and output stay in cache."""
MOST_ROWS = 2048
"""Rows of a block, at most: a single row costs as much as a block."""
TILE = 32
"""Rows of a block come in so many: products with multiples of 8 rows were seen to sum alike in every row."""


class Rowwise:
    """A network that computes in float64, each row by itself.

    Args:
        network: any network; a layer that only Keras can run computes as it does there.
    """

    def __init__(self, network: Network) -> None:
        self._network = Network(tuple(map(in_float64, network.layers)))
        self._rows = min(MOST_ROWS, max(TILE, BLOCK // network.width() // TILE * TILE))

    def __call__(self, x: Floats) -> Floats:
        """Compute the outputs (n, o) in float64 for raw columns x (n, k)."""
        full = len(x) - len(x) % self._rows
        blocks = [self._network.forward(x[i : i + self._rows]) for i in range(0, full, self._rows)]
        if full < len(x) or not len(x):
            blocks.append(self._network.forward(self._filled(x[full:]))[: len(x) - full])
        return np.concatenate(blocks)

    def _filled(self, x: Floats) -> Floats:
        """Fill up a short block (n, k) to the rows of a whole one."""
        block = np.empty((self._rows, x.shape[1]))
        block[: len(x)] = x
        block[len(x) :] = x[-1] if len(x) else 0.0
        return block


def affine(layer: BatchNorm | Normalization) -> tuple[Floats, Floats, Floats]:
    """Return mean, scale and shift (k,) in float64 of a normalisation, (x - mean) * scale + shift."""
    wide = in_float64(layer)
    if isinstance(wide, BatchNorm):
        return wide.mean, wide.scale() * wide.gamma, wide.beta
    assert isinstance(wide, Normalization)
    return wide.mean, wide.scale(), np.zeros(len(wide.mean))


def in_float64(layer: Layer) -> Layer:
    """Return the layer with all its arrays in float64."""
    if isinstance(layer, Branches):
        return Branches(tuple(tuple(map(in_float64, branch)) for branch in layer.branches))
    values: dict[str, Any] = {field.name: getattr(layer, field.name) for field in fields(layer)}
    widened: dict[str, Any] = {k: v.astype(float) for k, v in values.items() if isinstance(v, np.ndarray)}
    return replace(layer, **widened)

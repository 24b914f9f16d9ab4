"""A model as plain values that a page computes with: its layers, in float64, and how a cell becomes numbers."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.model.model import Model
from bnfit.networks.contributions import STEPS, SURE
from bnfit.networks.layers import (
    Activation,
    BatchNorm,
    Branches,
    Dense,
    Layer,
    LayerNorm,
    MemberDense,
    MemberMean,
    Normalization,
    Reshape,
    flat,
)
from bnfit.networks.rowwise import affine
from bnfit.schema.categories import MISSING, UNSEEN, one_hot
from bnfit.schema.schema import column_positions
from bnfit.schema.types import Column

MOST_BYTES = 1_200_000
"""Of the weights in a page, as base64."""


def live_model(model: Model) -> dict[str, Any] | None:
    """Return the model as values for JSON; None where its weights are too many, or only Keras can run a layer.

    Nothing of it is of a single row: columns have quantiles, the levels that have a matrix column, and means.
    """
    if model.metadata.means is None:
        return None
    layers = [_layer(layer) for layer in model.network.layers]
    if None in layers or sum(map(_size, flat(model.network.layers))) > MOST_BYTES:
        return None
    positions = column_positions(model.schema)
    return {
        "target": model.schema.target.name,
        "classes": list(model.schema.classes),
        "emphasis": list(model.schema.emphasis),
        "columns": [_column(c, where) for c, where in zip(model.schema.inputs, positions, strict=True)],
        "means": list(model.metadata.means),
        "layers": layers,
        "steps": STEPS,
        "sure": SURE,
    }


def _size(layer: Layer) -> int:
    """Return the bytes of a layer's arrays as base64."""
    arrays = [value for value in vars(layer).values() if isinstance(value, np.ndarray)]
    return sum(4 * (array.nbytes + 2) // 3 for array in arrays)


def _column(column: Column, positions: list[int]) -> dict[str, Any]:
    """Return what a page asks for a column, and how that becomes the numbers at its positions."""
    known = column.distribution
    values: dict[str, Any] = {"name": column.name, "kind": column.kind, "width": len(positions)}
    if column.kind == "category":
        rows = one_hot(np.r_[np.arange(len(column.levels)), MISSING, UNSEEN], column)
        shares = [] if known is None else list(known.shares[: len(column.levels)])
        return values | {"levels": list(column.levels), "rows": rows.tolist(), "shares": shares}
    points = list(known.points) if known is not None and known.points else list(column.span)
    return values | {
        "fill": list(column.fill),
        "missing": column.missing,
        "parts": list(column.parts),
        "clock": column.order == "clock",
        "low": points[0] if points else None,
        "high": points[-1] if points else None,
        "middle": points[len(points) // 2] if points else None,
    }


def _layer(layer: Layer) -> dict[str, Any] | None:
    """Return a layer as plain values; None for one that only Keras can run."""
    if isinstance(layer, BatchNorm | Normalization):
        mean, scale, shift = map(_packed, affine(layer))
        return {"type": "affine", "mean": mean, "scale": scale, "shift": shift}
    if isinstance(layer, LayerNorm):
        arrays = {"gamma": _packed(layer.gamma), "beta": _packed(layer.beta)}
        return {"type": "layernorm", **arrays, "epsilon": layer.epsilon, "groups": layer.groups or 1}
    if isinstance(layer, Dense | MemberDense):
        kind = "dense" if isinstance(layer, Dense) else "members"
        return {"type": kind, "kernel": _packed(layer.kernel), "bias": _packed(layer.bias)}
    if isinstance(layer, Activation):
        return {"type": "activation", "name": layer.name}
    if isinstance(layer, Reshape):
        return {"type": "reshape", "shape": list(layer.shape)}
    if isinstance(layer, Branches):
        branches = [[_layer(inner) for inner in branch] for branch in layer.branches]
        return None if any(None in branch for branch in branches) else {"type": "branches", "branches": branches}
    return {"type": "mean"} if isinstance(layer, MemberMean) else None


def _packed(values: Floats) -> dict[str, Any]:
    """Return an array as its shape and the base64 of its little-endian numbers, which keep their size."""
    kind = "<f4" if values.dtype == np.float32 else "<f8"
    data = base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode()
    return {"shape": list(values.shape), "size": int(kind[-1]), "data": data}

"""What `bnfit.json` says beside the schema, checked before use: a model file may come from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bnfit.errors import ModelFileError
from bnfit.inference import BatchNorm, Dense, Network, Normalization
from bnfit.schema import Schema

GAMMA_SHAPES = {"gamma": 1, "gammas": 2, "raws": 2, "sd": 1}
"""Axes of each array that `bnfit.explaining.Gamma` holds; the last is that of the columns."""


def width(network: Network) -> int | None:
    """How many columns the network takes; None where only Keras knows."""
    first = network.layers[0]
    if isinstance(first, BatchNorm | Normalization):
        return len(first.mean)
    return first.kernel.shape[0] if isinstance(first, Dense) else None


def outputs(network: Network, columns: int) -> int:
    """How many numbers the network puts out for a row of so many columns."""
    return int(network(np.zeros((1, columns))).shape[1])


def check_facts(facts: Mapping[str, Any], schema: Schema, network: Network) -> None:
    """Refuse facts that are not of the form that bnfit writes, or go with another network.

    Args:
        facts: the content of `bnfit.json`; what it does not say is not missed here.
        schema: the schema that it holds.
        network: the network beside it.

    Raises:
        ModelFileError: naming what is damaged.
    """
    encoded, columns = len(schema.features), len(schema.inputs)
    found = width(network)
    wanted = len(schema.classes) if schema.task == "multiclass" else 1
    if (found is not None and found != encoded) or outputs(network, encoded) != wanted:
        raise ModelFileError("the network does not fit the schema beside it", "copy or save the file again")
    checks: dict[str, Callable[[Any], bool]] = {
        "means": lambda said: isinstance(said, list) and _finite(said, 1, encoded),
        "fit": lambda said: _whole(said["seed"]),
        "members": lambda said: _folds(said["folds"], network),
        "rows": _rows,
        "gamma": lambda said: all(_finite(v, GAMMA_SHAPES[name], columns) for name, v in said.items()),
        "errors": lambda said: _whole(said["count"]) and said["count"] >= len(said["sizes"]) > 0 and _rising(said),
    }
    for name, check in checks.items():
        if name in facts and not _holds(check, facts[name]):
            raise ModelFileError(f"'{name}' in bnfit.json is damaged", "copy or save the file again")


def _holds(check: Callable[[Any], bool], said: Any) -> bool:
    try:
        return check(said)
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        return False


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def _finite(values: Any, axes: int, columns: int) -> bool:
    array = np.array(values, float)
    return array.ndim == axes and array.shape[-1] == columns and bool(np.isfinite(array).all())


def _rising(said: Any) -> bool:
    sizes = np.array(said["sizes"], float)
    return sizes.ndim == 1 and bool(np.isfinite(sizes).all() and sizes[0] >= 0 and (np.diff(sizes) >= 0).all())


def _folds(folds: Any, network: Network) -> bool:
    """Whether there is a fold for each member that the network holds, or none at all."""
    return isinstance(folds, list) and all(map(_whole, folds)) and len(folds) in (0, network.members())


def _rows(said: Any) -> bool:
    keys, folds = (base64.b64decode(said.get(name, ""), validate=True) for name in ("keys", "folds"))
    return len(keys) % 8 == 0 and len(keys) == 4 * len(folds)

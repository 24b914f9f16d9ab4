"""Models that bnfit did not make: the table says what their columns are called, and which one they predict."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bnfit.errors import DataError, UsageError
from bnfit.facts import outputs, width
from bnfit.inference import Activation, Network
from bnfit.model import FORMAT, Model
from bnfit.modelfile import read_model
from bnfit.network import input_layer
from bnfit.results import Explanation
from bnfit.schema import Column, Schema, SchemaOptions, infer_schema
from bnfit.sources import Source

PROBABILITIES = ("sigmoid", "softmax")


def foreign_model(
    path: str | os.PathLike[str],
    source: Source,
    target: str,
    *,
    features: Sequence[str] = (),
    drop: Sequence[str] = (),
    trust: bool = False,
) -> Model:
    """Read a Keras model and make of it, with a table, what the pipeline can explain.

    Args:
        path: the model file; `.h5` files and layers that bnfit does not have need `trust`.
        source: a table with numbers for the model's columns, in the model's order, and the target.
        target: the column that the model predicts.
        features: the model's columns in the model's order; none for all but the target, in the table's order.
        drop: columns to leave out where no features are named.
        trust: let Keras load the file, which may run code from it.

    Raises:
        UsageError: bnfit made the model, so its file says all this.
        ModelFileError: it cannot be read.
        DataError: the table does not fit the model.
    """
    read = read_model(path, trust=trust)
    if "schema" in read.facts:
        raise UsageError(f"'{path}' says itself which columns it takes", "leave --target, --features and --drop out")
    network = read.network
    schema = _schema(network, source, target, features, drop)
    encoded = schema.encode(source.rows(schema.labelled(source.frame, source.place)).frame)
    for name, cells in encoded.filled.items():
        raise DataError(f"{cells} cells of '{name}' are empty, and the model says nothing of missing values")
    return Model(network, schema, _facts(network, encoded.x))


def of_unknown_origin(result: Explanation, source: Source) -> Explanation:
    """The explanation of a foreign model, without the claim that it never saw the rows, which nobody knows."""
    name = source.name or "the table"
    origin = f"all {result.rows} rows of {name}; whether the model was trained on any of them is not known"
    return replace(result, origin=origin)


def _facts(network: Network, x: Any) -> dict[str, Any]:
    """What `bnfit.json` would say, as far as it is needed: the means, and γ as the file has it."""
    found = input_layer(network)
    gamma = {} if found is None else {"raws": [np.abs(found[1].gamma).astype(float).tolist()]}
    return {"format": FORMAT, "fit": {"seed": 0}, "means": x.mean(0).tolist(), "gamma": gamma}


def _schema(network: Network, source: Source, target: str, features: Sequence[str], drop: Sequence[str]) -> Schema:
    frame = source.frame.rename(columns=str)
    for name in (target, *features, *drop):
        if name not in frame.columns:
            raise DataError(f"column '{name}' not found in {source.name or 'the table'}")
    names = list(features) or [str(c) for c in frame.columns if c != target and c not in drop]
    taken = width(network)
    if taken is not None and taken != len(names):
        raise DataError(
            f"the model takes {taken} columns, and these are {len(names)}: {', '.join(names[:12])}",
            "name the model's columns in its order with --features",
        )
    options = SchemaOptions(types=dict.fromkeys(names, "number"), task=_task(network))
    found = infer_schema(frame[[*names, target]], target, options, source.place)
    needed = len(found.classes) if found.task == "multiclass" else 1
    if outputs(network, len(names)) != needed:
        raise DataError(
            f"the model puts out {outputs(network, len(names))} numbers a row, and '{target}' needs {needed}"
        )
    by_name = {column.name: column for column in found.columns}
    return replace(found, columns=(*(_input(by_name[name]) for name in names), found.target))


def _input(column: Column) -> Column:
    """The column as an input, whatever was thought of it: the model takes it."""
    if column.kind not in ("number", "constant"):
        raise DataError(f"column '{column.name}' holds no numbers, and the model takes numbers")
    return replace(column, kind="number", use="input", reason="", fill=column.fill or (0.0,), missing=False)


def _task(network: Network) -> str:
    """Classes where the output layer makes probabilities."""
    last = network.layers[-1]
    return "classification" if isinstance(last, Activation) and last.name in PROBABILITIES else "regression"

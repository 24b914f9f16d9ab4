"""Models that bnfit did not make: the table gives the names of their columns, and the target."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import DataError, UsageError
from bnfit.model.archive import read_model
from bnfit.model.metadata import GammaValues, Metadata
from bnfit.model.metadata_checks import outputs, width
from bnfit.model.model import Model
from bnfit.networks.architecture import PROBABILITY_ACTIVATIONS
from bnfit.networks.layers import Activation, Network
from bnfit.networks.positions import input_layer
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.types import Column, SchemaOptions
from bnfit.table.source import Source


def foreign_model(
    path: str | os.PathLike[str],
    source: Source,
    target: str,
    *,
    features: Sequence[str] = (),
    drop: Sequence[str] = (),
    trust: bool = False,
) -> Model:
    """Read a Keras model, and take from a table the schema that it lacks.

    Args:
        path: the model file; `.h5` files and layers that bnfit does not have need `trust`.
        source: a table with numbers for the model's columns, in the model's order, and the target.
        target: the column that the model predicts.
        features: the model's columns in its order; none for all but the target, in the table's order.
        drop: columns to leave out where no features are named.
        trust: let Keras load the file, which may run code from it.

    Raises:
        UsageError: bnfit made the model, so its file says all this.
        ModelFileError: it cannot be read.
        DataError: the table does not fit the model.
    """
    read = read_model(path, trust=trust)
    if "schema" in read.document:
        raise UsageError(f"'{path}' says itself which columns it takes", "leave `target`, `features` and `drop` out")
    network = read.network
    schema = _schema(network, source, target, features, drop)
    encoded = schema.encode(source.rows(schema.labelled(source.frame, source.place)).frame)
    for name, cells in encoded.filled.items():
        raise DataError(f"{cells} cells of '{name}' are empty, and the model says nothing of missing values")
    return Model(network, schema, _metadata(network, encoded.x))


def _metadata(network: Network, x: Floats) -> Metadata:
    """Make what is needed of the metadata: the means of encoded rows x (n, k), and γ as the file has it."""
    found = input_layer(network)
    raws = None if found is None else (tuple(np.abs(found[1].gamma).astype(float).tolist()),)
    return Metadata(means=tuple(x.mean(0).tolist()), gamma=GammaValues(raws=raws))


def _schema(network: Network, source: Source, target: str, features: Sequence[str], drop: Sequence[str]) -> Schema:
    """Infer the schema of the table's columns that the network takes, and check that it fits the network."""
    frame = source.frame.rename(columns=str)
    for name in (target, *features, *drop):
        if name not in frame.columns:
            raise DataError(f"column '{name}' not found in {source.name or 'the table'}")
    names = list(features) or [str(c) for c in frame.columns if c != target and c not in drop]
    taken = width(network)
    if taken is not None and taken != len(names):
        raise DataError(
            f"the model takes {taken} columns, and these are {len(names)}: {', '.join(names[:12])}",
            "name the model's columns in its order with `features`",
        )
    options = SchemaOptions(types=dict.fromkeys(names, "number"), task=_task(network))
    schema = infer_schema(frame[[*names, target]], target, options, source.place, source.delimiter, source.words)
    needed = len(schema.classes) if schema.task == "multiclass" else 1
    if outputs(network, len(names)) != needed:
        raise DataError(
            f"the model puts out {outputs(network, len(names))} numbers a row, and '{target}' needs {needed}"
        )
    by_name = {column.name: column for column in schema.columns}
    return replace(schema, columns=(*(_input(by_name[name]) for name in names), schema.target))


def _input(column: Column) -> Column:
    """Make the column an input, whatever was inferred of its use: the model takes it."""
    if column.kind not in ("number", "constant"):
        raise DataError(f"column '{column.name}' holds no numbers, and the model takes numbers")
    return replace(
        column, kind="number", use="input", reason="", fill=column.fill or (0.0,), missing=False, left_out=None
    )


def _task(network: Network) -> str:
    """Return the task: a classification where the output layer makes probabilities."""
    last = network.layers[-1]
    return "classification" if isinstance(last, Activation) and last.name in PROBABILITY_ACTIVATIONS else "regression"

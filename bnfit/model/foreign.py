"""Models that bnfit did not make: the table gives the names of their columns, and the target."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import DataError, UsageError
from bnfit.model.archive import ModelFile, read_model
from bnfit.model.metadata import GammaValues, Metadata
from bnfit.model.metadata_checks import outputs, width
from bnfit.model.model import Model
from bnfit.networks.architecture import PROBABILITY_ACTIVATIONS
from bnfit.networks.layers import Activation, Network
from bnfit.networks.positions import input_layer
from bnfit.schema.infer import infer_schema
from bnfit.schema.profile import profile_column
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
    classes: Sequence[str] = (),
    trust: bool = False,
) -> Model:
    """Read a Keras model, and take from a table the schema that it lacks.

    Args:
        path: the model file; `.h5` files and layers that bnfit does not have need `trust`.
        source: a table with numbers for the model's columns, in the model's order, and the target.
        target: the column that the model predicts.
        features: the model's columns in its order; none for all but the target, in the table's order.
        drop: columns to leave out where no features are named.
        classes: the classes in the order of the model's outputs; none for their sorted order.
        trust: let Keras load the file, which may run code from it.

    Raises:
        UsageError: bnfit made the model, so its file says all this, or the classes are not those of the target.
        ModelFileError: it cannot be read.
        DataError: the table does not fit the model.
    """
    read = read_model(path, trust=trust)
    if "schema" in read.document:
        raise UsageError(f"'{path}' says itself which columns it takes", "leave `target`, `features` and `drop` out")
    columns = _columns(read.network, source, target, features, drop)
    network, notes = _with_probabilities(read, len(columns), source, target, classes)
    schema = _schema(network, source, target, columns)
    schema, more = _in_order(schema, outputs(network, len(columns)), classes)
    encoded = schema.encode(source.rows(schema.labelled(source.frame, source.place)).frame)
    for name, cells in encoded.filled.items():
        raise DataError(f"{cells} cells of '{name}' are empty, and the model says nothing of missing values")
    return Model(network, schema, _metadata(network, encoded.x), notes=(*notes, *more))


def _columns(
    network: Network, source: Source, target: str, features: Sequence[str], drop: Sequence[str]
) -> tuple[str, ...]:
    """Return the table's columns that the network takes, in its order."""
    found = [str(name) for name in source.frame.columns]
    for name in (target, *features, *drop):
        if name not in found:
            raise DataError(f"column '{name}' not found in {source.name or 'the table'}")
    names = tuple(features) or tuple(name for name in found if name != target and name not in drop)
    taken = width(network)
    if taken is not None and taken != len(names):
        raise DataError(
            f"the model takes {taken} columns, and these are {len(names)}: {', '.join(names[:12])}",
            "name the model's columns in its order with `features`",
        )
    return names


def _with_probabilities(
    read: ModelFile, columns: int, source: Source, target: str, classes: Sequence[str]
) -> tuple[Network, tuple[str, ...]]:
    """Return the network with the activation that makes probabilities of its logits, where it puts out logits.

    It does where its file says so, or where its outputs are several, or a class is to be predicted.
    """
    network = read.network
    if _makes_probabilities(network):
        return network, ()
    count = outputs(network, columns)
    words = profile_column(source.frame.rename(columns=str)[target]).form in ("text", "category", "boolean")
    if not (read.logits or count > 1 or words or classes):
        return network, ()
    activation = "softmax" if count > 1 else "sigmoid"
    why = "as its file says" if read.logits else "which nothing in its file says"
    note = f"the model's outputs are taken for logits, {why}: {activation} makes probabilities of them"
    return Network((*network.layers, Activation(activation))), (note,)


def _in_order(schema: Schema, count: int, classes: Sequence[str]) -> tuple[Schema, tuple[str, ...]]:
    """Put the classes in the order of the model's outputs, and check that there are as many."""
    target = schema.target
    absent = [name for name in schema.classes if classes and name not in classes]
    if absent or len(set(classes)) < len(classes):
        raise UsageError(
            f"`classes` names {', '.join(classes)}; the classes of '{target.name}' are {', '.join(schema.classes)}",
            "name each class once, in the order of the model's outputs",
        )
    names = tuple(classes) or schema.classes
    # two classes may have one output, the probability of the second, or two
    several = len(names) > 2 or count == 2
    needed = len(names) if names and several else 1
    if count != needed:
        raise DataError(f"the model puts out {count} numbers a row, and '{target.name}' needs {needed}")
    if not names:
        return schema, ()
    ordered = replace(target, levels=names) if target.kind == "category" else target
    if target.kind == "boolean" and names != schema.classes:
        ordered = replace(target, kind="category", levels=names)
    columns = tuple(ordered if column.use == "target" else column for column in schema.columns)
    shown = ", ".join(names[:12])
    assumed = f"the model's outputs are taken to be of the classes in this order: {shown}; `classes` states another"
    notes = () if classes else (assumed,)
    return replace(schema, columns=columns, classes=names, task="multiclass" if several else "binary"), notes


def _metadata(network: Network, x: Floats) -> Metadata:
    """Make what is needed of the metadata: the means of encoded rows x (n, k), and γ as the file has it."""
    found = input_layer(network)
    raws = None if found is None else (tuple(np.abs(found[1].gamma).astype(float).tolist()),)
    return Metadata(means=tuple(x.mean(0).tolist()), gamma=GammaValues(raws=raws))


def _schema(network: Network, source: Source, target: str, names: Sequence[str]) -> Schema:
    """Infer the schema of the table's columns that the network takes."""
    frame = source.frame.rename(columns=str)
    task = "classification" if _makes_probabilities(network) else "regression"
    options = SchemaOptions(types=dict.fromkeys(names, "number"), task=task)
    try:
        schema = infer_schema(frame[[*names, target]], target, options, source.place, source.delimiter, source.words)
    except DataError as error:  # whose advice is for training
        raise DataError(error.message, "correct the table, or name other columns", column=error.column) from error
    by_name = {column.name: column for column in schema.columns}
    return replace(schema, columns=(*(_input(by_name[name]) for name in names), schema.target))


def _input(column: Column) -> Column:
    """Make the column an input, whatever was inferred of its use: the model takes it."""
    if column.kind not in ("number", "constant"):
        raise DataError(f"column '{column.name}' holds no numbers, and the model takes numbers")
    return replace(
        column, kind="number", use="input", reason="", fill=column.fill or (0.0,), missing=False, left_out=None
    )


def _makes_probabilities(network: Network) -> bool:
    last = network.layers[-1]
    return isinstance(last, Activation) and last.name in PROBABILITY_ACTIVATIONS

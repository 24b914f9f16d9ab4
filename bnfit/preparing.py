"""From a table to what a population trains on: the schema, the matrices, the weights, what folds must respect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.errors import UsageError
from bnfit.resampling import Order
from bnfit.results import ColumnReport, SchemaReport, TableReport
from bnfit.schema import Schema, SchemaOptions, infer_schema
from bnfit.schema.roles import require_weight
from bnfit.schema.types import ROLES
from bnfit.sources import Source

if TYPE_CHECKING:
    from bnfit.population import Table

Floats = NDArray[np.floating]

BALANCED = "balanced"
OUTPUTS = {"binary": "sigmoid", "multiclass": "softmax"}
"""The output activation of each task that predicts classes."""
NAMED_COLUMNS = 10
COMPARED_ROWS, VARIED = 200_000, 0.5
"""Rows are compared with each other in tables up to this size; equal rows are copies where some column has a value of
its own in more than this share of the different rows."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table that have a target, as numbers.

    Attributes:
        x: columns (n, k).
        y: targets (n, o).
        weight: how much each row counts (n,), 1 on average; None for all alike.
        groups, times: see `bnfit.resampling.Order`.
        notes: what was left out or filled in.
    """

    x: Floats
    y: Floats
    weight: Floats | None
    groups: NDArray[np.int64] | None
    times: Floats | None
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Prepared:
    """A table that is ready to be trained on.

    Attributes:
        schema: what its columns are.
        table: its numbers, with the weight of each row's loss.
        weight: how much each row counts when errors are measured (n,); None for all alike.
        order: what folds must respect.
        report: what was found, for the user.
        notes: remarks for the user.
    """

    schema: Schema
    table: Table
    weight: Floats | None
    order: Order
    report: SchemaReport
    notes: tuple[str, ...]


def prepare(source: Source, target: str, options: SchemaOptions, class_weight: str | None) -> Prepared:
    """See `bnfit.pipeline.fit_table`."""
    schema = infer_schema(source.frame, target, options, source.place)
    if class_weight is not None:
        _check_class_weight(schema, class_weight)
    rows = encoded(schema, source)
    from bnfit.population import Table  # TensorFlow, after what can be wrong with the table
    from bnfit.predicting import LOSSES

    classes = None if schema.task == "regression" else class_numbers(rows.y)
    loss_weight = rows.weight if class_weight is None or classes is None else balanced(classes, rows.weight)
    return Prepared(
        schema,
        Table(rows.x, rows.y, LOSSES[schema.task], loss_weight),
        rows.weight,
        Order(len(rows.x), classes, rows.groups, rows.times),
        schema_report(schema, source),
        (*source.notes, *schema.warnings, *_left_out(schema), *rows.notes, *_copies(rows)),
    )


def inspect(source: Source, target: str, options: SchemaOptions) -> TableReport:
    """See `bnfit.pipeline.inspect_table`."""
    schema = infer_schema(source.frame, target, options, source.place)
    notes = (*source.notes, *schema.warnings)
    return TableReport(source.name, target, schema.task, schema.classes, schema_report(schema, source), notes)


def schema_report(schema: Schema, source: Source) -> SchemaReport:
    """What was found in a table."""
    columns = tuple(ColumnReport(**column) for column in schema.report())
    return SchemaReport(source.rows_read, source.rejected, columns)


def encoded(schema: Schema, source: Source, roles: tuple[str, ...] = ROLES) -> Rows:
    """The rows with a target, and with a weight where rows have weights.

    Args:
        schema: what the columns are.
        source: the table.
        roles: those of weight, group and time that matter.

    Raises:
        DataError: a column is missing, or a cell cannot be read.
    """
    from bnfit.predicting import target_matrix

    source = source.rows(schema.labelled(source.frame, source.place))
    weight = schema.role("weight", source.frame, source.place) if "weight" in roles else None
    column, notes = schema.column_for("weight"), []
    if weight is not None and column is not None and not weight.all():
        require_weight(column, weight)
        notes.append(f"{int((weight == 0).sum())} of {len(weight)} rows weigh nothing and are left out")
        source, weight = source.rows(weight > 0), weight[weight > 0]
    inputs = schema.encode(source.frame, source.place)
    notes += [f"{n} cells of '{name}' hold a level that training did not have" for name, n in inputs.unseen.items()]
    y = target_matrix(schema, schema.encode_target(source.frame, source.place))
    groups, times = (
        schema.role(role, source.frame, source.place) if role in roles else None for role in ("group", "time")
    )
    return Rows(inputs.x, y, None if weight is None else weight / weight.mean(), groups, times, tuple(notes))


def judged(schema: Schema, source: Source) -> Rows:
    """The rows of a table to measure a trained model on; their weights may be absent."""
    from bnfit.predicting import weights_there

    there, remark = weights_there(schema, source.frame)
    rows = encoded(schema, source, ("weight",) if there else ())
    return replace(rows, notes=(*rows.notes, *remark))


def class_numbers(y: Floats) -> NDArray[np.int64]:
    """The class of each row (n,) from 0/1 targets (n, o)."""
    return (y.argmax(1) if y.shape[1] > 1 else y[:, 0]).astype(np.int64)


def balanced(classes: NDArray[np.int64], weight: Floats | None) -> Floats:
    """Weights (n,), 1 on average, with which every class counts alike."""
    weight = np.ones(len(classes)) if weight is None else weight
    totals = np.bincount(classes, weight)
    return np.asarray(weight * (weight.sum() / ((totals > 0).sum() * totals[classes])))


def output_activations(task: str, asked: tuple[str, ...] | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    """What the output layer may do: for classes what makes probabilities, for numbers what was asked or is usual.

    Raises:
        UsageError: an output activation was asked for, but the target is a class.
    """
    if task not in OUTPUTS:
        return usual if asked is None else asked
    if asked is not None and asked != (OUTPUTS[task],):
        raise UsageError(
            f"output activation {', '.join(asked)} does not make probabilities, and the target is a class",
            "leave --output-activation out, or predict a number with --task regression",
        )
    return (OUTPUTS[task],)


def fold_notes(prepared: Prepared, folds: int) -> tuple[str, ...]:
    """What to know about the folds of these rows."""
    order, notes = prepared.order, []
    roles = {column.use: column.name for column in prepared.schema.columns}
    if order.groups is not None:
        notes.append(f"the {len(np.unique(order.groups))} groups of '{roles['group']}' stay together in a fold")
    if order.times is not None:
        notes.append(
            f"folds never look ahead in '{roles['time']}': each is judged by members trained on earlier rows only; "
            "the members of the saved model are trained on all rows"
        )
    elif order.classes is not None:
        counts = np.bincount(order.classes, minlength=len(prepared.schema.classes))
        notes += [
            f"class '{name}' has {count} row{'s' * (count != 1)}, fewer than the {folds} folds: some are judged without"
            for name, count in zip(prepared.schema.classes, counts.tolist(), strict=True)
            if count < folds
        ]
    return tuple(notes)


def _copies(rows: Rows) -> list[str]:
    """A remark on rows that equal another in all columns, where values vary so much that it is no chance.

    Copies in different folds let a member see the very row that it is judged on.
    """
    if rows.groups is not None or rows.times is not None or len(rows.x) > COMPARED_ROWS:
        return []
    import pandas as pd

    frame = pd.DataFrame(np.c_[rows.x, rows.y])
    copies = int(frame.duplicated().sum())
    if not copies or frame.drop_duplicates().nunique().max() < VARIED * (len(frame) - copies):
        return []
    return [
        f"{copies} of {len(frame)} rows are copies of others: members may have seen the rows that they are judged on; "
        "leave copies out, or name with --group what they belong to"
    ]


def _left_out(schema: Schema) -> list[str]:
    """The columns that were left out without being told to, some by name."""
    left = [c for c in schema.columns if c.use == "left out" and c.reason != "not asked for"]
    named = [f"column '{c.name}' left out: {c.kind}, {c.reason}" for c in left[:NAMED_COLUMNS]]
    return named + ([f"{len(left) - NAMED_COLUMNS} more columns left out"] if len(left) > NAMED_COLUMNS else [])


def _check_class_weight(schema: Schema, class_weight: str) -> None:
    """Raises: UsageError if it is unknown, or there are no classes."""
    if class_weight != BALANCED:
        raise UsageError(f"unknown class weight '{class_weight}'", f"choose {BALANCED}")
    if schema.task == "regression":
        raise UsageError(
            f"class weights need classes, and '{schema.target.name}' is a number", "--task classification makes classes"
        )

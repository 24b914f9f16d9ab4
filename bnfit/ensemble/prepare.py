"""Preparing a table: its schema, its rows as numbers, and remarks on both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bnfit.ensemble.repeated_rows import repeated_rows
from bnfit.errors import UsageError, one_a_kind
from bnfit.population.batches import BLOCK_ROWS, MIXED_BLOCKS, is_mixed_by_blocks
from bnfit.results.table import ColumnReport, SchemaReport, TableReport
from bnfit.schema.dataset import OUTPUTS, Dataset, encode_labelled
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.types import Column, LeftOut, SchemaOptions
from bnfit.table.source import Source

BALANCED = "balanced"
EMPHASISED = (
    "every class counts alike in training and where a row's class is decided on: it is the one with the largest "
    "probability relative to its share of the rows; the probabilities themselves are brought back to these shares"
)
UNEQUAL = 0.5
"""Share of the rows; that weights make so few of them count is told."""


@dataclass(frozen=True)
class Prepared:
    """A table that is ready to be trained on.

    Attributes:
        schema: its columns.
        dataset: its rows as numbers.
        report: the columns as they were understood, for the user.
        notes: remarks for the user.
        warnings: what puts the errors in doubt, the worst first.
    """

    schema: Schema
    dataset: Dataset
    report: SchemaReport
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def prepare(source: Source, target: str, options: SchemaOptions, class_weight: str | None = None) -> Prepared:
    """Infer the schema of a table and encode its rows.

    Args:
        source: the table.
        target: name of the column to predict.
        options: what is known about the columns; the rest is inferred.
        class_weight: "balanced": in training, every class counts alike.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit to train on.
    """
    schema = infer_schema(source.frame, target, options, source.place, source.delimiter, source.words)
    if class_weight is not None:
        _check_class_weight(schema, class_weight)
    dataset, notes = encode_labelled(schema, source)
    if class_weight is not None:
        dataset = dataset.balanced()
        schema = replace(schema, emphasis=() if dataset.emphasis is None else tuple(dataset.emphasis.tolist()))
        notes += (EMPHASISED,)
    notes += (*_unequal(dataset), *_mixed(dataset))
    return Prepared(
        schema,
        dataset.check_variation(),
        schema_report(schema, source),
        (*source.notes, *schema.notes, *_left_out(schema), *notes),
        (*schema.warnings, *repeated_rows(schema, dataset)),
    )


def inspect(source: Source, target: str, options: SchemaOptions) -> TableReport:
    """Report the columns of a table as training would take them; see `bnfit.ensemble.fit_table.inspect_table`."""
    schema = infer_schema(source.frame, target, options, source.place, source.delimiter, source.words)
    notes, report = (*source.notes, *schema.notes), schema_report(schema, source)
    return TableReport(source.name, target, schema.task, schema.classes, report, notes, schema.warnings)


def schema_report(schema: Schema, source: Source) -> SchemaReport:
    """Report the columns as they were understood."""
    columns = tuple(ColumnReport(**column) for column in schema.report())
    return SchemaReport(source.rows_read, source.rejected, columns)


def output_activations(task: str, asked: tuple[str, ...] | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Return the output activations to try: of classes the one that makes probabilities, else those asked for or usual.

    Raises:
        UsageError: an output activation was asked for, but the target is a class.
    """
    if task not in OUTPUTS:
        return usual if asked is None else asked
    if asked is not None and asked != (OUTPUTS[task],):
        raise UsageError(
            f"output activation {', '.join(asked)} does not make probabilities, and the target is a class",
            "leave `output_activation` out, or predict a number with `task=regression`",
        )
    return (OUTPUTS[task],)


def _unequal(dataset: Dataset) -> list[str]:
    """Remark on weights of which a few rows carry most: the number of equal ones that would be as sure (Kish, 1965)."""
    if dataset.weight is None:
        return []
    effective = float(dataset.weight.sum() ** 2 / np.square(dataset.weight).sum())
    if effective >= UNEQUAL * len(dataset.weight):
        return []
    return [f"weights: {len(dataset.weight)} rows tell as much as {effective:.3g} rows of equal weight would"]


def _mixed(dataset: Dataset) -> list[str]:
    """Remark on batches that are not of rows at random, since the table is too large for that."""
    rows, columns = dataset.x.shape
    if not is_mixed_by_blocks(rows, columns):
        return []
    size = f"{rows} rows of {columns} encoded columns"
    return [f"{size}: batches are of rows mixed within {MIXED_BLOCKS} blocks at random of {BLOCK_ROWS} rows each"]


def _left_out(schema: Schema) -> list[str]:
    """Name the columns that were left out without being told to, a sentence or two for each reason."""
    left: dict[LeftOut | None, list[tuple[str, str]]] = {}
    for c in schema.columns:
        if c.use == "left out" and c.left_out is not LeftOut.NOT_ASKED_FOR:
            sentence = f"column '{c.name}' left out: {c.kind}, {c.reason}{_way_back(c)}"
            left.setdefault(c.left_out, []).append((c.name, sentence))
    return [sentence for found in left.values() for sentence in one_a_kind(found)]


def _way_back(column: Column) -> str:
    """How to take a column that may after all be a quantity: nothing but its order says that it is none."""
    return f"; if it measures something, state `types={f'{column.name}=number'!r}`" * (
        column.left_out is LeftOut.ROW_NUMBER
    )


def _check_class_weight(schema: Schema, class_weight: str) -> None:
    """Raises: UsageError if it is unknown, or there are no classes."""
    if class_weight != BALANCED:
        raise UsageError(f"unknown class weight '{class_weight}'", f"choose {BALANCED}")
    if schema.task == "regression":
        raise UsageError(
            f"class weights need classes, and '{schema.target.name}' is a number", "`task=classification` makes classes"
        )

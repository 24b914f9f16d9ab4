"""What was found in a table: plain values, ready for any report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnReport:
    """What was found in one column and what is done with it; see `bnfit.schema.Column`."""

    name: str
    kind: str
    use: str
    reason: str


@dataclass(frozen=True)
class SchemaReport:
    """What was found in a table.

    Attributes:
        rows: rows that were read; with the rejected ones, all that the file has.
        rejected: rows that could not be read.
        columns: every column in the table's order.
    """

    rows: int
    rejected: int
    columns: tuple[ColumnReport, ...]


@dataclass(frozen=True)
class TableReport:
    """What a training would be about, found without one.

    Attributes:
        source: the table's name; empty for a data frame.
        target: the target column.
        task: "regression", "binary" or "multiclass".
        classes: the target's classes; empty for a regression.
        schema: what was found in the table.
        notes: remarks that a reader should know.
    """

    source: str
    target: str
    task: str
    classes: tuple[str, ...]
    schema: SchemaReport
    notes: tuple[str, ...] = ()

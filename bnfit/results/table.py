"""Report of a table: plain values, ready for any report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnReport:
    """One column as it was read.

    Attributes:
        name: the column's name.
        kind: what it holds, such as "number" or "category".
        use: what becomes of it, such as "input" or "left out".
        reason: why, in words.
    """

    name: str
    kind: str
    use: str
    reason: str


@dataclass(frozen=True)
class SchemaReport:
    """Columns and rows of a table.

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
    """Target, task and columns of a table, before any training.

    Attributes:
        source: the table's name; empty for a data frame.
        target: the target column.
        task: "regression", "binary" or "multiclass".
        classes: the target's classes; empty for a regression.
        schema: what was found in the table.
        notes: remarks that a reader should know.
        warnings: what puts the errors of a model in doubt, the worst first.
    """

    source: str
    target: str
    task: str
    classes: tuple[str, ...]
    schema: SchemaReport
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

"""Result of `predict`: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass, field

from bnfit.results.drift import ColumnDrift


@dataclass(frozen=True)
class OutsideColumn:
    """Cells of a column far beyond the values of training, or with a level that it did not have.

    Attributes:
        column: its name.
        rows: rows that hold such a cell.
        least: the least of these values; null for levels. Dates are texts.
        most: the greatest of these values; null for levels.
    """

    column: str
    rows: int
    least: float | str | None = None
    most: float | str | None = None


@dataclass(frozen=True)
class PredictReport:
    """Report of a prediction.

    Attributes:
        rows: rows of the table that could be read; all but the unpredicted ones were predicted.
        rejected: rows of the table that could not be read.
        metrics: errors of the predictions, named as in `Explanation`; empty where the table lacks the target.
        notes: remarks that a reader should know.
        unpredicted: rows with an input cell that cannot be read, whose prediction is empty.
        unmeasured: rows whose target or weight cannot be read, which `metrics` leave out.
        outside: columns with cells that training gives no idea of; only those that had any.
        outside_share: the share of the rows with such a cell in any column.
        drift: how far the columns' values are from those of training, what moves predictions most first.
        base: the same metrics for another model on the same rows; empty where nobody asked.
    """

    rows: int
    rejected: int
    metrics: dict[str, float]
    notes: tuple[str, ...] = ()
    unpredicted: int = 0
    unmeasured: int = 0
    outside: tuple[OutsideColumn, ...] = ()
    outside_share: float = 0.0
    drift: tuple[ColumnDrift, ...] = ()
    base: dict[str, float] = field(default_factory=dict)

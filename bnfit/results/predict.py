"""Result of `predict`: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PredictReport:
    """Report of a prediction.

    Attributes:
        rows: rows that were predicted.
        rejected: rows of the table that could not be read.
        metrics: errors of the predictions, named as in `Explanation`; empty where the table lacks the target.
        notes: remarks that a reader should know.
    """

    rows: int
    rejected: int
    metrics: dict[str, float]
    notes: tuple[str, ...] = ()

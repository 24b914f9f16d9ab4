"""Result of `predict`: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass


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
    """

    rows: int
    rejected: int
    metrics: dict[str, float]
    notes: tuple[str, ...] = ()
    unpredicted: int = 0
    unmeasured: int = 0

"""Predictions beside what came true, in groups of rows: plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CalibrationGroup:
    """Rows of similar predictions; of classes, of similar probability of the predicted class.

    Attributes:
        rows: how many.
        predicted: their mean prediction, or mean probability of the predicted class.
        observed: their mean target, or the share of them that is of the predicted class.
        low, high: 10 % and 90 % points of their targets; None for classes, and for fewer than 20 rows.
    """

    rows: int
    predicted: float
    observed: float
    low: float | None = None
    high: float | None = None

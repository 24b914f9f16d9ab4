"""Predictions beside what came true, in groups of rows that are large enough to say nothing of a single one."""

from __future__ import annotations

import numpy as np

from bnfit.arrays import Bools, Floats
from bnfit.evaluation.metrics import confidence_sums
from bnfit.results.calibration import CalibrationGroup

GROUPS, LEAST_ROWS, SPREAD_ROWS = 15, 5, 20
"""Groups of numbers at most, rows of a group at least, and rows from which on the spread of targets is told."""


def calibration_of_numbers(y: Floats, predicted: Floats) -> tuple[CalibrationGroup, ...]:
    """Group rows by their predictions (n,), targets y (n,): groups of equal size, in ascending order."""
    groups = min(GROUPS, len(y) // LEAST_ROWS)
    if not groups:
        return ()
    order = np.argsort(predicted, kind="stable")
    return tuple(_group(y[rows], predicted[rows]) for rows in np.array_split(order, groups))


def calibration_of_classes(right: Bools, confidence: Floats) -> tuple[CalibrationGroup, ...]:
    """Group rows by the probability of their predicted class (n,), in tenths; groups of few rows are left out.

    Args:
        right: whether it is the true one (n,).
        confidence: its probability (n,).
    """
    rows, hits, total = confidence_sums(right, confidence)
    return tuple(
        CalibrationGroup(int(n), float(t / n), float(h / n))
        for n, h, t in zip(rows, hits, total, strict=True)
        if n >= LEAST_ROWS
    )


def _group(y: Floats, predicted: Floats) -> CalibrationGroup:
    low, high = np.quantile(y, [0.1, 0.9]).tolist() if len(y) >= SPREAD_ROWS else (None, None)
    return CalibrationGroup(len(y), float(predicted.mean()), float(y.mean()), low, high)

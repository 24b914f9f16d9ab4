"""Drift of the columns of a table from the training table: plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ColumnDrift:
    """How far the values of a column are from those of training.

    Attributes:
        column: its name.
        moves: root mean square over the rows of what the drift changes in the prediction, in the target's units (of
            classes: of the probability that changes hands); 0 where the difference may be chance.
        p: p-value of the difference, over all columns (Bonferroni).
        distance: between the distributions of the values there, from 0 to 1: the largest difference of the distribution
            functions (Kolmogorov's), for levels the share of rows that would have to have another one.
        mean: shift of the mean in training standard deviations; null for levels, and where training's is 0.
        spread: standard deviation over training's, minus 1; null alike.
        missing: share of the cells without a value.
        missing_before: the same in training.
        unknown: share of the cells with a level that training did not have.
        outside: share of the cells far beyond the values of training.
        matters: whether it moves predictions by enough to tell.
    """

    column: str
    moves: float
    p: float
    distance: float
    mean: float | None
    spread: float | None
    missing: float
    missing_before: float
    unknown: float
    outside: float
    matters: bool

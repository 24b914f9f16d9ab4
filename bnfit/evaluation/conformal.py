"""Conformal prediction intervals for numbers, from out-of-fold errors."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import DataError, UsageError

KEPT = 2_000
"""Errors kept in the model file, at most; of more, evenly spread order statistics."""


@dataclass(frozen=True)
class ErrorSizes:
    """Absolute out-of-fold errors as a model file keeps them.

    Attributes:
        count: how many errors there were, n.
        sizes: order statistics of their absolute values, in rising order: those of rank ceil(j·n/m) for j = 1…m.
    """

    count: int
    sizes: tuple[float, ...]


def kept_errors(errors: Floats) -> ErrorSizes:
    """Thin out-of-fold errors for the model file.

    Args:
        errors: true minus predicted values, or their sizes (n,), n at least 1.

    Returns:
        n, and m order statistics, m at most `KEPT`.
    """
    sizes = np.sort(np.abs(errors))
    points = min(KEPT, len(sizes))
    ranks = -(-np.arange(1, points + 1) * len(sizes) // points)
    return ErrorSizes(len(sizes), tuple(float(f"{size:.7g}") for size in sizes[ranks - 1]))


def half_width(kept: ErrorSizes, level: float) -> float:
    """Compute how far an interval reaches to both sides of a prediction.

    The error of rank ceil((n + 1)·level) among n: conformal prediction (Vovk and others 2005), with out-of-fold errors
    in place of those of a set apart, as in cross-conformal prediction. A new row that comes from where the training
    rows came from lies inside about as often as the level says; the model of all members is, if anything, better than
    those whose errors these are.

    Args:
        kept: sizes of the out-of-fold errors.
        level: share of rows to lie inside, between 0 and 1.

    Raises:
        UsageError: the level is not between 0 and 1.
        DataError: there are too few errors for the level.
    """
    if not 0 < level < 1:
        raise UsageError(f"the interval's level must be between 0 and 1, not {level}", "0.9 means 90 % of rows inside")
    count, sizes = kept.count, kept.sizes
    rank = math.ceil((count + 1) * level - 1e-9)
    if rank > count:
        raise DataError(
            f"{count} training rows are too few for an interval of {level:.4g}",
            f"use at most `interval={math.floor(1000 * count / (count + 1)) / 1000}`",
        )
    return float(sizes[math.ceil(rank * len(sizes) / count - 1e-9) - 1])

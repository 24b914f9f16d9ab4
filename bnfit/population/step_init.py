"""First-layer units that start as soft steps at quantiles of single columns.

A network that starts so sees thresholds, narrow peaks and the crowded end of a long tail from the first step on.
Training may move every weight. NumPy only.
"""

from __future__ import annotations

import itertools

import numpy as np

from bnfit.arrays import Floats, at_most

MOST_UNITS = 96
"""Units of a network that start as steps, at most: with more columns each column gets fewer."""
STEEPEST = 50.0
"""Largest slope of a step, per standard deviation of its column."""
STEP_ROWS = 20_000
"""Rows that quantiles are computed on, at most, evenly spaced."""

Step = tuple[int, float, float]


def steps(x: Floats, each: int) -> list[Step]:
    """Find the column, place and steepness of every step.

    Args:
        x: normalised columns (n, k).
        each: steps of a column, at most; columns of two values need none.
    """
    x = at_most(x, STEP_ROWS)
    for count in range(each, 0, -1):
        every = ((column, *step) for column in range(x.shape[1]) for step in _of_column(x[:, column], count))
        found = list(itertools.islice(every, MOST_UNITS + 1))  # of a wide table, no more columns than have a place
        if len(found) <= MOST_UNITS:
            return found
    return found[:MOST_UNITS] if each > 0 else []


def _of_column(values: Floats, count: int) -> list[tuple[float, float]]:
    """Place and steepness of the steps of one column: between its values if they are few, else at quantiles."""
    distinct = np.unique(values)
    if len(distinct) <= 2:
        return []
    if len(distinct) <= count + 1:
        low, high = distinct[:-1], distinct[1:]
        return [(float(a + b) / 2, min(STEEPEST, 1 / float(b - a))) for a, b in zip(low, high, strict=True)]
    q = np.quantile(values, np.arange(count + 2) / (count + 1))
    places = {float(q[j]): min(STEEPEST, 2 / max(float(q[j + 1] - q[j - 1]), 1e-9)) for j in range(count, 0, -1)}
    return sorted(places.items())


def stepped(kernel: Floats, found: list[Step], first: int) -> tuple[Floats, Floats]:
    """Return a kernel (k, u) whose units from number `first` on are the steps, and its bias (1, u)."""
    kernel, bias = kernel.copy(), np.zeros((1, kernel.shape[1]))
    for unit, (column, place, steepness) in zip(range(first, kernel.shape[1]), found, strict=False):
        kernel[:, unit] = 0
        kernel[column, unit], bias[0, unit] = steepness, -steepness * place
    return kernel, bias

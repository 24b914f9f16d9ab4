"""Columns that give the target away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bnfit.schema.model import feature_names
from bnfit.schema.types import Column, Floats, Ints

MAX_ROWS = 100_000
_MIN_ROWS = 10
_CORRELATION = 0.999
_ROWS_PER_LEVEL = 5


def giveaways(inputs: Sequence[Column], x: Floats, y: Floats | Ints) -> Iterator[str]:
    """Say which inputs give the target away.

    Args:
        inputs: the input columns.
        x: their matrix (n, features).
        y: the target (n,), float64 values or int64 classes.
    """
    if len(y) < _MIN_ROWS:
        return
    is_class, start = y.dtype == np.int64, 0
    for column in inputs:
        block = x[:, start : start + len(feature_names(column))]
        start += block.shape[1]
        share = max((abs(_correlation(block[:, i], y)) for i in range(block.shape[1])), default=0.0)
        if is_class and _decides(_levels(column, block), y):
            yield f"column '{column.name}' gives the target away: each of its values goes with one class only"
        elif share > _CORRELATION and (not is_class or y.max() == 1):
            yield f"column '{column.name}' gives the target away: its correlation with it is {share:.4f}"


def _correlation(values: Floats, y: Floats | Ints) -> float:
    a, b = _unit(values), _unit(y.astype(np.float64))
    return float(a @ b)


def _unit(values: Floats) -> Floats:
    """The values less their mean, to length 1; all 0 for a constant."""
    scaled = values / (np.abs(values).max() or 1.0)
    centred = scaled - scaled.mean()
    centred /= np.abs(centred).max() or 1.0
    length = float(np.sqrt(centred @ centred))
    result: Floats = centred / length if length else centred
    return result


def _levels(column: Column, block: Floats) -> Floats:
    """One number per row (n,) that tells the column's values apart."""
    return block @ np.arange(1.0, block.shape[1] + 1) if column.kind == "category" else block[:, 0]


def _decides(values: Floats, classes: Floats | Ints) -> bool:
    """Whether each of few values occurs with one class only."""
    distinct, level = np.unique(values, return_inverse=True)
    if len(distinct) < 2 or len(distinct) * _ROWS_PER_LEVEL > len(values):
        return False
    pairs = np.unique(level * (classes.max() + 1) + classes)
    return len(pairs) == len(distinct)

"""Which rows a member trains on, stops on and is judged on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.errors import DataError

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Three disjoint sets of row numbers, each in rising order.

    Attributes:
        train: rows that the weights are fitted to.
        stop: rows that pick the epoch; empty without early stopping.
        judge: rows that the member is judged on, seen by neither; empty for a member that trains on all rows.
    """

    train: Rows
    stop: Rows
    judge: Rows


def kfold(rows: int, folds: int, seed: int) -> tuple[Rows, ...]:
    """The shuffled rows dealt into so many folds, whose sizes differ by one at most.

    Raises:
        DataError: the folds are fewer than 2, or some fold would leave fewer than 2 rows to train on.
    """
    if folds < 2:
        raise DataError(f"{folds} folds cannot judge a model", "use at least 2 folds")
    if rows < 2 * folds:
        raise DataError(
            f"{rows} rows are too few for {folds} folds", f"use at most {rows // 2} folds (--folds), or more rows"
        )
    order = np.random.default_rng([seed, 0xF01D]).permutation(rows)
    return tuple(np.sort(part) for part in np.array_split(order, folds))


def without(rows: int, judge: Rows, stop_share: float, seed: int) -> Split:
    """All rows but those judged, a share of them set aside for stopping (none when `stop_share` is 0).

    Args:
        rows: number of rows in the table.
        judge: rows the member is judged on; may be empty.
        stop_share: share of the remaining rows that pick the epoch.
        seed: draws the stopping rows.
    """
    rest = np.setdiff1d(np.arange(rows), judge)
    stop = np.sort(np.random.default_rng([seed, 0x5709]).permutation(rest)[: round(stop_share * len(rest))])
    return Split(np.setdiff1d(rest, stop), stop, judge)

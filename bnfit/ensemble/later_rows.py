"""The error on the latest rows by a date column, of members that were trained on the earlier ones alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bnfit.evaluation.splits import Split, last_in_time
from bnfit.schema.dataset import Dataset
from bnfit.schema.schema import Schema, column_positions

PARTS = 5
"""The latest of so many parts of the rows is set apart."""
FEWEST_ROWS = 40


@dataclass(frozen=True)
class LaterRows:
    """The latest rows by a column of dates, which nobody named as the time.

    Attributes:
        column: its name.
        split: the earlier rows to train on, the latest ones to test on.
    """

    column: str
    split: Split


def later_rows(schema: Schema, dataset: Dataset) -> LaterRows | None:
    """Set the latest rows apart by the column of dates with the most different ones; None without such a column."""
    if dataset.times is not None or dataset.groups is not None or len(dataset.x) < FEWEST_ROWS:
        return None
    years = [
        (column.name, dataset.x[:, positions[column.parts.index("year")]])
        for column, positions in zip(schema.inputs, column_positions(schema), strict=True)
        if "year" in column.parts
    ]
    counted = [(len(np.unique(times)), name, times) for name, times in years]
    if not counted or max(count for count, _, _ in counted) < 2 * PARTS:
        return None
    _, name, times = max(counted, key=lambda found: found[0])
    return LaterRows(name, last_in_time(times, PARTS))

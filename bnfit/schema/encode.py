"""Rows to the matrix of the first layer, by the schema's columns: every cell is read on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Floats
from bnfit.schema.booleans import read_booleans
from bnfit.schema.categories import MISSING, UNSEEN, level_codes, one_hot
from bnfit.schema.dates import part_values, read_times
from bnfit.schema.numbers import read_numbers
from bnfit.schema.time_zones import in_other_zone
from bnfit.schema.types import Column, Encoded, feature_names
from bnfit.table.place import Place


def encode_inputs(inputs: Sequence[Column], frame: pd.DataFrame, place: Place) -> Encoded:
    """Encode the input columns of a table; see `Schema.encode`."""
    widths = [len(feature_names(column)) for column in inputs]
    x = np.empty((len(frame), sum(widths)))
    unseen: dict[str, int] = {}
    filled: dict[str, int] = {}
    zones: dict[str, int] = {}
    start = 0
    for column, width in zip(inputs, widths, strict=True):
        block = x[:, start : start + width]
        new, gone, other = _encode(column, frame[column.name], place, block)
        unseen |= {column.name: new} if new else {}
        filled |= {column.name: gone} if gone else {}
        zones |= {column.name: other} if other else {}
        start += width
    return Encoded(x, unseen, filled, zones)


def _encode(column: Column, cells: pd.Series[Any], place: Place, block: Floats) -> tuple[int, int, int]:
    """Write a column's matrix columns (n, width) to `block`.

    Returns:
        The number of cells with an unseen level, of missing ones, and of times whose offset is not as in training.
    """
    if column.kind == "category":
        codes = level_codes(cells, column)
        block[:] = one_hot(codes, column)
        return int((codes == UNSEEN).sum()), int((codes == MISSING).sum()), 0
    other = 0
    if column.kind == "datetime":
        times = read_times(cells, column, place)
        values, other = times.local, int(in_other_zone(times, column).sum())
    else:
        values = (read_numbers if column.kind == "number" else read_booleans)(cells, column, place)
    gone = np.isnan(values)
    for index, fill in enumerate(column.fill):
        part = part_values(values, column.parts[index]) if column.parts else values
        block[:, index] = np.where(gone, fill, part)
    if column.missing:
        block[:, -1] = gone
    return 0, int(gone.sum()), other

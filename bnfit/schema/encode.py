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
from bnfit.schema.ranges import outside
from bnfit.schema.time_zones import in_other_zone
from bnfit.schema.types import Column, Encoded, Outside, feature_names
from bnfit.table.place import Place


def encode_inputs(inputs: Sequence[Column], frame: pd.DataFrame, place: Place) -> Encoded:
    """Encode the input columns of a table; see `Schema.encode`."""
    widths = [len(feature_names(column)) for column in inputs]
    x = np.empty((len(frame), sum(widths)))
    found: dict[str, dict[str, Any]] = {"unseen": {}, "filled": {}, "other_zones": {}, "outside": {}}
    start = 0
    for column, width in zip(inputs, widths, strict=True):
        block = x[:, start : start + width]
        cells, levels = frame[column.name], column.kind == "category"
        told = _encode_levels(column, cells, block) if levels else _encode_values(column, cells, place, block)
        for what, value in told.items():
            if value:
                found[what][column.name] = value
        start += width
    return Encoded(x, **found)


def _encode_levels(column: Column, cells: pd.Series[Any], block: Floats) -> dict[str, Any]:
    """Write the matrix columns (n, width) of a category to `block`; return what `Encoded` tells of it."""
    codes = level_codes(cells, column)
    block[:] = one_hot(codes, column)
    unseen = codes == UNSEEN
    count = int(unseen.sum())
    return {
        "unseen": count,
        "filled": int((codes == MISSING).sum()),
        "outside": Outside(unseen) if count else None,
    }


def _encode_values(column: Column, cells: pd.Series[Any], place: Place, block: Floats) -> dict[str, Any]:
    """Write the matrix columns (n, width) of numbers, times or booleans to `block`; see `_encode_levels`."""
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
    return {"filled": int(gone.sum()), "other_zones": other, "outside": outside(column, values)}

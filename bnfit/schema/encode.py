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
from bnfit.scratch import empty
from bnfit.table.place import NOWHERE, Place


def encode_inputs(inputs: Sequence[Column], frame: pd.DataFrame, place: Place) -> Encoded:
    """Encode the input columns of a table; see `Schema.encode`."""
    widths = [len(feature_names(column)) for column in inputs]
    x = empty((len(frame), sum(widths)))
    found: dict[str, dict[str, Any]] = {"unseen": {}, "filled": {}, "other_zones": {}, "outside": {}}
    start = 0
    for column, width in zip(inputs, widths, strict=True):
        x[:, start : start + width], told = _encode(column, frame[column.name], place)
        for what, value in told.items():
            if value:
                found[what][column.name] = value
        start += width
    return Encoded(x, **found)


def read_cells(column: Column, cells: pd.Series[Any], place: Place = NOWHERE) -> Floats:
    """Read the cells (n,) of an input: numbers, times in days, 0 or 1, NaN where missing; of a category level codes.

    Raises:
        DataError: a cell cannot be read.
    """
    if column.kind == "category":
        return level_codes(cells, column).astype(float)
    if column.kind == "datetime":
        return read_times(cells, column, place).local
    return (read_numbers if column.kind == "number" else read_booleans)(cells, column, place)


def encode_cells(column: Column, cells: Floats) -> Floats:
    """Return the matrix columns (n, width) of cells (n,) as `read_cells` returns them."""
    if column.kind == "category":
        return one_hot(cells.astype(np.int64), column)
    block = np.empty((len(cells), len(feature_names(column))))
    gone = np.isnan(cells)
    for index, fill in enumerate(column.fill):
        part = part_values(cells, column.parts[index]) if column.parts else cells
        block[:, index] = np.where(gone, fill, part)
    if column.missing:
        block[:, -1] = gone
    return block


def _encode(column: Column, cells: pd.Series[Any], place: Place) -> tuple[Floats, dict[str, Any]]:
    """Return the matrix columns (n, width) of an input, and what `Encoded` tells of its cells."""
    other = 0
    if column.kind == "datetime":
        times = read_times(cells, column, place)
        values, other = times.local, int(in_other_zone(times, column).sum())
    else:
        values = read_cells(column, cells, place)
    block = encode_cells(column, values)
    if column.kind == "category":
        unseen = values == UNSEEN
        told = {"unseen": int(unseen.sum()), "filled": int((values == MISSING).sum())}
        return block, told | {"outside": Outside(unseen) if told["unseen"] else None}
    filled = int(np.isnan(values).sum())
    return block, {"filled": filled, "other_zones": other, "outside": outside(column, values)}

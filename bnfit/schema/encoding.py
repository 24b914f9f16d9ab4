"""Rows to the matrix of the first layer, by the schema's columns: every cell is read on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.schema.booleans import read_booleans
from bnfit.schema.categories import MISSING, UNSEEN, level_codes, one_hot
from bnfit.schema.dates import part_values, read_days
from bnfit.schema.model import feature_names
from bnfit.schema.numbers import read_numbers
from bnfit.schema.types import Column, Encoded, Floats, Place


def encode_inputs(inputs: Sequence[Column], frame: pd.DataFrame, place: Place) -> Encoded:
    """As `Schema.encode`."""
    widths = [len(feature_names(column)) for column in inputs]
    x = np.empty((len(frame), sum(widths)))
    unseen: dict[str, int] = {}
    filled: dict[str, int] = {}
    start = 0
    for column, width in zip(inputs, widths, strict=True):
        block = x[:, start : start + width]
        new, gone = _encode(column, frame[column.name], place, block)
        unseen |= {column.name: new} if new else {}
        filled |= {column.name: gone} if gone else {}
        start += width
    return Encoded(x, unseen, filled)


def _encode(column: Column, cells: pd.Series[Any], place: Place, block: Floats) -> tuple[int, int]:
    """Write a column's matrix columns (n, width) to `block`; count the cells with an unseen level, and the missing."""
    if column.kind == "category":
        codes = level_codes(cells, column)
        block[:] = one_hot(codes, column)
        return int((codes == UNSEEN).sum()), int((codes == MISSING).sum())
    read = {"number": read_numbers, "boolean": read_booleans, "datetime": read_days}[column.kind]
    values = read(cells, column, place)
    gone = np.isnan(values)
    for index, fill in enumerate(column.fill):
        part = part_values(values, column.parts[index]) if column.parts else values
        block[:, index] = np.where(gone, fill, part)
    if column.missing:
        block[:, -1] = gone
    return 0, int(gone.sum())

"""Columns of two words that mean yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.schema.numbers import shown
from bnfit.schema.text_cells import TextCells, are_missing_codes, is_boolean, text_cells, typed_floats, whole_text
from bnfit.schema.types import Column
from bnfit.table.cell_types import MISSING_CODES
from bnfit.table.place import Place

_PAIRS = (("no", "yes"), ("false", "true"), ("n", "y"), ("f", "t"), ("off", "on"))
_VALUES = {word: float(value) for pair in (*_PAIRS, ("0", "1")) for value, word in enumerate(pair)}


def is_pair(texts: Sequence[str]) -> bool:
    """Whether the distinct texts are the two words of a pair, whatever their case, and texts for "no value"."""
    words = {lower for text in texts[:50] if (lower := text.lower()) not in MISSING_CODES}
    return len(texts) <= 50 and any(words == set(pair) for pair in _PAIRS)


def words_of(cells: TextCells) -> tuple[str, str]:
    """The words for no and yes as a column writes them most often."""
    best: dict[float, tuple[int, str]] = {}
    for text, count in zip(cells.texts, cells.counts().tolist(), strict=True):
        value = _VALUES.get(text.lower())
        if value is not None:
            best[value] = max(best.get(value, (0, "")), (count, text))
    return best.get(0.0, (0, "no"))[1], best.get(1.0, (0, "yes"))[1]


def read_booleans(column: pd.Series[Any], spec: Column, place: Place) -> Floats:
    """Read a column of booleans, each cell on its own.

    Returns:
        float64 (n,), 0 or 1, NaN where missing.

    Raises:
        DataError: a cell is neither; the message names file, line, column and value.
    """
    values, odd = parse_booleans(column)
    if odd.any():
        row = int(np.argmax(odd))
        cell = shown(str(column.iloc[row]).strip())
        raise DataError(
            f"column '{spec.name}' holds {cell} in {place.at(row)}: neither yes nor no",
            f"correct the cell, or read the column as text with `types={f'{spec.name}=category'!r}`",
            column=spec.name,
        )
    return values


def parse_booleans(column: pd.Series[Any]) -> tuple[Floats, Bools]:
    """Read the cells of a column that mean yes or no, each on its own; 1.0 is 1.

    Returns:
        float64 (n,), 0 or 1, NaN where missing, and whether each cell is neither.
    """
    if is_boolean(column):
        return typed_floats(column), np.zeros(len(column), dtype=bool)
    cells = text_cells(column)
    values = np.array([_VALUES.get(whole_text(text).lower(), np.nan) for text in cells.texts], dtype=np.float64)
    odd = np.isnan(values) & ~are_missing_codes(cells.texts)
    return cells.spread(values, np.nan), cells.spread(odd, False)

"""Numbers as people write them: exactly read, cell by cell, and errors that name the cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.errors import DataError
from bnfit.schema.cells import TextCells, is_text, plain_floats, text_cells, typed_floats
from bnfit.schema.types import Bools, Column, Floats, NumberFormat, Place

# Texts that stand for "no value" in a column of numbers, beside those that mean it anywhere.
MISSING_CODES = frozenset(
    "- -- --- . .. ... ? ?? * ** x / nd n.d. na. n.a. n.a unknown unk missing miss none nil null nan na n/a not available "
    "not_available notavailable not_applicable not applicable undefined void empty blank "
    "#div/0! #value! #ref! #name? #null! #num! #n/a".replace("not available", "")
    .replace("not applicable", "")
    .split()
) | {"not available", "not applicable", "no data"}

_PLAIN = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def read_numbers(column: pd.Series[Any], spec: Column, place: Place) -> Floats:
    """Read a column of numbers, each cell on its own.

    Returns:
        float64 (n,), NaN where missing.

    Raises:
        DataError: a cell is no number, or none that float64 holds; the message names file, line, column and value.
    """
    if not is_text(column):
        return _finite(typed_floats(column), spec, place, column)
    floats = plain_floats(column)
    if floats is not None:
        return floats
    cells = text_cells(column)
    values, odd = parse_texts(cells.texts, spec.number)
    if odd.any():
        raise no_number(cells, odd & ~np.isin(np.arange(len(odd)), -1), spec.name, place)
    return _finite(cells.spread(values, np.nan), spec, place, column)


def parse_texts(texts: Sequence[str], number: NumberFormat) -> tuple[Floats, Bools]:
    """Read trimmed texts as numbers.

    Returns:
        The values, NaN for the texts in `MISSING_CODES`, and whether each text is no number.
    """
    values = np.full(len(texts), np.nan)
    odd = np.zeros(len(texts), dtype=bool)
    for index, text in enumerate(texts):
        if _PLAIN.fullmatch(text):
            values[index] = float(text)
        elif text.lower() not in MISSING_CODES:
            odd[index] = True
    return values, odd


def no_number(cells: TextCells, odd: Bools, name: str, place: Place) -> DataError:
    """The error for a column with cells that are no numbers.

    Args:
        odd: which of the distinct texts are not.
    """
    row = cells.first(odd)
    text = cells.texts[cells.codes[row]]
    return DataError(
        f"column '{name}' holds text: {shown(text)} in {place.at(row)}",
        f"correct the cell, or read it as missing with --na {shown(text)}",
    )


def shown(text: str) -> str:
    """A cell's text for a message, quoted and cut."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def _finite(values: Floats, spec: Column, place: Place, column: pd.Series[Any]) -> Floats:
    """Raises: DataError if a value is infinite, or was written as a number beyond float64."""
    infinite = np.isinf(values)
    if infinite.any():
        row = int(np.argmax(infinite))
        raise DataError(
            f"column '{spec.name}' holds {str(column.iloc[row]).strip()[:40]} in {place.at(row)}, which is no finite float64",
            "correct the cell or leave it empty",
        )
    return values

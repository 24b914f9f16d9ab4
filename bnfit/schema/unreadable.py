"""Cells that cannot be read as their column says, for whoever goes on without them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Bools
from bnfit.schema.booleans import parse_booleans
from bnfit.schema.categories import MISSING, UNSEEN, level_codes
from bnfit.schema.dates import parse_dates
from bnfit.schema.numbers import parse_numbers, too_large
from bnfit.schema.types import Column


def unreadable(column: Column, cells: pd.Series[Any]) -> Bools:
    """Return whether each cell (n,) cannot be read as the column's kind; a missing one, or an unseen level, can."""
    if column.kind == "number":
        values, odd = parse_numbers(cells, column)
        return np.asarray(odd | too_large(values))
    if column.kind == "boolean":
        return parse_booleans(cells)[1]
    if column.kind == "datetime":
        return parse_dates(cells, column)[1]
    return np.zeros(len(cells), dtype=bool)


def without_target(target: Column, cells: pd.Series[Any]) -> tuple[Bools, Bools]:
    """Return which rows (n,) have no target, and which one that cannot be read: also a class that training had not."""
    if target.kind == "category":
        codes = level_codes(cells, target)
        return codes == MISSING, codes == UNSEEN
    values, odd = parse_numbers(cells, target) if target.kind == "number" else parse_booleans(cells)
    odd = odd | too_large(values)
    return np.isnan(values) & ~odd, odd


def without_weight(weight: Column, cells: pd.Series[Any]) -> Bools:
    """Return which rows (n,) have no weight that can be read and is not negative."""
    values, odd = parse_numbers(cells, weight)
    return odd | np.isnan(values) | too_large(values) | (values < 0)

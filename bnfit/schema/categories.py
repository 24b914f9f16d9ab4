"""Columns of levels: which levels get a matrix column, and rows to 0/1 columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from bnfit.schema.cells import TextCells, number_text, text_cells
from bnfit.schema.numbers import parse_texts
from bnfit.schema.types import Column, Floats, Ints, NumberFormat

MAX_LEVELS = 100
MAX_DISTINCT = 10_000
UNSEEN, MISSING = -1, -2


def rare_below(rows: int) -> int:
    """The number of rows below which a level is too rare for a column of its own: 2 %, but 2 to 20 rows."""
    return max(2, min(20, rows // 50))


def level_counts(cells: TextCells, number: NumberFormat | None) -> dict[str, int]:
    """How many rows have each level.

    Args:
        number: how numbers are written where the levels are numbers, so that 1 and 1.0 are one level.
    """
    counts: dict[str, int] = {}
    for level, count in zip(_levels_of(cells, number), cells.counts().tolist(), strict=True):
        counts[level] = counts.get(level, 0) + count
    return counts


def in_order(counts: dict[str, int], numeric: bool) -> dict[str, int]:
    """The levels sorted, numbers by size where they are numbers: the order of rows must not matter."""
    return {level: counts[level] for level in sorted(counts, key=float if numeric else None)}


def choose_levels(counts: dict[str, int], rows: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the levels that get a column, and the rare ones that share one.

    Args:
        counts: rows of each level, in the order that they shall have.
        rows: rows of the table, which say what is rare; None if nothing is.
    """
    least = 1 if rows is None else rare_below(rows)
    frequent = sorted((level for level in counts if counts[level] >= least), key=lambda level: -counts[level])
    kept = set(frequent[:MAX_LEVELS])
    return tuple(level for level in counts if level in kept), tuple(level for level in counts if level not in kept)


def level_codes(column: pd.Series[Any], spec: Column) -> Ints:
    """The level of each row (n,): an index into `spec.levels`, then into `spec.rare`, `UNSEEN` or `MISSING`."""
    cells = text_cells(column)
    known = {level: index for index, level in enumerate((*spec.levels, *spec.rare))}
    levels = _levels_of(cells, spec.number if spec.numeric else None)
    codes = np.array([known.get(level, UNSEEN) for level in levels], dtype=np.int64)
    return cells.spread(codes, MISSING)


def one_hot(codes: Ints, spec: Column) -> Floats:
    """The 0/1 columns (n, k) of levels: one per level, one for all rare ones, one for missing cells.

    An unseen level counts as a rare one; without rare ones it is no level, all zeros.
    """
    kept, rare = len(spec.levels), bool(spec.rare)
    spot = np.where(codes >= kept, kept, codes)
    spot = np.where(codes == UNSEEN, kept if rare else -1, spot)
    spot = np.where(codes == MISSING, kept + rare if spec.missing else -1, spot)
    block = np.zeros((len(codes), kept + rare + spec.missing))
    there = np.flatnonzero(spot >= 0)
    block[there, spot[there]] = 1.0
    return block


def _levels_of(cells: TextCells, number: NumberFormat | None) -> list[str]:
    if number is None:
        return cells.texts
    values, odd = parse_texts(cells.texts, number)
    finite = np.isfinite(values) & ~odd
    return [number_text(v) if f else t for t, v, f in zip(cells.texts, values.tolist(), finite.tolist(), strict=True)]

"""Columns of levels: which levels get a matrix column, and rows to 0/1 columns."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Floats, Ints
from bnfit.schema.numbers import parse_texts
from bnfit.schema.text_cells import TextCells, number_text, text_cells, whole_text
from bnfit.schema.types import Column, NumberFormat

MAX_LEVELS, FEWER_LEVELS, NUMBERS = 1_000, 100, 100_000_000
"""Levels with a matrix column of their own, at most; fewer in tables so long that the columns would hold more numbers
than the third says, but not below the second."""
LEAST_ROWS = 2
"""A level of fewer rows has no column of its own: nothing tells what it says from chance."""
BEYOND_CHANCE = 3.0
"""Standard deviations by which levels have to explain more of the target than chance would, for the rare to be kept."""
UNSEEN, MISSING = -1, -2


def level_counts(cells: TextCells, number: NumberFormat | None) -> dict[str, int]:
    """Count the rows of each level, sorted, numbers by size: the order of rows must not matter.

    Args:
        number: how numbers are written where the levels are numbers, so that 1 and 1.0 are one level.

    Returns:
        Rows by level, as most of its rows write it.
    """
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for key, text, count in zip(level_keys(cells.texts, number), cells.texts, cells.counts().tolist(), strict=True):
        spellings[key][text] += count
    keys = sorted(spellings, key=str if number is None else float)
    return {_usual(spellings[key]): spellings[key].total() for key in keys}


def level_keys(texts: Sequence[str], number: NumberFormat | None) -> list[str]:
    """Return what tells the level of each text: its value where levels are numbers, else the text itself."""
    if number is None:
        return list(texts)
    values, odd = parse_texts(texts, number)
    finite = np.isfinite(values) & ~odd
    return [number_text(v) if f else t for t, v, f in zip(texts, values.tolist(), finite.tolist(), strict=True)]


def alike(texts: Iterable[str]) -> list[tuple[str, ...]]:
    """Find the texts that differ in case, blanks or a `.0` only, in tuples of two and more."""
    found: dict[str, list[str]] = defaultdict(list)
    for text in sorted(set(texts)):
        found[whole_text("".join(text.casefold().split()))].append(text)
    return [tuple(same) for same in found.values() if len(same) > 1]


def _usual(spellings: Counter[str]) -> str:
    return min(spellings, key=lambda text: (-spellings[text], len(text), text))


def rare_below(rows: int) -> int:
    """Return the rows below which a level that says no more than chance is pooled: 2 % of all, but 2 to 20 rows."""
    return max(2, min(20, rows // 50))


def say_something(cells: TextCells, y: Floats) -> bool:
    """Whether levels explain more of the target than chance would: R² of their means, by its moments under chance.

    Without any effect R² of k levels in n rows has the mean (k - 1) / (n - 1) and, for normal targets, the variance
    2 (k - 1) (n - k) / ((n - 1)² (n + 1)): that of a Beta((k - 1) / 2, (n - k) / 2).

    Args:
        cells: the levels of n rows; missing cells are left out.
        y: the target (n,) or, for classes, 0/1 for each (n, c).
    """
    there = ~cells.missing
    codes, y = cells.codes[there], np.reshape(y, (len(y), -1))[there]
    n, k = len(codes), len(np.unique(codes))
    if k < 2 or n <= k:
        return False
    y = y - y.mean(0)
    total = float(np.square(y).sum())
    sizes = np.bincount(codes, minlength=len(cells.texts))
    sums = np.stack([np.bincount(codes, column, len(cells.texts)) for column in y.T], axis=1)
    between = float((np.square(sums) / np.maximum(sizes, 1)[:, None]).sum())
    spread = (2 * (k - 1) * (n - k) / (n + 1)) ** 0.5 / (n - 1)
    return total > 0 and between / total > (k - 1) / (n - 1) + BEYOND_CHANCE * spread


def choose_levels(counts: dict[str, int], least: int, rows: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Choose the levels that get a column, and the rare ones that share one.

    Args:
        counts: rows of each level, in the order that they shall have.
        least: rows of a level with a column of its own.
        rows: of the table.
    """
    most = max(FEWER_LEVELS, min(MAX_LEVELS, NUMBERS // max(rows, 1)))
    frequent = sorted((level for level in counts if counts[level] >= least), key=lambda level: -counts[level])
    kept = set(frequent[:most])
    return tuple(level for level in counts if level in kept), tuple(level for level in counts if level not in kept)


def level_codes(column: pd.Series[Any], spec: Column) -> Ints:
    """The level of each row (n,): an index into `spec.levels`, then into `spec.rare`, `UNSEEN` or `MISSING`."""
    cells = text_cells(column, spec.words)
    number = spec.number if spec.numeric else None
    known = {key: index for index, key in enumerate(level_keys((*spec.levels, *spec.rare), number))}
    codes = np.array([known.get(key, UNSEEN) for key in level_keys(cells.texts, number)], dtype=np.int64)
    return cells.spread(codes, MISSING)


def one_hot(codes: Ints, spec: Column) -> Floats:
    """The 0/1 columns (n, k) of levels: one per level, one for all rare ones, one for missing cells.

    An unseen level counts as a rare one; without rare ones it is no level, all zeros. Two levels and nothing else have
    one column, and what is neither is the second's share in training.
    """
    if spec.fill:
        return np.where(codes < 0, spec.fill[0], codes)[:, None]
    kept, rare = len(spec.levels), bool(spec.rare)
    spot = np.where(codes >= kept, kept, codes)
    spot = np.where(codes == UNSEEN, kept if rare else -1, spot)
    spot = np.where(codes == MISSING, kept + rare if spec.missing else -1, spot)
    block = np.zeros((len(codes), kept + rare + spec.missing))
    there = np.flatnonzero(spot >= 0)
    block[there, spot[there]] = 1.0
    return block

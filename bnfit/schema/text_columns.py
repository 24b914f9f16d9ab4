"""Columns of words: levels to learn from, or names, keys and free text that are left out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bnfit.arrays import Floats
from bnfit.schema.categories import LEAST_ROWS, choose_levels, level_counts, rare_below, say_something
from bnfit.schema.distributions import describe_levels
from bnfit.schema.numbers import shown
from bnfit.schema.text_cells import TextCells
from bnfit.schema.types import Column, LeftOut, NumberFormat
from bnfit.table.cell_types import WORDS

_NEARLY_UNIQUE = 0.9
_REPEATED = 0.5
"""Share of the rows whose long texts have to stand in some other rows, too, to be levels."""
_LONG, _MANY_WORDS = 40, 4


def as_category(base: Column, cells: TextCells, number: NumberFormat | None = None, y: Floats | None = None) -> Column:
    """A column of levels as an input, however many there are: those of some rows get matrix columns.

    Two levels and nothing else make one matrix column, as a boolean does. Rare levels have columns of their own only
    where all levels together explain more of the target than chance would.

    Args:
        number: how numbers are written where the levels are numbers.
        y: the target of the rows, as `say_something` takes it; None where it is not known.
    """
    counts = level_counts(cells, number)
    if len(counts) == 1 and not cells.missing.any():
        return base.without(LeftOut.CONSTANT, f"{shown(next(iter(counts)))} in every row", "constant")
    rows = len(cells.codes)
    least = LEAST_ROWS if y is not None and say_something(cells, y) else rare_below(rows)
    # where every level is rare, the most frequent ones have to do
    least = least if max(counts.values()) >= least else min(LEAST_ROWS, max(counts.values()))
    levels, rare = choose_levels(counts, least, rows)
    missing = bool(cells.missing.any())
    two = len(levels) == 2 and not rare and not missing
    reason = f"{len(levels)} level{'s' * (len(levels) != 1)}"
    reason += f", {len(rare)} rare one{'s' * (len(rare) != 1)} pooled" if rare else ""
    return replace(
        base,
        kind="category",
        levels=levels,
        rare=rare,
        missing=missing,
        numeric=number is not None,
        fill=(counts[levels[1]] / rows,) if two else (),
        words=tuple(sorted(WORDS.intersection(cells.texts))),
        number=number or NumberFormat(),
        distribution=describe_levels([counts[level] for level in levels], sum(counts[level] for level in rare), rows),
        reason=reason
        + (f", {int(cells.missing.sum())} missing as a level" if missing else "")
        + (f": 1 for {shown(levels[1])}" if two else ""),
    )


def as_words(base: Column, cells: TextCells, y: Floats | None = None) -> Column:
    """A column of words as an input if it has levels to learn from, else left out as an identifier or as free text.

    For the arguments see `as_category`.
    """
    counts = level_counts(cells, None)
    there = sum(counts.values())
    if len(counts) >= _NEARLY_UNIQUE * there:
        why = LeftOut.TEXT if wordy(counts) else LeftOut.IDENTIFIER
        return base.without(why, f"{len(counts)} different texts in {there} cells", why.value)
    repeated = sum(count for count in counts.values() if count >= LEAST_ROWS)
    if repeated < _REPEATED * there and wordy(counts):
        reason = f"{len(counts)} different texts, few of them in {LEAST_ROWS} rows or more"
        return base.without(LeftOut.TEXT, reason, "text")
    return as_category(base, cells, y=y)


def wordy(texts: Collection[str]) -> bool:
    """Whether most texts are long, as sentences are."""
    return sum(len(text) > _LONG or text.count(" ") + 1 >= _MANY_WORDS for text in texts) > 0.5 * len(texts)

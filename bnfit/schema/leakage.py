"""Columns that give the target away."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Bools, Floats, Ints
from bnfit.schema.exact_laws import exact_pairs, has_same_order, is_function, squared_correlation
from bnfit.schema.rounding import is_beyond_chance, is_rare_order
from bnfit.schema.types import Column, feature_names

MAX_ROWS = 100_000
_MIN_ROWS = 10
_CORRELATION = 0.999
_ROWS_PER_LEVEL = 5
_NAMED_PAIRS = 5


@dataclass(frozen=True)
class _Block:
    """The matrix columns (n, w) of an input column, and the rows that have a value in it (n,)."""

    column: Column
    x: Floats
    there: Bools


def giveaways(inputs: Sequence[Column], x: Floats, y: Floats | Ints) -> list[str]:
    """Return a warning for each input, or pair of numbers, that gives the target away, or all but equals it.

    Args:
        inputs: the input columns.
        x: their matrix (n, features).
        y: the target (n,), float64 values or int64 classes.
    """
    if len(y) < _MIN_ROWS:
        return []
    with np.errstate(all="ignore"):  # no law holds for numbers near the end of floats
        return list(_giveaways(list(_blocks(inputs, x)), y, x.shape[1]))


def _giveaways(blocks: Sequence[_Block], y: Floats | Ints, tests: int) -> Iterator[str]:
    """Yield the warnings for a table of so many matrix columns."""
    if y.dtype == np.int64:
        classes = y.astype(np.int64)
        told = [_of_classes(block, classes, tests) for block in blocks]
    else:
        told = [_of_numbers(block, y.astype(float), tests) for block in blocks]
    for block, how in zip(blocks, told, strict=True):
        if how:
            yield f"column '{block.column.name}' gives the target away: {how}"
        elif near := _all_but_equal(block, y, tests):
            yield (
                f"column '{block.column.name}' {near}: if it is made from the target, or not known before it, "
                "leave it out"
            )
    if y.dtype != np.int64:
        left = [b for b, how in zip(blocks, told, strict=True) if b.column.kind == "number" and not how]
        yield from _pairs(left, y.astype(float))


def _blocks(inputs: Sequence[Column], x: Floats) -> Iterator[_Block]:
    start = 0
    for column in inputs:
        part = x[:, start : start + len(feature_names(column))]
        start += part.shape[1]
        there = part[:, -1] == 0 if column.missing and column.kind != "category" else np.ones(len(x), bool)
        yield _Block(column, part, there)


def _of_numbers(block: _Block, y: Floats, tests: int) -> str:
    """Say how an input gives a target of numbers away; empty where it does not."""
    if block.column.kind == "category" or block.there.sum() < _MIN_ROWS:
        return ""
    y = y[block.there]
    values = (block.x[block.there, part] for part in range(len(block.column.fill)))
    return "the target follows from it, to rounding" if any(is_function(v, y, tests) for v in values) else ""


def _of_classes(block: _Block, y: Ints, tests: int) -> str:
    """Say how an input gives a target of classes away; empty where it does not."""
    if _decides(_levels(block.column, block.x), y, tests):
        return "each of its values goes with one class only"
    filled = range(len(block.column.fill))
    if any(_separates(block.x[block.there, part], y[block.there], tests) for part in filled):
        return "it parts the classes without exception"
    if block.column.missing and block.column.kind != "category" and _decides(block.x[:, -1], y, tests):
        return "its empty cells go with one class only"
    return ""


def _pairs(blocks: Sequence[_Block], y: Floats) -> Iterator[str]:
    """Yield a warning for pairs of numbers that give the target away, on the rows that have all of them."""
    whole = [block for block in blocks if block.there.mean() > 0.8]
    there = np.logical_and.reduce([block.there for block in whole]) if whole else np.zeros(len(y), bool)
    if there.sum() < _MIN_ROWS:
        return
    found = exact_pairs([block.x[there, 0] for block in whole], y[there])
    for a, b, how in itertools.islice(found, _NAMED_PAIRS):
        names = f"'{whole[a].column.name}' and '{whole[b].column.name}'"
        yield f"columns {names} give the target away together: it is {how} of both, to rounding"


def _all_but_equal(block: _Block, y: Floats | Ints, tests: int) -> str:
    """Say what a column and the target have in common where that is nearly all, and no chance; else return ""."""
    if y.dtype == np.int64 and y.max() > 1:
        return ""
    truth = y.astype(np.float64)
    share = max((squared_correlation(block.x[:, part], truth) for part in range(block.x.shape[1])), default=0.0)
    if share > _CORRELATION**2 and is_beyond_chance(truth, float(truth.std()) * max(0.0, 1 - share) ** 0.5, 2, tests):
        return f"all but equals the target (correlation {share**0.5:.4f})"
    ordered = block.column.kind == "number" and y.dtype != np.int64 and block.there.sum() >= _MIN_ROWS
    if ordered and has_same_order(block.x[block.there, 0], truth[block.there], tests):
        return "has the very order of the target"
    return ""


def _levels(column: Column, block: Floats) -> Floats:
    """One number per row (n,) that tells the column's values apart."""
    return block @ np.arange(1.0, block.shape[1] + 1) if column.kind == "category" else block[:, 0]


def _decides(values: Floats, classes: Ints, tests: int) -> bool:
    """Whether each of few values occurs with one class only, and that is no chance."""
    distinct, level = np.unique(values, return_inverse=True)
    if len(distinct) < 2 or len(distinct) * _ROWS_PER_LEVEL > len(values):
        return False
    count = int(classes.max()) + 1
    pairs = np.unique(level * count + classes)
    return len(pairs) == len(distinct) and is_rare_order(np.bincount(classes), len(distinct) * np.log10(count), tests)


def _separates(values: Floats, classes: Ints, tests: int) -> bool:
    """Whether rows in order of a number (n,) come class by class, and that is no chance."""
    counts = np.bincount(classes)
    counts = counts[counts > 0]
    if len(counts) < 2 or len(values) < _MIN_ROWS:
        return False
    by_class = sorted((values[classes == c].min(), values[classes == c].max()) for c in np.unique(classes))
    apart = all(before[1] < after[0] for before, after in itertools.pairwise(by_class))
    return apart and is_rare_order(counts, np.log10(np.arange(1, len(counts) + 1)).sum(), tests)

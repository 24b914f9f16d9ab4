"""Columns of words: levels to learn from, or names, keys and free text that are left out."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from bnfit.schema.categories import MAX_DISTINCT, choose_levels, in_order, level_counts, rare_below
from bnfit.schema.cells import TextCells
from bnfit.schema.types import Column, Floats, NumberFormat

_KEY_NAME = re.compile(r"(.*[^a-z])?(id|ids|idx|key|uuid|guid|pk)|index|row|rowid|rownum|nr|no|number", re.IGNORECASE)
_NO_NAME = re.compile(r"unnamed: \d+|column_\d+", re.IGNORECASE)
_ID_NAME = re.compile(r"(.*[^A-Za-z])?[Ii][Dd]|.*[a-z]I[Dd]|(.*[^A-Z])?ID")
_CAMEL_KEY = re.compile(r".*[a-z](ID|Id|Key)")
_NEARLY_UNIQUE = 0.9
_LONG, _MANY_WORDS = 40, 4


def is_id_name(name: str) -> bool:
    """Whether a column is called what names a person or a thing: id, patient_id, customerID."""
    return bool(_ID_NAME.fullmatch(name))


def is_key(name: str, values: Floats) -> bool:
    """Whether a column of whole numbers (n,) is a key: all different, and called what keys are called.

    A column without a name of its own, as row numbers have in many files, must also count without a gap.
    """
    if len(np.unique(values)) < len(values):
        return False
    if _NO_NAME.fullmatch(name):
        return float(values.max() - values.min()) == len(values) - 1
    return bool(_KEY_NAME.fullmatch(name) or _CAMEL_KEY.fullmatch(name))


def as_category(base: Column, cells: TextCells, number: NumberFormat | None = None) -> Column:
    """A column of levels as an input, however many there are: the frequent ones get matrix columns.

    Args:
        number: how numbers are written where the levels are numbers.
    """
    counts = in_order(level_counts(cells, number), number is not None)
    levels, rare = choose_levels(counts, len(cells.codes))
    if not levels:  # every level is rare: then the most frequent ones have to do
        levels, rare = choose_levels(counts, 0 if max(counts.values()) > 1 else None)
    missing = bool(cells.missing.any())
    reason = f"{len(levels)} level{'s' * (len(levels) != 1)}"
    reason += f", {len(rare)} rare one{'s' * (len(rare) != 1)} pooled" if rare else ""
    return replace(
        base,
        kind="category",
        levels=levels,
        rare=rare,
        missing=missing,
        numeric=number is not None,
        number=number or NumberFormat(),
        reason=reason + (f", {int(cells.missing.sum())} missing as a level" if missing else ""),
    )


def as_words(base: Column, cells: TextCells) -> Column:
    """A column of words as an input if it has levels to learn from, else left out as an identifier or as free text."""
    counts = level_counts(cells, None)
    there = sum(counts.values())
    if len(counts) >= _NEARLY_UNIQUE * there:
        wordy = sum(len(text) > _LONG or text.count(" ") + 1 >= _MANY_WORDS for text in counts)
        kind = "text" if wordy > 0.5 * len(counts) else "identifier"
        return _left_out(base, kind, f"{len(counts)} different texts in {there} cells")
    often = rare_below(len(cells.codes))
    if len(counts) > MAX_DISTINCT or sum(count for count in counts.values() if count >= often) < 0.2 * there:
        return _left_out(base, "text", f"{len(counts)} different texts, few of them in {often} rows or more")
    return as_category(base, cells)


def _left_out(base: Column, kind: str, reason: str) -> Column:
    return replace(base, kind=kind, use="left out", reason=reason)

"""A column's cells, read once, and what follows from them before its kind is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.arrays import Bools, Floats
from bnfit.schema.dates import typed_times
from bnfit.schema.numbers import choose_format, find_formats, parse_texts
from bnfit.schema.text_cells import (
    TextCells,
    is_boolean,
    is_category,
    is_number,
    is_time,
    plain_floats,
    text_cells,
    typed_floats,
)
from bnfit.schema.types import NumberFormat
from bnfit.scratch import keep
from bnfit.table.cell_types import WORDS

EXACT = 2.0**53
"""Whole numbers below are exact in float64."""
_WHOLE = re.compile(r"[-+]?\d+", re.ASCII)
_MOSTLY, _SOME = 0.8, 0.2
_FEW_MARKS, _MANY_NUMBERS = 5, 20


@dataclass(frozen=True)
class ColumnProfile:
    """A column's cells, read once.

    Attributes:
        column: the cells as they came.
        form: "number", "boolean", "time" or "category" by the column's type; "plain" for text that is nothing but plain
            numbers; "text".
        values: the values of all but category and text (times in days), NaN where missing.
        text: the distinct texts of category and text.
        words: texts that usually mean "missing" and are texts like others here.
    """

    column: pd.Series[Any]
    form: str
    values: Floats | None = None
    text: TextCells | None = None
    words: frozenset[str] = frozenset()

    @cached_property
    def cells(self) -> TextCells:
        """The distinct texts, also of a column that is typed otherwise."""
        return self.text if self.text is not None else text_cells(self.column, self.words)

    @cached_property
    def counts(self) -> Counter[str]:
        """The rows of each text, also of those that usually mean "missing"; of plain numbers only what is none."""
        counts, column = Counter[str](), self.column
        if self.values is not None:
            gone = np.isnan(self.values)
            if not gone.any():
                return counts
            column = column[gone]
        cells = text_cells(column, WORDS)
        for text, count in zip(cells.texts, cells.counts().tolist(), strict=True):
            counts[text] += count
        return counts

    @cached_property
    def formats(self) -> list[NumberFormat]:
        """The formats that read the cells, as texts, equally well as numbers; none if they are no numbers."""
        return find_formats(self.cells.texts)

    @cached_property
    def inexact(self) -> bool:
        """Whether the column holds different whole numbers, as texts or integers, that are one float64."""
        if self.form not in ("number", "plain") or self.values is None:
            return False
        there = self.values[~np.isnan(self.values)]
        if not len(there) or np.abs(there).max() < EXACT or pd.api.types.is_float_dtype(self.column.dtype):
            return False
        return len(np.unique(there)) < len(set(self.cells.texts)) and all(map(_WHOLE.fullmatch, self.cells.texts))

    @property
    def numeric(self) -> bool:
        """Whether the column is typed as numbers or is text that is nothing but plain numbers."""
        return self.form in ("number", "plain")


def profile_column(column: pd.Series[Any], words: Collection[str] = ()) -> ColumnProfile:
    """Read a column's cells as far as that can be done without knowing its kind.

    Args:
        column: n cells.
        words: texts that usually mean "missing" and are texts like others here.
    """
    kept = frozenset(words)
    if is_number(column):
        return ColumnProfile(column, "number", keep(typed_floats(column)), words=kept)
    if is_boolean(column):
        return ColumnProfile(column, "boolean", keep(typed_floats(column)))
    if is_time(column):
        return ColumnProfile(column, "time", keep(typed_times(column).local))
    if is_category(column):
        return ColumnProfile(column, "category", text=text_cells(column, kept), words=kept)
    floats = plain_floats(column)
    return (
        ColumnProfile(column, "text", text=text_cells(column, kept), words=kept)
        if floats is None
        else ColumnProfile(column, "plain", keep(floats), words=kept)
    )


def decimal_mark(looks: Iterable[ColumnProfile], stated: str | None, delimiter: str = "") -> str:
    """Return the decimal mark to assume for columns that can be read both ways, as 1,234 can.

    It is the stated one; else the comma if some column can be read with a comma only, or could be in a file whose
    cells a semicolon delimits, and none with a point only.
    """
    if stated is not None:
        return stated
    looks = list(looks)
    written = [profile for profile in looks if profile.form == "text"]
    # Programs delimit by semicolons where the comma is their decimal mark.
    if not has_decimal_comma(written) and not (delimiter == ";" and any(map(_has_commas, written))):
        return "."
    return "." if any(_marks(profile) == {"."} for profile in looks if profile.form in ("text", "plain")) else ","


def has_decimal_comma(looks: Iterable[ColumnProfile]) -> bool:
    """Whether some column can be read with a decimal comma only."""
    return any(_marks(profile) == {","} for profile in looks if profile.form == "text")


def _has_commas(profile: ColumnProfile) -> bool:
    """Whether the column's numbers have commas, whatever these mean."""
    return bool(profile.formats) and all("," in (number.decimal, number.thousands) for number in profile.formats)


def number_format(profile: ColumnProfile, prefer: str) -> NumberFormat:
    """Return the format of the column's numbers; the plain one where nothing says otherwise."""
    if profile.form == "number" or (profile.form == "plain" and prefer == "."):
        return NumberFormat()
    return choose_format(profile.formats, prefer) if profile.formats else NumberFormat(prefer)


def level_format(profile: ColumnProfile, prefer: str, files: NDArray[Any] | None) -> NumberFormat | None:
    """Return the format of a category's levels if they are numbers, so that 1 and 1.0 are one level; None for texts.

    Codes are texts: 007, whole numbers that differ beyond 2^53, versions such as 3.1 and 3.10, which are two texts of
    one value. One file writes a number in one way; another part of the table may write it as 1.0 throughout.

    Args:
        files: the file of each row (n,) where several make the table.
    """
    cells = profile.cells
    if not cells.texts:
        return None
    number = NumberFormat() if profile.form == "number" else number_format(profile, prefer)
    values, _ = parse_texts(cells.texts, number)
    coded = bool(number.unit) or any(len(text) > 1 and text[0] == "0" and text.isdigit() for text in cells.texts)
    if coded or not (np.abs(values) < EXACT).all():
        return None
    return number if not _written_twice(cells, values, files) else None


def _written_twice(cells: TextCells, values: Floats, files: NDArray[Any] | None) -> bool:
    """Whether one file holds two texts of equal value."""
    _, level = np.unique(values, return_inverse=True)
    distinct, text = np.unique(np.array(cells.texts, dtype=object).astype(str), return_inverse=True)
    if len(distinct) == level.max() + 1:
        return False
    there = np.flatnonzero(~cells.missing)
    file = np.zeros(len(there), np.int64) if files is None else np.unique(files[there], return_inverse=True)[1]
    code = cells.codes[there]
    texts, levels = (len(np.unique(np.c_[file, of_text[code]], axis=0)) for of_text in (text, level))
    return texts > levels


def number_share(profile: ColumnProfile, prefer: str) -> tuple[float, Bools]:
    """The share of numbers among the cells that are there, and which of the distinct texts are no numbers."""
    cells = profile.cells
    if not profile.formats:
        return 0.0, np.ones(len(cells.texts), dtype=bool)
    values, odd = parse_texts(cells.texts, choose_format(profile.formats, prefer))
    counts = cells.counts()
    numbers, others = int(counts[~np.isnan(values)].sum()), int(counts[odd].sum())
    return numbers / max(numbers + others, 1), odd


def is_mostly_numbers(share: float, odd: Bools) -> bool:
    """Whether cells that are no numbers are mistakes or marks, such as <0.5, among numbers, rather than words.

    Args:
        share: the share of numbers among its cells.
        odd: which of its distinct texts are no numbers.
    """
    marks, numbers = int(odd.sum()), int((~odd).sum())
    return marks > 0 and (share >= _MOSTLY or (share >= _SOME and marks <= _FEW_MARKS and numbers >= _MANY_NUMBERS))


def are_codes(profile: ColumnProfile) -> bool:
    """Whether whole numbers in text are codes: all of one width, some with leading zeros, as ZIP codes are."""
    if profile.form != "plain" or profile.values is None:
        return False
    texts = profile.column[~np.isnan(profile.values)]
    first = str(texts.iloc[0])
    low = float(np.nanmin(profile.values))
    if len(first) < 2 or not first.isdigit() or low < 0 or low >= 10.0 ** (len(first) - 1):
        return False
    return bool((texts.str.len() == len(first)).all() and texts.str.isdigit().all())


def are_dates(values: Floats) -> bool:
    """Whether whole numbers are all days written as 20241231, from 1900 to 2099."""
    if values.min() < 19_000_101 or values.max() > 20_991_231:
        return False
    number = values.astype(np.int64)
    month, day = number // 100 % 100, number % 100
    if ((month < 1) | (month > 12)).any():
        return False
    first = ((number // 10_000 - 1970) * 12 + month - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    return bool(((day >= 1) & (day <= length)).all())


def _marks(profile: ColumnProfile) -> set[str]:
    """The decimal marks that the column's numbers can be read with."""
    return {number.decimal for number in profile.formats}


def is_ambiguous(profile: ColumnProfile, number: NumberFormat) -> bool:
    """Whether a comma or a point in the column's numbers could as well be the other mark, as in nothing but 1,234."""
    if profile.form not in ("text", "plain"):
        return False
    comma = number.decimal == "," and not number.thousands and _has_commas(profile) and "." in _marks(profile)
    return comma or (number.thousands in (".", ",") and number.thousands in _marks(profile))

"""A column's cells, read once, and what can be told from them before its kind is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from bnfit.schema.cells import (
    TextCells,
    is_boolean,
    is_category,
    is_number,
    is_time,
    plain_floats,
    text_cells,
    typed_floats,
)
from bnfit.schema.dates import typed_days
from bnfit.schema.numbers import MISSING_CODES, choose_format, find_formats, parse_texts
from bnfit.schema.types import Bools, Floats, NumberFormat

_MOSTLY, _SOME = 0.8, 0.2
_FEW_MARKS, _MANY_NUMBERS = 5, 20


@dataclass(frozen=True)
class Look:
    """A column's cells, read once.

    Attributes:
        column: the cells as they came.
        form: "number", "boolean", "time" or "category" by the column's type; "plain" for text that is nothing but plain
            numbers; "text".
        values: the values of all but category and text (times in days), NaN where missing.
        text: the distinct texts of category and text.
    """

    column: pd.Series[Any]
    form: str
    values: Floats | None = None
    text: TextCells | None = None

    @cached_property
    def cells(self) -> TextCells:
        """The distinct texts, also of a column that is typed otherwise."""
        return self.text if self.text is not None else text_cells(self.column)

    @cached_property
    def formats(self) -> list[NumberFormat]:
        """The formats that read the cells, as texts, equally well as numbers; none if they are no numbers."""
        return find_formats(self.cells.texts)

    @property
    def numeric(self) -> bool:
        """Whether the column is typed as numbers or is text that is nothing but plain numbers."""
        return self.form in ("number", "plain")


def look_at(column: pd.Series[Any]) -> Look:
    """Read a column's cells as far as that can be done without knowing its kind."""
    if is_number(column):
        return Look(column, "number", typed_floats(column))
    if is_boolean(column):
        return Look(column, "boolean", typed_floats(column))
    if is_time(column):
        return Look(column, "time", typed_days(column))
    if is_category(column):
        return Look(column, "category", text=text_cells(column))
    floats = plain_floats(column)
    return Look(column, "text", text=text_cells(column)) if floats is None else Look(column, "plain", floats)


def decimal_mark(looks: Iterable[Look], stated: str | None) -> str:
    """The decimal mark to believe in for columns that can be read both ways, as 1,234 can.

    It is the stated one; else the comma if some column can be read with a comma only and none with a point only.
    """
    if stated is not None:
        return stated
    looks = list(looks)
    if not any(_marks(look) == {","} for look in looks if look.form == "text"):
        return "."
    return "." if any(_marks(look) == {"."} for look in looks if look.form in ("text", "plain")) else ","


def number_format(look: Look, prefer: str) -> NumberFormat:
    """How the column's numbers are written; plain where there is nothing to tell."""
    if look.form == "number" or (look.form == "plain" and prefer == "."):
        return NumberFormat()
    return choose_format(look.formats, prefer) if look.formats else NumberFormat(prefer)


def level_format(look: Look, prefer: str) -> NumberFormat | None:
    """How the levels of a category are written if all of them are numbers, and not codes such as 007."""
    if look.form == "number":
        return NumberFormat()
    number = number_format(look, prefer)
    values, _ = parse_texts(look.cells.texts, number)
    coded = any(len(text) > 1 and text[0] == "0" and text.isdigit() for text in look.cells.texts)
    return None if coded or not np.isfinite(values).all() else number


def number_share(look: Look, prefer: str) -> tuple[float, Bools]:
    """The share of numbers among the cells that are there, and which of the distinct texts are no numbers."""
    cells = look.cells
    if not look.formats:
        return 0.0, np.ones(len(cells.texts), dtype=bool)
    values, odd = parse_texts(cells.texts, choose_format(look.formats, prefer))
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


def missing_codes(look: Look) -> list[str]:
    """The texts in a column that count as missing where numbers, times or booleans are expected."""
    if look.text is None:
        return []
    return [text for text in look.text.texts if text.lower() in MISSING_CODES]


def are_codes(look: Look) -> bool:
    """Whether whole numbers in text are codes: all of one width, some with leading zeros, as ZIP codes are."""
    if look.form != "plain" or look.values is None:
        return False
    texts = look.column.dropna()
    first = str(texts.iloc[0])
    low = float(np.nanmin(look.values))
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


def _marks(look: Look) -> set[str]:
    """The decimal marks that the column's numbers can be read with."""
    return {number.decimal for number in look.formats}


def is_ambiguous(look: Look, number: NumberFormat) -> bool:
    """Whether the mark between thousands could as well be the decimal mark, as in a column of nothing but 1,234."""
    return number.thousands in (".", ",") and look.form in ("text", "plain") and number.thousands in _marks(look)

"""Numbers as people write them: one format for a whole column, exact values, errors that name the cell."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.schema.text_cells import TextCells, is_boolean, is_number, plain_floats, text_cells, typed_floats
from bnfit.schema.types import LARGEST, Column, NumberFormat
from bnfit.schema.units import common_unit, has_unit, without_unit
from bnfit.table.cell_types import CURRENCY_SIGN, EXPONENT, INFINITE, MISSING_CODES, thousands
from bnfit.table.place import Place

_CURRENCY = (
    rf"(?:US\$|R\$|{CURRENCY_SIGN}|(?:USD|EUR|GBP|JPY|CHF|CNY|INR|AUD|CAD|NZD|BRL|SEK|NOK|DKK|PLN|ILS|ZAR)(?![A-Za-z]))"
)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "−": "-", "’": "'"})
_LIKELY = re.compile(
    rf"\(?[-+]? ?(?:{_CURRENCY} ?)?[-+]?[0-9.,' ]*[0-9][0-9.,' ]*{EXPONENT}?(?: ?(?:{_CURRENCY}|%))? ?\)?",
    re.ASCII,
)
_ONES = str.maketrans("23456789", "1" * 8)
_SEPARATOR = "\x1f"


def read_numbers(column: pd.Series[Any], spec: Column, place: Place) -> Floats:
    """Read a column of numbers, each cell on its own.

    Returns:
        float64 (n,), NaN where missing.

    Raises:
        DataError: a cell is no number, or none that float64 holds; the message names file, line, column and value.
    """
    values, odd = parse_numbers(column, spec)
    if odd.any():
        cells = text_cells(column)
        raise no_number(cells, parse_texts(cells.texts, spec.number)[1], spec.name, place)
    return finite(values, spec.name, place, column)


def parse_numbers(column: pd.Series[Any], spec: Column) -> tuple[Floats, Bools]:
    """Read the cells of a column that are numbers, each on its own.

    Returns:
        float64 (n,), NaN where missing and infinite for what no float64 holds, and whether each cell is no number.
    """
    measured = spec.number.percent or bool(spec.number.unit)  # a number without the sign could be anything
    none = np.zeros(len(column), dtype=bool)
    if (is_number(column) and not measured) or is_boolean(column):
        return typed_floats(column), none
    floats = None if measured else plain_floats(column, spec.number.decimal)
    if floats is not None:
        return floats, none
    cells = text_cells(column)
    values, odd = parse_texts(cells.texts, spec.number)
    return cells.spread(values, np.nan), cells.spread(odd, False)


def find_formats(texts: Sequence[str]) -> list[NumberFormat]:
    """Find the formats that read the most of a column's distinct texts (trimmed) as numbers, simpler ones first.

    Returns:
        One format, several if the column can be read in several ways, as 1,234 can; none unless half of the texts
        profile like numbers, with one unit behind them or without.
    """
    return _plain_formats(texts) or _measured_formats(texts)


def _measured_formats(texts: Sequence[str]) -> list[NumberFormat]:
    unit = common_unit(texts)
    bare = [number for text in texts if (number := without_unit(text, unit)) is not None] if unit else []
    return [replace(number, unit=unit) for number in _plain_formats(bare)]


def _plain_formats(texts: Sequence[str]) -> list[NumberFormat]:
    shapes = Counter(_shapes(_joined(texts), len(texts)))
    likely = {shape: count for shape, count in shapes.items() if _LIKELY.fullmatch(shape)}
    others = len(texts) - sum(likely.values())
    if others > sum(likely.values()):
        others -= sum(text.lower() in MISSING_CODES for text in texts)
    if not likely or others > sum(likely.values()):
        return []
    formats = _candidates(likely)
    scores = [sum(count for shape, count in likely.items() if _sign(shape, number)) for number in formats]
    return [number for number, score in zip(formats, scores, strict=True) if score == max(scores)]


def choose_format(formats: Sequence[NumberFormat], prefer: str) -> NumberFormat:
    """The simplest of the formats that read a column equally well, with the preferred decimal mark if there is one."""
    return next((number for number in formats if number.decimal == prefer), formats[0])


def parse_texts(texts: Sequence[str], number: NumberFormat) -> tuple[Floats, Bools]:
    """Read trimmed texts as numbers.

    Returns:
        The values, NaN for the texts in `MISSING_CODES`, and whether each text is no number.
    """
    if number.unit:
        # What has no unit is no number, unless it stands for a missing one.
        bare = [without_unit(text, number.unit) or (text if text.lower() in MISSING_CODES else "x") for text in texts]
        return parse_texts(bare, replace(number, unit=""))
    values = np.full(len(texts), np.nan)
    odd = np.zeros(len(texts), dtype=bool)
    joined = _joined(texts)
    # Whether a text is a number depends on its shape alone, and columns have few: look at each shape once.
    shapes = _shapes(joined, len(texts))
    signs = {shape: _sign(shape, number) for shape in set(shapes)}
    sign = np.fromiter((signs[shape] for shape in shapes), dtype=np.float64, count=len(texts))
    digits = np.array(_digits(joined, number).split(_SEPARATOR), dtype=object)[: len(texts)]
    there = sign != 0
    values[there] = digits[there].astype(np.float64) * sign[there]
    for index in np.flatnonzero(~there).tolist():
        lower = texts[index].lower()
        values[index] = INFINITE.get(lower, np.nan)
        odd[index] = lower not in INFINITE and lower not in MISSING_CODES
    return values, odd


def _joined(texts: Sequence[str]) -> str:
    """All texts in one, so that characters are replaced in all of them at once."""
    joined = _SEPARATOR.join(texts)
    if joined.count(_SEPARATOR) >= max(len(texts), 1):
        joined = _SEPARATOR.join(text.replace(_SEPARATOR, "\ufffd") for text in texts)
    return joined.translate(_SPACES)


def _shapes(joined: str, count: int) -> list[str]:
    """Each text with 1 for any digit but 0."""
    return joined.translate(_ONES).split(_SEPARATOR)[:count]


def _digits(joined: str, number: NumberFormat) -> str:
    """The texts, as far as they are numbers of this format, as Python writes them, without the signs of brackets."""
    if number.currency:
        joined = joined.replace(number.currency, "")
    return joined.translate(str.maketrans(number.decimal, ".", f" %(){number.thousands}"))


def _sign(shape: str, number: NumberFormat) -> int:
    """0 if texts of this shape are no numbers, -1 if brackets make them negative, else 1."""
    match = _grammar(number).fullmatch(shape)
    if match is None:
        return 0
    bracket, signs = match["open"] + match["close"], match["sign"] + match["inner"]
    if bracket:
        return -1 if bracket == "()" and not signs else 0
    return 1 if len(signs) < 2 else 0


def _candidates(likely: Iterable[str]) -> list[NumberFormat]:
    """The formats that texts of such shapes may have, the simpler ones first."""
    signs = {sign for shape in likely for sign in re.findall(_CURRENCY, shape)}
    # A column that mixes currencies mixes units: no format with one currency reads all of it.
    currency = min(signs) if signs else ""
    percent = any("%" in shape for shape in likely)
    marks = [(".", ""), (".", ","), (",", ""), (",", "."), *product(".,", " '")]
    return [NumberFormat(decimal, thousands, percent, currency) for decimal, thousands in marks]


@lru_cache(maxsize=64)
def _grammar(number: NumberFormat) -> re.Pattern[str]:
    """The numbers of a format, with the groups open, sign, inner (a sign after the currency), digits and close."""
    mark, decimal = re.escape(number.thousands), re.escape(number.decimal)
    # In groups of three, or as in India: two, and three at the end. No group starts with a 0, which would be a code.
    indian = rf"[1-9][0-9]?(?:{mark}[0-9]{{2}})+{mark}[0-9]{{3}}"
    # No number has both marks between thousands and an exponent: 1,234E+03 has a decimal comma.
    grouped = rf"(?:[1-9][0-9]{{0,2}}{thousands(mark)}|{indian})(?:{decimal}[0-9]*)?|" if mark else ""
    digits = rf"(?:{grouped}(?:[0-9]+(?:{decimal}[0-9]*)?|{decimal}[0-9]+){EXPONENT}?)"
    sign = re.escape(number.currency)
    before, after = (rf"(?:{sign} ?)?", rf"(?: ?{sign})?") if sign else ("", "")
    after = " ?%" if number.percent else after
    return re.compile(
        rf"(?P<open>\(?)(?P<sign>[-+]?) ?{before}(?P<inner>[-+]?)(?P<digits>{digits}){after}(?P<close>\)?)",
        re.ASCII,
    )


def no_number(cells: TextCells, odd: Bools, name: str, place: Place) -> DataError:
    """The error for a column with cells that are no numbers.

    Args:
        odd: which of the distinct texts are not.
    """
    row = cells.first(odd)
    text = shown(cells.texts[cells.codes[row]])
    rows = int(cells.spread(odd, False).sum())
    more = f" (and {rows - 1} more)" if rows > 1 else ""
    # A number in another format than the column's, or with another unit: calling it text would only confuse.
    cell = cells.texts[cells.codes[row]]
    what = "a number unlike the others" if _LIKELY.fullmatch(cell.translate(_SPACES)) or has_unit(cell) else "text"
    return DataError(
        f"column '{name}' holds {what}: {text} in {place.at(row)}{more}",
        f"correct the cell, read it as missing with `na={text}`, or leave the column out with `drop={name!r}`",
        column=name,
    )


def shown(text: str) -> str:
    """A cell's text for a message, quoted and cut."""
    return repr(text if len(text) <= 40 else text[:39] + "…")


def too_large(values: Floats) -> Bools:
    """Whether each value (n,) is infinite, or so large that sums of squares are."""
    return np.asarray(np.abs(values) > LARGEST)


def finite(values: Floats, name: str, place: Place, column: pd.Series[Any]) -> Floats:
    """Give back the values of a column's cells as they are.

    Raises:
        DataError: one is infinite, was written as a number beyond float64, or its square is beyond it.
    """
    beyond = too_large(values)
    if beyond.any():
        row = int(np.argmax(beyond))
        cell = shown(str(column.iloc[row]).strip())
        what = "no finite 64-bit number" if np.isinf(values[row]) else "its square is no finite 64-bit number"
        raise DataError(
            f"column '{name}' holds {cell} in {place.at(row)}: {what}",
            f"correct the cell, or leave the column out with `drop={name!r}`",
            column=name,
        )
    return values

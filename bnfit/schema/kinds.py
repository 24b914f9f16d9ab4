"""What one column is: its kind and all that is needed to encode it, from its cells and what the user states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.errors import DataError
from bnfit.schema.booleans import is_pair, read_booleans, words_of
from bnfit.schema.dates import choose_parts, find_order, parse_days, part_values, read_days
from bnfit.schema.look import (
    Look,
    are_codes,
    are_dates,
    is_mostly_numbers,
    level_format,
    missing_codes,
    number_format,
    number_share,
)
from bnfit.schema.numbers import no_number, read_numbers, shown
from bnfit.schema.types import Column, Floats, NumberFormat, Place
from bnfit.schema.words import as_category, as_words, is_key

_FEW_LEVELS, _ROWS_PER_LEVEL = 20, 5


def describe(look: Look, name: str, stated: str | None, prefer: str, place: Place) -> Column:
    """Say what a column is and, if it can be used, how.

    Args:
        look: its cells.
        name: its name.
        stated: the kind that the user states, or None.
        prefer: the decimal mark to believe in where numbers can be read both ways.
        place: where the rows come from, for messages.

    Raises:
        DataError: a cell is not what the column's other cells, or the user, say it is.
    """
    base = Column(name, stated or "category", "input")
    if stated in ("identifier", "text"):
        return replace(base, use="left out", reason="as stated")
    special = _without_values(base, look)
    if special is not None:
        return special
    form = look.form if stated is None else ""
    if stated == "category" or form == "category":
        return as_category(base, look.cells, level_format(look, prefer))
    if stated == "number":
        return as_number(base, look, number_format(look, prefer), place)
    if stated == "boolean" or form == "boolean" or (form == "text" and is_pair(look.cells.texts)):
        return as_boolean(base, look, place)
    if stated == "datetime" or form == "time":
        return as_datetime(base, look, place)
    return _found_number(base, look, prefer, place) if look.numeric else _found_text(base, look, prefer, place)


def as_number(base: Column, look: Look, number: NumberFormat, place: Place) -> Column:
    """A column of numbers as an input."""
    spec = replace(base, kind="number", number=number)
    read = look.values if look.form == "plain" and number.decimal == "." else None
    values = read_numbers(look.column, spec, place) if read is None else read
    marks = [f"'{number.thousands}' between thousands"] if number.thousands else []
    marks += ["decimal comma"] if number.decimal == "," else []
    marks += ["in percent"] if number.percent else []
    marks += [f"in {number.currency}"] if number.currency else []
    return _filled(spec, look, [values], "number" + (f" ({', '.join(marks)})" if marks else ""))


def as_boolean(base: Column, look: Look, place: Place) -> Column:
    """A column of yes and no as an input."""
    spec = replace(base, kind="boolean")
    no, yes = words_of(look.cells)
    return _filled(spec, look, [read_booleans(look.column, spec, place)], f"'{no}' is 0, '{yes}' is 1")


def as_datetime(base: Column, look: Look, place: Place) -> Column:
    """A column of dates or times as an input, one matrix column for each part."""
    found = ("ymd", False) if look.form == "time" else find_order(look.cells.texts)
    if found is None:
        raise DataError(
            f"column '{base.name}' is stated to be datetime, but its cells are not, such as {_example(look)}",
            "write dates as 2024-12-31 or 2024-12-31 23:59:59",
        )
    order, ambiguous = found
    spec = replace(base, kind="datetime", order=order)
    days = read_days(look.column, spec, place)
    spec = replace(spec, parts=choose_parts(days[~np.isnan(days)], order))
    unsure = f"; day or month first cannot be told, read as {order}" if ambiguous else ""
    return _filled(spec, look, [part_values(days, part) for part in spec.parts], ", ".join(spec.parts) + unsure)


def _found_number(base: Column, look: Look, prefer: str, place: Place) -> Column:
    """A column of plain numbers: numbers, or codes, dates or keys that are written as such."""
    assert look.values is not None
    values = look.values[~np.isnan(look.values)]
    if not (values == np.floor(values)).all():
        return as_number(base, look, number_format(look, prefer), place)
    if are_codes(look):
        return as_words(base, look.cells)
    if are_dates(values) and find_order(look.cells.texts) is not None:
        return as_datetime(base, look, place)
    if len(values) == len(look.values) and is_key(base.name, values):
        return replace(base, kind="identifier", use="left out", reason="a different whole number in every row")
    return as_number(base, look, number_format(look, prefer), place)


def _found_text(base: Column, look: Look, prefer: str, place: Place) -> Column:
    """A column of text: formatted numbers, dates, or words."""
    cells = look.cells
    share, odd = number_share(look, prefer)
    if share == 1.0:
        return as_number(base, look, number_format(look, prefer), place)
    few = len(cells.texts) <= min(_FEW_LEVELS, int((~cells.missing).sum()) / _ROWS_PER_LEVEL)
    if is_mostly_numbers(share, odd) and not few:
        raise no_number(cells, odd, base.name, place)
    order = find_order(cells.texts)
    if order is not None and not (few and parse_days(cells, order[0])[1].any()):
        return as_datetime(base, look, place)
    return as_words(base, cells)


def _without_values(base: Column, look: Look) -> Column | None:
    """The column if it is empty or has one value only, else None."""
    if look.values is not None:
        there = look.values[~np.isnan(look.values)]
        gone = len(there) < len(look.values)
        distinct = 0 if not len(there) else 1 if there.min() == there.max() else 2
    else:
        cells = look.cells
        gone = bool(cells.missing.any())
        distinct = len(set(cells.texts))
    if distinct == 0:
        return replace(base, kind="empty", use="left out", reason="no value in any row")
    if distinct == 1 and not gone:
        return replace(base, kind="constant", use="left out", reason=f"{_example(look)} in every row")
    return as_category(base, look.cells, level_format(look, ".")) if distinct == 1 else None


def _filled(spec: Column, look: Look, values: Sequence[Floats], reason: str) -> Column:
    """The column with what stands in for missing values: the mean of each of its value columns (n,)."""
    if all(np.nanmin(v) == np.nanmax(v) for v in values if not np.isnan(v).all()):
        return replace(spec, kind="constant", use="left out", reason="one value at most, besides texts for 'missing'")
    gone = np.isnan(values[0])
    codes = missing_codes(look)
    reason += f"; {', '.join(map(shown, codes))} read as missing" if codes else ""
    reason += f"; {int(gone.sum())} missing: the mean, and a column that says so" if gone.any() else ""
    return replace(spec, fill=tuple(_mean(v[~gone]) for v in values), missing=bool(gone.any()), reason=reason)


def _mean(values: Floats) -> float:
    """The mean, also of values whose sum is beyond float64."""
    with np.errstate(over="ignore"):
        plain = float(values.mean())
    return plain if np.isfinite(plain) else float((values / len(values)).sum())


def _example(look: Look) -> str:
    return shown(look.text.texts[0] if look.text is not None else str(look.column.dropna().iloc[0]).strip())

"""The kind of one column and all that is needed to encode it, from its cells and what the user states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import DataError
from bnfit.schema.booleans import is_pair, read_booleans, words_of
from bnfit.schema.date_texts import PERIODS
from bnfit.schema.dates import choose_parts, find_order, parse_times, part_values, read_times
from bnfit.schema.distributions import with_values
from bnfit.schema.keys import is_key
from bnfit.schema.missing_texts import read_as_missing
from bnfit.schema.numbers import finite, no_number, read_numbers, shown
from bnfit.schema.profile import (
    ColumnProfile,
    are_codes,
    are_dates,
    is_mostly_numbers,
    level_format,
    number_format,
    number_share,
)
from bnfit.schema.ranges import with_range
from bnfit.schema.text_columns import as_category, as_words
from bnfit.schema.time_zones import with_zones
from bnfit.schema.types import Column, LeftOut, NumberFormat
from bnfit.table.place import Place

_FEW_LEVELS, _ROWS_PER_LEVEL = 20, 5


def describe(
    profile: ColumnProfile, name: str, stated: str | None, prefer: str, place: Place, y: Floats | None = None
) -> Column:
    """Infer the kind of a column and, if it can be used, its encoding.

    Args:
        profile: its cells.
        name: its name.
        stated: the kind that the user states, or None.
        prefer: the decimal mark to believe in where numbers can be read both ways.
        place: where the rows come from, for messages.
        y: the target (n,), or 0/1 for each class (n, c); None where it is not known.

    Raises:
        DataError: a cell does not fit the kind of the other cells, or the stated one.
    """
    base = Column(name, stated or "category", "input")
    if stated in ("identifier", "text"):
        return base.without(LeftOut.AS_STATED, "as stated")
    form = profile.form if stated is None else ""
    levels = stated == "category" or form == "category"
    codes = profile.inexact and stated is None
    special = _without_values(base, profile, texts=levels or codes)
    if special is not None:
        return special
    if levels:
        return as_category(base, profile.cells, level_format(profile, prefer, place.files), y)
    if codes:
        return as_words(base, profile.cells, y)
    if stated == "number":
        return as_number(base, profile, number_format(profile, prefer), place)
    if stated == "boolean" or form == "boolean" or (form == "text" and is_pair(profile.cells.texts)):
        return as_boolean(base, profile, place)
    if stated == "datetime" or form == "time":
        return as_datetime(base, profile, place)
    found = _found_number if profile.numeric else _found_text
    return found(base, profile, prefer, place, y)


def as_number(base: Column, profile: ColumnProfile, number: NumberFormat, place: Place) -> Column:
    """A column of numbers as an input."""
    spec = replace(base, kind="number", number=number)
    read = profile.values if profile.form == "plain" and number.decimal == "." else None
    values = (
        read_numbers(profile.column, spec, place) if read is None else finite(read, base.name, place, profile.column)
    )
    marks = [f"'{number.thousands}' between thousands"] if number.thousands else []
    marks += ["decimal comma"] if number.decimal == "," else []
    marks += ["in percent"] if number.percent else []
    marks += [f"in {sign}" for sign in (number.currency, number.unit) if sign]
    spec = with_values(with_range(spec, values), values)
    return _filled(spec, profile, [values], "number" + (f" ({', '.join(marks)})" if marks else ""))


def as_boolean(base: Column, profile: ColumnProfile, place: Place) -> Column:
    """A column of yes and no as an input."""
    spec = replace(base, kind="boolean")
    no, yes = words_of(profile.cells)
    values = read_booleans(profile.column, spec, place)
    return _filled(with_values(spec, values), profile, [values], f"'{no}' is 0, '{yes}' is 1")


def as_datetime(base: Column, profile: ColumnProfile, place: Place) -> Column:
    """A column of dates or times as an input, one matrix column for each part."""
    found = ("ymd", False) if profile.form == "time" else find_order(profile.cells.texts)
    if found is None:
        raise DataError(
            f"column '{base.name}' is stated to be datetime, but its cells are not, such as {_example(profile)}",
            "write dates as 2024-12-31 or 2024-12-31 23:59:59",
            column=base.name,
        )
    order, ambiguous = found
    spec = replace(base, kind="datetime", order=order)
    times = read_times(profile.column, spec, place)
    days = times.local
    spec = with_zones(replace(spec, parts=choose_parts(days[~np.isnan(days)], order)), times)
    spec = with_values(with_range(spec, days), days)
    remark = f"; day or month first cannot be told, read as {order}" if ambiguous else ""
    remark += f"; whole {PERIODS[order]}" if order in PERIODS else ""
    remark += "; by the local clock" if spec.offsets else ""
    return _filled(spec, profile, [part_values(days, part) for part in spec.parts], ", ".join(spec.parts) + remark)


def _found_number(base: Column, profile: ColumnProfile, prefer: str, place: Place, y: Floats | None) -> Column:
    """A column of plain numbers: numbers, or codes, dates or keys that are written as such."""
    assert profile.values is not None
    values = profile.values[~np.isnan(profile.values)]
    if not (values == np.floor(values)).all():
        return as_number(base, profile, number_format(profile, prefer), place)
    if are_codes(profile):
        return as_words(base, profile.cells, y)
    if are_dates(values) and find_order(profile.cells.texts) is not None:
        return as_datetime(base, profile, place)
    if len(values) == len(profile.values) and is_key(base.name, values):
        return base.without(LeftOut.IDENTIFIER, "a different whole number in every row", "identifier")
    return as_number(base, profile, number_format(profile, prefer), place)


def _found_text(base: Column, profile: ColumnProfile, prefer: str, place: Place, y: Floats | None) -> Column:
    """A column of text: formatted numbers, dates, or words."""
    cells = profile.cells
    share, odd = number_share(profile, prefer)
    if share == 1.0:
        return as_number(base, profile, number_format(profile, prefer), place)
    few = len(cells.texts) <= min(_FEW_LEVELS, int((~cells.missing).sum()) / _ROWS_PER_LEVEL)
    if is_mostly_numbers(share, odd) and not few:
        raise no_number(cells, odd, base.name, place)
    order = find_order(cells.texts)
    if order is not None and not (few and parse_times(cells, order[0])[1].any()):
        return as_datetime(base, profile, place)
    return as_words(base, cells, y)


def _without_values(base: Column, profile: ColumnProfile, texts: bool) -> Column | None:
    """The column if it is empty or has one value only, else None; of levels the texts count, not their values."""
    if profile.values is not None and not texts:
        there = profile.values[~np.isnan(profile.values)]
        gone = len(there) < len(profile.values)
        distinct = 0 if not len(there) else 1 if there.min() == there.max() else 2
    else:
        cells = profile.cells
        gone = bool(cells.missing.any())
        distinct = len(set(cells.texts))
    if distinct == 0:
        return base.without(LeftOut.EMPTY, "no value in any row", "empty")
    if distinct == 1 and not gone:
        return base.without(LeftOut.CONSTANT, f"{_example(profile)} in every row", "constant")
    return as_category(base, profile.cells, level_format(profile, ".", None)) if distinct == 1 else None


def _filled(spec: Column, profile: ColumnProfile, values: Sequence[Floats], reason: str) -> Column:
    """The column with what stands in for missing values: the mean of each of its value columns (n,)."""
    if all(np.nanmin(v) == np.nanmax(v) for v in values if not np.isnan(v).all()):
        return spec.without(LeftOut.CONSTANT, "one value at most, besides texts for 'missing'", "constant")
    gone = np.isnan(values[0])
    codes = ", ".join(map(shown, read_as_missing(profile, codes=True)))
    reason += f"; {codes} read as missing" if codes else ""
    reason += f"; {int(gone.sum())} missing: the mean, and a column that says so" if gone.any() else ""
    return replace(spec, fill=tuple(_mean(v[~gone]) for v in values), missing=bool(gone.any()), reason=reason)


def _mean(values: Floats) -> float:
    """The mean, also of values whose sum is beyond float64."""
    with np.errstate(over="ignore", invalid="ignore"):  # sums beyond float64 are infinite, of two signs no number
        plain = float(values.mean())
    return plain if np.isfinite(plain) else float((values / len(values)).sum())


def _example(profile: ColumnProfile) -> str:
    cells = profile.column if profile.values is None else profile.column[~np.isnan(profile.values)]
    return shown(profile.text.texts[0] if profile.text is not None else str(cells.iloc[0]).strip())

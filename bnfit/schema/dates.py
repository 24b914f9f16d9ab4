"""Dates and times as people write them: a point in time in days, then one number and cyclic parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from bnfit.errors import DataError
from bnfit.schema.cells import TextCells, is_time, text_cells
from bnfit.schema.numbers import MISSING_CODES, shown
from bnfit.schema.types import ORDERS, Bools, Column, Floats, Place

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400 * 10**9  # nanoseconds
_YEAR = 365.2425  # days
_GROUPS = tuple((part, f"{part}1", f"{part}2") for part in ("year", "month", "day"))
_FEW, _SAMPLE = 10, 1000
_PERIODS = {"year": _YEAR, "week": 7.0, "day": 1.0}
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august"]
_MONTHS += ["september", "october", "november", "december"]
_CLOCK = re.compile(
    r"(?P<hour>[0-9]{1,3}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:[.,](?P<fraction>[0-9]{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp]\.?[Mm]\.?))?(?: ?(?P<offset>Z|UTC|GMT|[-+][0-9]{2}(?::?[0-9]{2})?))?"
)
_NUMERIC = r"(?P<{0}>[0-9]{{1,2}})(?P<mark>[-/.])(?P<{1}>[0-9]{{1,2}})(?P=mark)(?P<year>[0-9]{{4}}|[0-9]{{2}})"
_ORDERS = {
    "ymd": re.compile(
        r"(?:(?P<year>[0-9]{4})(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})|"
        r"(?P<year1>[12][0-9]{3})(?P<month1>[0-9]{2})(?P<day1>[0-9]{2})(?:\.0)?|(?P<year2>[0-9]{4})[-/](?P<month2>[0-9]{2}))"
    ),
    "mdy": re.compile(_NUMERIC.format("month", "day")),
    "dmy": re.compile(_NUMERIC.format("day", "month")),
    "named": re.compile(
        r"(?:[A-Za-z]{3,9},? )?(?:"
        r"(?P<day>[0-9]{1,2})(?:[-/. ]+|st |nd |rd |th )?(?P<month>[A-Za-z]{3,9})[-/., ]*(?P<year>[0-9]{4}|[0-9]{2})|"
        r"(?P<month1>[A-Za-z]{3,9})\.? (?P<day1>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<year1>[0-9]{4}))"
    ),
}


def find_order(texts: Sequence[str]) -> tuple[str, bool] | None:
    """Find the order in which a column's distinct texts write year, month and day.

    Returns:
        One of `ORDERS` and whether day and month could as well be the other way round; None unless nearly all texts
        are dates or times.
    """
    there = [text for text in texts if text.lower() not in MISSING_CODES]
    orders = list(ORDERS) if there else []
    best = 0
    for part in (there[:_FEW], there[:_SAMPLE], there):
        scores = [sum(_parse(text, order) is not None for text in part) for order in orders]
        best = max(scores, default=0)
        orders = [order for order, score in zip(orders, scores, strict=True) if score == best]
        if best < 0.8 * len(part) or (len(orders) == 1 and len(part) >= _SAMPLE):
            break
    if not best or best < 0.8 * len(part):
        return None
    return (orders[0], False) if len(orders) == 1 else ("mdy" if "/" in there[0] else "dmy", True)


def read_days(column: pd.Series[Any], spec: Column, place: Place) -> Floats:
    """Read a column of dates and times, each cell on its own.

    Returns:
        float64 (n,), days since 1970-01-01 UTC (times of day and durations: in days), NaN where missing.

    Raises:
        DataError: a cell is no date or time in the column's order; the message names file, line, column and value.
    """
    if is_time(column):
        return typed_days(column)
    cells = text_cells(column)
    days, odd = parse_days(cells, spec.order)
    if odd.any():
        row = cells.first(odd)
        raise DataError(
            f"column '{spec.name}' holds {shown(cells.texts[cells.codes[row]])} in {place.at(row)}: no "
            + ("time of day" if spec.order == "clock" else "date as the others are written"),
            f"correct the cell, or leave the column out with --drop '{spec.name}'",
        )
    return cells.spread(days, np.nan)


def parse_days(cells: TextCells, order: str) -> tuple[Floats, Bools]:
    """The value of each distinct text in days, NaN for the texts in `MISSING_CODES`, and which are no times."""
    found = [_parse(text, order) for text in cells.texts]
    days = np.array([np.nan if value is None else value for value in found], dtype=np.float64)
    codes = [text.lower() in MISSING_CODES for text in cells.texts]
    return days, np.isnan(days) & ~np.array(codes, dtype=bool)


def choose_parts(days: Floats, order: str) -> tuple[str, ...]:
    """Choose the numbers that a column of times becomes: those that vary, and cycles that it covers.

    Args:
        days: the training values, without missing ones.
    """
    span = float(np.ptp(days))
    whole, clock = np.floor(days), days % 1.0
    cycles = []
    if order == "clock":
        # Beyond a day these are durations, which have no cycle.
        cycles = ["day"] if span > 0.5 and float(days.max()) < 1 else []
    else:
        # Dates of whole months or years have no week, and below a year the season is the trend.
        monthly = (
            len(np.unique(whole.astype("datetime64[D]") - whole.astype("datetime64[D]").astype("datetime64[M]"))) < 4
        )
        cycles += ["year"] if span > 366 else []
        cycles += ["week"] if span >= 14 and not monthly else []
        cycles += ["day"] if span > 1 and np.ptp(clock) > 0 else []
    parts = [
        "hour" if order == "clock" else "year",
        *(f"{wave} of {cycle}" for cycle in cycles for wave in ("sin", "cos")),
    ]
    return tuple(part for part in parts if np.ptp(part_values(days, part)) > 0)


def part_values(days: Floats, part: str) -> Floats:
    """One of `PARTS` of points in time (n,): the year with its fraction, the hour, or a point on a circle."""
    if part == "year":
        return 1970.0 + days / _YEAR
    if part == "hour":
        return days * 24.0
    wave, period = part.split(" of ")
    turns = 2 * np.pi * ((days / _PERIODS[period]) % 1.0)
    return np.sin(turns) if wave == "sin" else np.cos(turns)


def typed_days(column: pd.Series[Any]) -> Floats:
    """Points in time of a typed column (n,) in days since 1970-01-01 UTC, NaN where missing."""
    if isinstance(column.dtype, pd.ArrowDtype):  # which also has days without a time
        column = pd.to_datetime(column.astype(object))
    if column.dt.tz is not None:
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    moments = column.to_numpy()
    days = moments.astype("datetime64[D]")
    # The day and the rest apart: nanoseconds since 1970 are more than float64 holds exactly.
    rest = (moments - days) / np.timedelta64(1, "D")
    result: Floats = np.where(np.isnat(moments), np.nan, days.astype(np.int64) + rest)
    return result


def _parse(text: str, order: str) -> float | None:
    """The time that a text means, in days; None if it is none in this order."""
    colon = text.find(":")
    start = colon
    while start > 0 and text[start - 1].isdigit():
        start -= 1
    # Columns have many moments but few days and few times of day: both are read once each.
    nanoseconds = _clock(text[start:]) if colon >= 0 else 0
    if nanoseconds is None or order == "clock":
        return None if nanoseconds is None or start != 0 else nanoseconds / _DAY
    front = text if colon < 0 else text[: start - 1] if text[start - 1] == "T" else text[:start].rstrip(" ,")
    day = _day(front, order)
    if day is None or (colon >= 0 and (len(front) == start or int(text[start:colon]) > 23)):
        return None
    more, rest = divmod(nanoseconds, _DAY)
    return (day + more) + rest / _DAY


@lru_cache(maxsize=1 << 16)
def _day(text: str, order: str) -> int | None:
    """The day that a text means, from 1970-01-01; None if it is none in this order."""
    match = _ORDERS[order].fullmatch(text)
    if match is None:
        return None
    groups = match.groupdict()
    year, month, day = (
        groups[k] or groups.get(f"{k}1") or groups.get(f"{k}2") or "1" for k in ("year", "month", "day")
    )
    try:
        return date(_full_year(year), _month(month), int(day)).toordinal() - _EPOCH
    except ValueError:
        return None


@lru_cache(maxsize=1 << 17)
def _clock(text: str) -> int | None:
    """The time of day that a text means less its offset from UTC, in nanoseconds; None if it is none."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(match[key] or 0) for key in ("hour", "minute", "second"))
    half = (match["half"] or "").lower()
    if minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    offset = match["offset"] or ""
    digits = offset[1:].replace(":", "") if offset[:1] in ("+", "-") else ""
    minutes = (int(digits[:2]) * 60 + int(digits[2:] or 0)) * (-1 if offset[:1] == "-" else 1) if digits else 0
    seconds = (hour * 60 + minute - minutes) * 60 + second
    return seconds * 10**9 + int((match["fraction"] or "0").ljust(9, "0"))


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 69 else 1900)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    name = "sep" if text.lower() == "sept" else text.lower()
    return next((number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)), 0)

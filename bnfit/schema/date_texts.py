"""Single texts as points in time: the orders in which people write dates, and times of day."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from bnfit.table.cell_types import DATE_MARK, DAY, HALF_DAY, OFFSET, YEAR

_EPOCH = date(1970, 1, 1).toordinal()
_DAY = 86_400 * 10**9  # nanoseconds
_MONTHS = ["january", "february", "march", "april", "may", "june", "july", "august"]
_MONTHS += ["september", "october", "november", "december"]
_HALF = HALF_DAY.format(r"\.?")
_CLOCK = re.compile(
    r"(?P<hour>\d{1,3}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    rf"(?: ?(?P<half>{_HALF}))?(?: ?(?P<offset>Z|UTC|GMT|{OFFSET}(?::?\d{{2}})?)(?:\[[\w/+-]+\])?)?",
    re.ASCII,
)
_SURE = r"(?:1[89]|2[01])\d{2}"  # a year, where other digits could as well be a code
_NAME = "[A-Za-z]{3,9}"


def _any_of(*patterns: str) -> re.Pattern[str]:
    """Compile patterns that have groups of the same names, which are numbered: year0, year1, …."""
    numbered = (re.sub(r"\(\?P([<=])(\w+)", rf"(?P\1\g<2>{i}", text) for i, text in enumerate(patterns))
    return re.compile("|".join(numbered), re.ASCII)


def _numeric_date(first: str, second: str) -> str:
    """Return the pattern of dates that end in the year, behind "day" and "month" in either order."""
    return rf"(?P<{first}>{DAY})(?P<mark>{DATE_MARK})(?P<{second}>{DAY})(?P=mark)(?P<year>{YEAR}|\d{{2}})"


_WEEKDAY = r"(?:[A-Za-z]{3,9},? )?"
_ORDERS = {
    "ymd": _any_of(
        rf"(?P<year>{YEAR})(?P<mark>{DATE_MARK})(?P<month>{DAY})(?P=mark)(?P<day>{DAY})",
        r"(?P<year>[12]\d{3})(?P<month>\d{2})(?P<day>\d{2})(?:\.0)?",
        rf"(?P<year>{_SURE})-?W(?P<week>\d{{2}})-?(?P<weekday>[1-7])",
    ),
    "mdy": _any_of(_numeric_date("month", "day")),
    "dmy": _any_of(_numeric_date("day", "month")),
    "named": _any_of(
        rf"{_WEEKDAY}(?P<day>{DAY})(?:[-/. ]+|st |nd |rd |th )?(?P<month>{_NAME})[-/., ]*(?P<year>{YEAR}|\d{{2}})",
        rf"{_WEEKDAY}(?P<month>{_NAME})\.? (?P<day>{DAY})(?:st|nd|rd|th)?,? (?P<year>{YEAR})",
        rf"(?P<year>{YEAR})(?P<mark>[-/ ])(?P<month>{_NAME})(?P=mark)(?P<day>{DAY})",
    ),
    "month": _any_of(
        rf"(?P<year>{YEAR})[-/](?P<month>\d{{2}})",
        rf"(?P<month>{DAY})[-/](?P<year>{_SURE})",
        rf"(?P<month>{_NAME})[-/., ]*(?P<year>{_SURE})",
        rf"(?P<month>{_NAME})(?:[-/]| ?['’])(?P<year>\d{{2}})",
        rf"(?P<year>{_SURE})[-/., ]*(?P<month>{_NAME})",
        rf"(?P<year>{_SURE})[- ]?[Mm](?P<month>{DAY})",
    ),
    "quarter": _any_of(
        rf"(?P<year>{_SURE})[-/: ]?[Qq](?P<quarter>[1-4])",
        rf"[Qq](?P<quarter>[1-4])[-/:, ]*(?P<year>{_SURE})",
        rf"(?P<quarter>[1-4])[Qq][-/ ]?(?P<year>{_SURE}|\d{{2}})",
        r"[Qq](?P<quarter>[1-4]) ?['’](?P<year>\d{2})",
    ),
    "week": _any_of(
        rf"(?P<year>{_SURE})[-/ ]?[Ww](?P<week>{DAY})",
        rf"[Ww](?:k|eek)? ?(?P<week>{DAY})[-/, ]*(?P<year>{_SURE})",
    ),
}
PERIODS = {"month": "months", "quarter": "quarters", "week": "weeks"}
"""The orders of dates that are whole periods, which count as their first day, with what the periods are."""


def parse_time(text: str, order: str) -> tuple[float, int | None] | None:
    """The time that a text means, in days by its own clock, and that clock's offset from UTC in minutes.

    Args:
        text: a trimmed cell.
        order: one of `bnfit.schema.types.ORDERS`.

    Returns:
        Days since 1970-01-01 (a time of day or a duration: in days), and the offset, None where the text has none;
        None if it is no time in this order.
    """
    colon = text.find(":")
    if colon < 0 or order in PERIODS:
        day = None if order == "clock" else _day(text, order)
        return None if day is None else (float(day), None)
    start = colon
    while start > 0 and text[start - 1].isdigit():
        start -= 1
    # Columns have many moments but few days and few times of day: both are read once each.
    clock = _clock(text[start:])
    if clock is None or order == "clock":
        return None if clock is None or start != 0 else (clock[0] / _DAY, clock[1])
    front = text[: start - 1] if text[start - 1] == "T" else text[:start].rstrip(" ,")
    day = _day(front, order)
    if day is None or len(front) == start or int(text[start:colon]) > 23:
        return None
    more, rest = divmod(clock[0], _DAY)
    return (day + more) + rest / _DAY, clock[1]


@lru_cache(maxsize=1 << 16)
def _day(text: str, order: str) -> int | None:
    """The day that a text means, from 1970-01-01; None if it is none in this order."""
    match = _ORDERS[order].fullmatch(text)
    if match is None:
        return None
    groups = {name.rstrip("0123456789"): value for name, value in match.groupdict().items() if value is not None}
    year = _full_year(groups["year"])
    try:
        if "week" in groups:
            return date.fromisocalendar(year, int(groups["week"]), int(groups.get("weekday", 1))).toordinal() - _EPOCH
        month = 3 * int(groups["quarter"]) - 2 if "quarter" in groups else _month(groups["month"])
        return date(year, month, int(groups.get("day", 1))).toordinal() - _EPOCH
    except ValueError:
        return None


@lru_cache(maxsize=1 << 17)
def _clock(text: str) -> tuple[int, int | None] | None:
    """The time of day that a text means in nanoseconds, and its offset from UTC in minutes; None if it is none."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(match[key] or 0) for key in ("hour", "minute", "second"))
    half = (match["half"] or "").lower()
    if minute > 59 or second > 59 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    seconds = (hour * 60 + minute) * 60 + second
    return seconds * 10**9 + int((match["fraction"] or "0").ljust(9, "0")), _offset(match["offset"])


def _offset(text: str | None) -> int | None:
    """Return the minutes of an offset from UTC as it is written, 0 for Z, UTC and GMT."""
    if text is None or text[0] not in "+-":
        return None if text is None else 0
    digits = text[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if text[0] == "-" else minutes


def _full_year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 69 else 1900)


def _month(text: str) -> int:
    if text.isdigit():
        return int(text)
    name = "sep" if text.lower() == "sept" else text.lower()
    return next((number for number, month in enumerate(_MONTHS, start=1) if month.startswith(name)), 0)

"""Dates and times as people write them: a point in time in days, then one number and cyclic parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.schema.date_texts import parse_time
from bnfit.schema.numbers import shown
from bnfit.schema.text_cells import TextCells, are_missing_codes, is_time, text_cells
from bnfit.schema.time_zones import Times
from bnfit.schema.types import ORDERS, Column
from bnfit.table.cell_types import MISSING_CODES
from bnfit.table.place import Place

YEAR = 365.2425
"""Days of a year, in the mean."""
_FEW, _SAMPLE = 10, 1000
DAYS_OF = {"year": YEAR, "week": 7.0, "day": 1.0}
"""Days of each period."""
_CONSTANT = 1e-9  # less than this is rounding: all Mondays have one place in the week


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
        scores = [sum(parse_time(text, order) is not None for text in part) for order in orders]
        best = max(scores, default=0)
        orders = [order for order, score in zip(orders, scores, strict=True) if score == best]
        if best < 0.8 * len(part) or (len(orders) == 1 and len(part) >= _SAMPLE):
            break
    if not best or best < 0.8 * len(part):
        return None
    return (orders[0], False) if len(orders) == 1 else ("mdy" if "/" in there[0] else "dmy", True)


def read_times(column: pd.Series[Any], spec: Column, place: Place) -> Times:
    """Read a column of dates and times (n,), each cell on its own.

    Raises:
        DataError: a cell is no date or time in the column's order; the message names file, line, column and value.
    """
    times, odd = parse_dates(column, spec)
    if odd.any():
        row = int(np.argmax(odd))
        cell = shown(str(column.iloc[row]).strip())
        raise DataError(
            f"column '{spec.name}' holds {cell} in {place.at(row)}: no "
            + ("time of day" if spec.order == "clock" else "date as the others are written"),
            f"correct the cell, or leave the column out with `drop={spec.name!r}`",
            column=spec.name,
        )
    return times


def parse_dates(column: pd.Series[Any], spec: Column) -> tuple[Times, Bools]:
    """Read the cells of a column that are dates or times in the column's order, each on its own.

    Returns:
        The times (n,), and whether each cell is none.
    """
    if is_time(column):
        return typed_times(column), np.zeros(len(column), dtype=bool)
    cells = text_cells(column)
    times, odd = parse_times(cells, spec.order)
    spread = Times(cells.spread(times.local, np.nan), cells.spread(times.offset, np.nan))
    return spread, cells.spread(odd, False)


def parse_times(cells: TextCells, order: str) -> tuple[Times, Bools]:
    """The time of each distinct text, NaN for the texts in `MISSING_CODES`, and which are no times."""
    found = [parse_time(text, order) or (np.nan, None) for text in cells.texts]
    local = np.array([days for days, _ in found], dtype=np.float64)
    offset = np.array([np.nan if minutes is None else minutes for _, minutes in found], dtype=np.float64)
    return Times(local, offset), np.isnan(local) & ~are_missing_codes(cells.texts)


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
    return tuple(part for part in parts if np.ptp(part_values(days, part)) > (_CONSTANT if " of " in part else 0))


def part_values(days: Floats, part: str) -> Floats:
    """One of `PARTS` of points in time (n,): the year with its fraction, the hour, or a point on a circle."""
    if part == "year":
        return 1970.0 + days / YEAR
    if part == "hour":
        return days * 24.0
    wave, period = part.split(" of ")
    turns = 2 * np.pi * ((days / DAYS_OF[period]) % 1.0)
    values: Floats = np.sin(turns) if wave == "sin" else np.cos(turns)
    return values


def typed_times(column: pd.Series[Any]) -> Times:
    """Points in time of a typed column (n,); their offsets are those of its time zone."""
    if isinstance(column.dtype, pd.ArrowDtype):  # which also has days without a time
        column = pd.to_datetime(column.astype(object))
    if column.dt.tz is None:
        local = _days(column)
        return Times(local, np.full(len(local), np.nan))
    local, utc = _days(column.dt.tz_localize(None)), _days(column.dt.tz_convert("UTC").dt.tz_localize(None))
    return Times(local, np.round((local - utc) * (24 * 60)))


def _days(column: pd.Series[Any]) -> Floats:
    moments = column.to_numpy()
    days = moments.astype("datetime64[D]")
    # The day and the rest apart: nanoseconds since 1970 are more than float64 holds exactly.
    rest = (moments - days) / np.timedelta64(1, "D")
    result: Floats = np.where(np.isnat(moments), np.nan, days.astype(np.int64) + rest)
    return result

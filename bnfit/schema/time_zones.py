"""Times with and without an offset from UTC: what training had, and what is told of others.

Every time is read by its own clock, as it is written: eight in the morning is eight in the morning, with an offset or
without. Only an order in time needs instants.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Bools, Floats
from bnfit.schema.types import Column

_SAVING = 60  # minutes by which daylight saving moves a clock


@dataclass(frozen=True)
class Times:
    """Points in time.

    Attributes:
        local: days since 1970-01-01 by each time's own clock (n,), NaN where missing.
        offset: minutes that the clock is ahead of UTC (n,), NaN where that is not written.
    """

    local: Floats
    offset: Floats

    @property
    def utc(self) -> Floats:
        """Days since 1970-01-01 UTC (n,); a time without an offset counts as UTC."""
        return self.local - np.nan_to_num(self.offset) / (24 * 60)

    @property
    def aware(self) -> Bools:
        """Whether each time has an offset from UTC (n,)."""
        return ~np.isnan(self.offset)

    @property
    def naive(self) -> Bools:
        """Whether each is a time without an offset from UTC (n,)."""
        return np.isnan(self.offset) & ~np.isnan(self.local)


def with_zones(column: Column, times: Times) -> Column:
    """The column, which remembers the offsets from UTC that its training times have."""
    offsets = times.offset[times.aware]
    if not len(offsets):
        return column
    return replace(column, naive=bool(times.naive.any()), offsets=(int(offsets.min()), int(offsets.max())))


def in_other_zone(times: Times, column: Column) -> Bools:
    """Whether each time (n,) has an offset from UTC that training did not have, by more than daylight saving, or none.

    A model that saw none takes any offset for another.
    """
    strange = times.naive if not column.naive else np.zeros(len(times.local), dtype=bool)
    if not column.offsets:
        return strange | times.aware
    low, high = column.offsets
    with np.errstate(invalid="ignore"):
        return strange | (times.offset < low - _SAVING) | (times.offset > high + _SAVING)


def tell_other_zones(column: Column, count: int) -> str:
    """Say how many times have another offset from UTC than training had."""
    low, high = (_written(minutes) for minutes in column.offsets or (0, 0))
    had = ["none"] * column.naive + ([low] if low == high else [f"{low} to {high}"]) * bool(column.offsets)
    return (
        f"times of '{column.name}' whose offset from UTC is not as in training ({' or '.join(had)} there), "
        f"read by their local clock: {count}"
    )


def tell_mixture(column: Column, times: Times) -> str:
    """Say that some times of a training column have an offset from UTC and others have none."""
    aware, naive = int(times.aware.sum()), int(times.naive.sum())
    how = "ordered as if in UTC" if column.use == "time" else "all are read by the clock as it is written"
    return (
        f"column '{column.name}': {aware} of {aware + naive} times have an offset from UTC, "
        f"the other {naive} have none: {how}"
    )


def _written(minutes: int) -> str:
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"

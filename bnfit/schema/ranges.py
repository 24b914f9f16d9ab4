"""Where training has been: the range of each column, and what lies beyond it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.schema.types import Column, Outside

MARGIN, LONG_MARGIN = 0.25, 0.4
"""Values beyond the training range by more than this share of it are outside; the second where values have tails, as
normal ones have: then new rows of the same kind are outside in less than 1 of 10,000 cells."""
_TAILS = 2.7
"""Range over interquartile range from which on values have tails: 2 for uniform ones, about 4 for 120 normal ones."""
_SKEWED, _HEAVY = 0.5, 1.0
"""Skewness and excess kurtosis from which on the margin is taken on another scale."""
_NEAR_ZERO, _UNIT = 0.1, 10.0
"""Where all values are further above 0 than this share of their range, others are outside below a tenth of the least:
they have another unit."""


def with_range(column: Column, values: Floats) -> Column:
    """The column, which remembers the range of its training values and the limits beyond which others are outside.

    A long tail reaches further in new rows of the same kind, so the margin of a skewed column is taken on the scale of
    logarithms, or on that of asinh where values are not positive or both tails are long.

    Args:
        column: a column of numbers, or of times in days.
        values: (n,), NaN where missing.
    """
    there = values[~np.isnan(values)]
    if not len(there):
        return column
    low, high = float(there.min()), float(there.max())
    with np.errstate(over="ignore", invalid="ignore"):
        limits = _limits(there)
    # beyond what float64 holds there is nothing
    most = np.finfo(float).max
    return replace(column, span=(low, high), limits=limits if np.isfinite(limits).all() else (-most, most))


def outside(column: Column, values: Floats) -> Outside | None:
    """Find the values (n,) outside of the column's limits, which no missing one is; None if there are none."""
    if not column.limits:
        return None
    low, high = column.limits
    rows = (values < low) | (values > high)
    if not rows.any():
        return None
    return Outside(rows, float(values[rows].min()), float(values[rows].max()))


def shown_value(column: Column, value: float) -> float | str:
    """A value as people read it: a number, or the day or the time of day that the days since 1970 are."""
    if column.kind != "datetime":
        return value
    moment = np.datetime64(0, "s") + np.timedelta64(round(value * 86_400), "s")
    day, clock = str(moment).split("T")
    return clock if column.order == "clock" else day if clock == "00:00:00" else f"{day} {clock}"


def _limits(values: Floats) -> tuple[float, float]:
    low, median = float(values.min()), float(np.median(values))
    spread = float(np.median(np.abs(values - median))) or float(values.std()) or 1.0
    skewness, excess = moments(values)
    logs = np.log(values) if low > 0 else values
    if low > 0 and abs(skewness) > _SKEWED and abs(moments(logs)[0]) < abs(skewness):
        limits = np.exp(_widened(logs))
    elif abs(skewness) > _SKEWED or excess > _HEAVY:
        limits = np.sinh(_widened(np.arcsinh((values - median) / spread))) * spread + median
    else:
        limits = _widened(values)
        if low > _NEAR_ZERO * float(np.ptp(values)):
            limits[0] = max(limits[0], low / _UNIT)
    # the way to the other scale and back rounds
    return min(float(limits[0]), low), max(float(limits[1]), float(values.max()))


def _widened(values: Floats) -> Floats:
    """The ends of the values' range, each moved outwards by a share of it."""
    low, high = float(values.min()), float(values.max())
    lower, upper = np.quantile(values, (0.25, 0.75))
    share = MARGIN if high - low < _TAILS * (upper - lower) else LONG_MARGIN
    return np.array([low - share * (high - low), high + share * (high - low)])


def moments(values: Floats) -> tuple[float, float]:
    """Skewness and excess kurtosis; 0 for equal values."""
    sd = float(values.std())
    if not sd > 0 or not np.isfinite(sd):
        return 0.0, 0.0
    z = (values - values.mean()) / sd
    return float(np.power(z, 3).mean()), float(np.power(z, 4).mean()) - 3.0

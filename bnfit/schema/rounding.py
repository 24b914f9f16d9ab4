"""Rounding of a column's cells, and how likely chance agrees with it."""

from __future__ import annotations

import math

import numpy as np

from bnfit.arrays import Floats, Ints

MOST_DECIMALS, FEWEST_DIGITS, MOST_DIGITS = 9, 3, 9
"""Decimals and significant digits that count as rounded; a column with more is exact."""
SURE = 6.0
"""What chance would bring about in less than one of 10 to this power tables is no chance."""


def half_units(values: Floats) -> Floats:
    """Return how far rounding may have moved each value (n,).

    That is half a unit of the last decimal that some value has; of the last significant digit, where that explains
    zeros that decimals leave to chance; or of the last binary digit, where all were kept.
    """
    size = np.abs(values)
    unit = np.spacing(size)
    for decimals in range(MOST_DECIMALS + 1):
        if _on_grid(size * 10.0**decimals):
            unit = np.maximum(unit, 10.0**-decimals)
            break
    there = size > 0
    magnitude = np.floor(np.log10(size, where=there, out=np.zeros(len(values))))
    for digits in range(FEWEST_DIGITS, MOST_DIGITS + 1):
        last = 10.0 ** (magnitude - digits + 1)
        if _on_grid(size / last):
            coarser = np.where(there, np.maximum(last, unit), unit)
            unit = coarser if np.log10(coarser / unit).sum() >= SURE else unit
            break
    return np.asarray(unit / 2)


def _on_grid(scaled: Floats) -> bool:
    return bool((np.abs(scaled - np.rint(scaled)) <= np.clip(1e-14 * scaled, 1e-12, 0.01)).all())


def is_beyond_chance(y: Floats, error: Floats | float, parameters: int, tests: int) -> bool:
    """Whether errors (n,) of a law for y (n,) with free parameters are too small for chance, in one of so many tests.

    A row says at most as much as y tells its values apart: that few rows of few values agree proves nothing.
    """
    _, counts = np.unique(y, return_counts=True)
    share = counts / len(y)
    most = -float(share @ np.log10(share))
    spread = spread_of(y)
    digits = np.clip(np.log10(spread / np.maximum(error, 1e-12 * spread)), 0, most)
    told = float(np.mean(digits)) * (len(y) - parameters)
    return told >= SURE + math.log10(max(1, tests))


def spread_of(y: Floats) -> float:
    """Return the median distance of y (n,) from its median, or where that is 0 the standard deviation."""
    return float(np.median(np.abs(y - np.median(y)))) or float(y.std())


def is_rare_order(counts: Ints, ways: float, tests: int) -> bool:
    """Whether classes of these counts, dealt to rows at random, would rarely fall in one of 10 to the `ways` orders."""
    orders = math.lgamma(counts.sum() + 1) - sum(math.lgamma(count + 1) for count in counts.tolist())
    return orders / math.log(10) - ways >= SURE + math.log10(max(1, tests))

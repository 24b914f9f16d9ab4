"""What the training values of a column were, in few numbers, and the way of other values back to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.schema.types import Column, Distribution

POINTS = 33
"""Quantiles of a column that are kept, at most."""
_REPEATED = 0.01
"""Share of the values that are equal from which on a quantile has a share of its own."""


def with_values(column: Column, values: Floats) -> Column:
    """Return the column, which remembers how its training values (n,), NaN where missing, were distributed."""
    return replace(column, distribution=describe_values(values))


def describe_values(values: Floats) -> Distribution | None:
    """Describe values (n,), NaN where missing; None where there are none."""
    there = np.sort(values[~np.isnan(values)])
    if not len(there):
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        mean, sd = float(there.mean()), float(there.std())
    if not (np.isfinite(mean) and np.isfinite(sd)):
        return None
    points, below, upto = quantiles(there)
    ends = {} if below is None or upto is None else {"below": _six(below), "upto": _six(upto)}
    missing = (len(values) - len(there)) / len(values)
    return Distribution(len(values), missing, mean, sd, tuple(points.tolist()), **ends)


def quantiles(there: Floats) -> tuple[Floats, Floats | None, Floats | None]:
    """Return the points, `below` and `upto` of `Distribution` for values in ascending order (n,)."""
    changes = np.flatnonzero(np.diff(there) > 0)
    if len(changes) < POINTS:
        points = there[np.r_[changes, len(there) - 1]]
    else:
        points = np.unique(np.quantile(there, probabilities(POINTS)))
    below, upto = (np.searchsorted(there, points, side) / len(there) for side in ("left", "right"))
    continuous = len(points) == POINTS and (upto - below).max() <= max(_REPEATED, 1.0 / len(there))
    return (points, None, None) if continuous else (points, below, upto)


def probabilities(count: int) -> Floats:
    """Return the probabilities of so many quantiles, (k + 1/2) / count."""
    return (np.arange(count) + 0.5) / count


def describe_levels(counts: Sequence[int], rare: int, rows: int) -> Distribution:
    """Describe levels by the rows of each of them, and by those of all rare ones together."""
    shares = _six(np.array([*counts, *([rare] if rare else [])]) / rows)
    return Distribution(rows, (rows - sum(counts) - rare) / rows, shares=shares)


def shares_below(known: Distribution) -> tuple[Floats, Floats]:
    """Return the shares of the training values less than each point, and not greater, (p,) each."""
    if known.below:
        return np.array(known.below), np.array(known.upto)
    nominal = probabilities(len(known.points))
    return nominal, nominal


def _six(shares: Floats) -> tuple[float, ...]:
    return tuple(np.round(shares, 6).tolist())

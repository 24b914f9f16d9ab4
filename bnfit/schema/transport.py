"""The values of another table, brought back to where training's were: what is left of a drift without it."""

from __future__ import annotations

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.schema.categories import MISSING, UNSEEN
from bnfit.schema.distributions import shares_below
from bnfit.schema.types import Column, Distribution


def brought_back(column: Column, cells: Floats, rng: np.random.Generator) -> Floats:
    """Return cells (n,) as `read_cells` returns them, moved to the training distribution with as little as it takes.

    Numbers keep their order and get the training quantiles of their ranks; levels that are too frequent give up rows
    to those that are too rare; so do cells without a value.

    Args:
        column: with its distribution.
        cells: in any order.
        rng: draws which rows change, and which values stand in where there were none.
    """
    known = column.distribution
    assert known is not None
    if column.kind == "category":
        return _levels_back(column, known, cells, rng)
    moved, gone = cells.copy(), np.isnan(cells)
    here = float(gone.mean())
    if here < known.missing:
        moved[rng.permutation(np.flatnonzero(~gone))[: round((known.missing - here) * len(cells))]] = np.nan
    there = np.flatnonzero(~np.isnan(moved))
    if len(there):
        moved[there] = _values_back(known, moved[there])
    excess = rng.permutation(np.flatnonzero(gone))[: round(max(0.0, here - known.missing) * len(cells))]
    moved[excess] = training_quantile(known, rng.random(len(excess)))
    return moved


def training_quantile(known: Distribution, probability: Floats) -> Floats:
    """Return the training values (n,) at probabilities (n,), linear between the points."""
    at, points = _knots(known)
    return np.interp(probability, at, points)


def level_places(column: Column, cells: Floats) -> Ints:
    """Return for level codes (n,) the place in `Distribution.shares`, then that of missing and of unknown levels."""
    kept = len(column.levels)
    size = kept + bool(column.rare)
    codes = cells.astype(np.int64)
    places = np.minimum(codes, kept)
    return np.where(codes == MISSING, size, np.where(codes == UNSEEN, size + 1, places))


def level_shares(known: Distribution) -> Floats:
    """Return training's share of the rows at each of the places of `level_places`."""
    return np.array([*known.shares, known.missing, 0.0])


def _knots(known: Distribution) -> tuple[Floats, Floats]:
    """Return probabilities, in ascending order, and the training values at them; a repeated value has two."""
    below, upto = shares_below(known)
    return np.c_[below, upto].ravel(), np.repeat(np.array(known.points), 2)


def _values_back(known: Distribution, values: Floats) -> Floats:
    """Map values (n,), piece by piece between the quantiles at the same probabilities."""
    at, points = _knots(known)
    order = np.argsort(values, kind="stable")
    rank = np.empty(len(values))
    rank[order] = (np.arange(len(values)) + 0.5) / len(values)
    own = np.quantile(values, at)
    piece = np.searchsorted(at, rank, side="right") - 1
    inner = np.clip(piece, 0, len(at) - 2)
    width, share = own[inner + 1] - own[inner], at[inner + 1] - at[inner]
    with np.errstate(divide="ignore", invalid="ignore"):
        by_value, by_rank = (values - own[inner]) / width, (rank - at[inner]) / share
    part = np.clip(np.where(width > 0, by_value, np.where(share > 0, by_rank, 0.0)), 0.0, 1.0)
    mapped = points[inner] + part * (points[inner + 1] - points[inner])
    spread, own_spread = points[-1] - points[0], own[-1] - own[0]
    ratio = spread / own_spread if own_spread > 0 else 0.0
    # beyond the last quantiles there is one scale for both ends
    mapped = np.where(piece < 0, points[0] + ratio * np.minimum(values - own[0], 0.0), mapped)
    return np.where(piece > len(at) - 2, points[-1] + ratio * np.maximum(values - own[-1], 0.0), mapped)


def _levels_back(column: Column, known: Distribution, cells: Floats, rng: np.random.Generator) -> Floats:
    """Give the rows of levels that are too frequent to those that are too rare."""
    places, shares = level_places(column, cells), level_shares(known)
    rows = np.bincount(places, minlength=len(shares))
    wanted = shares * len(cells) / max(shares.sum(), 1e-12)
    surplus = np.maximum(np.round(rows - wanted), 0).astype(int)
    lacking = np.maximum(wanted - rows, 0)
    leaving = np.concatenate([rng.permutation(np.flatnonzero(places == p))[: surplus[p]] for p in range(len(shares))])
    if not len(leaving) or not lacking.sum() > 0:
        return cells
    new = rng.choice(len(shares), len(leaving), p=lacking / lacking.sum())
    moved = cells.copy()
    moved[leaving] = np.where(new == len(shares) - 2, MISSING, new)
    return moved

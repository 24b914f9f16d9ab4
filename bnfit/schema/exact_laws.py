"""Laws that give the target from one column or from two, to the rounding of the cells: no law with noise does."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from bnfit.arrays import Bools, Floats, at_most
from bnfit.evaluation.metrics import ranks
from bnfit.schema.rounding import half_units, is_beyond_chance, is_rare_order, spread_of

SCREENED_ROWS, SCREENED_COLUMNS = 500, 500
"""Rows, and of pairs columns, that laws are sought on; what is found is checked on all rows."""
LIKELY, NEAR = 0.95, 0.998
"""Rank correlation with the target, and squared correlation under a law, that are worth a check."""
SMOOTH_ROWS, SMOOTH = 50, 1e-4
"""Rows from which neighbours tell a smooth curve from noise, and the share of their distance that they may err by."""
DEFINED = 0.8
"""A law says something of at least this share of the rows."""
FLOOR = 1e-9
"""Relative size of the errors of computing itself."""
COARSE, ROUNDED = 0.02, 0.25
"""Errors of a law are far below the target's spread; where inputs were rounded after it, not far below their rounding,
whose RMS is at least 0.33 of what three roundings allow together. Smaller errors are noise."""


@dataclass(frozen=True)
class Scale:
    """A scale on which a law may be linear.

    Attributes:
        of, back: to the scale and back; logarithms are of sizes, and give back sizes.
        defined: which values are on the scale.
    """

    of: Callable[[Floats], Floats]
    back: Callable[[Floats], Floats]
    defined: Callable[[Floats], Bools]


LINEAR = Scale(lambda v: v, lambda v: v, lambda v: np.ones(len(v), bool))
LOGARITHM = Scale(lambda v: np.log(np.abs(v)), np.exp, lambda v: v != 0)
SCALES = (
    LINEAR,
    LOGARITHM,
    Scale(np.log1p, np.expm1, lambda v: v > -1),
    Scale(lambda v: 1 / v, lambda v: 1 / v, lambda v: v != 0),
)


def is_function(x: Floats, y: Floats, tests: int) -> bool:
    """Whether y (n,) follows from x (n,) to rounding: by a law on some `SCALES`, as its ranks do, or smoothly.

    Args:
        x, y: a column and the target.
        tests: how many columns are compared with the target, any of which may do so by chance.
    """
    some = at_most(np.arange(len(y)), SCREENED_ROWS)
    if squared_correlation(ranks(x[some]), ranks(y[some])) < LIKELY**2:
        return False
    for target, column in itertools.product(SCALES, SCALES):
        if _is_near(column, x[some], target, y[some]) and _law([x], column, y, target, tests) is not None:
            return True
    return _is_rank(x, y, tests) or _is_smooth(x, y)


def has_same_order(x: Floats, y: Floats, tests: int) -> bool:
    """Whether x (n,) rises or falls with y (n,) without exception, and that is no chance."""
    some = at_most(np.arange(len(y)), SCREENED_ROWS)
    same = any(_rises(sign * x[some], y[some]) and _rises(sign * x, y) for sign in (1, -1))
    return same and is_rare_order(np.unique(y, return_counts=True)[1], math.log10(2), tests)


def _rises(x: Floats, y: Floats) -> bool:
    order = np.lexsort((y, x))
    return bool(((np.diff(x[order]) > 0) == (np.diff(y[order]) > 0)).all())


def exact_pairs(columns: Sequence[Floats], y: Floats) -> Iterator[tuple[int, int, str]]:
    """Yield the pairs of columns (n,) that give y (n,) to rounding, and how, as a sum or as a product of powers."""
    tests = len(columns) ** 2
    for scale, words in ((LINEAR, _sum_words), (LOGARITHM, _product_words)):
        for a, b in _near_pairs(columns, y, scale):
            law = _law([columns[a], columns[b]], scale, y, scale, tests)
            if law is not None:
                yield a, b, words(law)


def squared_correlation(a: Floats, b: Floats) -> float:
    """Return the squared correlation of a (n,) and b (n,); 0 where one of them is constant."""
    a, b = _unit(a), _unit(b)
    return float(a @ b) ** 2


def _unit(values: Floats) -> Floats:
    """Return values (n,) less their mean, to length 1; all 0 for a constant."""
    scaled = values / (np.abs(values).max() or 1.0)
    centred = scaled - scaled.mean()
    centred /= np.abs(centred).max() or 1.0
    length = float(np.sqrt(centred @ centred))
    return np.asarray(centred / length if length else centred)


def _is_near(column: Scale, x: Floats, target: Scale, y: Floats) -> bool:
    there = column.defined(x) & target.defined(y)
    return there.mean() >= DEFINED and squared_correlation(column.of(x[there]), target.of(y[there])) > NEAR


def _law(
    columns: Sequence[Floats], scale: Scale, y: Floats, target: Scale, tests: int, rounded: bool = True
) -> Floats | None:
    """Return coefficients, the constant's last, of a law that holds to rounding, and not by chance; else None.

    The target may have been computed from the cells, so that only its own rounding stands between, or before these
    were rounded as well.
    """
    there = target.defined(y) & np.logical_and.reduce([scale.defined(values) for values in columns])
    if there.mean() < DEFINED:
        return None
    columns, y = [values[there] for values in columns], y[there]
    inputs, output = np.stack([scale.of(values) for values in columns], axis=1), target.of(y)
    if not (np.isfinite(inputs).all() and np.isfinite(output).all()):
        return None
    bound = _moved(target, y, half_units(y)) + FLOOR * float(output.std())
    rounding = np.stack([_moved(scale, v, half_units(v) if rounded else np.zeros(len(v))) for v in columns], axis=1)
    for moved in (np.zeros(rounding.shape), rounding):
        law = _least_squares(inputs, output, np.ones(len(y)))
        # a row that rounding may have moved far says little of the coefficients
        law = _least_squares(inputs, output, 1 / (bound + moved @ np.abs(law[:-1])))
        y_pred, off = inputs @ law[:-1] + law[-1], moved @ np.abs(law[:-1])
        if _explains(y_pred, off, np.abs(y) if target is LOGARITHM else y, target, tests, len(law)):
            return law
    return None


def _explains(y_pred: Floats, off: Floats, y: Floats, target: Scale, tests: int, parameters: int) -> bool:
    """Whether a law gives y (n,) to rounding.

    Args:
        y_pred: by the law, on the target's scale (n,).
        off: how far rounding of the inputs may have moved it there (n,); 0 where y was computed from the cells.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        back = target.back(y_pred)
        shift = np.maximum(np.abs(target.back(y_pred + off) - back), np.abs(target.back(y_pred - off) - back))
    error, exact = np.abs(back - y), FLOOR * (np.abs(y) + float(y.std()))
    slack = 1 + 2 / len(y) ** 0.5  # least squares spreads rounding over the coefficients
    allowed = slack * (half_units(y) + shift) + exact
    if not (error <= allowed).all() or (off.any() and np.square(error / allowed).mean() < ROUNDED**2):
        return False
    told = np.minimum(allowed, error.max() + exact)
    return bool(np.median(told) <= COARSE * spread_of(y)) and is_beyond_chance(y, told, parameters, tests)


def _moved(scale: Scale, values: Floats, half: Floats) -> Floats:
    """Return how far half a unit may move values (n,) on a scale; where they may leave it, as far as all are spread."""
    with np.errstate(all="ignore"):
        on = scale.of(values)
        moved = np.maximum(np.abs(scale.of(values + half) - on), np.abs(scale.of(values - half) - on))
    return np.asarray(np.where(np.isfinite(moved), moved, float(on.std())))


def _least_squares(inputs: Floats, output: Floats, weight: Floats) -> Floats:
    """Fit output (n,) by inputs (n, k) and a constant: coefficients (k + 1,), the constant's last."""
    centre, size = inputs.mean(0), inputs.std(0)
    size = np.where(size > 0, size, 1)
    columns = np.c_[(inputs - centre) / size, np.ones(len(output))] * weight[:, None]
    found = np.linalg.lstsq(columns, output * weight, rcond=None)[0]
    slopes = found[:-1] / size
    return np.asarray(np.r_[slopes, found[-1] - slopes @ centre])


def _is_rank(x: Floats, y: Floats, tests: int) -> bool:
    """Whether x (n,) counts the values of y (n,) in order, from either end, however ties are counted."""
    by_x = np.argsort(x, kind="stable")
    ordered = y[by_x]
    if len(np.unique(x)) == len(x) and np.ptp(np.diff(x[by_x])) <= 1e-6 * np.ptp(x):
        rises = np.diff(ordered)
        return bool((rises >= 0).all() or (rises <= 0).all()) and is_beyond_chance(y, 0.0, 2, tests)
    _, dense = np.unique(y, return_inverse=True)
    places = np.sort(y)
    counts = (ranks(y), dense, np.searchsorted(places, y), np.searchsorted(places, y, side="right"))
    return any(_law([c.astype(float)], LINEAR, x, LINEAR, 4 * tests, rounded=False) is not None for c in counts)


def _is_smooth(x: Floats, y: Floats) -> bool:
    """Whether cubics through the two neighbours on each side in x (n,) give y (n,) to rounding."""
    distinct, first = np.unique(x, return_index=True)
    if len(distinct) < SMOOTH_ROWS or len(np.unique(y)) < SMOOTH_ROWS or _varies(x, y):
        return False
    y, half, moved = y[first], half_units(y[first]), half_units(distinct)
    offsets = np.array([0, 1, 3, 4])
    near = np.arange(len(distinct) - 4)[:, None] + offsets
    centre = distinct[2:-2]
    weights = np.ones(near.shape)
    for a, b in itertools.permutations(range(4), 2):
        weights[:, a] *= (centre - distinct[near[:, b]]) / (distinct[near[:, a]] - distinct[near[:, b]])
    error = np.abs((weights * y[near]).sum(1) - y[2:-2])
    span = np.abs(y[near[:, 3]] - y[near[:, 0]])
    slope = span / (distinct[near[:, 3]] - distinct[near[:, 0]])
    rounding = half[2:-2] + slope * moved[2:-2] + (np.abs(weights) * (half[near] + slope[:, None] * moved[near])).sum(1)
    left = np.maximum(0, error - rounding)
    return bool(span.all() and np.median(left / span) <= SMOOTH)


def _varies(x: Floats, y: Floats) -> bool:
    """Whether rows of equal x (n,) differ in y (n,)."""
    order = np.lexsort((y, x))
    same = np.diff(x[order]) == 0
    return bool((np.diff(y[order])[same] != 0).any())


def _near_pairs(columns: Sequence[Floats], y: Floats, scale: Scale) -> list[tuple[int, int]]:
    """Pairs of columns that together explain nearly all of y (n,) on a scale, on some rows; neither does alone."""
    some = at_most(np.arange(len(y)), SCREENED_ROWS)
    usable = [c for c, values in enumerate(columns) if scale.defined(values[some]).mean() >= DEFINED]
    there = scale.defined(y[some])
    if len(usable) < 2 or there.mean() < DEFINED:
        return []
    with np.errstate(divide="ignore", invalid="ignore"):
        on = np.stack([scale.of(columns[c][some]) for c in usable] + [scale.of(y[some])], axis=1)
    on = np.where(np.isfinite(on), on, np.nan)
    on = np.nan_to_num(on - np.nanmean(on, axis=0))
    on = np.apply_along_axis(_unit, 0, on)
    with_y = on[:, :-1].T @ on[:, -1]
    kept = np.argsort(-np.abs(with_y), kind="stable")[:SCREENED_COLUMNS]
    with_y, among = with_y[kept], on[:, kept].T @ on[:, kept]
    explained = with_y[:, None] ** 2 + with_y**2 - 2 * np.outer(with_y, with_y) * among
    explained /= np.maximum(1 - among**2, 1e-9)
    alone = np.maximum.outer(with_y**2, with_y**2)
    a, b = np.nonzero(np.triu((explained > NEAR) & (alone < NEAR) & (among**2 < 1 - 1e-9), 1))
    return sorted(
        (usable[min(i, j)], usable[max(i, j)]) for i, j in zip(kept[a].tolist(), kept[b].tolist(), strict=True)
    )


def _sum_words(law: Floats) -> str:
    close = partial(np.allclose, atol=0.01)
    return "a sum" if close(law[:2], 1) else "a difference" if close(abs(law[:2]), 1) else "a weighted sum"


def _product_words(law: Floats) -> str:
    powers = np.round(law[:2], 2).tolist()
    names = {(1.0, 1.0): "a product", (1.0, -1.0): "a ratio", (-1.0, 1.0): "a ratio"}
    return names.get((powers[0], powers[1]), "a product of powers")

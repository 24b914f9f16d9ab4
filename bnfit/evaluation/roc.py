"""Receiver operating characteristics of class probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bnfit.arrays import Bools, Floats
from bnfit.evaluation.metrics import area_under_roc
from bnfit.results.roc import RocCurve

MOST_POINTS = 200
"""Points of a curve that are kept."""
MOST_NUMBERS = 4_000
"""Points of all curves that are kept; of many classes each has fewer."""
FEWEST_POINTS = 11


def roc_curves(
    y: Floats, probability: Floats, classes: Sequence[str], weight: Floats | None = None
) -> tuple[RocCurve, ...]:
    """Return the curve of each class that some rows have and others have not.

    Of two classes only the second has one: that of the first is its mirror image.

    Args:
        y: 0/1 (n, c), one column a class.
        probability: (n, c).
        classes: their names.
        weight: weight of each row (n,); None for equal ones.
    """
    weight = np.ones(len(y)) if weight is None else weight
    most = max(FEWEST_POINTS, min(MOST_POINTS, MOST_NUMBERS // len(classes)))
    found = []
    for c in range(1 if len(classes) == 2 else 0, len(classes)):
        truth = y[:, c] > 0.5
        if 0 < weight[truth].sum() < weight.sum():
            false, true = thinned(*roc_points(truth, probability[:, c], weight), most)
            area = area_under_roc(truth, probability[:, c], weight)
            found.append(RocCurve(classes[c], area, tuple(false.tolist()), tuple(true.tolist())))
    return tuple(found)


def roc_points(truth: Bools, score: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return the shares of false and of true positives (t + 1,), beginning at 0, for each threshold of t scores."""
    _, place = np.unique(-score, return_inverse=True)
    positive, negative = (np.bincount(place, weight * side, place.max() + 1).cumsum() for side in (truth, ~truth))
    return np.r_[0.0, negative / negative[-1]], np.r_[0.0, positive / positive[-1]]


def thinned(false: Floats, true: Floats, most: int) -> tuple[Floats, Floats]:
    """Keep the ends and the corners of a curve, of more than so many those at even steps along it."""
    straight = (np.diff(false[:-1]) * np.diff(true[1:])) == (np.diff(true[:-1]) * np.diff(false[1:]))
    corners = np.flatnonzero(np.r_[True, ~straight, True])
    if len(corners) > most:
        way = (false + true)[corners]
        nearest = np.abs(way[None] - np.linspace(0, 2, most)[:, None]).argmin(1)
        corners = corners[np.unique(nearest)]
    return false[corners], true[corners]

"""Conformal prediction intervals for numbers and prediction sets for classes, from out-of-fold errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats, Ints, at_most, pick
from bnfit.errors import DataError, UsageError
from bnfit.evaluation.reference_models import LINEAR_ROWS, ridge_weights
from bnfit.scratch import blocks, take

KEPT = 2_000
"""Scores kept in the model file, at most; of more, evenly spread order statistics."""
FAR, SMALL = 3.0, 0.01
"""Inputs of the scale count as no further from their mean than so many standard deviations; a hundredth of the median
size is added to sizes before their logarithm, which would make outliers of exact predictions."""


@dataclass(frozen=True)
class ErrorScale:
    """How large errors are where, of k encoded columns: their logarithm is linear in these and in the prediction.

    Attributes:
        centre, width: mean and standard deviation of the inputs: k columns, the prediction (k + 1).
        weights: of the standardised inputs and of the prediction's square (k + 2).
        offset: of the logarithm.
    """

    centre: tuple[float, ...]
    width: tuple[float, ...]
    weights: tuple[float, ...]
    offset: float

    def __call__(self, x: Floats, predicted: Floats) -> Floats:
        """Return the expected size of the errors (n,) of rows x (n, k) with these predictions (n,)."""
        centre, width, weights = np.array(self.centre), np.array(self.width), np.array(self.weights)
        sizes = np.empty(len(x))
        for block in blocks(len(x), x[:1].nbytes):
            sizes[block] = np.exp(_inputs(x[block], predicted[block], centre, width) @ weights + self.offset)
        return sizes


@dataclass(frozen=True)
class ErrorScores:
    """Out-of-fold errors as a model file keeps them.

    Attributes:
        count: how many there were, n; with weights, how many equal ones say as much (Kish).
        scores: order statistics in rising order, the least and the greatest among them. Of numbers true minus
            predicted, over the scale; of classes 1 - the probability of the true one.
        scale: how large errors are where; None where they are alike as far as the rows tell, and for classes.
    """

    count: int
    scores: tuple[float, ...]
    scale: ErrorScale | None = None


def scores_of_numbers(
    x: Floats, predicted: Floats, errors: Floats, fold: Ints, weight: Floats | None = None
) -> ErrorScores:
    """Keep signed errors, over their expected size where that varies with the columns or the prediction.

    Each fold's errors are over sizes that the other folds tell, as a new row's will be (normalised conformity scores,
    Papadopoulos and others 2002). Sizes are learned from `LINEAR_ROWS` rows at most.

    Args:
        x: encoded rows (n, k).
        predicted, errors: of each row (n,); errors are true minus predicted.
        fold: the fold of each row (n,).
        weight: of each row (n,); None for equal ones.
    """
    folds = np.unique(fold)

    def fit(rows: Ints) -> ErrorScale | None:
        few = at_most(rows, LINEAR_ROWS)
        return _fit_scale(x[few], predicted[few], errors[few], pick(weight, few))

    scale = fit(np.arange(len(x))) if len(folds) > 1 else None
    if scale is not None:
        sizes, plain = np.empty(len(errors)), np.empty(len(errors))
        for name in folds:
            rest, own = np.flatnonzero(fold != name), np.flatnonzero(fold == name)
            other = fit(rest)
            plain[own] = np.average(np.abs(errors[rest]), weights=pick(weight, rest))
            sizes[own] = plain[own] if other is None else other(take(x, own), predicted[own])
        if _pays(errors, sizes, plain, weight):
            return _kept(errors / sizes, weight, scale)
    return _kept(errors, weight)


def scores_of_classes(true: Floats, probability: Floats, weight: Floats | None = None) -> ErrorScores:
    """Keep 1 - the probability of the true class of each row, from 0/1 (n, c) and probabilities (n, c)."""
    return _kept(1 - (true * probability).sum(1), weight)


def interval_of(kept: ErrorScores, level: float) -> tuple[float, float]:
    """Compute how far an interval reaches below and above a prediction, times the scale.

    The errors of rank (n + 1)(1 ± level) / 2 among n: conformal prediction (Vovk and others 2005), with out-of-fold
    errors in place of those of a set apart, as in cross-conformal prediction. A new row that comes from where the
    training rows came from lies inside about as often as the level says, and as often below as above; the model of all
    members is, if anything, better than those whose errors these are.

    Args:
        kept: out-of-fold scores of numbers.
        level: share of rows to lie inside, between 0 and 1.

    Raises:
        UsageError: the level is not between 0 and 1.
        DataError: there are too few errors for the level.
    """
    _check(level)
    rank = math.floor((kept.count + 1) * (1 - level) / 2 + 1e-9)
    if rank < 1:
        raise _too_few(kept.count, level, 1 - 2 / (kept.count + 1))
    ranks = _ranks(kept)
    low = int(np.searchsorted(ranks, rank, side="right")) - 1
    high = int(np.searchsorted(ranks, kept.count + 1 - rank, side="left"))
    return kept.scores[low], kept.scores[high]


def least_probability(kept: ErrorScores, level: float) -> float:
    """Compute the probability from which a class belongs to a prediction set (Sadinle, Lei and Wasserman 2019).

    The set holds a new row's true class about as often as the level says.

    Args:
        kept: out-of-fold scores of classes.
        level: share of rows whose set holds their class, between 0 and 1.

    Raises:
        UsageError, DataError: as for `interval_of`.
    """
    _check(level)
    rank = math.ceil((kept.count + 1) * level - 1e-9)
    if rank > kept.count:
        raise _too_few(kept.count, level, kept.count / (kept.count + 1))
    return 1 - kept.scores[int(np.searchsorted(_ranks(kept), rank, side="left"))]


def sets_of(probability: Floats, least: float, classes: Sequence[str]) -> list[str]:
    """Name the classes in each row's prediction set, the most probable first; it always holds that one.

    Args:
        probability: (n, c).
        least: see `least_probability`.
        classes: names of the c classes.
    """
    order = np.argsort(-probability, axis=1, kind="stable")
    counts = np.maximum((probability >= least - 1e-12).sum(1), 1)
    return ["|".join(classes[c] for c in row[:count]) for row, count in zip(order, counts.tolist(), strict=True)]


def _check(level: float) -> None:
    if not 0 < level < 1:
        raise UsageError(f"the interval's level must be between 0 and 1, not {level}", "0.9 means 90 % of rows inside")


def _too_few(count: int, level: float, most: float) -> DataError:
    return DataError(
        f"{count} training rows are too few for an interval of {level:.4g}",
        f"use at most `interval={math.floor(1000 * max(most, 0)) / 1000}`",
    )


def _ranks(kept: ErrorScores) -> Ints:
    """Ranks, from 1 to n, of the scores that were kept."""
    return _even_ranks(len(kept.scores), kept.count)


def _even_ranks(points: int, count: int) -> Ints:
    """Spread so many ranks evenly from 1 to a count."""
    return 1 + np.arange(points) * (count - 1) // max(points - 1, 1)


def _kept(scores: Floats, weight: Floats | None, scale: ErrorScale | None = None) -> ErrorScores:
    """Thin scores (n,) to at most `KEPT` order statistics, of weighted ones at even weights."""
    order = np.argsort(scores, kind="stable")
    if weight is None or np.ptp(weight) == 0:
        count, shares = len(scores), (np.arange(len(scores)) + 1.0) / len(scores)
    else:
        count = max(1, int(weight.sum() ** 2 / np.square(weight).sum()))
        shares = np.cumsum(weight[order]) / weight.sum()
    ranks = _even_ranks(min(KEPT, count), count)
    where = np.searchsorted(shares, ranks / count - 1e-12).clip(0, len(scores) - 1)
    return ErrorScores(count, tuple(float(f"{score:.7g}") for score in scores[order][where]), scale)


def _fit_scale(x: Floats, predicted: Floats, errors: Floats, weight: Floats | None) -> ErrorScale | None:
    """Fit the logarithm of the sizes by ridge regression; None where no error or no column varies."""
    sizes = np.abs(errors)
    small = SMALL * float(np.median(sizes))
    raw = np.column_stack([x, predicted])
    centre, width = raw.mean(0), raw.std(0)
    if small <= 0 or len(x) < 2 or not (width > 0).any():
        return None
    width = np.where(width > 0, width, 1.0)
    inputs = _inputs(x, predicted, centre, width)
    weights = ridge_weights(inputs, np.log(sizes + small)[:, None], weight)[:-1, 0]
    expected = np.exp(inputs @ weights)
    offset = float(np.log(np.average(sizes / expected, weights=weight)))
    return ErrorScale(tuple(centre.tolist()), tuple(width.tolist()), tuple(weights.tolist()), offset)


def _inputs(x: Floats, predicted: Floats, centre: Floats, width: Floats) -> Floats:
    """The standardised columns and prediction, and the prediction's square, (n, k + 2)."""
    standard = np.clip((np.column_stack([x, predicted]) - centre) / width, -FAR, FAR)
    return np.column_stack([standard, np.square(standard[:, -1:])])


def _pays(errors: Floats, sizes: Floats, plain: Floats, weight: Floats | None) -> bool:
    """Whether sizes tell more of the errors than equal ones: by a standard error, in Laplace's likelihood."""

    def loss(size: Floats) -> Floats:
        return np.log(size) + np.abs(errors) / size

    gain = loss(plain) - loss(sizes)
    share = np.full(len(gain), 1 / len(gain)) if weight is None else weight / weight.sum()
    mean = float(gain @ share)
    return mean > float(np.sqrt(np.square(share) @ np.square(gain - mean)))

"""Uncertainty of measures over folds: corrected intervals, p-values, and their adjustment for many columns."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from bnfit.arrays import Floats, Ints

LEVEL = 0.95


def corrected_interval(
    values: Floats, trained: float, tested: float, level: float = LEVEL
) -> tuple[Floats, Floats, Floats]:
    """Compute interval and one-sided p-value of the mean over folds, with the corrected resampled t-test.

    Members of different folds share most of their training rows, so their results are not independent: the variance
    of the mean of J results is (1/J + n_tested/n_trained) times their variance, with J - 1 degrees of freedom (Nadeau
    and Bengio, "Inference for the generalization error", Machine Learning 52, 2003).

    Args:
        values: of each fold (j, ...).
        trained: rows that a fold's members are trained on.
        tested: test rows of a fold.
        level: coverage of the interval.

    Returns:
        Lower end, upper end and p-value against a mean of 0 or less, (...) each; nan with fewer than two folds.
    """
    folds = len(values)
    mean = values.mean(0)
    if folds < 2 or trained <= 0:
        missing = np.full(mean.shape, math.nan)
        return missing, missing, missing
    error = np.sqrt((1 / folds + tested / trained) * values.var(0, ddof=1))
    half = student_quantile(0.5 + level / 2, folds - 1) * error
    # without any spread there is nothing to test: an exact 0 is no evidence, anything else is certain
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0, mean / error, np.where(mean == 0, 0.0, np.copysign(np.inf, mean)))
    p = 1 - np.vectorize(student_probability, otypes=[float])(t, folds - 1)
    return mean - half, mean + half, np.where((error == 0) & (mean == 0), 1.0, p)


def holm(p: Floats) -> Floats:
    """Adjust p-values (n,) so that the chance of any false finding among them stays as stated.

    Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979: the
    smallest is multiplied by n, the next by n - 1 and so on; none gets smaller than one before it. nan stays nan.
    """
    out = np.full(len(p), np.nan)
    known = np.flatnonzero(~np.isnan(p))
    order = known[np.argsort(p[known], kind="stable")]
    factors = np.arange(len(order), 0, -1)
    out[order] = np.minimum(1, np.maximum.accumulate(p[order] * factors)) if len(order) else p[order]
    return out


def bootstrap_interval(
    statistic: Callable[[Ints], float | None], items: int, seed: int, draws: int = 1000
) -> tuple[float, float] | None:
    """Compute the percentile interval of a statistic of items drawn with replacement (Efron 1979).

    Args:
        statistic: of the positions drawn; None where it is not defined.
        items: number of items; fewer than 4 have no interval.
        seed: makes the draws repeatable.
        draws: number of draws.

    Returns:
        The ends; None where fewer than half of the draws have a value.
    """
    if items < 4:
        return None
    rng = np.random.default_rng([seed, 0xB007])
    found = [statistic(rng.integers(0, items, items)) for _ in range(draws)]
    values = [value for value in found if value is not None]
    if len(values) < draws // 2:
        return None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def student_probability(t: float, freedom: int) -> float:
    """Return P(T <= t) of Student's t with `freedom` degrees of freedom (Abramowitz and Stegun 26.7.3-4)."""
    if math.isinf(t):
        return float(t > 0)
    angle = math.atan2(t, math.sqrt(freedom))
    if freedom % 2:
        terms = _cosine_terms(angle, 1, freedom - 2)
        both = 2 / math.pi * (angle + math.sin(angle) * math.fsum(terms))
    else:
        both = math.sin(angle) * math.fsum(_cosine_terms(angle, 0, freedom - 2))
    return 0.5 + both / 2


def _cosine_terms(angle: float, first: int, last: int) -> list[float]:
    """Return the series' terms in cos^first, cos^(first + 2), ..., cos^last."""
    cosine, term, terms = math.cos(angle), math.cos(angle) ** first, []
    for power in range(first, last + 1, 2):
        terms.append(term)
        term *= cosine * cosine * (power + 1) / (power + 2)
    return terms


def student_quantile(probability: float, freedom: int) -> float:
    """Return the t with P(T <= t) = `probability`, from 0.5 up, exact to rounding, by bisection."""
    low, high = 0.0, 1.0
    while student_probability(high, freedom) < probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if student_probability(middle, freedom) < probability else (low, middle)
    return (low + high) / 2

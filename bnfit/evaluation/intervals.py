"""Student's t, p-values of many tests and their adjustment, and bootstrap intervals."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from statistics import NormalDist

import numpy as np

from bnfit.arrays import Floats, Ints

LEVEL = 0.95


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


def holm_factors(p: Floats, level: float) -> Floats:
    """Return the number of tests (n,) that an interval at each value has to allow for, to say what Holm's method says.

    An interval at 1 - level / factor leaves 0 out just where the adjusted p-value is below the level: from the first
    that is not rejected on, all have its factor. nan counts as the largest p-value.
    """
    known = np.where(np.isnan(p), np.inf, p)
    order = np.argsort(known, kind="stable")
    steps = np.arange(len(p), 0, -1)
    kept = np.flatnonzero(known[order] * steps >= level)
    if len(kept):
        steps[kept[0] :] = steps[kept[0]]
    factors = np.empty(len(p))
    factors[order] = steps
    return factors


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


MANY = 300
"""Degrees of freedom from which on the normal distribution stands in for Student's."""


def student_probability(t: float, freedom: int) -> float:
    """Return P(T <= t) of Student's t with `freedom` degrees of freedom (Abramowitz and Stegun 26.7.3-4, 26.7.8)."""
    if math.isinf(t):
        return float(t > 0)
    if freedom >= MANY:
        return NormalDist().cdf(t * (1 - 1 / (4 * freedom)) / math.sqrt(1 + t * t / (2 * freedom)))
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


@functools.lru_cache(maxsize=4096)
def student_quantile(probability: float, freedom: int) -> float:
    """Return the t with P(T <= t) = `probability`, from 0.5 up, exact to rounding, by bisection."""
    low, high = 0.0, 1.0
    while student_probability(high, freedom) < probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if student_probability(middle, freedom) < probability else (low, middle)
    return (low + high) / 2

"""Whether two samples may come from one distribution: p-values that need no SciPy."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from bnfit.arrays import Floats

LEAST_EXPECTED = 5.0
"""Expected rows of a class of the chi-square test, at least; rarer classes count together."""


def kolmogorov_p(distance: float, rows: int, others: int) -> float:
    """Return P(D >= `distance`) for the largest difference of the distribution functions of two samples.

    By the limiting distribution with Stephens' correction for few rows (Press and others, "Numerical Recipes", 14.3).
    For samples with repeated values it is too large, never too small.

    Args:
        distance: from 0 to 1.
        rows, others: rows of the two samples.
    """
    root = math.sqrt(rows * others / (rows + others))
    scaled = (root + 0.12 + 0.11 / root) * distance
    if scaled < 0.3:  # where the series converges slowly, and the sum is 1 to eight digits
        return 1.0
    return min(1.0, max(0.0, 2 * math.fsum((-1) ** (k - 1) * math.exp(-2 * (k * scaled) ** 2) for k in range(1, 60))))


def proportions_p(share: float, rows: int, other: float, others: int) -> float:
    """Return the two-sided p-value of the difference of two shares, by the pooled normal approximation."""
    pooled = (share * rows + other * others) / (rows + others)
    variance = pooled * (1 - pooled) * (1 / rows + 1 / others)
    if variance <= 0:
        return 1.0
    # Yates: counts are whole
    half = 0.5 * (1 / rows + 1 / others)
    z = max(0.0, abs(share - other) - half) / math.sqrt(variance)
    return 2 * NormalDist().cdf(-z)


def homogeneity_p(counts: Floats, others: Floats) -> float:
    """Return the p-value of Pearson's chi-square test that rows (c,) of each class have the same shares as others (c,).

    Classes with few expected rows count together. The distribution is Wilson and Hilferty's cube root.
    """
    table = np.array([counts, others], float)
    total = table.sum()
    if not (table.sum(1) > 0).all():
        return 1.0
    expected = table.sum(0) * (table.sum(1).min() / total)
    rare = expected < LEAST_EXPECTED
    table = np.c_[table[:, ~rare], table[:, rare].sum(1)]
    table = table[:, table.sum(0) > 0]
    freedom = table.shape[1] - 1
    if not freedom:
        return 1.0
    outer = np.outer(table.sum(1), table.sum(0)) / total
    return chi_square_p(float((np.square(table - outer) / outer).sum()), freedom)


def chi_square_p(value: float, freedom: int) -> float:
    """Return P(X >= `value`) of a chi-square distribution: exact for 1 and 2 degrees of freedom, else approximate."""
    if freedom == 1:
        return math.erfc(math.sqrt(value / 2))
    if freedom == 2:
        return math.exp(-value / 2)
    spread = 2 / (9 * freedom)
    return NormalDist().cdf(-((value / freedom) ** (1 / 3) - 1 + spread) / math.sqrt(spread))

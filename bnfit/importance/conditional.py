"""Values that a column might have had with the other columns as they are, to switch off what it alone says.

Replaced by them, a column that the target does not depend on given the others changes no error on average: the null
hypothesis of the conditional predictive impact (Watson and Wright 2021, "Testing conditional independence in supervised
learning algorithms"), for columns of numbers and of levels (Blesch, Watson and Wright 2023).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from bnfit.arrays import Floats, Ints, at_most
from bnfit.evaluation.reference_models import logistic_probability, logistic_weights

RIDGE = 1e-3
"""Added to every standardised column's variance, so that columns that determine each other keep a finite inverse."""
MOST_LEVELS = 50
"""Columns of more levels are moved by residuals."""
MODEL_ROWS = 2_000
"""So many rows, evenly spaced, train the model of a column's levels."""


class ConditionalDraws:
    """Draws of a column given the others: of numbers, a ridge regression with shuffled residuals; of levels, a logistic
    regression.

    Args:
        x: encoded rows (n, k), from which the regressions are fitted.
    """

    def __init__(self, x: Floats) -> None:
        self._x = at_most(x, MODEL_ROWS)
        self._precision = precision_of(x)

    def __call__(self, x: Floats, where: list[int], orders: Sequence[Ints]) -> Iterator[Floats]:
        """Draw what stands at `where` in rows x (n, k), once for each order of them: (n, p) each."""
        levels = levels_of(self._x[:, where])
        if levels is None:
            now, own = x[:, where], residual(x, where, self._precision)
            return (now - own + own[order] for order in orders)
        cumulative = self._probabilities(x, where, levels).cumsum(1)
        return (levels[_chosen(cumulative, (order + 0.5) / len(x))] for order in orders)

    def _probabilities(self, x: Floats, where: list[int], levels: Floats) -> Floats:
        """Return the probability of each level in rows x, given the columns that are not at `where` (n, l)."""
        if len(levels) == 1:
            return np.ones((len(x), 1))
        others = np.setdiff1d(np.arange(x.shape[1]), where)
        known = self._x[:, others]
        mean, sd = known.mean(0), known.std(0)
        sd = np.where(sd > 0, sd, 1.0)
        of_row = (self._x[:, None, where] == levels).all(2).astype(float)
        weights = logistic_weights((known - mean) / sd, of_row)
        return logistic_probability(weights, (x[:, others] - mean) / sd, len(levels))


def levels_of(x: Floats) -> Floats | None:
    """Return the distinct rows (l, p) of what a column was encoded to (n, p), if it has levels: each input two values.

    None where an input has more, or the column more than `MOST_LEVELS`; a column of one value has one level.
    """
    if any(len(np.unique(values)) > 2 for values in x.T):
        return None
    levels = np.unique(x, axis=0)
    return levels if len(levels) <= MOST_LEVELS else None


def _chosen(cumulative: Floats, shares: Floats) -> Ints:
    """Return the first level whose cumulative probability (n, l) reaches each row's share (n,)."""
    return np.asarray(np.minimum((cumulative < shares[:, None]).sum(1), cumulative.shape[1] - 1))


def precision_of(x: Floats) -> Floats:
    """Invert the ridged covariance of x (n, k): the result holds every regression of columns on the others."""
    variance = x.var(0)
    covariance = np.atleast_2d(np.cov(x, rowvar=False, ddof=0)) + RIDGE * np.diag(np.where(variance > 0, variance, 1))
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(np.linalg.inv(covariance / np.outer(scale, scale)) / np.outer(scale, scale))


def residual(x: Floats, where: Sequence[int], precision: Floats) -> Floats:
    """Return the residual of a ridge regression of the columns at `where` on the others, up to a constant (n, p).

    With P the precision, that is x P_w P_ww⁻¹ (Lauritzen, "Graphical Models", 1996, proposition C.5).
    """
    inside = precision[np.ix_(where, where)]
    return np.asarray((x - x.mean(0)) @ precision[:, where] @ np.linalg.inv(inside))

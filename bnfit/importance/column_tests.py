"""Whether the error grows with a column switched off: one paired test, by rows, groups or blocks in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.intervals import holm, holm_factors, student_probability, student_quantile
from bnfit.evaluation.paired import UnitSums
from bnfit.importance.ablation import SwitchedOff
from bnfit.results.explanation import Increase

EVIDENCE = 0.05
"""A column matters where less than this is the adjusted chance of as large an increase without any effect."""
NEGLIGIBLE = 0.01
"""Share of a constant guess's error; an increase that is surely smaller is no sign of an effect."""
SHARED = 1.25
"""Factor of the standard error where predictors of different folds share training rows, as at 8 folds."""


def verdict(increase: Increase | None, reference: float) -> str | None:
    """Say what the rows tell of an increase, see `Importance`; None where there is no test.

    Args:
        increase: of the squared error with a column shuffled or drawn anew; None where it was not measured.
        reference: the squared error of a constant guess.
    """
    if increase is None or increase.p is None or increase.high is None:
        return None
    if increase.p < EVIDENCE:
        return "matters"
    return "none" if increase.high < NEGLIGIBLE * reference else "unclear"


@dataclass(frozen=True)
class Tested:
    """Increases of the squared error by one way of switching off, (c,) each.

    Attributes:
        mean: over rows.
        low, high: the interval that goes with `p`: with p below 5 %, low is above 0.
        p: against an increase of 0 or less, adjusted for the number of columns by Holm's method; nan as the ends are
            where one unit tells nothing of the spread.
    """

    mean: Floats
    low: Floats
    high: Floats
    p: Floats


def increases(switched: SwitchedOff, held_out: Sequence[HeldOut]) -> dict[str, Tested]:
    """Test by baseline whether the squared error grows with a column switched off.

    The values are paired differences of each row's error, switched off and intact, averaged over shuffles. Rows vary by
    themselves, or groups of them, or blocks in time; Student's t has one degree of freedom less than there are of them.
    Predictors of different folds share training rows, which `SHARED` makes up for.

    Args:
        switched: the errors.
        held_out: the predictors.
    """
    factor = SHARED if any(fold.trained for fold in held_out) else 1.0
    return {name: _tested(sums, factor) for name, sums in switched.increases.items()}


def _tested(sums: UnitSums, factor: float) -> Tested:
    mean, error, freedom = sums.mean, sums.se * factor, sums.units - 1
    if freedom < 1:
        missing = np.full(mean.shape, np.nan)
        return Tested(mean, missing, missing, missing)
    # without any spread there is nothing to test: an exact 0 is no evidence, anything else is certain
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(error > 0, mean / error, np.where(mean == 0, 0.0, np.copysign(np.inf, mean)))
    p = 1 - np.vectorize(student_probability, otypes=[float])(t, freedom)
    p = np.where((error == 0) & (mean == 0), 1.0, p)
    adjusted = holm(p)
    half = np.array([student_quantile(1 - EVIDENCE / tests, freedom) for tests in holm_factors(p, EVIDENCE)]) * error
    return Tested(mean, mean - half, mean + half, adjusted)

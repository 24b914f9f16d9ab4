"""Prediction intervals of numbers, and prediction sets of classes, beside each prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.evaluation.conformal import interval_of, least_probability, sets_of
from bnfit.evaluation.metrics import both_classes
from bnfit.model.digits import to_digits
from bnfit.model.model import Model


class Intervals:
    """Says between what a row's target lies, by the errors that training made on rows its members had not seen.

    Args:
        model: a trained or loaded model.
        level: share of rows to lie inside, between 0 and 1.

    Raises:
        UsageError: the level is not between 0 and 1.
        DataError: the model holds no out-of-fold errors, or too few for the level.
    """

    def __init__(self, model: Model, level: float) -> None:
        errors = model.metadata.errors
        if errors is None:
            raise DataError(f"{model.called} holds no out-of-fold errors to make intervals of", "train it again")
        self.errors, self.classes = errors, model.schema.classes
        if self.classes:
            self.least = least_probability(errors, level)
        else:
            self.low, self.high = interval_of(errors, level)

    def of(self, x: Floats, output: Floats, outside: Bools) -> dict[str, NDArray[np.generic]]:
        """Return `low` and `high` of encoded rows x (n, k) and outputs (n, o), or `set`, the likely classes.

        They are missing in rows outside of what training had, of which the errors say nothing.
        """
        if self.classes:
            sets = np.array(sets_of(both_classes(output), self.least, self.classes), object)
            sets[outside] = None
            return {"set": sets}
        middle = output[:, 0]
        size = 1.0 if self.errors.scale is None else self.errors.scale(x, middle)
        ends = {"low": middle + size * self.low, "high": middle + size * self.high}
        return {name: to_digits(np.where(outside, np.nan, end)) for name, end in ends.items()}

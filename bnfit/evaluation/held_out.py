"""A predictor with rows that it never saw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Bools, Floats, Ints, at_most, pick
from bnfit.evaluation.paired import Units, units_of
from bnfit.scratch import joined, keep, take

Predict = Callable[[Floats], Floats]
"""From raw columns (n, k) to outputs (n, o)."""


@dataclass(frozen=True)
class HeldOut:
    """A predictor and its test rows, none of which it saw.

    Attributes:
        predict: raw columns (n, k) to outputs (n, o).
        x: the test rows' raw columns (n, k).
        y: their targets (n, o).
        weight: weight of each row (n,); None for equal ones.
        trained: rows that the predictor was trained on, which may be test rows of another; 0 for a predictor that all
            test rows share.
        unit: what varies by itself, of each row (n,): its group, or its block in time; None where that is the row.
    """

    predict: Predict
    x: Floats
    y: Floats
    weight: Floats | None = None
    trained: int = 0
    unit: Ints | None = None

    @property
    def units(self) -> Units:
        """The units of the rows, numbered from 0."""
        return units_of(self.unit, len(self.x), self.weight)

    @property
    def size(self) -> float:
        """Total weight of the rows."""
        return float(len(self.x) if self.weight is None else self.weight.sum())

    def at_most(self, most: int) -> HeldOut:
        """Keep at most so many test rows, evenly spaced."""
        return self if len(self.x) <= most else self.only(at_most(np.arange(len(self.x)), most), self.predict)

    def only(self, rows: Bools | Ints | slice, predict: Predict) -> HeldOut:
        """Keep some of the test rows, with another predictor for them."""
        unit = pick(self.unit, rows)
        x = self.x[rows] if isinstance(rows, slice) else take(self.x, rows)
        return HeldOut(predict, x, self.y[rows], pick(self.weight, rows), self.trained, unit)


def weights_of(held_out: Sequence[HeldOut]) -> Floats | None:
    """Return the weights of all test rows (n,), one predictor's after the other's; None for equal ones."""
    weights = [fold.weight for fold in held_out if fold.weight is not None]
    return np.concatenate(weights) if weights else None


def predict_test_folds(held_out: Sequence[HeldOut]) -> tuple[Floats, Floats]:
    """Return targets and predictions (n, o) of all test rows, one predictor after the other."""
    return joined([fold.y for fold in held_out]), joined([keep(fold.predict(fold.x)) for fold in held_out])

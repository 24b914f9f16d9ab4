"""Out-of-fold predictions and what intervals are made of, as the model file keeps them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.conformal import scores_of_classes, scores_of_numbers
from bnfit.evaluation.held_out import HeldOut, predict_test_folds, weights_of
from bnfit.evaluation.metrics import both_classes
from bnfit.model.metadata import Metadata
from bnfit.results.fit import OutOfFoldPredictions
from bnfit.scratch import joined

PLOTTED_ROWS = 5_000
"""Tables up to this size leave what was predicted of each row in the file, so that it can be drawn."""
SCORED_ROWS = 1 << 18
"""Rows that intervals and sets are made of, at most, evenly spaced."""


def for_plotting(true: Floats, predicted: Floats) -> OutOfFoldPredictions | None:
    """Put targets (n,) beside their out-of-fold predictions (n,); None where there are too many to draw."""
    if len(true) > PLOTTED_ROWS:
        return None
    spread = float(true.std())
    # six digits, and as many more as it takes to tell values apart that lie far from 0
    more = 17.0 if not spread else max(0.0, math.log10(np.abs(true).max()) - math.log10(spread))
    digits = min(17, 6 + math.ceil(more))
    return OutOfFoldPredictions(tuple(true.tolist()), tuple(float(f"{v:.{digits}g}") for v in predicted))


def with_out_of_fold(metadata: Metadata, held_out: Sequence[HeldOut], task: str) -> Metadata:
    """Add what intervals and sets are made of, and of numbers the predictions themselves."""
    held_out = [fold.at_most(SCORED_ROWS // len(held_out)) for fold in held_out]
    y, y_pred = predict_test_folds(held_out)
    weight = weights_of(held_out)
    if task != "regression":
        return replace(metadata, errors=scores_of_classes(both_classes(y), both_classes(y_pred), weight))
    true, predicted = y[:, 0], y_pred[:, 0]
    fold = np.repeat(np.arange(len(held_out)), [len(one.x) for one in held_out])
    x = joined([one.x for one in held_out])
    errors = scores_of_numbers(x, predicted, true - predicted, fold, weight)
    return replace(metadata, errors=errors, out_of_fold=for_plotting(true, predicted))

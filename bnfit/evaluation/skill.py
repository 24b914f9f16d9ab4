"""Errors of a model beside those of a constant guess, on rows that it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.calibration import calibration_of_classes, calibration_of_numbers
from bnfit.evaluation.held_out import HeldOut, predict_test_folds, weights_of
from bnfit.evaluation.metrics import (
    both_classes,
    chance_calibration_error,
    classification_metrics,
    confusion,
    constant_metrics,
    decided,
    regression_metrics,
)
from bnfit.evaluation.paired import Difference, Units, mean_of_rows, row_losses, together
from bnfit.evaluation.roc import roc_curves
from bnfit.results.calibration import CalibrationGroup
from bnfit.results.explanation import Confusion
from bnfit.results.roc import RocCurve
from bnfit.scratch import keep


@dataclass(frozen=True)
class Skill:
    """Errors of a model and of a constant guess on the same rows.

    Attributes:
        metrics, reference: see `Explanation`.
        confusion: of classes; None for numbers.
        roc: of classes, see `Explanation`.
        error: the model's, of numbers the squared error, of classes the log-loss.
        gain: how far it is below that of the constant guess, from paired differences.
        share: that as a share of the constant guess's error (of numbers R²), with its standard error.
        intervals: of the errors, see `Explanation`.
        calibration_by_chance: see `chance_calibration_error`; None for numbers.
        calibration: predictions beside what came true, see `Explanation`.
    """

    metrics: dict[str, float]
    reference: dict[str, float]
    confusion: Confusion | None
    roc: tuple[RocCurve, ...]
    error: Difference
    gain: Difference
    share: Difference
    intervals: dict[str, tuple[float, float]]
    calibration_by_chance: float | None = None
    calibration: tuple[CalibrationGroup, ...] = ()


def skill(
    held_out: Sequence[HeldOut], constants: Floats, classes: Sequence[str] = (), emphasis: Sequence[float] = ()
) -> Skill:
    """Measure the predictors, and the constant predictions (j, o), on all test rows.

    Args:
        held_out: predictors with their test rows.
        constants: what each of them is compared to.
        classes: names of the target's classes; none for numbers.
        emphasis: of each class where accuracies decide on one; none for equal ones.
    """
    y, y_pred = predict_test_folds(held_out)
    constant = keep(np.repeat(constants, [len(fold.y) for fold in held_out], axis=0))
    weight = weights_of(held_out)
    losses = [keep(row_losses(y, prediction, bool(classes))) for prediction in (constant, y_pred)]
    of = together([fold.units for fold in held_out])
    error, gain = mean_of_rows(losses[1], of), mean_of_rows(losses[0] - losses[1], of)
    share = _share_removed(losses[0], losses[1], of)
    if not classes:
        metrics, reference = (regression_metrics(y[:, 0], p[:, 0], constant[:, 0], weight) for p in (y_pred, constant))
        absolute = mean_of_rows(np.abs(y_pred - y)[:, 0], of)
        intervals = _intervals({"mse": error, "mae": absolute, "r2": share})
        groups = calibration_of_numbers(y[:, 0], y_pred[:, 0])
        return Skill(metrics, reference, None, (), error, gain, share, intervals, calibration=groups)
    truth, probability = both_classes(y), both_classes(y_pred)
    metrics = classification_metrics(truth, probability, weight, emphasis)
    reference = constant_metrics(truth, both_classes(constant), weight)
    right = decided(probability, emphasis) == truth.argmax(1)
    intervals = _intervals({"log_loss": error, "accuracy": mean_of_rows(right.astype(float), of)})
    counts = tuple(map(tuple, confusion(y, y_pred, emphasis).tolist()))
    by_chance = chance_calibration_error(probability.max(1), weight)
    roc = roc_curves(truth, probability, classes, weight)
    groups = calibration_of_classes(right, probability.max(1))
    found = Confusion(tuple(classes), counts)
    return Skill(metrics, reference, found, roc, error, gain, share, intervals, by_chance, groups)


def _intervals(measured: Mapping[str, Difference]) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals by name, within what each error can be, with that of the RMSE beside the MSE's."""
    found = {name: ends for name, one in measured.items() if (ends := one.interval) is not None}
    bounded = {
        name: (low if name == "r2" else max(low, 0.0), min(high, 1.0) if name in ("r2", "accuracy") else high)
        for name, (low, high) in found.items()
    }
    return bounded | ({"rmse": (bounded["mse"][0] ** 0.5, bounded["mse"][1] ** 0.5)} if "mse" in bounded else {})


def _share_removed(constant: Floats, model: Floats, of: Units) -> Difference:
    """Share of a constant guess's error that is removed, 1 - Σ model / Σ constant, by the ratio estimator."""
    whole = mean_of_rows(constant, of).mean
    if not whole > 0:
        return Difference(0.0, 0.0, 0)
    left = mean_of_rows(model, of).mean / whole
    return Difference(1 - left, mean_of_rows(model - left * constant, of).se / whole, int((of.sizes > 0).sum()))

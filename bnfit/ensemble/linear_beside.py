"""The linear model beside a fit: its errors on the same rows, and whether it may be enough."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bnfit.evaluation.held_out import HeldOut, predict_test_folds
from bnfit.evaluation.paired import Difference, mean_of_rows, row_losses, together
from bnfit.evaluation.reference_models import constant_reference, linear_metrics, linear_reference
from bnfit.evaluation.splits import Split
from bnfit.results.explanation import SKILL_LEVEL
from bnfit.schema.dataset import Dataset
from bnfit.scratch import joined, keep


@dataclass(frozen=True)
class LinearBeside:
    """A linear model, each fold predicted from the others.

    Attributes:
        metrics: its errors by name.
        gain: how far its loss is below the model's on the same rows.
        skilled: whether it is surely better than a constant guess.
    """

    metrics: dict[str, float]
    gain: Difference
    skilled: bool


def compare_linear(dataset: Dataset, splits: Sequence[Split], held_out: Sequence[HeldOut]) -> LinearBeside:
    """Measure a linear model on the test rows of each split, beside the predictors that never saw them."""
    predictions, classes = [linear_reference(dataset, split) for split in splits], dataset.loss != "mse"
    y, y_pred = predict_test_folds(held_out)
    of = together([fold.units for fold in held_out])
    guesses = y_pred, joined(predictions), constant_reference(dataset, splits)
    own, linear, constant = (keep(row_losses(y, guess, classes)) for guess in guesses)
    skilled = mean_of_rows(constant - linear, of).p <= SKILL_LEVEL
    return LinearBeside(linear_metrics(dataset, splits, predictions), mean_of_rows(own - linear, of), skilled)


def linear_note(beside: LinearBeside) -> tuple[str, ...]:
    """Remark where the linear model has the lower error, and skill at all."""
    if beside.gain.mean <= 0 or not beside.skilled:
        return ()
    classes = "log_loss" in beside.metrics
    which, name, shown = ("logistic", "log_loss", "log-loss") if classes else ("linear", "mse", "MSE")
    gain, se = f"{beside.gain.mean:.2g}", f"{beside.gain.se:.2g}"
    return (
        f"{which} regression reaches {shown} {beside.metrics[name]:.4g} on the same rows, {gain} ± {se} less than the "
        "model: a linear model may be enough here",
    )

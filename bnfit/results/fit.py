"""Result of `fit`: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.results.explanation import Explanation
from bnfit.results.table import SchemaReport

SURELY = 2.0
"""A difference of more than so many standard errors is no chance."""


def surely_above(difference: float, se: float) -> bool:
    """Whether a difference is above 0 by more than chance."""
    return difference > SURELY * se


@dataclass(frozen=True)
class LossCurves:
    """Losses of one member after each epoch: on training rows, and on rows not trained on; None where not finite."""

    loss: tuple[float | None, ...]
    judged_loss: tuple[float | None, ...]


@dataclass(frozen=True)
class OutOfFoldPredictions:
    """The target of each training row beside the mean prediction of the members that never saw the row."""

    true: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class LatestRows:
    """Errors on the latest rows by a column of dates, of members that were trained on the earlier rows alone.

    Attributes:
        column: the column of dates.
        rows: how many of the latest rows were tested on.
        metrics: the errors, named as in `Explanation`; `r2` against the mean of these rows.
    """

    column: str
    rows: int
    metrics: dict[str, float]


@dataclass(frozen=True)
class FitReport:
    """Report of a training.

    Attributes:
        target: the target column.
        architecture: label of the architecture, such as "6-6 tanh linear".
        arm: how the network normalises, such as "bn".
        weights: number of weights of one member, trainable or not.
        members: members averaged in the saved model.
        folds: number of folds that the error was measured over.
        recipe: name of the recipe.
        seed: the seed that makes the run repeatable.
        explanation: error and importances on rows no member saw.
        seconds: wall time of the training.
        task: "regression", "binary" or "multiclass".
        schema: what was found in the table; None where nobody looked.
        norm: how the hidden layers are normalised, such as "batch" or "layer:after" (the activation); None as the arm
            says.
        linear_gain, linear_gain_se: how far the linear model's error is below the model's, and the standard error, from
            paired differences of squared errors or log-losses; None in files of earlier versions.
        linear_share: the share of a linear model in the model's output, from 0 to 1, found out of fold.
        later: the error on the latest rows, where a column holds dates and nobody named it as the time; else null.
    """

    target: str
    architecture: str
    arm: str
    weights: int
    members: int
    folds: int
    recipe: str
    seed: int
    explanation: Explanation
    seconds: float
    task: str = "regression"
    schema: SchemaReport | None = None
    linear_gain: float | None = None
    linear_gain_se: float | None = None
    linear_share: float = 0.0
    norm: str | None = None
    later: LatestRows | None = None

    @property
    def worse_than_linear(self) -> bool | None:
        """Whether the linear model is surely better; None where that is not known."""
        known = self.linear_gain is not None and self.linear_gain_se is not None
        return surely_above(self.linear_gain or 0.0, self.linear_gain_se or 0.0) if known else None

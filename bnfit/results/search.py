"""Result of `search`: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass, field

from bnfit.results.fit import FitReport


@dataclass(frozen=True)
class LeaderboardRow:
    """One candidate of a search, or a reference to compare with.

    Attributes:
        rank: 1 for the best; None for reference rows.
        architecture: label of the architecture; the reference's name in a reference row.
        arm: how the network normalises; empty in a reference row.
        weights: number of weights, trainable or not.
        cv_mse: mean over folds of the fold's mean squared error (for classes, Brier score); None when diverged.
        cv_se: standard error of that mean over folds.
        r2: 1 - pooled squared error / squared error of predicting each fold's training mean (or class shares).
        diverged: some fold's training ended in a number that is not finite.
        best: the lowest error.
        smallest: the fewest weights within one standard error of the best.
        saved: what the saved model is made of: this candidate, or the networks of this reference.
        reference: "mean", "linear", "fit" (what plain `fit` trains) or "ensemble" in a reference row, else None.
        cv_log_loss, cv_log_loss_se: for classes the mean over folds of the log-loss, which ranks them, and its standard
            error; else None.
        cv_accuracy: for classes the mean over folds of the share of rows predicted right; else None.
        batch_size, learning_rate, momentum, epsilon, weight_decay, epochs: of the recipe it was trained with; None in
            a reference row, and ε also where it is far below every column's variance.
        norm: how the hidden layers are normalised, such as "batch", "layer:after" (the activation) or "none"; None in a
            reference row.
    """

    rank: int | None
    architecture: str
    arm: str
    weights: int
    cv_mse: float | None
    cv_se: float | None
    r2: float | None
    diverged: bool = False
    best: bool = False
    smallest: bool = False
    saved: bool = False
    reference: str | None = None
    cv_log_loss: float | None = None
    cv_log_loss_se: float | None = None
    cv_accuracy: float | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    norm: str | None = None
    momentum: float | None = None
    epsilon: float | None = None
    weight_decay: float | None = None
    epochs: int | None = None

    @property
    def score(self) -> float:
        """The error that ranks: the log-loss of classes, the squared error of numbers; infinite when diverged."""
        error = self.cv_mse if self.cv_log_loss is None else self.cv_log_loss
        return float("inf") if error is None else error

    @property
    def score_se(self) -> float:
        """The standard error of the score over folds."""
        return (self.cv_se if self.cv_log_loss is None else self.cv_log_loss_se) or 0.0


@dataclass(frozen=True)
class Activations:
    """What reaches a unit of the last hidden layer, on rows not trained on, by epoch.

    Attributes:
        architecture: the network's; of a way's first candidate, on the first fold.
        unit: its number, from 1: that of the median spread at the end.
        low, middle, high: 15th, 50th and 85th percentile over rows, after each epoch.
    """

    architecture: str
    unit: int
    low: tuple[float, ...]
    middle: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Curve:
    """Losses by epoch of one way of normalising and training, the mean over its architectures and folds.

    Attributes:
        value: what tells it from the other curves, in words.
        arm, norm, batch_size, learning_rate, momentum, epsilon: as in `LeaderboardRow`.
        loss: training loss of each epoch: squared error, or cross-entropy.
        judged_loss: the same on rows not trained on, after each epoch, by moving averages where there are any.
        accuracy: for classes the share of these rows predicted right; else None.
        trainings, diverged: how many, and how many of them diverged: those are not in the means.
        activations: what reaches a unit of one of the networks; None where that diverged.
    """

    value: str
    arm: str
    norm: str
    batch_size: int
    learning_rate: float
    momentum: float
    epsilon: float | None
    loss: tuple[float | None, ...]
    judged_loss: tuple[float | None, ...]
    accuracy: tuple[float | None, ...]
    trainings: int
    diverged: int
    activations: Activations | None = None


@dataclass(frozen=True)
class Saved:
    """What a search saved, and why.

    Attributes:
        team: "fit" (the networks of plain `fit`), "ensemble" or "candidate".
        why: "best" (the lowest error), "tie" (no other was better by a standard error), "asked" (by `save`),
            "absent" (what was asked for was not there: no candidate joined, or time was short), "only" (nothing else
            could be).
        gain, gain_se: by how much the error of the best other than `fit` is below that of `fit` on the same rows, and
            the standard error of that difference; None without a comparison.
    """

    team: str
    why: str
    gain: float | None = None
    gain_se: float | None = None


@dataclass(frozen=True)
class CorrectedError:
    """Error of a search with the selection taken out, in the unit that ranks: squared error or log-loss.

    Attributes:
        error, se: of what is selected without the rows that measure it, and its standard error over rows.
        own: the error of what was saved, on the rows that helped to select it.
        compared: how many predictors it was selected from.
    """

    error: float
    se: float
    own: float
    compared: int

    @property
    def optimistic(self) -> bool:
        """Whether the error of what was saved is below the one with the selection taken out."""
        return self.own < self.error


@dataclass(frozen=True)
class SearchReport:
    """Report of a search.

    Attributes:
        leaderboard: every candidate in order of rank, diverged ones last, then the reference rows.
        by_arm: the best candidate of each arm, in order of error.
        trainings: how many networks were trained to rank the candidates.
        folds: number of folds of each cross-validation.
        recipe: name of the recipe that unnamed ways of training were taken from.
        seed: the seed that makes the run repeatable.
        seconds: wall time of those trainings.
        fit: the model that was saved.
        notes: remarks that a reader should know.
        repeats: how many cross-validations were made, each with folds of its own.
        saved: what the model is made of, and why.
        corrected: its error with the selection taken out.
        curves: losses by epoch; empty where nobody asked.
        strategy: how candidates were found: "grid", "random" or "halving".
        budget: seconds that the user gave; None without a limit.
        untried: candidates that the budget left no time for.
    """

    leaderboard: tuple[LeaderboardRow, ...]
    by_arm: tuple[LeaderboardRow, ...]
    trainings: int
    folds: int
    recipe: str
    seed: int
    seconds: float
    fit: FitReport
    notes: tuple[str, ...] = field(default=())
    repeats: int = 1
    saved: Saved | None = None
    corrected: CorrectedError | None = None
    curves: tuple[Curve, ...] = ()
    strategy: str = "grid"
    budget: float | None = None
    untried: int = 0

"""What happens to the error when a column is switched off, and how far γ tells the same story."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.intervals import corrected_interval, holm
from bnfit.metrics import correlation, log_losses, mean, ranks
from bnfit.results import Agreement
from bnfit.switching import Predict, in_threads, switch_of

Floats = NDArray[np.floating]

PERMUTATIONS = 10
RIDGE = 1e-3
"""Added to every standardised column's variance, so that columns that determine each other keep a finite inverse."""


@dataclass(frozen=True)
class Judge:
    """A predictor and the rows it is judged on, none of which it saw.

    Attributes:
        predict: raw columns (n, k) to outputs (n, o).
        x: the rows' raw columns (n, k).
        y: their targets (n, o).
        weight: how much each row counts (n,); None for all alike.
        trained: rows that the predictor was trained on and that may be another judge's; 0 for a predictor that all
            judges share.
    """

    predict: Predict
    x: Floats
    y: Floats
    weight: Floats | None = None
    trained: int = 0

    @property
    def size(self) -> float:
        """How much the rows count together."""
        return float(len(self.x) if self.weight is None else self.weight.sum())

    def every(self, step: int) -> Judge:
        """The same judge on every so-manieth row."""
        return self if step <= 1 else self.only(slice(None, None, step), self.predict)

    def only(self, rows: NDArray[np.bool_] | slice, predict: Predict) -> Judge:
        """Some of the rows, judged by this predictor."""
        weight = None if self.weight is None else self.weight[rows]
        return Judge(predict, self.x[rows], self.y[rows], weight, self.trained)


@dataclass(frozen=True)
class Changes:
    """One measure of error of j judges with each of c columns switched off.

    Attributes:
        intact: with every column as it is (j,).
        zero, mean, permute: with a column at raw 0, at its mean, shuffled (j, c).
        conditional: with what the other columns do not explain of it shuffled (j, c); None where nobody asked.
    """

    intact: Floats
    zero: Floats
    mean: Floats
    permute: Floats
    conditional: Floats | None = None

    def of(self, baseline: str) -> Floats | None:
        """The errors with columns switched off in one way (j, c)."""
        found: Floats | None = getattr(self, baseline)
        return found


@dataclass(frozen=True)
class SwitchedOff:
    """Errors of j judges with each of c columns switched off.

    Attributes:
        sizes: how much each judge's rows count (j,).
        squared: mean squared errors; of probabilities, the Brier score.
        log_loss: log-losses; None where the target is a number.
        mean_error_zero: |mean error| with a column at raw 0 (j, c).
    """

    sizes: Floats
    squared: Changes
    log_loss: Changes | None
    mean_error_zero: Floats

    def pooled(self, errors: Floats) -> Floats:
        """Errors (j,) or (j, c) over all judges' rows together."""
        return np.asarray(np.average(errors, axis=0, weights=self.sizes))


def switch_off(
    judges: Sequence[Judge],
    columns: Sequence[Sequence[int]],
    means: Floats,
    seed: int,
    classes: bool = False,
    conditional: bool = False,
) -> SwitchedOff:
    """Switch each column off in turn and measure every judge's error.

    Args:
        judges: who is judged, and on what.
        columns: for each original column the positions (in 0..k-1) of what it was encoded to.
        means: mean of each encoded column (k,), in raw units: 0 after the first layer.
        seed: draws the shuffles, the same for every column of a judge.
        classes: whether the outputs are probabilities, which have a log-loss too.
        conditional: whether to shuffle also only what the other columns do not explain.
    """
    precision = precision_of(np.concatenate([judge.x for judge in judges])) if conditional else None
    parts = [
        _switch_off(judge, columns, means, np.random.default_rng([seed, j]), classes, precision)
        for j, judge in enumerate(judges)
    ]
    intact, switched, shift = (np.stack(values) for values in zip(*parts, strict=True))
    measures = [Changes(intact[:, m], *np.moveaxis(switched[:, m], 1, 0)) for m in range(intact.shape[1])]
    sizes = np.array([judge.size for judge in judges])
    if all(judge.predict is judges[0].predict for judge in judges):  # parts of one judge's rows have one mean error
        shift = np.broadcast_to(np.average(shift, axis=0, weights=sizes), shift.shape)
    return SwitchedOff(sizes, measures[0], measures[1] if classes else None, np.abs(shift).mean(-1))


def _switch_off(
    judge: Judge,
    columns: Sequence[Sequence[int]],
    means: Floats,
    rng: np.random.Generator,
    classes: bool,
    precision: Floats | None,
) -> tuple[Floats, Floats, Floats]:
    """By measure of error: intact (e,) and switched off (e, 3 or 4, c); and the mean error at raw 0 (c, o)."""
    orders = [rng.permutation(len(judge.x)) for _ in range(PERMUTATIONS)]
    switched = np.empty((1 + classes, 3 if precision is None else 4, len(columns)))
    shift, switch = np.empty((len(columns), judge.y.shape[1])), switch_of(judge.predict, judge.x)

    def measure(c: int) -> None:
        where = list(columns[c])
        now, at_zero = judge.x[:, where], switch(where, np.zeros(len(where)))
        switched[:, 0, c] = _measured(judge, at_zero, classes)
        switched[:, 1, c] = _measured(judge, switch(where, means[where]), classes)
        switched[:, 2, c] = np.mean([_measured(judge, switch(where, now[o]), classes) for o in orders], axis=0)
        if precision is not None:
            own = residual(judge.x, where, precision)
            shuffled = [_measured(judge, switch(where, now - own + own[o]), classes) for o in orders]
            switched[:, 3, c] = np.mean(shuffled, axis=0)
        shift[c] = np.average(at_zero - judge.y, axis=0, weights=judge.weight)

    in_threads(measure, len(columns))
    return _measured(judge, judge.predict(judge.x), classes), switched, shift


def precision_of(x: Floats) -> Floats:
    """The inverse of the ridged covariance of x (n, k), which holds every regression of columns on the others."""
    variance = x.var(0)
    covariance = np.atleast_2d(np.cov(x, rowvar=False, ddof=0)) + RIDGE * np.diag(np.where(variance > 0, variance, 1))
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(np.linalg.inv(covariance / np.outer(scale, scale)) / np.outer(scale, scale))


def residual(x: Floats, where: Sequence[int], precision: Floats) -> Floats:
    """What a ridge regression on the other columns leaves of those at `where`, up to a constant (n, p).

    With P the precision, that is x P_w P_ww⁻¹ (Lauritzen, "Graphical Models", 1996, proposition C.5).
    """
    inside = precision[np.ix_(where, where)]
    return np.asarray((x - x.mean(0)) @ precision[:, where] @ np.linalg.inv(inside))


def increases(switched: SwitchedOff, judges: Sequence[Judge]) -> dict[str, tuple[Floats, Floats, Floats, Floats]]:
    """By baseline the increase of the squared error, the ends of its 95 % interval, and the adjusted p-value (c,) each.

    The interval is over judges, corrected for the training rows that they share (see `bnfit.intervals`); the p-value is
    against an increase of 0 or less, adjusted for the number of columns by Holm's method.
    """
    shared = [judge for judge in judges if judge.trained]
    judged = float(np.mean([len(judge.x) for judge in shared])) if shared else 0.0
    trained = float(np.mean([judge.trained for judge in shared])) if shared else 1.0
    found = {}
    for name in ("zero", "mean", "permute", "conditional"):
        errors = switched.squared.of(name)
        if errors is not None:
            change = errors - switched.squared.intact[:, None]
            low, high, p = corrected_interval(change, trained, judged)
            found[name] = (change.mean(0), low, high, holm(p))
    return found


def _measured(judge: Judge, prediction: Floats, classes: bool) -> Floats:
    """Mean squared error and, of classes, log-loss."""
    errors = [mean(np.square(prediction - judge.y).mean(1), judge.weight)]
    return np.array(errors + [mean(log_losses(judge.y, prediction), judge.weight)] * classes)


def per_column(values: Floats, columns: Sequence[Sequence[int]]) -> Floats:
    """One value an original column, the root of the sum of squares over what it became: (..., k) to (..., c)."""
    squares = [np.square(values[..., list(positions)]).sum(axis=-1) for positions in columns]
    return np.asarray(np.sqrt(np.stack(squares, axis=-1)))


def agreement(
    gamma: Floats | None,
    gammas: Floats | None,
    raw: Floats | None,
    switched: SwitchedOff,
    skill: float,
) -> Agreement:
    """How far γ and the zero-out error agree.

    Args:
        gamma: calibrated γ of the model (c,).
        gammas: calibrated γ of each judge's members (j, c); None where they are not known.
        raw: raw γ alike.
        switched: the errors.
        skill: R², or for classes the share of the reference's log-loss that the model removes.
    """
    squared = switched.squared
    increase = squared.zero - squared.intact[:, None]
    spearman = None if gamma is None else correlation(ranks(gamma), ranks(switched.pooled(squared.zero)))
    return Agreement(
        spearman=spearman,
        pearson=None if gammas is None else correlation(gammas, increase),
        pearson_raw=None if gammas is None or raw is None else correlation(raw, increase),
        sentence=_sentence(gamma is not None, spearman, skill),
    )


def _sentence(has_gamma: bool, spearman: float | None, skill: float) -> str:
    if not skill > 0:
        return "The model predicts no better than a constant guess: its importances mean nothing."
    weak = " The model explains little, so take any ranking with care." if skill < 0.2 else ""
    if not has_gamma:
        return "The model has no BatchNormalization on its columns, so there is no γ to compare." + weak
    if spearman is None:
        return "Too few columns to compare the two rankings." + weak
    if spearman >= 0.8:
        return "γ and the zero-out error agree on the ranking." + weak
    if spearman >= 0.4:
        return "γ and the zero-out error agree in part: trust only what both say." + weak
    return (
        "γ and the zero-out error disagree: raw 0 may be far outside the data; look at the errors with a column at its "
        "mean or shuffled before you believe either." + weak
    )

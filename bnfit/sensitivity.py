"""What happens to the error when a column is switched off, and how far γ tells the same story."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.metrics import correlation, ranks
from bnfit.results import Agreement

Floats = NDArray[np.floating]
Predict = Callable[[Floats], Floats]

PERMUTATIONS = 5


@dataclass(frozen=True)
class Judge:
    """A predictor and the rows it is judged on, none of which it saw.

    Attributes:
        predict: raw columns (n, k) to outputs (n, o).
        x: the rows' raw columns (n, k).
        y: their targets (n, o).
    """

    predict: Predict
    x: Floats
    y: Floats


@dataclass(frozen=True)
class SwitchedOff:
    """Mean squared errors of j judges with each of c columns switched off.

    Attributes:
        rows: rows of each judge (j,).
        intact: with every column as it is (j,).
        zero, mean, permute: with a column at raw 0, at its mean, shuffled (j, c).
        mean_error_zero: |mean error| with a column at raw 0 (j, c).
    """

    rows: Floats
    intact: Floats
    zero: Floats
    mean: Floats
    permute: Floats
    mean_error_zero: Floats

    def pooled(self, errors: Floats) -> Floats:
        """Errors (j,) or (j, c) over all judges' rows together."""
        return np.asarray(np.average(errors, axis=0, weights=self.rows))


def switch_off(judges: Sequence[Judge], columns: Sequence[Sequence[int]], means: Floats, seed: int) -> SwitchedOff:
    """Switch each column off in turn and measure every judge's error.

    Args:
        judges: who is judged, and on what.
        columns: for each original column the positions (in 0..k-1) of what it was encoded to.
        means: mean of each encoded column (k,), in raw units: 0 after the first layer.
        seed: draws the shuffles, the same for every column of a judge.
    """
    parts = [_switch_off(judge, columns, means, np.random.default_rng([seed, j])) for j, judge in enumerate(judges)]
    rows = np.array([len(judge.x) for judge in judges], float)
    return SwitchedOff(rows, *(np.stack(values) for values in zip(*parts, strict=True)))


def _switch_off(
    judge: Judge, columns: Sequence[Sequence[int]], means: Floats, rng: np.random.Generator
) -> tuple[Floats, ...]:
    orders = [rng.permutation(len(judge.x)) for _ in range(PERMUTATIONS)]
    out = np.empty((4, len(columns)))
    for c, positions in enumerate(columns):
        where = list(positions)
        at_zero = _errors(judge, where, np.zeros(len(where)))
        out[0, c] = np.mean(np.square(at_zero))
        out[1, c] = np.mean(np.square(_errors(judge, where, means[where])))
        out[2, c] = np.mean([np.mean(np.square(_errors(judge, where, judge.x[o][:, where]))) for o in orders])
        out[3, c] = np.abs(at_zero.mean(axis=0)).mean()
    return np.asarray(np.mean(np.square(judge.predict(judge.x) - judge.y))), out[0], out[1], out[2], out[3]


def _errors(judge: Judge, where: list[int], values: Floats) -> Floats:
    x = judge.x.copy()
    x[:, where] = values
    return np.asarray(judge.predict(x) - judge.y)


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
        skill: R², or another share of the error that the model removes.
    """
    increase = switched.zero - switched.intact[:, None]
    spearman = None if gamma is None else correlation(ranks(gamma), ranks(switched.pooled(switched.zero)))
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

"""Ranking a grid of architectures by cross-validation, all of them in one population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import Architecture
from bnfit.errors import DataError
from bnfit.population import Member, Table, Trained, train
from bnfit.recipe import Recipe
from bnfit.resampling import Rows, Split, without
from bnfit.results import LeaderboardRow

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Ranking:
    """The outcome of a search.

    Attributes:
        rows: the candidates in order of rank, diverged ones last, then the reference rows.
        order: for each candidate row, its position in the architectures that were given.
        winner: position of the candidate to save.
    """

    rows: tuple[LeaderboardRow, ...]
    order: tuple[int, ...]
    winner: int


def rank(
    architectures: Sequence[Architecture],
    table: Table,
    recipe: Recipe,
    folds: Sequence[Rows],
    seed: int,
    on_progress: Callable[[float], None] | None = None,
) -> Ranking:
    """Train every architecture on every fold's other rows and rank them by their error on the folds.

    The winner is the candidate with the lowest error among those whose first layer is a BatchNormalization, or among
    all if there is none of these.

    Raises:
        DataError: every candidate diverged.
    """
    stop_share = recipe.stop_share if recipe.patience is not None else 0.0
    splits = [without(len(table.x), fold, stop_share, seed) for fold in folds]
    members = [Member(a, split, seed + f, seed + f) for a in architectures for f, split in enumerate(splits)]
    trained = train(members, table, recipe, on_progress=on_progress)
    errors = np.array([_fold_error(t, table) for t in trained]).reshape(len(architectures), len(folds))
    sizes = np.array([len(fold) for fold in folds])
    guess = np.array([_guess_error(table, s) for s in splits])
    columns, outputs = table.x.shape[1], table.y.shape[1]
    rows = [
        _row(a.label, a.arm, a.weights(columns, outputs), e, guess, sizes)
        for a, e in zip(architectures, errors, strict=True)
    ]
    return _ranking(rows, architectures, _references(table, splits, guess, sizes))


def _fold_error(trained: Trained, table: Table) -> float:
    if trained.diverged:
        return float("inf")
    rows = trained.member.split.judge
    with np.errstate(over="ignore", invalid="ignore"):
        error = float(np.mean(np.square(trained.network(table.x[rows]) - table.y[rows])))
    return error if np.isfinite(error) else float("inf")


def _row(label: str, arm: str, weights: int, errors: Floats, guess: Floats, sizes: Floats) -> LeaderboardRow:
    if not np.isfinite(errors).all():
        return LeaderboardRow(None, label, arm, weights, None, None, None, diverged=True)
    r2 = 1 - float((errors * sizes).sum() / (guess * sizes).sum())
    se = float(errors.std(ddof=1) / np.sqrt(len(errors)))
    return LeaderboardRow(None, label, arm, weights, float(errors.mean()), se, r2)


def _ranking(
    rows: Sequence[LeaderboardRow], architectures: Sequence[Architecture], references: Sequence[LeaderboardRow]
) -> Ranking:
    """Number the candidates by error and mark the best, the smallest within one standard error, and the one to save."""
    errors = [float("inf") if row.cv_mse is None else row.cv_mse for row in rows]
    order = sorted(range(len(rows)), key=lambda i: (errors[i], rows[i].weights))
    best = order[0]
    if rows[best].cv_mse is None:
        raise DataError(
            "every training diverged", "a lower --learning-rate or an arm that normalises (--arm bn) may help"
        )
    limit = errors[best] + (rows[best].cv_se or 0.0)
    smallest = min((i for i in order if errors[i] <= limit), key=lambda i: (rows[i].weights, errors[i]))
    finite = [i for i in order if rows[i].cv_mse is not None]
    first_is_batch = [i for i in finite if _batch_first(architectures[i])]
    winner = (first_is_batch or finite)[0]
    marked = [
        replace(rows[i], rank=n, best=i == best, smallest=i == smallest, saved=i == winner)
        for n, i in enumerate(order, 1)
    ]
    return Ranking((*marked, *references), tuple(order), winner)


def _batch_first(architecture: Architecture) -> bool:
    arm = architecture.normalisation
    return arm.input_norm and not arm.standardised


def _guess_error(table: Table, split: Split) -> float:
    seen = np.concatenate([split.train, split.stop])
    return float(np.mean(np.square(table.y[split.judge] - table.y[seen].mean(0))))


def _references(table: Table, splits: Sequence[Split], guess: Floats, sizes: Floats) -> list[LeaderboardRow]:
    """Predicting the mean, and linear least squares, on the same folds."""
    linear = []
    for split in splits:
        seen = np.concatenate([split.train, split.stop])
        prediction = linear_prediction(table.standard[seen], table.y[seen], table.standard[split.judge])
        linear.append(float(np.mean(np.square(prediction - table.y[split.judge]))))
    outputs = table.y.shape[1]
    mean_row = _row("predict the mean", "", outputs, guess, guess, sizes)
    linear_row = _row("linear", "", (table.x.shape[1] + 1) * outputs, np.array(linear), guess, sizes)
    return [replace(mean_row, reference="mean"), replace(linear_row, reference="linear")]


def linear_prediction(x: Floats, y: Floats, new: Floats) -> Floats:
    """Ordinary least squares with an intercept, fitted to x (n, k) and y (n, o), at the rows `new` (m, k)."""
    coefficients = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)[0]
    return np.asarray(np.c_[new, np.ones(len(new))] @ coefficients)

"""Reference models: a constant prediction, linear least squares, logistic regression. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats, Ints, at_most, digest, pick
from bnfit.evaluation.metrics import both_classes, classification_metrics, regression_metrics
from bnfit.networks.linear_path import LinearModel
from bnfit.scratch import blocks, joined, keep, take

if TYPE_CHECKING:
    from bnfit.evaluation.splits import Split
    from bnfit.schema.dataset import Dataset


Objective = Callable[[Floats], tuple[float, Floats]]

LINEAR_ROWS = 20_000
"""Rows that a linear model is fitted to, at most, evenly spaced."""
PENALTIES = np.logspace(-6, 2, 33)
"""Candidate penalties of the ridge, per row."""
GROUP_FOLDS = 10
"""Parts that groups are cut into to choose the penalty, at most."""
STEPS, MEMORY, SMALL_GRADIENT = 200, 10, 1e-6
LEAST_STEPS, LOGITS = 20, 200_000_000
"""Steps of a logistic regression at least, and logits that all its steps compute, about: of a thousand classes a step
takes as long as all steps of a few."""


def constant_prediction(y: Floats, weight: Floats | None = None) -> Floats:
    """Return the mean target (o,) of rows y (n, o): for classes, their shares."""
    return np.asarray(np.average(y, axis=0, weights=weight))


def constant_reference(table: Dataset, splits: Sequence[Split]) -> Floats:
    """Predict the test rows of all splits (n, o) by the mean target of the rows that each has seen."""
    guesses = (constant_prediction(table.y[s.seen], table.weight_of(s.seen)) for s in splits)
    return joined([keep(np.tile(guess, (len(s.test), 1))) for guess, s in zip(guesses, splits, strict=True)])


def linear_rows(rows: Ints) -> Ints:
    """Return those of the rows that a linear model is fitted to, in rising order."""
    return at_most(np.sort(rows), LINEAR_ROWS)


def linear_reference(table: Dataset, split: Split) -> Floats:
    """Predict a split's test rows by least squares, or for classes by logistic regression.

    Args:
        table: columns and targets of n rows.
        split: the model is fitted to the rows that it has seen, `LINEAR_ROWS` at most.

    Returns:
        Predictions (m, o), of classes probabilities.
    """
    rows = linear_rows(split.seen)
    known, key = table.linear_predictions, digest(rows, split.test)
    if key not in known:
        known[key] = _of_test_rows(table, rows, split.test)
    return known[key].copy()


def _of_test_rows(table: Dataset, rows: Ints, test: Ints) -> Floats:
    """Fit a linear model to some rows, and predict others (m, o) in blocks."""
    x, y, weight = table.standard_rows(rows), table.y[rows], table.weight_of(rows)
    numbers = table.loss == "mse"
    weights = least_squares(x, y, weight) if numbers else logistic_weights(x, y, weight)
    parts = []
    for block in blocks(len(test), x[:1].nbytes):
        new = table.standard_rows(test[block])
        parts.append(_with_one(new) @ weights if numbers else logistic_probability(weights, new, y.shape[1]))
    return joined(parts)


def linear_metrics(
    table: Dataset, splits: Sequence[Split], predictions: Sequence[Floats] | None = None
) -> dict[str, float]:
    """Measure `linear_reference` on the test rows of all splits together.

    Args:
        table: columns and targets of n rows.
        splits: one for each fold.
        predictions: of each split's test rows, where they are known.

    Returns:
        Errors by name, see `bnfit.evaluation.metrics`.
    """
    rows = joined([split.test for split in splits])
    y, weights = take(table.y, rows), table.weight_of(rows)
    y_pred = joined(predictions or [linear_reference(table, split) for split in splits])
    if table.loss != "mse":
        emphasis = () if table.emphasis is None else table.emphasis.tolist()
        return classification_metrics(both_classes(y), both_classes(y_pred), weights, emphasis)
    seen = [linear_rows(split.seen) for split in splits]
    constants = [constant_prediction(table.y[of_split], table.weight_of(of_split)) for of_split in seen]
    base = keep(np.repeat(constants, [len(split.test) for split in splits], axis=0))
    return regression_metrics(y[:, 0], y_pred[:, 0], base[:, 0], weights)


def fit_linear_model(table: Dataset, split: Split) -> LinearModel:
    """Fit ridge regression, or for classes logistic regression, to the rows that a split has seen.

    It takes `LINEAR_ROWS` of them at most. Of two classes the model has one logit, that of the second. An emphasis of
    classes is heeded, and then taken out of the bias.
    """
    rows = linear_rows(split.seen)
    x, y, weight = table.standard_rows(rows), table.y[rows], pick(table.row_weight, rows)
    if table.loss == "mse":
        weights = ridge_weights(x, y, weight, pick(table.groups, rows))
    else:
        weights = logistic_weights(x, y, weight)
    if table.loss != "mse" and y.shape[1] == 1:
        weights = weights[:, 1:] - weights[:, :1]
    bias = weights[-1] if table.loss == "mse" else weights[-1] - table.logit_shift
    spread = (x @ weights[:-1]).std(0)
    return LinearModel(weights[:-1], bias, table.mean, table.sd, np.where(spread > 0, spread, 1.0))


def least_squares(x: Floats, y: Floats, weight: Floats | None = None) -> Floats:
    """Fit x (n, k) to y (n, o); return coefficients, the intercept's last (k + 1, o)."""
    root = np.ones((len(x), 1)) if weight is None else np.sqrt(weight)[:, None]
    return np.asarray(np.linalg.lstsq(_with_one(x) * root, y * root, rcond=None)[0])


def logistic_probability(weights: Floats, new: Floats, outputs: int) -> Floats:
    """Compute probabilities of rows `new` (m, k) from weights (k + 1, c): (m, c), or (m, 1) of the second class."""
    logits = _with_one(new) @ weights
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    probability = odds / odds.sum(axis=1, keepdims=True)
    return np.asarray(probability if outputs > 1 else probability[:, 1:])


def ridge_weights(x: Floats, y: Floats, weight: Floats | None = None, groups: Ints | None = None) -> Floats:
    """Fit a ridge regression whose penalty has the lowest generalised cross-validation error (Golub and others 1979).

    Rows of one group tell of each other, which that formula takes for skill: with groups the penalty has the lowest
    error on groups left out.

    Args:
        x: standardised columns (n, k).
        y: targets (n, o).
        weight: of each row (n,); None for equal ones.
        groups: of each row (n,); None where each is its own.

    Returns:
        Coefficients, the intercept's last (k + 1, o).
    """
    weight = np.ones(len(x)) if weight is None else weight / weight.mean()
    if groups is None or len(np.unique(groups)) < 2:
        path = _RidgePath(x, y, weight)
        return path.weights(int(np.argmin([path.cross_validation(p) for p in range(len(PENALTIES))])))
    _, number = np.unique(groups, return_inverse=True)
    part, errors = number % min(GROUP_FOLDS, number.max() + 1), np.zeros(len(PENALTIES))
    for fold in range(part.max() + 1):
        rest, own = part != fold, part == fold
        of_rest = _RidgePath(x[rest], y[rest], weight[rest] / weight[rest].mean())
        ones = _with_one(x[own])
        for p in range(len(PENALTIES)):
            errors[p] += float((weight[own, None] * np.square(ones @ of_rest.weights(p) - y[own])).sum())
    return _RidgePath(x, y, weight).weights(int(errors.argmin()))


class _RidgePath:
    """Ridge regressions of y (n, o) on x (n, k) with every penalty, from one decomposition; the mean weight is 1."""

    def __init__(self, x: Floats, y: Floats, weight: Floats) -> None:
        self.x_mean, self.y_mean = (np.average(values, axis=0, weights=weight) for values in (x, y))
        x, y = x - self.x_mean, y - self.y_mean
        self.rows = len(x)
        self.values, self.vectors = _principal_axes(x * np.sqrt(weight)[:, None])
        self.along = self.vectors.T @ ((x * weight[:, None]).T @ y)
        self.total = float((weight[:, None] * y * y).sum())

    def _kept(self, penalty: int) -> Floats:
        return np.asarray(self.along / (self.values + self.rows * PENALTIES[penalty])[:, None])

    def cross_validation(self, penalty: int) -> float:
        """Return the generalised cross-validation error with a penalty of `PENALTIES`, up to a factor."""
        kept = self._kept(penalty)
        freedom = self.rows - 1 - float((self.values / (self.values + self.rows * PENALTIES[penalty])).sum())
        residual = self.total - float((kept * (2 * self.along - self.values[:, None] * kept)).sum())
        return max(residual, 0.0) / max(freedom, 1e-3 * self.rows) ** 2

    def weights(self, penalty: int) -> Floats:
        """Return coefficients with a penalty of `PENALTIES`, the intercept's last (k + 1, o)."""
        kernel = self.vectors @ self._kept(penalty)
        return np.vstack([kernel, self.y_mean - self.x_mean @ kernel])


def _principal_axes(x: Floats) -> tuple[Floats, Floats]:
    """Return the squared singular values (r,) of x (n, k) and its right singular vectors (k, r), r at most k.

    They come from the smaller product of x with itself: thousands of columns cost no more than the rows do.
    """
    if x.shape[1] <= len(x):
        values, vectors = np.linalg.eigh(x.T @ x)
        return np.maximum(values, 0), vectors
    values, left = np.linalg.eigh(x @ x.T)
    there = values > len(x) * np.finfo(float).eps * max(values.max(), 0)
    values, left = values[there], left[:, there]
    return values, (x.T @ left) / np.sqrt(values)


def logistic_weights(x: Floats, y: Floats, weight: Floats | None = None) -> Floats:
    """Fit a (multinomial) logistic regression; a ridge of one row's weight keeps it finite.

    Args:
        x: standardised columns (n, k).
        y: 0/1, one column a class (n, c), or the second of two classes (n, 1).

    Returns:
        Weights of the logits, the intercept's last (k + 1, c).
    """
    columns, classes = _with_one(x), both_classes(y)
    counts = np.ones(len(columns)) if weight is None else weight
    shape = columns.shape[1], classes.shape[1]
    ridge = np.ones(shape)
    ridge[-1] = 0  # the intercept is free

    def objective(flat: Floats) -> tuple[float, Floats]:
        w = flat.reshape(shape)
        logits = columns @ w
        logits -= logits.max(axis=1, keepdims=True)
        sums = np.log(np.exp(logits).sum(axis=1, keepdims=True))
        loss = float(counts @ (sums - (classes * logits).sum(axis=1, keepdims=True))[:, 0])
        slope = columns.T @ ((np.exp(logits - sums) - classes) * counts[:, None]) + ridge * w
        total = counts.sum()
        return (loss + 0.5 * float((ridge * w * w).sum())) / total, (slope / total).ravel()

    steps = min(STEPS, max(LEAST_STEPS, LOGITS // classes.size))
    return np.asarray(_minimum(objective, np.zeros(shape[0] * shape[1]), steps).reshape(shape))


def _with_one(x: Floats) -> Floats:
    return np.asarray(np.c_[x, np.ones(len(x))])


def _minimum(objective: Objective, start: Floats, steps: int) -> Floats:
    """Minimise a smooth convex function of a vector by L-BFGS with backtracking (Nocedal 1980), in so many steps."""
    point, (value, slope) = start, objective(start)
    pairs: list[tuple[Floats, Floats]] = []
    for _ in range(steps):
        if np.abs(slope).max() < SMALL_GRADIENT:
            break
        direction = _direction(slope, pairs)
        length, descent = 1.0, float(slope @ direction)
        while (found := objective(point + length * direction))[0] > value + 1e-4 * length * descent:
            length /= 2
            if length < 1e-10:
                return point
        pairs = [*pairs[1 - MEMORY :], (length * direction, found[1] - slope)]
        point, (value, slope) = point + length * direction, found
    return point


def _direction(slope: Floats, pairs: list[tuple[Floats, Floats]]) -> Floats:
    """Return the L-BFGS direction, from the last steps and their changes of the slope (the two-loop recursion)."""
    q, shares = slope.copy(), []
    useful = [(s, y, 1 / float(s @ y)) for s, y in pairs if s @ y > 0]
    for s, y, rho in reversed(useful):
        share = rho * float(s @ q)
        q -= share * y
        shares.append(share)
    if useful:
        s, y, rho = useful[-1]
        q /= rho * float(y @ y)
    for (s, y, rho), share in zip(useful, reversed(shares), strict=True):
        q += (share - rho * float(y @ q)) * s
    return np.asarray(-q)

"""What any model is compared with: a constant guess, linear least squares, logistic regression. NumPy only."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from bnfit.metrics import both_classes

Floats = NDArray[np.floating]
Objective = Callable[[Floats], tuple[float, Floats]]

LOGISTIC_ROWS = 20_000
"""Rows that a logistic regression is fitted to, at most, evenly spread."""
PENALTIES = np.logspace(-6, 2, 33)
"""Candidates of the ridge, a row each."""
STEPS, MEMORY, SMALL_GRADIENT = 200, 10, 1e-6


def guess(y: Floats, weight: Floats | None = None) -> Floats:
    """The mean target (o,) of rows y (n, o): for classes, their shares."""
    return np.asarray(np.average(y, axis=0, weights=weight))


def linear_prediction(x: Floats, y: Floats, new: Floats, weight: Floats | None = None) -> Floats:
    """Least squares with an intercept, fitted to x (n, k) and y (n, o), at the rows `new` (m, k)."""
    root = np.ones((len(x), 1)) if weight is None else np.sqrt(weight)[:, None]
    coefficients = np.linalg.lstsq(_with_one(x) * root, y * root, rcond=None)[0]
    return np.asarray(_with_one(new) @ coefficients)


def logistic_prediction(x: Floats, y: Floats, new: Floats, weight: Floats | None = None) -> Floats:
    """Class probabilities of a (multinomial) logistic regression, see `logistic_weights`, at the rows `new` (m, k).

    Returns:
        Probabilities (m, c), or (m, 1) of the second class.
    """
    return logistic_probability(logistic_weights(x, y, weight), new, y.shape[1])


def logistic_probability(weights: Floats, new: Floats, outputs: int) -> Floats:
    """Probabilities at the rows `new` (m, k) from weights (k + 1, c): (m, c), or (m, 1) of the second class."""
    logits = _with_one(new) @ weights
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    probability = odds / odds.sum(axis=1, keepdims=True)
    return np.asarray(probability if outputs > 1 else probability[:, 1:])


def ridge_weights(x: Floats, y: Floats, weight: Floats | None = None) -> Floats:
    """Ridge regression whose penalty has the lowest generalised cross-validation error (Golub and others 1979).

    Args:
        x: standardised columns (n, k).
        y: targets (n, o).
        weight: how much each row counts (n,).

    Returns:
        Coefficients, the intercept's last (k + 1, o).
    """
    weight = np.ones(len(x)) if weight is None else weight / weight.mean()
    x_mean, y_mean = np.average(x, axis=0, weights=weight), np.average(y, axis=0, weights=weight)
    x, y = x - x_mean, y - y_mean
    values, vectors = np.linalg.eigh((x * weight[:, None]).T @ x)
    values = np.maximum(values, 0)
    along = vectors.T @ ((x * weight[:, None]).T @ y)
    total = float((weight[:, None] * y * y).sum())
    best, lowest = along * 0, np.inf
    for penalty in len(x) * PENALTIES:
        kept = along / (values + penalty)[:, None]
        freedom = len(x) - 1 - float((values / (values + penalty)).sum())
        residual = total - float((kept * (2 * along - values[:, None] * kept)).sum())
        error = max(residual, 0.0) / max(freedom, 1e-3 * len(x)) ** 2
        if error < lowest:
            best, lowest = kept, error
    kernel = vectors @ best
    return np.vstack([kernel, y_mean - x_mean @ kernel])


def logistic_weights(x: Floats, y: Floats, weight: Floats | None = None) -> Floats:
    """A (multinomial) logistic regression; a ridge of one row's weight keeps it finite.

    Args:
        x: standardised columns (n, k).
        y: 0/1, one column a class (n, c), or the second of two classes (n, 1).
        weight: how much each row counts (n,).

    Returns:
        Weights of the logits, the intercept's last (k + 1, c).
    """
    step = -(-len(x) // LOGISTIC_ROWS)
    columns, classes = _with_one(x[::step]), both_classes(y[::step])
    counts = np.ones(len(columns)) if weight is None else weight[::step]
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

    return np.asarray(_minimum(objective, np.zeros(shape[0] * shape[1])).reshape(shape))


def _with_one(x: Floats) -> Floats:
    return np.asarray(np.c_[x, np.ones(len(x))])


def _minimum(objective: Objective, start: Floats) -> Floats:
    """The minimum of a smooth convex function of a vector by L-BFGS with backtracking."""
    point, (value, slope) = start, objective(start)
    pairs: list[tuple[Floats, Floats]] = []
    for _ in range(STEPS):
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
    """Downhill, bent by the last steps and what they changed in the slope (the two-loop recursion)."""
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

"""Screening of columns by additive models: curves of single columns enter as long as they are significant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from bnfit.arrays import Bools, Floats, Ints, at_most
from bnfit.evaluation.metrics import ranks

DEGREE = 6
"""Degree of a column's curve, a polynomial in the column's ranks."""
LEVEL = 0.05
"""The chance that a column without effect enters, over all columns together."""
MOST = 30
"""The most columns that enter."""
NOTHING = -10.0
"""The score of a curve without any evidence."""
NUMBERS = 20_000_000
"""The most values of the curves of all columns; beyond that fewer rows are taken, evenly spaced."""


@dataclass(frozen=True)
class AdditiveFit:
    """Evidence for each column, from additive models.

    Attributes:
        gain: the squared error that each column removed when it entered, or would still remove at the end, beyond what
            a column without effect does on average; mean over models (k,).
        entered: whether the column entered one of the models (k,).
        score: significance of the column's curve when it entered, or at the end, as a normal quantile; mean over models
            (k,).
        loss: mean squared error on the rows set aside, mean over models.
        reference: that of the mean of the other rows.
    """

    gain: Floats
    entered: Bools
    score: Floats
    loss: float
    reference: float


def fit_additive(x: Floats, y: Floats, parts: Sequence[tuple[Ints, Ints]]) -> AdditiveFit:
    """Fit additive models of the columns, one for each part.

    Args:
        x: columns (n, k).
        y: targets (n, o); every row counts alike.
        parts: rows to fit to, and rows set aside for the loss; each part divides the same rows.
    """
    rows = at_most(np.sort(np.concatenate(parts[0])), max(1, NUMBERS // (x.shape[1] * DEGREE)))
    shapes = curves(x[rows])
    fits = [_fit_one(shapes, y[rows], np.isin(rows, train)) for train, _ in parts]
    gain, score = (np.mean([getattr(fit, name) for fit in fits], axis=0) for name in ("gain", "score"))
    loss, reference = (float(np.mean([getattr(fit, name) for fit in fits])) for name in ("loss", "reference"))
    return AdditiveFit(gain, np.any([fit.entered for fit in fits], axis=0), score, loss, reference)


def curves(x: Floats) -> Floats:
    """Return Legendre polynomials of each column's ranks (k, n, DEGREE); few distinct values have fewer, 0 the rest."""
    out = np.zeros((x.shape[1], len(x), DEGREE), np.float32)
    for c, column in enumerate(x.T):
        degree = min(DEGREE, len(np.unique(column)) - 1)
        place = (2 * ranks(column) - 1) / len(x) - 1
        out[c, :, :degree] = np.polynomial.legendre.legvander(place, degree)[:, 1:]
    return out


def _fit_one(shapes: Floats, y: Floats, fit: Bools) -> AdditiveFit:
    """Let the column of the most significant curve enter, refit all that did, and so on; then measure on other rows.

    Args:
        shapes: curves of each column (k, n, b).
        y: targets (n, o).
        fit: rows to fit to (n,).
    """
    basis, freedom = orthonormal(shapes[:, fit])
    mean = y[fit].mean(0)
    residual, chosen = y[fit] - mean, list[int]()
    gain, score = np.zeros(len(shapes)), np.zeros(len(shapes))
    inside = np.empty((len(residual), 0))
    bar = NormalDist().inv_cdf(1 - LEVEL / (len(shapes) * y.shape[1]))
    while True:
        explained = np.square(basis @ residual.astype(np.float32)).sum(1, dtype=np.float64)
        chance = freedom[:, None] * np.square(residual).mean(0)
        out = ~np.isin(np.arange(len(shapes)), chosen)
        gain[out] = np.maximum(0.0, (explained - chance).sum(1))[out]
        score[out] = normal_score(explained, chance, freedom[:, None]).max(1)[out]
        candidates = np.where(out, score, -np.inf)
        best = int(candidates.argmax())
        if candidates[best] <= bar or len(chosen) == MOST:
            break
        chosen.append(best)
        new = basis[best][basis[best].any(1)].T.astype(np.float64)
        for _ in range(2):  # once more, as rounding leaves a part of what was taken out
            new = _orthonormalised(new - inside @ (inside.T @ new))
        inside = np.concatenate([inside, new], axis=1)
        residual = residual - new @ (new.T @ residual)
    off = y[~fit] - mean
    left = off - _predicted(shapes[chosen], y - mean, fit)
    return AdditiveFit(gain, ~out, score, float(np.square(left).mean()), float(np.square(off).mean()))


def _orthonormalised(columns: Floats) -> Floats:
    """Return orthonormal columns that span the same space as these (n, b)."""
    values, vectors = np.linalg.eigh(columns.T @ columns)
    kept = values > 1e-9 * max(float(values[-1]), 1e-300)
    return np.asarray(columns @ (vectors[:, kept] / np.sqrt(values[kept])))


def _predicted(shapes: Floats, y: Floats, fit: Bools) -> Floats:
    """Predict the other rows by least squares on these curves, fitted to some rows (m, o)."""
    design = np.concatenate([np.ones((1, len(y), 1)), *shapes[:, None]], axis=2)[0]
    inside = design[fit]
    coefficients = np.linalg.pinv(inside.T @ inside, rcond=1e-9, hermitian=True) @ (inside.T @ y[fit])
    return np.asarray(design[~fit] @ coefficients)


def orthonormal(shapes: Floats) -> tuple[Floats, Ints]:
    """Return orthonormal bases of the columns' centred curves (k, b, n), 0 beyond their rank, and the ranks (k,)."""
    centred = np.ascontiguousarray(np.swapaxes(shapes - shapes.mean(1, keepdims=True), 1, 2))
    values, vectors = np.linalg.eigh(np.matmul(centred, np.swapaxes(centred, 1, 2)).astype(np.float64))
    kept = values > 1e-4 * np.maximum(values[:, -1:], 1e-12)
    scale = np.where(kept, 1 / np.sqrt(np.where(kept, values, 1)), 0)
    return np.matmul(np.swapaxes(vectors * scale[:, None], 1, 2).astype(np.float32), centred), kept.sum(1)


def normal_score(explained: Floats, chance: Floats, freedom: Ints) -> Floats:
    """Return the normal quantile of the tail probability of χ²; NOTHING without freedom or anything to explain.

    The cube root of χ²/b is about normal with mean 1 - 2/(9b) and variance 2/(9b) (Wilson and Hilferty, PNAS 17, 1931).

    Args:
        explained: sum of squares that curves explain.
        chance: what they explain by chance on average, b times the residual variance.
        freedom: b, in a shape that goes with both.
    """
    usable = (chance > 0) & (freedom > 0)
    part = 2 / (9 * np.maximum(freedom, 1))
    score = (np.cbrt(explained / np.where(usable, chance, 1)) - (1 - part)) / np.sqrt(part)
    return np.where(usable, score, NOTHING)

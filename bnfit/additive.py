"""A first look at columns by additive models: curves of single columns enter one by one as long as they are sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bnfit.metrics import ranks

Floats = NDArray[np.floating]
Rows = NDArray[np.int64]

DEGREE = 6
"""Of the curve of a column, a polynomial in the column's ranks."""
LEVEL = 0.05
"""The chance that a column without effect enters, over all columns together."""
MOST = 30
"""Columns that enter at most."""
NOTHING = -10.0
"""The score of a curve without any evidence."""
NUMBERS = 20_000_000
"""Of the curves of all columns, at most; beyond that fewer rows are looked at, evenly spread."""


@dataclass(frozen=True)
class Look:
    """What additive models say of columns.

    Attributes:
        gain: the squared error that each column removed when it entered, or would still remove at the end, beyond what
            a column without effect does on average; mean over models (k,).
        entered: whether the column entered one of the models (k,).
        score: how sure the column's curve was when it entered, or at the end, as a normal quantile; mean over models
            (k,).
        loss: mean squared error on the rows set aside, mean over models.
        reference: that of the mean of the other rows.
    """

    gain: Floats
    entered: NDArray[np.bool_]
    score: Floats
    loss: float
    reference: float


def look(x: Floats, y: Floats, parts: Sequence[tuple[Rows, Rows]]) -> Look:
    """Additive models of the columns, one for each part: rows to fit, and rows set aside to judge on.

    Args:
        x: columns (n, k).
        y: targets (n, o); every row counts alike.
        parts: divisions of the same rows.
    """
    rows = np.sort(np.concatenate(parts[0]))
    rows = rows[:: -(-len(rows) * x.shape[1] * DEGREE // NUMBERS)]
    shapes = curves(x[rows])
    found = [_look(shapes, y[rows], np.isin(rows, train)) for train, _ in parts]
    gain, score = (np.mean([getattr(one, name) for one in found], axis=0) for name in ("gain", "score"))
    loss, reference = (float(np.mean([getattr(one, name) for one in found])) for name in ("loss", "reference"))
    return Look(gain, np.any([one.entered for one in found], axis=0), score, loss, reference)


def curves(x: Floats) -> Floats:
    """Legendre polynomials of each column's ranks (k, n, DEGREE); of few distinct values fewer, and 0 for the rest."""
    out = np.zeros((x.shape[1], len(x), DEGREE), np.float32)
    for c, column in enumerate(x.T):
        degree = min(DEGREE, len(np.unique(column)) - 1)
        place = (2 * ranks(column) - 1) / len(x) - 1
        out[c, :, :degree] = np.polynomial.legendre.legvander(place, degree)[:, 1:]
    return out


def _look(shapes: Floats, y: Floats, fit: NDArray[np.bool_]) -> Look:
    """Let the column of the surest curve enter, refit all that did, and so on; then judge on the other rows.

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
        sure = np.where(out, score, -np.inf)
        best = int(sure.argmax())
        if sure[best] <= bar or len(chosen) == MOST:
            break
        chosen.append(best)
        new = basis[best][basis[best].any(1)].T.astype(np.float64)
        for _ in range(2):  # once more, as rounding leaves a part of what was taken out
            new = _turned(new - inside @ (inside.T @ new))
        inside = np.concatenate([inside, new], axis=1)
        residual = residual - new @ (new.T @ residual)
    off = y[~fit] - mean
    left = off - _predicted(shapes[chosen], y - mean, fit)
    return Look(gain, ~out, score, float(np.square(left).mean()), float(np.square(off).mean()))


def _turned(columns: Floats) -> Floats:
    """Orthonormal columns that span the same as these (n, b)."""
    size, turned = np.linalg.eigh(columns.T @ columns)
    real = size > 1e-9 * max(float(size[-1]), 1e-300)
    return np.asarray(columns @ (turned[:, real] / np.sqrt(size[real])))


def _predicted(shapes: Floats, y: Floats, fit: NDArray[np.bool_]) -> Floats:
    """What least squares on these curves, fitted to some rows, says of the others (m, o)."""
    design = np.concatenate([np.ones((1, len(y), 1)), *shapes[:, None]], axis=2)[0]
    inside = design[fit]
    coefficients = np.linalg.pinv(inside.T @ inside, rcond=1e-9, hermitian=True) @ (inside.T @ y[fit])
    return np.asarray(design[~fit] @ coefficients)


def orthonormal(shapes: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """An orthonormal basis of each column's centred curves (k, b, n), 0 beyond their rank, and the ranks (k,)."""
    centred = np.ascontiguousarray(np.swapaxes(shapes - shapes.mean(1, keepdims=True), 1, 2))
    size, turned = np.linalg.eigh(np.matmul(centred, np.swapaxes(centred, 1, 2)).astype(np.float64))
    real = size > 1e-4 * np.maximum(size[:, -1:], 1e-12)
    scale = np.where(real, 1 / np.sqrt(np.where(real, size, 1)), 0)
    return np.matmul(np.swapaxes(turned * scale[:, None], 1, 2).astype(np.float32), centred), real.sum(1)


def normal_score(explained: Floats, chance: Floats, freedom: NDArray[np.int64]) -> Floats:
    """The normal quantile of as small a tail as χ² has; NOTHING without any freedom or anything left to explain.

    The cube root of χ²/b is about normal with mean 1 - 2/(9b) and variance 2/(9b) (Wilson and Hilferty, PNAS 17, 1931).

    Args:
        explained: squares that curves explain.
        chance: those that they explain by chance on average, b times the residual variance.
        freedom: b, in a shape that goes with both.
    """
    usable = (chance > 0) & (freedom > 0)
    part = 2 / (9 * np.maximum(freedom, 1))
    score = (np.cbrt(explained / np.where(usable, chance, 1)) - (1 - part)) / np.sqrt(part)
    return np.where(usable, score, NOTHING)

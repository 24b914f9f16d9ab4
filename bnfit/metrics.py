"""Errors of predictions, for numbers and for classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
SMALLEST = 1e-15
"""Probabilities are kept this far from 0 and 1 in the log-loss."""


def regression_metrics(y: Floats, prediction: Floats, guess: Floats) -> dict[str, float]:
    """Errors in the target's units: `mse`, `rmse`, `mae`, and `r2` against the constant guess.

    Args:
        y: true values (n,).
        prediction: predicted values (n,).
        guess: what a model without any column would say for each row (n,), such as the mean of the training rows.
    """
    mse = float(np.mean(np.square(prediction - y)))
    spread = float(np.mean(np.square(guess - y)))
    return {
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(np.mean(np.abs(prediction - y))),
        "r2": 1 - mse / spread if spread > 0 else 0.0,
    }


def classification_metrics(y: Floats, prediction: Floats) -> dict[str, float]:
    """`log_loss`, `brier`, `accuracy`, `balanced_accuracy` and, where both kinds of rows exist, `roc_auc`.

    Args:
        y: 0/1 (n, c), one column a class.
        prediction: probabilities (n, c).

    The Brier score is the mean squared error of the probabilities, over rows and classes. The ROC AUC of more than two
    classes is the mean over classes of one against the rest.
    """
    truth, said = y.argmax(1), prediction.argmax(1)
    chosen = np.clip(prediction[np.arange(len(y)), truth], SMALLEST, 1)
    recalls = [float(np.mean(said[truth == c] == c)) for c in np.unique(truth)]
    metrics = {
        "log_loss": float(-np.mean(np.log(chosen))),
        "brier": float(np.mean(np.square(prediction - y))),
        "accuracy": float(np.mean(said == truth)),
        "balanced_accuracy": float(np.mean(recalls)),
    }
    areas = [_auc(y[:, c], prediction[:, c]) for c in range(y.shape[1]) if 0 < y[:, c].sum() < len(y)]
    return {**metrics, "roc_auc": float(np.mean(areas))} if areas else metrics


def ranks(values: Floats) -> Floats:
    """Ranks from 1 (smallest), equal values sharing their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse])


def correlation(a: Floats, b: Floats) -> float | None:
    """Pearson's correlation; None where it is not defined (fewer than 3 values, or one side constant)."""
    a, b = np.ravel(a), np.ravel(b)
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    return float(np.corrcoef(a, b)[0, 1])


def _auc(truth: Floats, score: Floats) -> float:
    """Area under the ROC curve by the rank sum (Mann–Whitney)."""
    positives = float(truth.sum())
    negatives = len(truth) - positives
    return (float(ranks(score)[truth == 1].sum()) - positives * (positives + 1) / 2) / (positives * negatives)

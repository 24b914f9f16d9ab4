"""Errors of predictions, for numbers and for classes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
SMALLEST = 1e-15
"""Probabilities are kept this far from 0 in the log-loss."""
CONFIDENCE_BINS = 15
"""Of equal width, as Guo et al. (2017) take them."""


def regression_metrics(y: Floats, prediction: Floats, guess: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Errors in the target's units: `mse`, `rmse`, `mae`, and `r2` against the constant guess.

    Args:
        y: true values (n,).
        prediction: predicted values (n,).
        guess: what a model without any column would say for each row (n,), such as the mean of the training rows.
        weight: how much each row counts (n,); None for all alike.
    """
    mse = mean(np.square(prediction - y), weight)
    spread = mean(np.square(guess - y), weight)
    return {
        "mse": mse,
        "rmse": mse**0.5,
        "mae": mean(np.abs(prediction - y), weight),
        "r2": 1 - mse / spread if spread > 0 else 0.0,
    }


def classification_metrics(y: Floats, prediction: Floats, weight: Floats | None = None) -> dict[str, float]:
    """`log_loss`, `brier`, `ece`, `accuracy`, `balanced_accuracy` and, where both kinds of rows exist, `roc_auc`.

    Args:
        y: 0/1 (n, c), one column a class.
        prediction: probabilities (n, c).
        weight: how much each row counts (n,); None for all alike.

    The Brier score is the mean squared error of the probabilities, over rows and classes. The ROC AUC of more than two
    classes is the mean over classes of one against the rest. For `ece` see `calibration_error`.
    """
    weight = np.ones(len(y)) if weight is None else weight
    truth, said = y.argmax(1), prediction.argmax(1)
    there = [c for c in range(y.shape[1]) if weight[truth == c].sum() > 0]
    recalls = [mean(said[truth == c] == c, weight[truth == c]) for c in there]
    metrics = {
        "log_loss": mean(log_losses(y, prediction), weight),
        "brier": mean(np.square(prediction - y).mean(1), weight),
        "ece": calibration_error(confidence_sums(said == truth, prediction.max(1), weight)),
        "accuracy": mean(said == truth, weight),
        "balanced_accuracy": float(np.mean(recalls)),
    }
    areas = [area_under_roc(truth == c, prediction[:, c], weight) for c in there] if len(there) > 1 else []
    return {**metrics, "roc_auc": float(np.mean(areas))} if areas else metrics


def confidence_sums(right: NDArray[np.bool_], confidence: Floats, weight: Floats | None = None) -> Floats:
    """Sums over the rows in each bin of confidence (3, bins): of weights, of those of right rows, of confidence.

    Args:
        right: whether the most probable class is the true one (n,).
        confidence: its probability (n,).
        weight: how much each row counts (n,); None for all alike.
    """
    weight = np.ones(len(right)) if weight is None else weight
    place = np.clip(np.ceil(confidence * CONFIDENCE_BINS).astype(np.int64) - 1, 0, CONFIDENCE_BINS - 1)
    parts = (weight, weight * right, weight * confidence)
    return np.stack([np.bincount(place, part, CONFIDENCE_BINS) for part in parts])


def calibration_error(sums: Floats) -> float:
    """The expected calibration error, from `confidence_sums`: how far confidence and accuracy are apart.

    The mean over rows of |accuracy - mean confidence| of the row's bin (Guo et al., "On calibration of modern neural
    networks", 2017).
    """
    counts, right, confidence = sums
    return float(np.abs(right - confidence).sum() / counts.sum())


def both_classes(probability: Floats) -> Floats:
    """One column a class: a single column is the probability of the second of two classes."""
    return np.c_[1 - probability, probability] if probability.shape[1] == 1 else probability


def log_losses(y: Floats, prediction: Floats) -> Floats:
    """The log-loss of each row (n,), from 0/1 targets and probabilities of equal shape (n, c), c columns or one."""
    chosen = np.sum(both_classes(y) * both_classes(prediction), axis=1)
    return np.asarray(-np.log(np.clip(chosen, SMALLEST, 1)))


def confusion(y: Floats, prediction: Floats) -> NDArray[np.int64]:
    """Rows of each true class (first axis) for which each class (second axis) is the most probable, (c, c)."""
    y, prediction = both_classes(y), both_classes(prediction)
    counts = np.zeros((y.shape[1], y.shape[1]), np.int64)
    np.add.at(counts, (y.argmax(1), prediction.argmax(1)), 1)
    return counts


def mean(values: Floats | NDArray[np.bool_], weight: Floats | None = None) -> float:
    """The mean of values (n,), each with its weight where there are weights."""
    return float(np.mean(values) if weight is None else np.average(values, weights=weight))


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


def area_under_roc(truth: NDArray[np.bool_], score: Floats, weight: Floats) -> float:
    """Area under the ROC curve: the weighted share of pairs that stand in the right order, a tie counting half."""
    _, place = np.unique(score, return_inverse=True)
    positive, negative = (np.bincount(place, weight * side, place.max() + 1) for side in (truth, ~truth))
    below = np.cumsum(negative) - negative / 2
    return float((positive * below).sum() / (positive.sum() * negative.sum()))

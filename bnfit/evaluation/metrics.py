"""Errors of predictions, for numbers and for classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bnfit.arrays import Bools, Floats, Ints

SMALLEST = 1e-15
"""Probabilities are kept this far from 0 in the log-loss."""
CONFIDENCE_BINS = 15
"""Of equal width, as Guo et al. (2017) take them."""


def regression_metrics(
    y: Floats, prediction: Floats, constant_prediction: Floats, weight: Floats | None = None
) -> dict[str, float]:
    """Compute errors in the target's units: `mse`, `rmse`, `mae`, and `r2` against the constant prediction.

    Args:
        y: true values (n,).
        prediction: predicted values (n,).
        constant_prediction: constant prediction for each row (n,), such as the mean of the training rows.
        weight: weight of each row (n,); None for equal ones.
    """
    mse = mean(np.square(prediction - y), weight)
    spread = mean(np.square(constant_prediction - y), weight)
    return {
        "mse": mse,
        "rmse": mse**0.5,
        "mae": mean(np.abs(prediction - y), weight),
        "r2": 1 - mse / spread if spread > 0 else 0.0,
    }


DRAWS = 100
"""Draws of the error that perfect calibration shows."""


def classification_metrics(
    y: Floats, prediction: Floats, weight: Floats | None = None, emphasis: Sequence[float] = ()
) -> dict[str, float]:
    """Compute `log_loss`, `brier`, `ece`, `accuracy`, `balanced_accuracy` and, where two classes occur, `roc_auc`.

    Args:
        y: 0/1 (n, c), one column a class.
        prediction: probabilities (n, c).
        weight: weight of each row (n,); None for equal ones.
        emphasis: of each class where accuracies decide on one, see `decided`.

    The Brier score is the mean squared error of the probabilities, over rows and classes. The ROC AUC of more than two
    classes is the mean over classes of one against the rest. For `ece` see `calibration_error`.
    """
    weight = np.ones(len(y)) if weight is None else weight
    true_class, predicted = y.argmax(1), decided(prediction, emphasis)
    present = [c for c in range(y.shape[1]) if weight[true_class == c].sum() > 0]
    recalls = [mean(predicted[true_class == c] == c, weight[true_class == c]) for c in present]
    metrics = {
        "log_loss": mean(log_losses(y, prediction), weight),
        "brier": mean(np.square(prediction - y).mean(1), weight),
        "ece": calibration_error(confidence_sums(prediction.argmax(1) == true_class, prediction.max(1), weight)),
        "accuracy": mean(predicted == true_class, weight),
        "balanced_accuracy": float(np.mean(recalls)),
    }
    areas = [area_under_roc(true_class == c, prediction[:, c], weight) for c in present] if len(present) > 1 else []
    return {**metrics, "roc_auc": float(np.mean(areas))} if areas else metrics


def constant_metrics(y: Floats, constant: Floats, weight: Floats | None = None) -> dict[str, float]:
    """Compute `classification_metrics` of class shares, a constant for each fold.

    Its ROC AUC is 0.5 by definition. A fold that has more of a class than the others gets a smaller share of it from
    them, so that the pooled rows would stand in the wrong order.
    """
    metrics = classification_metrics(y, constant, weight)
    return {**metrics, "roc_auc": 0.5} if "roc_auc" in metrics else metrics


def decided(probability: Floats, emphasis: Sequence[float] = ()) -> Ints:
    """Return the class of each row (n,) whose probability (n, c) times its emphasis (c,) is largest."""
    return np.asarray((probability * np.array(emphasis) if emphasis else probability).argmax(1))


def confidence_sums(right: Bools, confidence: Floats, weight: Floats | None = None) -> Floats:
    """Sum over the rows in each bin of confidence (3, bins): weights, weights of right rows, weighted confidence.

    Args:
        right: whether the most probable class is the true one (n,).
        confidence: its probability (n,).
        weight: weight of each row (n,); None for equal ones.
    """
    weight = np.ones(len(right)) if weight is None else weight
    place = np.clip(np.ceil(confidence * CONFIDENCE_BINS).astype(np.int64) - 1, 0, CONFIDENCE_BINS - 1)
    parts = (weight, weight * right, weight * confidence)
    return np.stack([np.bincount(place, part, CONFIDENCE_BINS) for part in parts])


def chance_calibration_error(confidence: Floats, weight: Floats | None = None) -> float:
    """Compute what `calibration_error` is on average where every confidence (n,) is the chance of being right.

    Few rows never come out as they should, so that perfect calibration shows an error too: the mean of `DRAWS` draws.
    """
    rng = np.random.default_rng(len(confidence))
    draws = (rng.random(len(confidence)) < confidence for _ in range(DRAWS))
    return float(np.mean([calibration_error(confidence_sums(right, confidence, weight)) for right in draws]))


def calibration_error(sums: Floats) -> float:
    """Compute the expected calibration error, from `confidence_sums`: the distance of confidence and accuracy.

    The mean over rows of |accuracy - mean confidence| of the row's bin (Guo et al., "On calibration of modern neural
    networks", 2017).
    """
    counts, right, confidence = sums
    return float(np.abs(right - confidence).sum() / counts.sum())


def both_classes(probability: Floats) -> Floats:
    """Return one column a class: a single column is the probability of the second of two classes."""
    return np.c_[1 - probability, probability] if probability.shape[1] == 1 else probability


def log_losses(y: Floats, prediction: Floats) -> Floats:
    """Return the log-loss of each row (n,), from 0/1 targets and probabilities of equal shape (n, c) or (n, 1)."""
    chosen = np.sum(both_classes(y) * both_classes(prediction), axis=1)
    return np.asarray(-np.log(np.clip(chosen, SMALLEST, 1)))


def confusion(y: Floats, prediction: Floats, emphasis: Sequence[float] = ()) -> Ints:
    """Count the rows of each true class (first axis) that are taken for each class (second axis, `decided`), (c, c)."""
    y, prediction = both_classes(y), both_classes(prediction)
    counts = np.zeros((y.shape[1], y.shape[1]), np.int64)
    np.add.at(counts, (y.argmax(1), decided(prediction, emphasis)), 1)
    return counts


def mean(values: Floats | Bools, weight: Floats | None = None) -> float:
    """Return the mean of values (n,), each with its weight where there are weights."""
    return float(np.mean(values) if weight is None else np.average(values, weights=weight))


def ranks(values: Floats) -> Floats:
    """Return ranks from 1 (smallest); equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse])


def correlation(a: Floats, b: Floats) -> float | None:
    """Return Pearson's correlation; None where it is not defined (fewer than 3 values, or one side constant)."""
    a, b = np.ravel(a), np.ravel(b)
    if len(a) < 3 or np.ptp(a) == 0 or np.ptp(b) == 0:
        return None
    # in units of the spread, whose squares neither vanish nor overflow
    return float(np.corrcoef((a - a[0]) / np.ptp(a), (b - b[0]) / np.ptp(b))[0, 1])


def area_under_roc(truth: Bools, score: Floats, weight: Floats) -> float:
    """Return the area under the ROC curve: the weighted share of pairs in the right order, a tie counting half."""
    _, place = np.unique(score, return_inverse=True)
    positive, negative = (np.bincount(place, weight * side, place.max() + 1) for side in (truth, ~truth))
    below = np.cumsum(negative) - negative / 2
    return float((positive * below).sum() / (positive.sum() * negative.sum()))

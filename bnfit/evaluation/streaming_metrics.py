"""Streaming metrics: those of `bnfit.evaluation.metrics`, of predictions in pieces, in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from bnfit.arrays import Bools, Floats, Ints
from bnfit.evaluation.metrics import (
    CONFIDENCE_BINS,
    SMALLEST,
    area_under_roc,
    calibration_error,
    confidence_sums,
    decided,
)

EXACT_SCORES = 1 << 20
"""Scores kept for an exact ROC AUC; more are counted in bins."""
BINS = 1 << 20
WIDEST_LOGIT = 40.0


@dataclass
class RegressionTally:
    """Weighted sums over the rows so far, from which the metrics of a regression follow."""

    weight: float = 0.0
    squared: float = 0.0
    absolute: float = 0.0
    mean: float = 0.0
    spread: float = 0.0

    def add(self, y: Floats, y_pred: Floats, weight: Floats | None = None) -> None:
        """Add rows with their true and predicted values (n, 1) and weights (n,); None: 1 each."""
        y, error = y[:, 0], np.asarray(y_pred[:, 0] - y[:, 0], float)
        weight = np.ones(len(y)) if weight is None else weight
        added = float(weight.sum())
        if not added:
            return
        self.squared += float(weight @ np.square(error))
        self.absolute += float(weight @ np.abs(error))
        mean, total = float(np.average(y, weights=weight)), self.weight + added
        step = mean - self.mean
        self.spread += float(weight @ np.square(y - mean)) + step * step * self.weight * (added / total)
        self.mean += step * (added / total)
        self.weight = total

    def metrics(self) -> dict[str, float]:
        """Compute `bnfit.evaluation.metrics.regression_metrics` against the mean of all rows; empty without rows."""
        if not self.weight:
            return {}
        mse = self.squared / self.weight
        r2 = 1 - self.squared / self.spread if self.spread > 0 else 0.0
        return {"mse": mse, "rmse": mse**0.5, "mae": self.absolute / self.weight, "r2": r2}


@dataclass
class ClassTally:
    """Weighted sums over the rows so far, from which the metrics of a classification follow.

    Attributes:
        classes: number of classes.
        emphasis: of each class where accuracies decide on one; empty for equal ones.
    """

    classes: int
    emphasis: tuple[float, ...] = ()
    log: float = 0.0
    squared: float = 0.0
    confidence: Floats = field(default_factory=lambda: np.zeros((3, CONFIDENCE_BINS)))
    confusion: Floats = field(init=False)
    areas: list[Area] = field(init=False)

    def __post_init__(self) -> None:
        self.confusion = np.zeros((self.classes, self.classes))
        self.areas = [Area(EXACT_SCORES // self.classes, max(4096, BINS // self.classes)) for _ in range(self.classes)]

    def add(self, y: Floats, probability: Floats, weight: Floats | None = None) -> None:
        """Add rows with their classes as 0/1 and their probabilities, both (n, c), and weights (n,); None: 1 each."""
        weight = np.ones(len(y)) if weight is None else weight
        truth = y.argmax(1)
        chosen = np.asarray(probability[np.arange(len(y)), truth], float)
        self.log -= float(weight @ np.log(np.clip(chosen, SMALLEST, 1)))
        self.squared += float(weight @ np.square(probability - y).sum(1))
        self.confidence += confidence_sums(
            probability.argmax(1) == truth, np.asarray(probability.max(1), float), weight
        )
        np.add.at(self.confusion, (truth, decided(probability, self.emphasis)), weight)
        for c, area in enumerate(self.areas):
            area.add(truth == c, probability[:, c], weight)

    def metrics(self) -> dict[str, float]:
        """Compute `bnfit.evaluation.metrics.classification_metrics`; empty without rows."""
        total = float(self.confusion.sum())
        if not total:
            return {}
        occurring = self.confusion.sum(1) > 0
        recalls = self.confusion.diagonal()[occurring] / self.confusion.sum(1)[occurring]
        metrics = {
            "log_loss": self.log / total,
            "brier": self.squared / (total * self.classes),
            "ece": calibration_error(self.confidence),
            "accuracy": float(self.confusion.trace()) / total,
            "balanced_accuracy": float(recalls.mean()),
        }
        known = [value for area in self.areas if (value := area.value()) is not None]
        return {**metrics, "roc_auc": float(np.mean(known))} if known else metrics


@dataclass
class Area:
    """The area under the ROC curve of one class against the rest: exact for `exact` scores, then by bins of logits.

    A million bins over logits of ±40 are 0.0001 wide: scores closer than that count as equal.
    """

    exact: int
    bins: int
    kept: list[tuple[Bools, Floats, Floats]] = field(default_factory=list)
    held: int = 0
    counts: Floats | None = None

    def add(self, truth: Bools, score: Floats, weight: Floats) -> None:
        """Add rows: whether each is of the class, its probability of it, and its weight, all (n,)."""
        self.kept.append((truth, np.array(score), weight))
        self.held += len(truth)
        if self.held > self.exact:
            self._count()

    def value(self) -> float | None:
        """Compute the area; None unless there are rows of both kinds."""
        if self.counts is not None:
            return _binned_area(self.counts)
        truth, score, weight = (np.concatenate(parts) for parts in zip(*self.kept, strict=True))
        if not weight[truth].any() or not weight[~truth].any():
            return None
        return area_under_roc(truth, score, weight)

    def _count(self) -> None:
        """Move the kept scores into the bins."""
        counts = np.zeros((2, self.bins)) if self.counts is None else self.counts
        for truth, score, weight in self.kept:
            places = self._places(score)
            counts[1] += np.bincount(places[truth], weight[truth], self.bins)
            counts[0] += np.bincount(places[~truth], weight[~truth], self.bins)
        self.counts, self.kept = counts, []

    def _places(self, score: Floats) -> Ints:
        p = np.asarray(score, float)
        with np.errstate(divide="ignore"):
            logit = np.clip(np.log(p) - np.log1p(-p), -WIDEST_LOGIT, WIDEST_LOGIT)
        return np.asarray(np.rint((logit / WIDEST_LOGIT + 1) / 2 * (self.bins - 1)), np.int64)


def _binned_area(counts: Floats) -> float | None:
    """Compute the area from the binned weights of the rest and of the class (2, bins), ties in a bin counting half."""
    rest, own = counts
    if not own.any() or not rest.any():
        return None
    below = np.cumsum(rest) - rest / 2
    return float((own * below).sum() / (own.sum() * rest.sum()))

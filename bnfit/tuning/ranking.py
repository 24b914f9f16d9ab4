"""Ranking candidates by their errors on test rows, beside reference models on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.errors import DataError
from bnfit.evaluation.metrics import both_classes, classification_metrics, mean
from bnfit.evaluation.reference_models import constant_prediction, linear_reference
from bnfit.evaluation.splits import Split
from bnfit.population.recipe import HYPERPARAMETERS
from bnfit.results.search import Curve, LeaderboardRow
from bnfit.tuning.space import Candidate

if TYPE_CHECKING:
    from bnfit.schema.dataset import Dataset


@dataclass(frozen=True)
class Ranking:
    """The outcome of a search.

    Attributes:
        rows: the candidates in order of rank, diverged ones last, then the reference rows.
        order: for each candidate row, its position in the entries that were given.
        curves: losses by epoch, for each way of normalising and training.
    """

    rows: tuple[LeaderboardRow, ...]
    order: tuple[int, ...]
    curves: tuple[Curve, ...] = ()


class Scorer:
    """Measures predictions of the test rows of fixed splits, and makes rows of the leaderboard of the errors.

    Args:
        table: the rows, with their targets.
        splits: one for each fold, repeat by repeat.
        repeats: how many cross-validations the splits are of.
    """

    def __init__(self, table: Dataset, splits: Sequence[Split], repeats: int = 1) -> None:
        self.table, self.splits, self.folds = table, splits, len(splits) / repeats
        self.classes = table.loss != "mse"
        self.emphasis: list[float] = [] if table.emphasis is None else table.emphasis.tolist()
        self.sizes = np.array(
            [float(len(s.test)) if table.weight is None else table.weight[s.test].sum() for s in splits]
        )
        self.constants = [
            np.broadcast_to(
                constant_prediction(table.y[s.seen], self.table.weight_of(s.seen)), (len(s.test), table.y.shape[1])
            )
            for s in splits
        ]
        self.spread = float((self._errors(self.constants)[:, 0] * self.sizes).sum())

    def candidate_row(self, candidate: Candidate, y_pred: Sequence[Floats | None]) -> LeaderboardRow:
        """Return the leaderboard row of a candidate, with its size and the fields of its recipe.

        Args:
            candidate: what was trained.
            y_pred: its predictions of each split's test rows; None where it diverged.
        """
        a, plan = candidate.architecture, candidate.recipe.for_rows(max(len(s.train) for s in self.splits))
        row = self.row(a.label, a.arm, a.weights(self.table.x.shape[1], self.table.y.shape[1]), y_pred, self.emphasis)
        values = {p.name: getattr(plan, p.name) for p in HYPERPARAMETERS}
        return replace(row, norm=a.hidden_norm, **values)

    def row(
        self, label: str, arm: str, weights: int, y_pred: Sequence[Floats | None], emphasis: Sequence[float] = ()
    ) -> LeaderboardRow:
        """Return the leaderboard row, under that label, of predictions of each split's test rows.

        The accuracy decides by `emphasis`, see `bnfit.evaluation.metrics.decided`.
        """
        finite = [prediction for prediction in y_pred if prediction is not None]
        errors = self._errors(finite, emphasis) if len(finite) == len(y_pred) else np.full((1, 3), np.inf)
        if not np.isfinite(errors).all():
            return LeaderboardRow(None, label, arm, weights, None, None, None, diverged=True)
        mean, se = errors.mean(0).tolist(), (errors.std(0, ddof=1) / np.sqrt(self.folds)).tolist()
        r2 = 1 - float((errors[:, 0] * self.sizes).sum()) / self.spread
        row = LeaderboardRow(None, label, arm, weights, mean[0], se[0], r2)
        return replace(row, cv_log_loss=mean[1], cv_log_loss_se=se[1], cv_accuracy=mean[2]) if self.classes else row

    def reference_rows(self) -> list[LeaderboardRow]:
        """Return the rows of a constant prediction, and of linear least squares or logistic regression."""
        linear = [linear_reference(self.table, split) for split in self.splits]
        columns, outputs = self.table.x.shape[1], self.table.y.shape[1]
        label = "predict the shares" if self.classes else "predict the mean"
        constant_row = self.row(label, "", outputs, self.constants)
        label = "logistic regression" if self.classes else "linear"
        linear_row = self.row(label, "", (columns + 1) * outputs, linear, self.emphasis)
        return [replace(constant_row, reference="mean"), replace(linear_row, reference="linear")]

    def _errors(self, y_pred: Sequence[Floats], emphasis: Sequence[float] = ()) -> Floats:
        """Squared error and, for classes, log-loss and accuracy of each split (f, 1 or 3)."""
        return np.array([self._error(p, split.test, emphasis) for p, split in zip(y_pred, self.splits, strict=True)])

    def _error(self, y_pred: Floats, rows: Ints, emphasis: Sequence[float] = ()) -> list[float]:
        y, weight = self.table.y[rows], self.table.weight_of(rows)
        squared = mean(np.square(y_pred - y).mean(1), weight)
        if not self.classes:
            return [squared]
        metrics = classification_metrics(both_classes(y), both_classes(y_pred), weight, emphasis)
        return [squared, metrics["log_loss"], metrics["accuracy"]]


def rank_rows(
    rows: Sequence[LeaderboardRow],
    references: Sequence[LeaderboardRow],
    rounds: Sequence[int] | None = None,
) -> Ranking:
    """Number the candidates by error, and mark the best and the smallest within one standard error.

    Args:
        rows: one for each candidate.
        references: rows to put below.
        rounds: the last round that each candidate reached; errors of a shorter training do not compare with those of a
            longer one.

    Raises:
        DataError: every candidate diverged.
    """
    reached = rounds or [0] * len(rows)
    errors = [row.score for row in rows]
    order = sorted(range(len(rows)), key=lambda i: (rows[i].cv_mse is None, -reached[i], errors[i], rows[i].weights))
    best = order[0]
    if rows[best].cv_mse is None:
        raise DataError(
            "every training diverged", "a lower `learning_rate` or an arm that normalises (`arm=bn`) may help"
        )
    finite = [i for i in order if rows[i].cv_mse is not None]
    within_se = [i for i in finite if reached[i] == reached[best] and errors[i] <= errors[best] + rows[best].score_se]
    smallest = min(within_se, key=lambda i: (rows[i].weights, errors[i]))
    marked = [replace(rows[i], rank=n, best=i == best, smallest=i == smallest) for n, i in enumerate(order, 1)]
    return Ranking((*marked, *references), tuple(order))

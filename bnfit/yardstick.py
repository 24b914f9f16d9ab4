"""What a linear model reaches on the same folds: where it does better, the network's user should know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bnfit.metrics import both_classes, classification_metrics, regression_metrics
from bnfit.population import Table
from bnfit.references import guess, linear_prediction, logistic_prediction
from bnfit.resampling import Split

Floats = NDArray[np.floating]

LINEAR_ROWS = 20_000
"""Rows of a fold that the linear model is fitted to, at most, evenly spread."""


def linear_metrics(table: Table, splits: Sequence[Split], weight: Floats | None) -> dict[str, float]:
    """Errors of least squares or logistic regression, each split's judged rows predicted from the others.

    Args:
        table: columns and targets.
        splits: one for each fold.
        weight: how much each row counts (n,), or None.
    """
    classes = table.loss != "mse"
    predict = logistic_prediction if classes else linear_prediction
    said, base = [], []
    for split in splits:
        seen = split.seen[:: -(-len(split.seen) // LINEAR_ROWS)]
        of_seen = None if weight is None else weight[seen]
        said.append(predict(table.standard[seen], table.y[seen], table.standard[split.judge], of_seen))
        base.append(np.broadcast_to(guess(table.y[seen], of_seen), (len(split.judge), table.y.shape[1])))
    rows = np.concatenate([split.judge for split in splits])
    y, prediction, judged = table.y[rows], np.concatenate(said), None if weight is None else weight[rows]
    if classes:
        return classification_metrics(both_classes(y), both_classes(prediction), judged)
    return regression_metrics(y[:, 0], prediction[:, 0], np.concatenate(base)[:, 0], judged)


def share_note(share: float) -> tuple[str, ...]:
    """A remark where a linear model has a share in the model's output."""
    if share <= 0:
        return ()
    return (
        f"the model is mixed with a linear one, of share {share:.2f}, as the rows that its members never saw chose",
    )


def linear_note(linear: dict[str, float], model: dict[str, float]) -> tuple[str, ...]:
    """A remark where the linear model has the lower error."""
    name, shown = ("log_loss", "log-loss") if "log_loss" in linear else ("mse", "MSE")
    if linear[name] >= model[name]:
        return ()
    which = "logistic" if name == "log_loss" else "linear"
    return (
        f"{which} regression reaches {shown} {linear[name]:.4g} on the same rows, less than the model's "
        f"{model[name]:.4g}: a linear model may be enough here",
    )

"""What members that were trained on the earlier rows alone predict of the latest ones."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bnfit.ensemble.cross_fit import Fitted
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.evaluation.metrics import both_classes, classification_metrics, regression_metrics
from bnfit.evaluation.reference_models import constant_prediction
from bnfit.results.fit import LatestRows

_SHOWN = {"r2": "R²", "log_loss": "log-loss"}


def latest_rows(prepared: Prepared, plan: FitPlan, fitted: Fitted) -> LatestRows | None:
    """Measure them; None where none were set apart."""
    if plan.later is None or fitted.later is None:
        return None
    dataset, tested = prepared.dataset, fitted.later
    said = tested.predict(tested.x)
    if dataset.loss == "mse":
        # the mean of the earlier rows would flatter a model where the target drifts
        constant = np.broadcast_to(constant_prediction(tested.y, tested.weight), tested.y.shape)
        metrics = regression_metrics(tested.y[:, 0], said[:, 0], constant[:, 0], tested.weight)
    else:
        emphasis = prepared.schema.emphasis
        metrics = classification_metrics(both_classes(tested.y), both_classes(said), tested.weight, emphasis)
    return LatestRows(plan.later.column, len(tested.x), metrics)


def falls_behind(later: LatestRows, intervals: Mapping[str, tuple[float, float]]) -> bool:
    """Whether the error on the latest rows is worse than the interval of the error out of fold."""
    if "r2" in later.metrics:
        return "r2" in intervals and later.metrics["r2"] < intervals["r2"][0]
    return "log_loss" in intervals and later.metrics["log_loss"] > intervals["log_loss"][1]


def latest_note(later: LatestRows | None, out_of_fold: Mapping[str, float]) -> tuple[str, ...]:
    """Put the error on the latest rows beside that of all rows, each by members that never saw it."""
    if later is None:
        return ()
    name = next(name for name in _SHOWN if name in later.metrics)
    return (
        f"on the latest {later.rows} rows by '{later.column}' members trained on the earlier ones reach {_SHOWN[name]} "
        f"{later.metrics[name]:.2f} ({out_of_fold[name]:.2f} out of fold); "
        f"if the model is to predict what comes later, state `time={later.column!r}`",
    )

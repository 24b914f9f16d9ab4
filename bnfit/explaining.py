"""From a trained or loaded model to its explanation: skill, importances, and what to think of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import BatchNorm, Network, Normalization
from bnfit.metrics import classification_metrics, regression_metrics
from bnfit.network import input_layer
from bnfit.results import ColumnStatistics, Explanation, Importance
from bnfit.schema import Schema
from bnfit.sensitivity import Judge, SwitchedOff, agreement, per_column, switch_off

if TYPE_CHECKING:
    from bnfit.fitting import Fitted

Floats = NDArray[np.floating]

JUDGED_ROWS = 20_000
"""Rows that columns are switched off on, at most, spread evenly over each judge's rows."""


@dataclass(frozen=True)
class Gamma:
    """γ of c original columns; a field is None where it is not known.

    Attributes:
        gamma: calibrated γ of the model (c,).
        gammas: calibrated γ of each judge's members (j, c).
        raws: |γ| as training left it, of each judge's members (j, c).
        sd: standard deviation of the calibrated γ over members (c,).
    """

    gamma: Floats | None = None
    gammas: Floats | None = None
    raws: Floats | None = None
    sd: Floats | None = None

    @property
    def raw(self) -> Floats | None:
        """Raw |γ| of each column, the mean over judges (c,)."""
        return None if self.raws is None else np.asarray(self.raws.mean(0))


def column_gamma(fitted: Fitted, schema: Schema) -> Gamma:
    """γ of the original columns of a model that was just trained."""
    columns = column_positions(schema)
    encoded = (fitted.gamma, fitted.fold_gamma, fitted.fold_gamma_raw, fitted.gamma_sd)
    return Gamma(*(None if values is None else per_column(values, columns) for values in encoded))


def explain_fitted(fitted: Fitted, schema: Schema, means: Floats, seed: int, gamma: Gamma) -> Explanation:
    """The explanation of a model that was just trained, from rows that no judging member saw."""
    return explanation(
        fitted.judges,
        fitted.guess,
        schema,
        means,
        seed,
        fitted.network,
        gamma,
        origin="out-of-fold rows of the training table",
    )


def explanation(
    judges: Sequence[Judge],
    guesses: Floats,
    schema: Schema,
    means: Floats,
    seed: int,
    network: Network,
    gamma: Gamma,
    *,
    origin: str,
) -> Explanation:
    """Measure the judges and put γ beside it.

    Args:
        judges: who predicts which rows.
        guesses: what a constant guess says to each judge's rows (j, o).
        schema: names of the columns.
        means: mean of each encoded column in the training rows (k,).
        seed: draws the shuffles.
        network: the model, for the statistics of its first layer.
        gamma: γ of the original columns.
        origin: where the rows come from, in words.
    """
    metrics, reference = skill(judges, guesses, schema)
    sampled = [_sampled(judge, len(judges)) for judge in judges]
    switched = switch_off(sampled, column_positions(schema), means, seed)
    share = metrics["r2"] if schema.task == "regression" else 1 - metrics["log_loss"] / reference["log_loss"]
    return Explanation(
        metrics=metrics,
        reference=reference,
        importances=_importances(schema, switched, gamma),
        agreement=agreement(gamma.gamma, gamma.gammas, gamma.raws, switched, share),
        statistics=column_statistics(network, schema),
        rows=sum(len(judge.x) for judge in judges),
        origin=origin,
        notes=_notes(judges, sampled),
    )


def skill(judges: Sequence[Judge], guesses: Floats, schema: Schema) -> tuple[dict[str, float], dict[str, float]]:
    """Errors of the judges on all their rows, and of the constant guess on the same rows."""
    y = np.concatenate([judge.y for judge in judges])
    prediction = np.concatenate([judge.predict(judge.x) for judge in judges])
    guess = np.concatenate([np.broadcast_to(g, judge.y.shape) for g, judge in zip(guesses, judges, strict=True)])
    if schema.task == "regression":
        return tuple(regression_metrics(y[:, 0], p[:, 0], guess[:, 0]) for p in (prediction, guess))  # type: ignore[return-value]
    return tuple(classification_metrics(*map(both_classes, (y, p))) for p in (prediction, guess))  # type: ignore[return-value]


def both_classes(probability: Floats) -> Floats:
    """One column a class: a single column is the probability of the second of two classes."""
    return np.c_[1 - probability, probability] if probability.shape[1] == 1 else probability


def column_positions(schema: Schema) -> list[list[int]]:
    """For each input column the positions of what it was encoded to."""
    origins = np.array(schema.origins)
    return [np.flatnonzero(origins == c).tolist() for c in range(len(schema.inputs))]


def column_statistics(network: Network, schema: Schema) -> tuple[ColumnStatistics, ...]:
    """Moving mean and standard deviation of the first layer, per encoded column; empty without such a layer."""
    found = input_layer(network)
    layer = found[1] if found is not None and found[0] == 0 else network.layers[0]
    if not isinstance(layer, BatchNorm | Normalization):
        return ()
    return tuple(
        ColumnStatistics(name, float(mean), float(np.sqrt(variance)))
        for name, mean, variance in zip(schema.features, layer.mean, layer.variance, strict=True)
    )


def _sampled(judge: Judge, judges: int) -> Judge:
    step = -(-len(judge.x) // max(1, JUDGED_ROWS // judges))
    return judge if step <= 1 else Judge(judge.predict, judge.x[::step], judge.y[::step])


def _notes(judges: Sequence[Judge], sampled: Sequence[Judge]) -> tuple[str, ...]:
    all_rows, used = (sum(len(j.x) for j in group) for group in (judges, sampled))
    return () if used == all_rows else (f"columns were switched off on {used} of the {all_rows} rows",)


def _importances(schema: Schema, switched: SwitchedOff, gamma: Gamma) -> tuple[Importance, ...]:
    pooled = {name: switched.pooled(getattr(switched, name)) for name in ("zero", "mean", "permute", "mean_error_zero")}
    intact = float(switched.pooled(switched.intact))

    def of(values: Floats | None, column: int) -> float | None:
        return None if values is None else float(values[column])

    return tuple(
        Importance(
            column=column.name,
            gamma=of(gamma.gamma, c),
            gamma_raw=of(gamma.raw, c),
            gamma_sd=of(gamma.sd, c),
            mspe_intact=intact,
            mspe_zero=float(pooled["zero"][c]),
            mspe_mean=float(pooled["mean"][c]),
            mspe_permute=float(pooled["permute"][c]),
            mean_error_zero=float(pooled["mean_error_zero"][c]),
        )
        for c, column in enumerate(schema.inputs)
    )

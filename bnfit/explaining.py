"""From a trained or loaded model to its explanation: skill, importances, and what to think of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.comparing import compared
from bnfit.inference import BatchNorm, Network, Normalization
from bnfit.metrics import both_classes as both_classes
from bnfit.metrics import classification_metrics, confusion, regression_metrics
from bnfit.network import input_layer
from bnfit.questions import BASELINES, Questions, grouped
from bnfit.results import ColumnStatistics, Confusion, Explanation, Importance, Increase
from bnfit.schema import Schema
from bnfit.sensitivity import PERMUTATIONS, Judge, SwitchedOff, agreement, increases, per_column, switch_off
from bnfit.switching import Ensemble
from bnfit.verdict import rank_agreements, remarks

if TYPE_CHECKING:
    from bnfit.fitting import Fitted
    from bnfit.sparse import Selection

Floats = NDArray[np.floating]

PARTS = 10
"""Parts that rows of a single judge are cut into, to see how far an increase of the error is luck."""
JUDGED_ROWS, FEWEST_ROWS, WORK = 20_000, 1_000, 3 * 10**11
"""Rows that columns are switched off on, at most, spread evenly over each judge's rows; fewer, down to the second
number, where all multiplications together would be more than the third, some seconds."""


@dataclass(frozen=True)
class Gamma:
    """γ of c original columns; a field is None where it is not known.

    Attributes:
        gamma: calibrated γ of the model (c,).
        gammas: calibrated γ of each judge's members (j, c).
        raws: |γ| as training left it, of each judge's members (j, c).
        sd: standard deviation over folds of the calibrated γ of a fold's members (c,).
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
    encoded = (fitted.gamma, fitted.fold_gamma, fitted.fold_gamma_raw)
    gamma, gammas, raws = (None if values is None else per_column(values, columns) for values in encoded)
    return Gamma(gamma, gammas, raws, None if gammas is None else np.asarray(gammas.std(0, ddof=1)))


def explain_fitted(
    fitted: Fitted,
    schema: Schema,
    means: Floats,
    seed: int,
    gamma: Gamma,
    in_time: bool,
    questions: Questions,
) -> Explanation:
    """The explanation of a model that was just trained, from rows that no judging member saw."""
    origin = "rows later than all that their judges saw" if in_time else "out-of-fold rows of the training table"
    found = explanation(fitted.judges, fitted.guess, schema, means, seed, fitted.network, gamma, origin, questions)
    return found if fitted.selection is None else with_selection(found, fitted.selection, column_positions(schema))


def with_selection(found: Explanation, selection: Selection, columns: Sequence[Sequence[int]]) -> Explanation:
    """The explanation with which columns stayed."""
    folds = selection.columns[:-1]
    kept = [float(np.isin(folds, positions).any(axis=1).mean()) for positions in columns]
    scores = [float(selection.scores[list(positions)].sum()) for positions in columns]
    importances = tuple(replace(i, kept=k, score=s) for i, k, s in zip(found.importances, kept, scores, strict=True))
    note = (
        f"each fold chose {selection.size} of {len(selection.scores)} encoded columns by its training rows; how many, "
        f"among {', '.join(map(str, selection.sizes))}, was chosen over all folds, which flatters the error a bit"
    )
    return replace(found, importances=importances, notes=(*found.notes, note))


def explanation(
    judges: Sequence[Judge],
    guesses: Floats,
    schema: Schema,
    means: Floats,
    seed: int,
    network: Network,
    gamma: Gamma,
    origin: str,
    questions: Questions,
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
        questions: what else to tell.
    """
    classes = schema.task != "regression"
    metrics, reference, confused = skill(judges, guesses, schema)
    sampled = [_sampled(judge, len(judges), len(schema.inputs)) for judge in judges]
    parts = sampled if len(sampled) > 1 else _parted(sampled[0])
    columns, names = column_positions(schema), [column.name for column in schema.inputs]
    switched = switch_off(parts, columns, means, seed, classes, questions.conditional)
    measured = _importances(names, switched, increases(switched, judges), gamma)
    x = np.concatenate([judge.x for judge in sampled])
    together = grouped(questions, names, columns, x)
    share = _share(metrics["log_loss"], reference["log_loss"]) if classes else metrics["r2"]
    return Explanation(
        metrics=metrics,
        reference=reference,
        importances=measured,
        agreement=replace(
            agreement(gamma.gamma, gamma.gammas, gamma.raws, switched, share),
            ranks=rank_agreements(measured, seed),
            remarks=remarks(measured, columns, x, network) if share > 0 else (),
        ),
        statistics=column_statistics(network, schema),
        rows=sum(len(judge.x) for judge in judges),
        origin=origin,
        notes=_notes(judges, sampled),
        confusion=confused,
        groups=_groups(together, columns, judges, parts, means, seed, classes, questions),
        baselines=questions.baselines,
        compare=compared(measured, sampled, columns, seed) if questions.compare else None,
    )


def _groups(
    groups: Mapping[str, Sequence[int]],
    columns: Sequence[Sequence[int]],
    judges: Sequence[Judge],
    parts: Sequence[Judge],
    means: Floats,
    seed: int,
    classes: bool,
    questions: Questions,
) -> tuple[Importance, ...]:
    """What columns matter together, each group switched off as one column."""
    if not groups:
        return ()
    positions = [[p for c in group for p in columns[c]] for group in groups.values()]
    switched = switch_off(parts, positions, means, seed, classes, questions.conditional)
    return _importances(list(groups), switched, increases(switched, judges), Gamma())


def _share(error: float, reference: float) -> float:
    """The share of the reference's error that is removed; 0 where there is none to remove."""
    return 1 - error / reference if reference > 0 else 0.0


def skill(
    judges: Sequence[Judge], guesses: Floats, schema: Schema
) -> tuple[dict[str, float], dict[str, float], Confusion | None]:
    """Errors of the judges on all their rows, and of the constant guess on the same rows; what was taken for what."""
    y = np.concatenate([judge.y for judge in judges])
    prediction = np.concatenate([judge.predict(judge.x) for judge in judges])
    guess = np.concatenate([np.broadcast_to(g, judge.y.shape) for g, judge in zip(guesses, judges, strict=True)])
    weights = [judge.weight for judge in judges if judge.weight is not None]
    weight = np.concatenate(weights) if weights else None
    if schema.task == "regression":
        metrics, reference = (regression_metrics(y[:, 0], p[:, 0], guess[:, 0], weight) for p in (prediction, guess))
        return metrics, reference, None
    truth = both_classes(y)
    metrics, reference = (classification_metrics(truth, both_classes(p), weight) for p in (prediction, guess))
    counts = tuple(map(tuple, confusion(y, prediction).tolist()))
    return metrics, reference, Confusion(schema.classes, counts)


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


def _sampled(judge: Judge, judges: int, columns: int) -> Judge:
    """The judge on no more rows than its share of the rows and of the work."""
    most = JUDGED_ROWS
    if isinstance(judge.predict, Ensemble):
        most = min(most, max(FEWEST_ROWS, WORK // (columns * (PERMUTATIONS + 2) * max(1, judge.predict.work))))
    return judge.every(-(-len(judge.x) // max(1, most // judges)))


def _parted(judge: Judge) -> list[Judge]:
    """One judge as several of the same predictor on parts of its rows, so that a spread can be seen."""
    parts = PARTS if len(judge.x) >= 2 * PARTS else 1
    return [judge.only(slice(part, None, parts), judge.predict) for part in range(parts)]


def _notes(judges: Sequence[Judge], sampled: Sequence[Judge]) -> tuple[str, ...]:
    all_rows, used = (sum(len(j.x) for j in group) for group in (judges, sampled))
    return () if used == all_rows else (f"columns were switched off on {used} of the {all_rows} rows",)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _importances(
    names: Sequence[str],
    switched: SwitchedOff,
    increased: Mapping[str, tuple[Floats, Floats, Floats, Floats]],
    gamma: Gamma,
) -> tuple[Importance, ...]:
    measures = {"mspe": switched.squared} | ({"log_loss": switched.log_loss} if switched.log_loss else {})
    pooled = {
        f"{measure}_{what}": switched.pooled(errors)
        for measure, changes in measures.items()
        for what in ("intact", *BASELINES)
        if (errors := changes.of(what)) is not None
    } | {"mean_error_zero": switched.pooled(switched.mean_error_zero)}

    def of(values: Floats | None, column: int) -> float | None:
        return None if values is None else float(values[column])

    return tuple(
        Importance(
            column=name,
            gamma=of(gamma.gamma, c),
            gamma_raw=of(gamma.raw, c),
            gamma_sd=of(gamma.sd, c),
            increases=tuple(
                Increase(baseline, float(mean[c]), *(_finite(v[c]) for v in (low, high, p)))
                for baseline, (mean, low, high, p) in increased.items()
            ),
            **{what: float(values if values.ndim == 0 else values[c]) for what, values in pooled.items()},
        )
        for c, name in enumerate(names)
    )

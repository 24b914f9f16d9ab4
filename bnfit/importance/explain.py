"""Explain a trained or loaded model: skill, importances, and how far they can be believed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.skill import skill
from bnfit.importance.ablation import PERMUTATIONS, SwitchedOff, switch_off
from bnfit.importance.agreement import agreement, rank_agreements, remarks, zero_is_off
from bnfit.importance.column_gamma import direction_of
from bnfit.importance.column_tests import Tested, increases, verdict
from bnfit.importance.compare import compared
from bnfit.importance.effects import effects_of
from bnfit.importance.groups import grouped
from bnfit.importance.interactions import interactions_of
from bnfit.importance.options import ImportanceOptions
from bnfit.importance.partial_forward import Ensemble
from bnfit.networks.layers import BatchNorm, Network, Normalization
from bnfit.networks.positions import input_layer
from bnfit.progress import Progress
from bnfit.results.explanation import SKILL_LEVEL, ColumnStatistics, Explanation, Importance, Increase
from bnfit.results.gamma import Gamma
from bnfit.results.origin import Origin
from bnfit.schema.schema import Schema, column_positions

PARTS = 10
"""Parts that the test rows of a single predictor are cut into, so that increases of the error have a spread."""
JUDGED_ROWS, FEWEST_ROWS, WORK = 20_000, 1_000, 10**11
"""Rows that columns are switched off on, at most, evenly spaced; fewer, down to the second number, where all
multiplications together would be more than the third, some seconds."""


@dataclass(frozen=True)
class Explained:
    """A model with the test rows that it is explained on.

    Attributes:
        network: the model.
        schema: its columns.
        means: mean of each encoded column in the training rows (k,).
        held_out: predictors with their test rows.
        constants: constant prediction for each predictor's test rows (j, o).
        gamma: γ of the original columns.
        origin: where the rows come from.
        skill_p: the chance of as much skill without any, where more is known than the errors say.
        member_folds: the fold that each member of the model never saw; none where they saw all rows.
    """

    network: Network
    schema: Schema
    means: Floats
    held_out: Sequence[HeldOut]
    constants: Floats
    gamma: Gamma
    origin: Origin
    skill_p: float = 0.0
    member_folds: Sequence[int] = ()

    @property
    def classes(self) -> bool:
        """Whether the outputs are probabilities."""
        return self.schema.task != "regression"


def explanation(
    explained: Explained, seed: int, questions: ImportanceOptions, on_progress: Progress | None = None
) -> Explanation:
    """Measure a model on its test rows, with every column as it is and switched off, and put γ beside.

    Args:
        explained: the model and its rows.
        seed: draws the shuffles.
        questions: what to measure beyond the usual.
        on_progress: told the share that is done.
    """
    schema, held_out, gamma = explained.schema, explained.held_out, explained.gamma
    measured = skill(held_out, explained.constants, schema.classes, schema.emphasis)
    metrics, reference, p = measured.metrics, measured.reference, max(measured.gain.p, explained.skill_p)
    sampled = [sample_rows(fold, len(held_out), len(schema.inputs)) for fold in held_out]
    columns, names = column_positions(schema), [column.name for column in schema.inputs]
    squared = reference["brier" if explained.classes else "mse"]
    parts = sampled if len(sampled) > 1 else _parted(sampled[0])
    ablation = _Ablation(explained, parts, seed, questions, squared)
    switched = ablation.switch_off(columns, on_progress)
    x = np.concatenate([fold.x for fold in sampled])
    importances = tuple(
        replace(i, zero_is_off=zero_is_off(x[:, where]))
        for i, where in zip(ablation.importances(names, switched, gamma), columns, strict=True)
    )
    share = _share(metrics["log_loss"], reference["log_loss"]) if explained.classes else metrics["r2"]
    share = share if p <= SKILL_LEVEL else min(share, 0.0)
    return Explanation(
        metrics=metrics,
        reference=reference,
        importances=importances,
        agreement=replace(
            agreement(gamma, switched, share),
            ranks=rank_agreements(importances, seed),
            remarks=remarks(importances, columns, x, explained.network) if share > 0 else (),
        ),
        statistics=column_statistics(explained.network, schema),
        rows=sum(len(fold.x) for fold in held_out),
        origin=explained.origin,
        notes=_notes(held_out, sampled),
        target=schema.target.name,
        intervals=measured.intervals,
        confusion=measured.confusion,
        roc=measured.roc,
        groups=ablation.of_groups(grouped(questions, names, columns, x), columns),
        baselines=questions.baselines,
        compare=compared(importances, sampled, columns, seed) if questions.compare else None,
        skill_p=p,
        error_se=measured.error.se,
        gain_se=measured.gain.se,
        share_se=measured.share.se,
        ece_by_chance=measured.calibration_by_chance,
        calibration=measured.calibration,
        interactions=interactions_of(explained.network, names, columns, x, gamma.gamma)
        if questions.interactions
        else None,
        effects=effects_of(explained.network, schema, x, explained.member_folds, gamma.gamma),
    )


@dataclass(frozen=True)
class _Ablation:
    """Columns, or groups of them, switched off on parts of the test rows; `reference` is a constant guess's error."""

    explained: Explained
    parts: Sequence[HeldOut]
    seed: int
    questions: ImportanceOptions
    reference: float

    def switch_off(self, positions: Sequence[Sequence[int]], on_progress: Progress | None = None) -> SwitchedOff:
        explained, baselines = self.explained, self.questions.measured
        how = self.seed, explained.classes, baselines
        return switch_off(self.parts, positions, explained.means, *how, on_progress)

    def importances(self, names: Sequence[str], switched: SwitchedOff, gamma: Gamma) -> tuple[Importance, ...]:
        tested = increases(switched, self.explained.held_out)
        kinds = [column.kind for column in self.explained.schema.inputs]
        return _importances(names, switched, tested, gamma, self.reference, kinds)

    def of_groups(
        self, groups: Mapping[str, Sequence[int]], columns: Sequence[Sequence[int]]
    ) -> tuple[Importance, ...]:
        """Switch the columns of each group off together, as one column."""
        if not groups:
            return ()
        positions = [[p for c in group for p in columns[c]] for group in groups.values()]
        return self.importances(list(groups), self.switch_off(positions), Gamma())


def _share(error: float, reference: float) -> float:
    """Share of the reference's error that is removed; 0 where there is none to remove."""
    return 1 - error / reference if reference > 0 else 0.0


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


def sample_rows(fold: HeldOut, folds: int, columns: int) -> HeldOut:
    """Keep no more test rows than one predictor's share of the rows and of the work."""
    most = JUDGED_ROWS
    if isinstance(fold.predict, Ensemble):
        most = min(most, max(FEWEST_ROWS, WORK // (columns * (PERMUTATIONS + 2) * max(1, fold.predict.work))))
    return fold.at_most(max(1, most // folds))


def _parted(fold: HeldOut) -> list[HeldOut]:
    """Cut the test rows of one predictor into parts, none of which divides a unit, so that increases have a spread."""
    unit = fold.units.of_row
    parts = PARTS if unit.max(initial=0) + 1 >= 2 * PARTS else 1
    return [fold.only(unit % parts == part, fold.predict) for part in range(parts)]


def _notes(held_out: Sequence[HeldOut], sampled: Sequence[HeldOut]) -> tuple[str, ...]:
    all_rows, used = (sum(len(j.x) for j in group) for group in (held_out, sampled))
    return () if used == all_rows else (f"columns were switched off on {used} of the {all_rows} rows",)


def _finite_or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _importances(
    names: Sequence[str],
    switched: SwitchedOff,
    increased: Mapping[str, Tested],
    gamma: Gamma,
    reference: float,
    kinds: Sequence[str],
) -> tuple[Importance, ...]:
    measures = {"mspe": switched.squared} | ({"log_loss": switched.log_loss} if switched.log_loss else {})
    pooled = {
        f"{measure}_{what}": switched.pooled(errors)
        for measure, changes in measures.items()
        for what, errors in {"intact": changes.intact, **changes.switched}.items()
    } | {"mean_error_zero": switched.pooled(switched.mean_error_zero)}

    def of(values: Floats | None, column: int) -> float | None:
        return None if values is None else float(values[column])

    raw = gamma.raw
    grown = [{name: _increase(name, test, c) for name, test in increased.items()} for c in range(len(names))]
    return tuple(
        Importance(
            column=name,
            gamma=of(gamma.gamma, c),
            gamma_raw=of(raw, c),
            gamma_se=of(gamma.se, c),
            direction=direction_of(kinds[c], rising) if (rising := of(gamma.rising, c)) is not None else None,
            straightness=None if (straight := of(gamma.straightness, c)) is None else _finite_or_none(straight),
            total=of(gamma.total, c),
            bound=None if (bound := of(gamma.bound, c)) is None else _finite_or_none(bound),
            increases=tuple(grown[c].values()),
            verdict=verdict(grown[c].get("permute"), reference),
            verdict_conditional=verdict(grown[c].get("conditional"), reference),
            **cast(Any, {what: float(values if values.ndim == 0 else values[c]) for what, values in pooled.items()}),
        )
        for c, name in enumerate(names)
    )


def _increase(baseline: str, test: Tested, column: int) -> Increase:
    ends = (_finite_or_none(values[column]) for values in (test.low, test.high, test.p))
    return Increase(baseline, float(test.mean[column]), *ends)

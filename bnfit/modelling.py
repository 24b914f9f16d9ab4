"""From a prepared table to a model with its report: the folds and members, and the one training behind both."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bnfit.architecture import Architecture
from bnfit.conformal import kept_errors
from bnfit.errors import UsageError
from bnfit.kinds import Kind, averaged_label, averaged_note
from bnfit.model import Model, model_facts, packed_rows
from bnfit.preparing import Prepared, fold_notes
from bnfit.questions import USUAL, Questions
from bnfit.recipe import KERAS_MOMENTUM, Recipe
from bnfit.resampling import choose_folds, splits
from bnfit.results import FitReport, ShadowTest

if TYPE_CHECKING:
    from bnfit.sensitivity import Judge

FOLDS, MEMBERS = 8, 16
MANY_ROWS, FEWER_MEMBERS = 1_000, 8
"""Above so many rows fewer members are averaged: each is surer then, and takes longer to train."""
PLOTTED_ROWS = 5_000
"""Tables up to this size leave what was predicted of each row in the file, so that it can be drawn."""


@dataclass(frozen=True)
class Division:
    """How many folds and members there are, with remarks on that."""

    folds: int
    members: int
    notes: tuple[str, ...]


def usual_folds(members: int | None, usual: int = FOLDS) -> int:
    """The folds where the user does not say; a model of few members has as many."""
    return usual if members is None or members == 1 else min(usual, max(members, 2))


def divided(prepared: Prepared, folds: int | None, usual: int, members: int | None) -> Division:
    """The folds and members to use, also where the user gave none.

    Raises:
        UsageError: they do not go together.
        DataError: the rows do not allow so many folds.
    """
    if members is not None and members < 1:
        raise UsageError(f"members must be at least 1, not {members}")
    number, note = choose_folds(prepared.order, folds, usual)
    if members is None:
        usual_members = FEWER_MEMBERS if prepared.order.rows > MANY_ROWS else MEMBERS
        members = number * -(-usual_members // number)
    if 1 < members < number:
        raise UsageError(
            f"{members} members cannot cover {number} folds",
            f"use at least {number} members, or --members 1, or fewer folds",
        )
    return Division(number, members, (note,) if note else ())


def fit_prepared(
    prepared: Prepared,
    kinds: Sequence[Kind],
    recipe: Recipe,
    division: Division,
    seed: int,
    target: str,
    on_progress: Callable[[float], None] | None,
    sparse: bool = False,
    questions: Questions = USUAL,
) -> tuple[FitReport, Model]:
    """Train members of each kind, take the best, explain it and make it a model; if `sparse`, of the columns that pay.

    Raises:
        DataError: as `bnfit.fitting.fit_kinds`.
    """
    from bnfit.explaining import column_gamma, explain_fitted
    from bnfit.fitting import fit_kinds
    from bnfit.yardstick import linear_metrics, linear_note, share_note

    began = time.perf_counter()
    table, schema, order, folds = prepared.table, prepared.schema, prepared.order, division.folds
    selection = shadows = None
    if questions.shadow:
        shadows = _shadows(prepared, kinds[0].architecture, folds, seed, part(on_progress, 0.0, 0.5))
        on_progress = part(on_progress, 0.5, 1.0)
    if sparse:
        from bnfit.sparse import SHARE, choose

        selection = choose(kinds[0].architecture, table, order, folds, seed, part(on_progress, 0.0, SHARE))
        on_progress = part(on_progress, SHARE, 1.0)
    fitted = fit_kinds(
        kinds,
        table,
        recipe,
        order,
        folds=folds,
        members=division.members,
        seed=seed,
        weight=prepared.weight,
        selection=selection,
        on_progress=on_progress,
    )
    used = list(dict.fromkeys(kinds[part.kind].architecture for part in fitted.averaged))
    architecture, sizes = used[0], (table.x.shape[1], table.y.shape[1])
    gamma = column_gamma(fitted, schema)
    explanation = explain_fitted(fitted, schema, table.mean, seed, gamma, order.times is not None, questions)
    linear = linear_metrics(table, splits(order, folds, 0.0, seed), prepared.weight)
    made_of = (*averaged_note(kinds, fitted.averaged), *share_note(fitted.linear_share))
    compared = linear_note(linear, explanation.metrics)
    remarks = (*division.notes, *momentum_note(recipe), *fold_notes(prepared, folds), *made_of, *compared)
    notes = (*prepared.notes, *remarks, *explanation.notes)
    report = FitReport(
        target=target,
        architecture=averaged_label(kinds, fitted.averaged),
        arm=architecture.arm,
        weights=sum(one.weights(*sizes) for one in used),
        members=fitted.members,
        folds=folds,
        recipe=recipe.name,
        seed=seed,
        explanation=replace(explanation, notes=notes, shadows=shadows),
        seconds=time.perf_counter() - began,
        task=schema.task,
        schema=prepared.report,
        linear=linear,
        linear_share=fitted.linear_share,
        norm=architecture.hidden_norm,
        norm_position=architecture.norm_position,
    )
    rows = packed_rows(table.x, table.y, fitted.folds)
    facts = model_facts(
        report, schema, asdict(recipe), list(fitted.member_folds), rows, fitted.curves, table.mean, gamma
    )
    measured = out_of_fold(fitted.judges, schema.task) | errors(fitted.judges, schema.task)
    return report, Model(fitted.network, schema, facts | measured)


def _shadows(
    prepared: Prepared, architecture: Architecture, folds: int, seed: int, on_progress: Callable[[float], None] | None
) -> ShadowTest:
    from bnfit.explaining import column_positions
    from bnfit.shadows import against_shadows

    names, columns = [c.name for c in prepared.schema.inputs], column_positions(prepared.schema)
    output = architecture.output_activation
    return against_shadows(prepared.table, names, columns, prepared.order, output, folds, seed, on_progress)


def momentum_note(recipe: Recipe) -> tuple[str, ...]:
    """A remark where the recipe's momentum was changed and does nothing."""
    if recipe.moving_statistics or recipe.momentum == KERAS_MOMENTUM:
        return ()
    return (
        f"--momentum does not change the model with recipe {recipe.name}, which keeps the exact statistics of the "
        "training rows; --recipe paper keeps moving averages.",
    )


def part(on_progress: Callable[[float], None] | None, start: float, end: float) -> Callable[[float], None] | None:
    """What to tell the share done of a part of the work that goes from `start` to `end` of the whole."""
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)


def errors(judges: Sequence[Judge], task: str) -> dict[str, dict[str, Any]]:
    """The fact that intervals are made of: the sizes of the errors out of fold; none for classes."""
    if task != "regression":
        return {}
    gaps = np.concatenate([judge.y[:, 0] - judge.predict(judge.x)[:, 0] for judge in judges])
    return {"errors": kept_errors(gaps)}


def out_of_fold(judges: Sequence[Judge], task: str) -> dict[str, dict[str, list[float]]]:
    """The fact that holds each row's target beside what the members that never saw it predict; none if too many.

    Classes have their confusion matrix instead.
    """
    if task != "regression" or sum(len(judge.y) for judge in judges) > PLOTTED_ROWS:
        return {}
    true, predicted = (
        np.concatenate(v) for v in zip(*((j.y[:, 0], j.predict(j.x)[:, 0]) for j in judges), strict=True)
    )
    spread = float(true.std())
    # six digits, and as many more as it takes to tell values apart that lie far from 0
    more = 17.0 if not spread else max(0.0, math.log10(np.abs(true).max()) - math.log10(spread))
    digits = min(17, 6 + math.ceil(more))
    return {"out_of_fold": {"true": true.tolist(), "predicted": [float(f"{v:.{digits}g}") for v in predicted]}}

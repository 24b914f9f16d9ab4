"""`search_table`: prepare, train what `fit` trains, cross-validate candidates, hold the contest, report."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bnfit.ensemble.division import divide
from bnfit.ensemble.plan import momentum_note
from bnfit.ensemble.prepare import output_activations, prepare
from bnfit.errors import UsageError
from bnfit.evaluation.splits import splits
from bnfit.model.metadata import SearchSummary
from bnfit.population.recipe import recipe_named
from bnfit.progress import Progress, part
from bnfit.results.search import Curve, SearchReport
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import source_of
from bnfit.tuning.budget import Clock
from bnfit.tuning.journal import journaling
from bnfit.tuning.space import Axes
from bnfit.tuning.steps import (
    COMPILED_SHARE,
    FIT_SHARE,
    LOADED_SHARE,
    SEARCH_SHARE,
    Contenders,
    CrossValidated,
    SearchRequest,
)
from bnfit.tuning.strategy import Strategy, budget_note, strategy_note

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.ensemble.prepare import Prepared
    from bnfit.model.model import Model
    from bnfit.population.recipe import Recipe
    from bnfit.results.fit import FitReport
    from bnfit.results.search import LeaderboardRow
    from bnfit.table.source import Source
    from bnfit.tuning.contest import Contest
    from bnfit.tuning.journal import Journal
    from bnfit.tuning.ranking import Ranking


REPEAT_SEED = 7919
"""Between the seeds of two repeats, so that they share no folds with the next seeds of the user."""


def search_table(
    data: Source | pd.DataFrame,
    target: str,
    *,
    options: SchemaOptions | None = None,
    class_weight: str | None = None,
    strategy: str | None = None,
    trials: int | None = None,
    budget: float | None = None,
    recipe: str = "default",
    epochs: int | None = None,
    folds: int | None = None,
    members: int | None = None,
    repeats: int = 1,
    save: str | None = None,
    curves: bool = False,
    seed: int = 0,
    on_plan: Callable[[int], None] | None = None,
    on_progress: Progress | None = None,
    on_model: Callable[[Model], None] | None = None,
    journal: Journal | None = None,
    **axes: Any,
) -> tuple[SearchReport, Model]:
    """Rank candidates by cross-validation beside what `fit_table` trains and an ensemble of both, and save the best.

    Args:
        data, target, options, class_weight, recipe, epochs, members, seed: as for `fit_table`.
        strategy, trials, budget: which candidates are tried; see `bnfit.tuning.strategy.Strategy`. Where no strategy is
            named, it is a grid, or halving where trials are given, or where the rows are many and no axis is named.
        folds: of the cross-validation, and of the final training; None takes the default, or as many as the rows allow.
        repeats: cross-validations whose errors are averaged, each with folds of its own.
        save: "fit", "ensemble" or "candidate"; None for what is best, where it is as good what `fit_table` trains, or
            with recipe "paper" the best candidate. Where axes of the layers are named, what is saved keeps to them.
        curves: also report the losses by epoch.
        on_plan: is called with the number of trainings before they start, the most there may be under a budget.
        on_progress: is called with the share that is done, from 0 to 1.
        on_model: is called with the model before its columns are measured.
        journal: keeps what is trained, and gives what an interrupted search trained.
        axes: sequences of values by the names of `bnfit.tuning.space.Axes`; an axis that is not named has the
            strategy's values, or the recipe's own.

    Raises:
        UsageError: an unknown column or value, options that do not go together, or a journal of another search.
        DataError: the table is unfit for it, or every candidate diverged.
        GateFailed: the budget ended before any candidate was trained.
    """
    how = Strategy(strategy, trials, budget)
    clock = None if budget is None else Clock(budget)  # reading the table counts, too
    base = recipe_named(recipe).changed(epochs=epochs)
    save = "candidate" if save is None and recipe == "paper" else save
    request = SearchRequest(how, Axes.named(**axes), base, folds, members, repeats, save, curves, seed)
    contenders = _contenders(request, prepare(source_of(data), target, options or SchemaOptions(), class_weight))
    stated = (options or SchemaOptions()).parameters
    asked = {"target": target, "class_weight": class_weight, "epochs": epochs, **stated, **request.parameters}
    with journaling(journal, "search", asked, contenders.prepared.dataset):
        if on_plan is not None:
            on_plan(contenders.most_trainings)
        if on_progress is not None:
            on_progress(0.0, "loading TensorFlow")
        return _search(contenders, clock, on_progress, on_model)


def _search(
    contenders: Contenders,
    clock: Clock | None,
    on_progress: Progress | None,
    on_model: Callable[[Model], None] | None,
) -> tuple[SearchReport, Model]:
    """Train, hold the contest, and make the model and the report."""
    validated = _cross_validate(contenders, clock, on_progress)
    ranking = validated.contest.rank(validated.entries)
    from bnfit.tuning.contest import hold_contest  # imports TensorFlow

    contest = hold_contest(contenders, validated.entries, validated.library)
    selected = contest.select()
    best = next(k for k, entry in enumerate(validated.entries) if entry is contest.entries[0])
    saving = part(on_progress, SEARCH_SHARE, 1.0, "measuring columns")
    fit, model = contest.save(selected, saving, on_model)
    rows = _marked(ranking, contest, best, selected.team)
    saved, corrected = selected.saved, selected.corrected
    report = replace(_report(validated, ranking, fit, rows), saved=saved, corrected=corrected)
    summary = SearchSummary(rows, saved, corrected)
    return report, replace(model, metadata=replace(model.metadata, search=summary))


def _contenders(request: SearchRequest, prepared: Prepared) -> Contenders:
    """Choose the candidates for a table, and draw the folds on which they compete: those of plain `fit`.

    Raises:
        UsageError: the axes do not go with the target.
        DataError: the rows are too few for the folds.
    """
    rows, asked = len(prepared.dataset.x), bool(request.axes.any_named or request.recipe.name == "paper")
    how, seed = request.strategy.for_table(rows, asked), request.seed
    by_rows = request.strategy.name is None and request.strategy.trials is None
    request = replace(request, strategy=how)
    candidates = how.candidates(_axes_for_task(request, prepared.schema.task), request.recipe, seed)
    division = divide(prepared.dataset, request.folds, request.members, seed)
    repeated = (
        splits(prepared.dataset.constraints, division.folds, 0.0, seed + REPEAT_SEED * repeat)
        for repeat in range(1, request.repeats)
    )
    every = tuple(itertools.chain(division.splits, *repeated))
    notes = strategy_note(how, len(candidates), rows) if by_rows else ()
    contenders = Contenders(request, prepared, tuple(candidates), division, every, notes)
    if request.save == "ensemble" and contenders.apart:
        raise UsageError(
            "with `time` the folds are tested by other members than the model's, so no ensemble can be made of them",
            "leave `save` out",
        )
    return contenders


def _axes_for_task(request: SearchRequest, task: str) -> Axes:
    """Return the axes with the output activations that the target's kind allows."""
    default, asked = request.strategy.axes.output_activations, request.axes.output_activations
    allowed = output_activations(task, None if asked is None else tuple(asked), tuple(default or ()))
    return replace(request.axes, output_activations=allowed)


def _cross_validate(contenders: Contenders, clock: Clock | None, on_progress: Progress | None) -> CrossValidated:
    """Train what plain `fit` trains, then the candidates, all at once, in rounds, or as far as the time allows."""
    from bnfit.tuning.cross_validate import CrossValidation  # imports TensorFlow
    from bnfit.tuning.strong_learners import train_strong_learners  # imports TensorFlow
    from bnfit.tuning.successive_halving import successive_halving  # imports TensorFlow

    began, request, prepared = time.perf_counter(), contenders.request, contenders.prepared
    contest = CrossValidation(prepared.dataset, contenders.splits, request.seed, request.repeats)
    if on_progress is not None:
        on_progress(0.0, "compiling")
    library = train_strong_learners(
        contenders, clock, part(on_progress, LOADED_SHARE, FIT_SHARE, "training what fit trains")
    )
    if clock is not None:
        clock.final = contenders.division.members * request.recipe.for_rows(contest.rows).epochs
    progress = part(on_progress, COMPILED_SHARE, SEARCH_SHARE, "training candidates")
    space = request.strategy.drawn_from(request.axes)
    entries = successive_halving(contest, contenders.candidates, request.strategy.rounds, clock, progress, space)
    return CrossValidated(contenders, contest, tuple(entries), library, time.perf_counter() - began)


def _marked(ranking: Ranking, contest: Contest, best: int, team: str) -> tuple[LeaderboardRow, ...]:
    """Put the teams between the candidates and the references, and mark what is saved.

    Args:
        ranking: of the candidates.
        contest: has the teams.
        best: position of the candidate that can be saved, among those that were tried.
        team: what is saved.
    """
    candidates = [row for row in ranking.rows if row.reference is None]
    return (
        *(replace(r, saved=team == "candidate" and k == best) for r, k in zip(candidates, ranking.order, strict=True)),
        *(replace(row, saved=row.reference == team) for row in contest.rows),
        *(row for row in ranking.rows if row.reference is not None),
    )


def _report(
    validated: CrossValidated, ranking: Ranking, fit: FitReport, rows: tuple[LeaderboardRow, ...]
) -> SearchReport:
    contenders = validated.contenders
    request, candidate_rows = contenders.request, [row for row in rows if row.reference is None]
    arms = dict.fromkeys(row.arm for row in candidate_rows)
    return SearchReport(
        leaderboard=rows,
        by_arm=tuple(next(row for row in candidate_rows if row.arm == arm) for arm in arms),
        trainings=validated.contest.trainings,
        folds=contenders.division.folds,
        recipe=request.recipe.name,
        seed=request.seed,
        seconds=validated.seconds,
        fit=fit,
        notes=_notes(validated),
        repeats=request.repeats,
        curves=_curves(validated, ranking) if request.curves else (),
        strategy=request.strategy.named,
        budget=request.strategy.budget,
        untried=validated.untried,
    )


def _curves(validated: CrossValidated, ranking: Ranking) -> tuple[Curve, ...]:
    """Return the losses by epoch, and what reached a unit meanwhile."""
    from bnfit.tuning.activations import with_activations  # imports TensorFlow

    contenders, tried = validated.contenders, [entry.candidate for entry in validated.entries]
    table, request = contenders.prepared.dataset, contenders.request
    return with_activations(ranking.curves, tried, table, contenders.splits[0], request.seed)


def _notes(validated: CrossValidated) -> tuple[str, ...]:
    entries, budget = validated.entries, validated.contenders.request.strategy.budget
    without = ("What plain fit trains was left out: its training took more than half of the budget.",)
    return (
        *validated.contenders.notes,
        *budget_note(budget, len(entries), validated.untried),
        *(without if budget is not None and validated.library is None else ()),
        *_momentum_note([entry.candidate.recipe for entry in entries]),
    )


def _momentum_note(recipes: Sequence[Recipe]) -> tuple[str, ...]:
    """Return a remark where a candidate's momentum does nothing."""
    ignoring = [recipe for recipe in recipes if recipe.ignores_momentum]
    return momentum_note(ignoring[0]) if ignoring else ()

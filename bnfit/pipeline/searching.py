"""`search_table`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bnfit.errors import UsageError
from bnfit.pipeline.training import Progress, prepared_table

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.candidates import Candidate
    from bnfit.model import Model
    from bnfit.preparing import Prepared
    from bnfit.recipe import Recipe
    from bnfit.resampling import Split
    from bnfit.results import NestedError, SearchReport
    from bnfit.schema import SchemaOptions
    from bnfit.search import Entry
    from bnfit.sources import Source
    from bnfit.space import Axes
    from bnfit.strategy import Strategy

SEARCH_FOLDS = 5
REPEAT_SEED = 7919
"""Between the seeds of two repeats, so that they share no folds with the next seeds of the user."""
SEARCH_SHARE = 0.9
"""Share of the progress that ranking the candidates takes; the winner's own training is the rest."""


def search_table(
    data: Source | pd.DataFrame,
    target: str,
    *,
    options: SchemaOptions | None = None,
    class_weight: str | None = None,
    strategy: str = "grid",
    trials: int | None = None,
    budget: float | None = None,
    recipe: str = "default",
    epochs: int | None = None,
    folds: int | None = None,
    members: int | None = None,
    repeats: int = 1,
    nested: bool = False,
    curves: bool = False,
    seed: int = 0,
    on_plan: Callable[[int], None] | None = None,
    on_progress: Progress | None = None,
    **axes: Any,
) -> tuple[SearchReport, Model]:
    """Rank candidates by cross-validation in one population, then train the best as `fit_table` does.

    Args:
        data, target, options, class_weight, recipe, epochs, members, seed: as for `fit_table`.
        strategy, trials, budget: which candidates are tried; see `bnfit.strategy.Strategy`.
        folds: of the cross-validation, and of the final training; None takes as many as are usual and the rows allow.
        repeats: cross-validations whose errors are averaged, each with folds of its own.
        nested: also tell the error of the whole search, from winners chosen without the rows that judge them.
        curves: also report the losses by epoch.
        on_plan: told the number of trainings before they start, the most there may be where there is a budget.
        on_progress: told the share that is done, from 0 to 1.
        axes: sequences of values by the names of `bnfit.space.Axes`; an axis that is not named has the strategy's
            values, or the recipe's own.

    Raises:
        UsageError: an unknown column or value, or options that do not go together.
        DataError: the table is unfit for it, or every candidate diverged.
        GateFailed: the budget ended before any candidate was trained.
    """
    from bnfit.kinds import Kind
    from bnfit.modelling import divided, fit_prepared, part, usual_folds
    from bnfit.nested import nested_error
    from bnfit.recipe import recipe_named
    from bnfit.results import SearchReport
    from bnfit.rounds import Clock, entries
    from bnfit.search import Contest
    from bnfit.space import Axes
    from bnfit.strategy import Strategy

    how, asked = Strategy(strategy, trials, budget), Axes(**axes)
    if nested and not how.nests:
        raise UsageError("a search in rounds or within a budget cannot be nested", "leave --nested out")
    clock = None if budget is None else Clock(budget)  # reading the table counts, too
    # what is ranked is what is saved: networks without a linear model beside them
    base = recipe_named(recipe).changed(epochs=epochs, linear=False)
    how.candidates(asked, base, seed)  # says what is wrong before the table is looked at
    prepared = prepared_table(data, target, options, class_weight)
    tried = how.candidates(_for_task(asked, how, prepared), base, seed)
    division = divided(prepared, folds, usual_folds(members, SEARCH_FOLDS), members)
    parts, inner = _splits(prepared, division.folds, base, repeats, nested, seed)
    contest = Contest(prepared.table, parts, seed, prepared.weight, repeats)
    if on_plan is not None:
        on_plan(how.trainings(len(tried)) * len(parts) + len(tried) * sum(map(len, inner)))
    if clock is not None:
        clock.final = division.members * base.for_rows(contest.rows).epochs
    began, share = time.perf_counter(), SEARCH_SHARE / (1 + len(inner))
    found = entries(contest, tried, how.rounds, clock, part(on_progress, 0.0, share))
    ranking = contest.ranking(found)
    progress = part(on_progress, share, SEARCH_SHARE)
    honest = nested_error(contest, tried, ranking, inner, progress) if inner else None
    seconds = time.perf_counter() - began
    winner = found[ranking.winner].candidate
    progress = part(on_progress, SEARCH_SHARE, 1.0)
    fit, model = fit_prepared(prepared, [Kind(winner.architecture)], winner.recipe, division, seed, target, progress)
    ranked = [row for row in ranking.rows if row.reference is None]
    report = SearchReport(
        leaderboard=ranking.rows,
        by_arm=tuple(next(row for row in ranked if row.arm == arm) for arm in dict.fromkeys(r.arm for r in ranked)),
        trainings=contest.trainings + len(tried) * sum(map(len, inner)),
        folds=division.folds,
        recipe=recipe,
        seed=seed,
        seconds=seconds,
        fit=fit,
        notes=_notes(found, winner, len(tried) - len(found), budget, honest),
        repeats=repeats,
        nested=honest,
        curves=ranking.curves if curves else (),
        strategy=strategy,
        budget=budget,
        untried=len(tried) - len(found),
    )
    return report, replace_facts(model, search={"leaderboard": [asdict(row) for row in ranking.rows]})


def _for_task(asked: Axes, how: Strategy, prepared: Prepared) -> Axes:
    """The axes with the output activations that the target's kind allows."""
    from bnfit.preparing import output_activations

    usual = tuple(how.axes.output_activations or ())
    given = None if asked.output_activations is None else tuple(asked.output_activations)
    return replace(asked, output_activations=output_activations(prepared.schema.task, given, usual))


def _splits(
    prepared: Prepared, folds: int, base: Recipe, repeats: int, nested: bool, seed: int
) -> tuple[list[Split], list[tuple[Split, ...]]]:
    """The splits of every repeat, and of each one, where winners are to be picked without its judged rows, its own."""
    from bnfit.nested import inner_splits
    from bnfit.resampling import splits

    order, stop = prepared.order, base.stop_share if base.patience is not None else 0.0
    parts = [s for r in range(repeats) for s in splits(order, folds, stop, seed + REPEAT_SEED * r)]
    return parts, [inner_splits(order, s, folds, stop, seed + o) for o, s in enumerate(parts) if nested]


def _notes(
    found: Sequence[Entry], winner: Candidate, untried: int, budget: float | None, honest: NestedError | None
) -> tuple[str, ...]:
    from bnfit.modelling import momentum_note
    from bnfit.strategy import budget_note

    tried = len(found)
    momentum = (momentum_note(e.candidate.recipe) for e in found)
    # the winner's own report says it of the winner
    useless = () if momentum_note(winner.recipe) else next((note for note in momentum if note), ())
    return (*budget_note(budget, tried, untried), *_choice_notes(tried, honest), *useless)


def _choice_notes(candidates: int, honest: NestedError | None = None) -> tuple[str, ...]:
    if candidates < 2:
        return ()
    if honest is not None and honest.error is not None and honest.se is not None:
        return (
            f"Nested cross-validation, which picks anew without the rows that judge: {honest.error:.4g} ± "
            f"{honest.se:.4g}. The winner's own {honest.winner:.4g} flatters it by {honest.error - honest.winner:.2g}, "
            f"as it was picked by these errors. The {len(honest.chosen)} folds picked {len(set(honest.chosen))} "
            "different networks.",
        )
    return (
        f"The best of {candidates} candidates was picked by these errors, so its error flatters it; "
        "the spread between neighbours says how much.",
    )


def replace_facts(model: Model, **facts: Any) -> Model:
    """The model with more facts."""
    return replace(model, facts={**model.facts, **facts})

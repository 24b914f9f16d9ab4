"""`search_table`."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bnfit.pipeline.training import Progress, prepared_table

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.model import Model
    from bnfit.recipe import Recipe
    from bnfit.results import NestedError, SearchReport
    from bnfit.schema import SchemaOptions
    from bnfit.sources import Source

SEARCH_FOLDS = 5
SEARCH_OUTPUTS = ("linear", "relu")
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
    layers: Sequence[int] = (1, 2, 3, 4),
    units: Sequence[int] = (2, 3, 4, 5, 6),
    activations: Sequence[str] = ("tanh", "relu", "sigmoid"),
    output_activations: Sequence[str] | None = None,
    arms: Sequence[str] = ("bn",),
    norms: Sequence[str] | None = None,
    norm_positions: Sequence[str] = ("before",),
    recipe: str = "default",
    epochs: int | None = None,
    batch_sizes: Sequence[int] | None = None,
    learning_rates: Sequence[float] | None = None,
    momentums: Sequence[float] | None = None,
    epsilons: Sequence[float] | None = None,
    folds: int | None = None,
    members: int | None = None,
    repeats: int = 1,
    nested: bool = False,
    curves: bool = False,
    seed: int = 0,
    on_plan: Callable[[int], None] | None = None,
    on_progress: Progress | None = None,
) -> tuple[SearchReport, Model]:
    """Rank every combination by cross-validation in one population, then train the best as `fit_table` does.

    Args:
        data, target, options, class_weight, recipe, epochs, members, seed: as for `fit_table`.
        layers, units, activations, output_activations, arms: the values of each axis of the grid; the output
            activations are linear and relu unless given, and for classes there is no such axis.
        norms, norm_positions: how the hidden layers normalise, and whether before or after the activation; None as the
            arms say.
        batch_sizes, learning_rates, momentums, epsilons: further axes, of the recipe; None takes the recipe's own.
        folds: of the cross-validation, and of the final training; None takes as many as are usual and the rows allow.
        repeats: cross-validations whose errors are averaged, each with folds of its own.
        nested: also tell the error of the whole search, from winners chosen without the rows that judge them.
        curves: also report the losses by epoch.
        on_plan: told the number of trainings before they start.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it, or every candidate diverged.
    """
    from bnfit.architecture import grid
    from bnfit.candidates import candidates, recipes
    from bnfit.kinds import Kind
    from bnfit.modelling import divided, fit_prepared, usual_folds
    from bnfit.nested import inner_splits, nested_error
    from bnfit.preparing import output_activations as possible_outputs
    from bnfit.recipe import recipe_named
    from bnfit.resampling import splits
    from bnfit.results import SearchReport
    from bnfit.search import rank

    # what is ranked is what is saved: networks without a linear model beside them
    base = recipe_named(recipe).changed(epochs=epochs, linear=False)
    ways = recipes(base, batch_sizes, learning_rates, momentums, epsilons)
    normalising = norms or (None,), norm_positions
    asked = None if output_activations is None else tuple(output_activations)
    # says what is wrong before the table is looked at
    grid(layers, units, activations, asked or SEARCH_OUTPUTS, arms, *normalising)
    prepared = prepared_table(data, target, options, class_weight)
    outputs = possible_outputs(prepared.schema.task, asked, SEARCH_OUTPUTS)
    tried = candidates(grid(layers, units, activations, outputs, arms, *normalising), ways)
    division = divided(prepared, folds, usual_folds(members, SEARCH_FOLDS), members)
    stop = base.stop_share if base.patience is not None else 0.0
    parts = [s for r in range(repeats) for s in splits(prepared.order, division.folds, stop, seed + REPEAT_SEED * r)]
    inner = [inner_splits(prepared.order, s, division.folds, stop, seed + o) for o, s in enumerate(parts) if nested]
    trainings = len(tried) * (len(parts) + sum(map(len, inner)))
    if on_plan is not None:
        on_plan(trainings)
    began = time.perf_counter()
    share = SEARCH_SHARE / (1 + len(inner))
    progress = _part(on_progress, 0.0, share)
    table, weight = prepared.table, prepared.weight
    ranking = rank(tried, table, parts, seed, weight, progress, repeats)
    progress = _part(on_progress, share, SEARCH_SHARE)
    honest = nested_error(tried, table, ranking, parts, inner, seed, weight, progress) if inner else None
    seconds = time.perf_counter() - began
    progress = _part(on_progress, SEARCH_SHARE, 1.0)
    winner = tried[ranking.winner]
    fit, model = fit_prepared(prepared, [Kind(winner.architecture)], winner.recipe, division, seed, target, progress)
    ranked = [row for row in ranking.rows if row.reference is None]
    report = SearchReport(
        leaderboard=ranking.rows,
        by_arm=tuple(next(row for row in ranked if row.arm == arm) for arm in dict.fromkeys(r.arm for r in ranked)),
        trainings=trainings,
        folds=division.folds,
        recipe=recipe,
        seed=seed,
        seconds=seconds,
        fit=fit,
        notes=(*_search_notes(len(tried), honest), *_momentum_notes(ways, winner.recipe)),
        repeats=repeats,
        nested=honest,
        curves=ranking.curves if curves else (),
    )
    return report, replace_facts(model, search={"leaderboard": [asdict(row) for row in ranking.rows]})


def _part(on_progress: Progress | None, start: float, end: float) -> Progress | None:
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)


def _search_notes(candidates: int, honest: NestedError | None = None) -> tuple[str, ...]:
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


def _momentum_notes(ways: Sequence[Recipe], winner: Recipe) -> tuple[str, ...]:
    """That a momentum does nothing, where the winner's own report does not say so."""
    from bnfit.modelling import momentum_note

    return () if momentum_note(winner) else next((note for way in ways if (note := momentum_note(way))), ())


def replace_facts(model: Model, **facts: Any) -> Model:
    """The model with more facts."""
    return replace(model, facts={**model.facts, **facts})

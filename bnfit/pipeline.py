"""What the commands do, as plain functions on files and data frames. They return results and print nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bnfit.errors import UsageError
from bnfit.model import Model, load_model, save_model
from bnfit.sources import Source, load_table, source_of

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    import pandas as pd

    from bnfit.architecture import Architecture
    from bnfit.preparing import Prepared
    from bnfit.questions import Questions
    from bnfit.results import Explanation, FitReport, NestedError, PredictReport, SearchReport, TableReport
    from bnfit.schema import SchemaOptions
    from bnfit.table import ReadOptions

__all__ = [
    "Source",
    "explain_model",
    "fit_table",
    "inspect_table",
    "load_model",
    "load_table",
    "predict_file",
    "predict_table",
    "save_model",
    "search_table",
]

Progress = Callable[[float], None]

SEARCH_FOLDS = 5
ACTIVATION, ARM = "tanh", "bn-input"
SPARSE_LAYERS, SPARSE_UNITS, SPARSE_ACTIVATION, SPARSE_ARMS = 2, 64, "relu", ("bn-input", "bn")
SEARCH_OUTPUTS = ("linear", "relu")
REPEAT_SEED = 7919
"""Between the seeds of two repeats, so that they share no folds with the next seeds of the user."""
SEARCH_SHARE = 0.9
"""Share of the progress that ranking the candidates takes; the winner's own training is the rest."""


def inspect_table(data: Source | pd.DataFrame, target: str, *, options: SchemaOptions | None = None) -> TableReport:
    """Say what each column of a table is and what training would do with it, without training.

    Args:
        data, target, options: as for `fit_table`.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
    from bnfit.preparing import inspect
    from bnfit.schema import SchemaOptions

    return inspect(source_of(data), target, options or SchemaOptions())


def fit_table(
    data: Source | pd.DataFrame,
    target: str,
    *,
    options: SchemaOptions | None = None,
    class_weight: str | None = None,
    layers: int | None = None,
    units: int | None = None,
    activation: str | None = None,
    output_activation: str | None = None,
    arm: str | None = None,
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    folds: int | None = None,
    members: int | None = None,
    sparse: bool = False,
    questions: Questions | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> tuple[FitReport, Model]:
    """Train one architecture over folds, judge it on rows its members never saw, and make it one model.

    Args:
        data: the table, one column of which is the target.
        target: name of that column.
        options: what is known about the columns, and which hold weights, groups or times; the rest is found out.
        class_weight: "balanced": in training, every class counts alike.
        layers, units, activation, output_activation, arm: the architecture; None takes the default. Classes have an
            output activation of their own.
        recipe: name of the recipe; epochs, batch_size and learning_rate change it.
        folds: every member is trained without one of them; None takes as many as are usual and the rows allow.
        members: networks in the model; 1 gives a single network trained on all rows.
        sparse: choose the columns that pay, each fold by its training rows; the default network is then larger.
        questions: what else to tell of the columns.
        seed: makes the run repeatable.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
    from bnfit.architecture import Architecture, usual_size
    from bnfit.modelling import divided, fit_prepared, usual_folds
    from bnfit.preparing import output_activations
    from bnfit.questions import USUAL
    from bnfit.recipe import recipe_named

    how = recipe_named(recipe).changed(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    asked = None if output_activation is None else (output_activation,)
    name = activation or (SPARSE_ACTIVATION if sparse else ACTIVATION)
    if sparse and (arm or ARM) not in SPARSE_ARMS:
        raise UsageError(f"arm {arm} has no γ on the raw columns to choose by", f"use --arm {' or '.join(SPARSE_ARMS)}")
    # says what is wrong before the table is looked at
    Architecture((units or 1,) * (layers or 1), name, output_activation or "linear", arm or ARM)
    prepared = _prepared(data, target, options, class_weight)
    (output,) = output_activations(prepared.schema.task, asked, ("linear",))
    division = divided(prepared, folds, usual_folds(members), members)
    rows, task = len(prepared.table.x), prepared.schema.task
    usual = (SPARSE_LAYERS, SPARSE_UNITS) if sparse else usual_size(rows, task != "regression")
    architecture = Architecture((units or usual[1],) * (layers or usual[0]), name, output, arm or ARM)
    return fit_prepared(prepared, architecture, how, division, seed, target, on_progress, sparse, questions or USUAL)


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
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    folds: int | None = None,
    members: int | None = None,
    repeats: int = 1,
    nested: bool = False,
    seed: int = 0,
    on_plan: Callable[[int], None] | None = None,
    on_progress: Progress | None = None,
) -> tuple[SearchReport, Model]:
    """Rank every combination by cross-validation in one population, then train the best as `fit_table` does.

    Args:
        data, target, options, class_weight, recipe, epochs, batch_size, learning_rate, members, seed: as for
            `fit_table`.
        layers, units, activations, output_activations, arms: the values of each axis of the grid; the output
            activations are linear and relu unless given, and for classes there is no such axis.
        folds: of the cross-validation, and of the final training; None takes as many as are usual and the rows allow.
        repeats: cross-validations whose errors are averaged, each with folds of its own.
        nested: also tell the error of the whole search, from winners chosen without the rows that judge them.
        on_plan: told the number of trainings before they start.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it, or every candidate diverged.
    """
    from bnfit.architecture import grid
    from bnfit.modelling import divided, fit_prepared, usual_folds
    from bnfit.nested import inner_splits, nested_error
    from bnfit.preparing import output_activations as possible_outputs
    from bnfit.recipe import recipe_named
    from bnfit.resampling import splits
    from bnfit.results import SearchReport
    from bnfit.search import rank

    how = recipe_named(recipe).changed(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    asked = None if output_activations is None else tuple(output_activations)
    grid(layers, units, activations, asked or SEARCH_OUTPUTS, arms)  # says what is wrong before the table is looked at
    prepared = _prepared(data, target, options, class_weight)
    outputs = possible_outputs(prepared.schema.task, asked, SEARCH_OUTPUTS)
    architectures = grid(layers, units, activations, outputs, arms)
    division = divided(prepared, folds, usual_folds(members, SEARCH_FOLDS), members)
    stop = how.stop_share if how.patience is not None else 0.0
    parts = [s for r in range(repeats) for s in splits(prepared.order, division.folds, stop, seed + REPEAT_SEED * r)]
    inner = [inner_splits(prepared.order, s, division.folds, stop, seed + o) for o, s in enumerate(parts) if nested]
    trainings = len(architectures) * (len(parts) + sum(map(len, inner)))
    if on_plan is not None:
        on_plan(trainings)
    began = time.perf_counter()
    share = SEARCH_SHARE / (1 + len(inner))
    progress = _part(on_progress, 0.0, share)
    table, weight = prepared.table, prepared.weight
    ranking = rank(architectures, table, how, parts, seed, weight, progress, repeats)
    progress = _part(on_progress, share, SEARCH_SHARE)
    honest = nested_error(architectures, table, how, ranking, parts, inner, seed, weight, progress) if inner else None
    seconds = time.perf_counter() - began
    progress = _part(on_progress, SEARCH_SHARE, 1.0)
    fit, model = fit_prepared(prepared, architectures[ranking.winner], how, division, seed, target, progress)
    candidates = [row for row in ranking.rows if row.reference is None]
    report = SearchReport(
        leaderboard=ranking.rows,
        by_arm=tuple(
            next(row for row in candidates if row.arm == arm) for arm in dict.fromkeys(r.arm for r in candidates)
        ),
        trainings=trainings,
        folds=division.folds,
        recipe=recipe,
        seed=seed,
        seconds=seconds,
        fit=fit,
        notes=_search_notes(architectures, honest),
        repeats=repeats,
        nested=honest,
    )
    return report, replace_facts(model, search={"leaderboard": [asdict(row) for row in ranking.rows]})


def explain_model(
    model: Model, data: Source | pd.DataFrame | None = None, *, questions: Questions | None = None
) -> Explanation:
    """What each column matters to a model: as its file says, or measured afresh on a table with the target.

    Rows that the model was trained on are judged by the members that never saw them.

    Args:
        model: a trained or loaded model.
        data: a table with the target; None for what the file says.
        questions: what else to tell; only a table can answer what the file does not.

    Raises:
        DataError: the table lacks a column or holds what the model cannot take.
        ModelFileError: without data: the file holds no importances.
    """
    if data is None:
        return told(model.explanation(), questions)
    from bnfit.fresh import explain_afresh
    from bnfit.preparing import judged
    from bnfit.questions import USUAL

    source = source_of(data)
    rows = judged(model.schema, source)
    notes = (*source.notes, *rows.notes)
    return explain_afresh(model, rows.x, rows.y, rows.weight, source.name or "the table", notes, questions or USUAL)


def told(found: Explanation, questions: Questions | None) -> Explanation:
    """What a file says, with the ways of switching off that were asked for.

    Raises:
        UsageError: it does not say so much.
    """
    if questions is None:
        return found
    known = {i.baseline for entry in found.importances for i in entry.increases}
    missing = [name for name in questions.baselines if name not in known]
    if missing or questions.groups or questions.correlated is not None:
        what = f"the error with columns switched off by '{missing[0]}'" if missing else "groups of columns"
        raise UsageError(f"the model file does not hold {what}", "give a table to measure on: bnfit explain MODEL DATA")
    return replace(found, baselines=questions.baselines)


def predict_table(
    model: Model, data: Source | pd.DataFrame, keep: Sequence[str] = (), interval: float | None = None
) -> tuple[pd.DataFrame, PredictReport]:
    """Predict the target of each row.

    Args:
        model: a trained or loaded model.
        data: a table with the model's columns in any order; the target may be absent.
        keep: columns of the table to carry over.
        interval: for numbers: add `low` and `high`, between which about this share of new rows lies.

    Returns:
        The kept columns, then `prediction` (for classes also `probability_<class>`), one row for each row; and the
        errors where the target is there.

    Raises:
        UsageError: a column to keep is not in the table.
        DataError: the table lacks a column or holds what the model cannot take.
    """
    from bnfit.predicting import predict_frame

    source = source_of(data)
    return predict_frame(model, source.frame, keep, source.name, source.lines, source.rejected, source.notes, interval)


def predict_file(
    model: Model,
    data: str | Path,
    output: str | Path | BinaryIO,
    *,
    keep: Sequence[str] = (),
    interval: float | None = None,
    read: ReadOptions | None = None,
    force: bool = False,
    on_progress: Progress | None = None,
) -> PredictReport:
    """Predict a file of any size into another, in memory that does not grow with it, rows in their order.

    Args:
        model: a trained or loaded model.
        data: a path, a glob of the parts of one table, or "-" for stdin.
        output: a path, whose ending says the format (.parquet, .arrow, .csv, .tsv, also .csv.gz and the like), or an
            open binary file, which gets CSV. A path appears when it is complete.
        keep: columns of the table to carry over.
        interval: as for `predict_table`.
        read: what is known about how the file is written; the rest is found out.
        force: replace an existing file.
        on_progress: told the share that is done, from 0 to 1, where the size of the data is known.

    Raises:
        UsageError: a column to keep is not in the table, the output exists, or its ending says another format.
        DataError: the table cannot be read, lacks a column or holds what the model cannot take.
    """
    from bnfit.predicting import predict_file

    return predict_file(
        model, data, output, keep=keep, interval=interval, read=read, force=force, on_progress=on_progress
    )


def _prepared(
    data: Source | pd.DataFrame, target: str, options: SchemaOptions | None, class_weight: str | None
) -> Prepared:
    from bnfit.preparing import prepare
    from bnfit.schema import SchemaOptions

    return prepare(source_of(data), target, options or SchemaOptions(), class_weight)


def _part(on_progress: Progress | None, start: float, end: float) -> Progress | None:
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)


def _search_notes(architectures: Sequence[Architecture], honest: NestedError | None = None) -> tuple[str, ...]:
    if len(architectures) < 2:
        return ()
    if honest is not None and honest.error is not None and honest.se is not None:
        return (
            f"Nested cross-validation, which picks anew without the rows that judge: {honest.error:.4g} ± "
            f"{honest.se:.4g}. The winner's own {honest.winner:.4g} flatters it by {honest.error - honest.winner:.2g}, "
            f"as it was picked by these errors. The {len(honest.chosen)} folds picked {len(set(honest.chosen))} "
            "different networks.",
        )
    return (
        f"The best of {len(architectures)} candidates was picked by these errors, so its error flatters it; "
        "the spread between neighbours says how much.",
    )


def replace_facts(model: Model, **facts: Any) -> Model:
    """The model with more facts."""
    return replace(model, facts={**model.facts, **facts})

"""What the commands do, as plain functions on files and data frames. They return results and print nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from bnfit.errors import DataError, UsageError
from bnfit.model import Model, load_model, save_model

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from bnfit.architecture import Architecture
    from bnfit.recipe import Recipe
    from bnfit.results import Explanation, FitReport, PredictReport, SearchReport
    from bnfit.schema import Schema

__all__ = [
    "Source",
    "explain_model",
    "fit_table",
    "load_model",
    "load_table",
    "predict_table",
    "save_model",
    "search_table",
]

Progress = Callable[[float], None]

FOLDS, MEMBERS = 8, 16
LAYERS, UNITS, ACTIVATION, ARM = 1, 16, "tanh", "bn-input"
SEARCH_SHARE = 0.9
"""Share of the progress that ranking the candidates takes; the winner's own training is the rest."""


@dataclass(frozen=True)
class Source:
    """A table with what messages about it need.

    Attributes:
        frame: the rows.
        name: file name, or "" for a data frame.
        lines: the line in the file of each row (n,), or None.
        rejected: rows of the file that are not in `frame`.
        notes: what the reader remarked.
    """

    frame: pd.DataFrame
    name: str = ""
    lines: NDArray[np.int64] | None = None
    rejected: int = 0
    notes: tuple[str, ...] = ()

    def rows(self, keep: NDArray[np.bool_]) -> Source:
        """Only some of the rows."""
        lines = None if self.lines is None else self.lines[keep]
        return replace(self, frame=self.frame[keep].reset_index(drop=True), lines=lines)


def load_table(path: str, where: str | None = None) -> Source:
    """Read a table from a path, a glob or "-" (stdin), and keep the rows for which `where` holds.

    Raises:
        DataError: it cannot be read, or no row is left.
        UsageError: the condition cannot be used.
    """
    from bnfit.table import read_table

    table = read_table(path)
    notes = (*table.notes, *(f"line {r.line} rejected: {r.reason}" for r in table.rejected))
    source = Source(table.frame, table.source, table.lines, len(table.rejected), notes)
    if where is None:
        return source
    from bnfit.rowfilter import keep_rows

    keep = keep_rows(source.frame, where, source.name)
    if not keep.any():
        raise DataError(f"no row of {source.name} satisfies '{where}'")
    dropped = int((~keep).sum())
    note = f"{dropped} of {len(keep)} rows do not satisfy {where}"
    return replace(source.rows(keep), notes=(*notes, note) if dropped else notes)


def fit_table(
    data: Source | pd.DataFrame,
    target: str,
    *,
    layers: int | None = None,
    units: int | None = None,
    activation: str | None = None,
    output_activation: str = "linear",
    arm: str | None = None,
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    folds: int | None = None,
    members: int | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> tuple[FitReport, Model]:
    """Train one architecture over folds, judge it on rows its members never saw, and make it one model.

    Args:
        data: the table, one column of which is the target.
        target: name of that column.
        layers, units, activation, output_activation, arm: the architecture; None takes the default.
        recipe: name of the recipe; epochs, batch_size and learning_rate change it.
        folds: every member is trained without one of them.
        members: networks in the model; 1 gives a single network trained on all rows.
        seed: makes the run repeatable.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
    from bnfit.architecture import Architecture
    from bnfit.recipe import recipe_named

    how = recipe_named(recipe).changed(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    prepared = _prepare(data, target)
    architecture = Architecture(
        (units or UNITS,) * (layers or LAYERS), activation or ACTIVATION, output_activation, arm or ARM
    )
    return _fit(prepared, architecture, how, folds, members, seed, on_progress)


def search_table(
    data: Source | pd.DataFrame,
    target: str,
    *,
    layers: Sequence[int] = (1, 2, 3, 4),
    units: Sequence[int] = (2, 3, 4, 5, 6),
    activations: Sequence[str] = ("tanh", "relu", "sigmoid"),
    output_activations: Sequence[str] = ("linear", "relu"),
    arms: Sequence[str] = ("bn",),
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    folds: int = 5,
    members: int | None = None,
    seed: int = 0,
    on_plan: Callable[[int], None] | None = None,
    on_progress: Progress | None = None,
) -> tuple[SearchReport, Model]:
    """Rank every combination by cross-validation in one population, then train the best as `fit_table` does.

    Args:
        data, target, recipe, epochs, batch_size, learning_rate, members, seed: as for `fit_table`.
        layers, units, activations, output_activations, arms: the values of each axis of the grid.
        folds: of the cross-validation, and of the final training.
        on_plan: told the number of trainings before they start.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it, or every candidate diverged.
    """
    from bnfit.architecture import grid
    from bnfit.recipe import recipe_named
    from bnfit.resampling import kfold
    from bnfit.results import SearchReport
    from bnfit.search import rank

    how = recipe_named(recipe).changed(epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    architectures = grid(layers, units, activations, output_activations, arms)
    prepared = _prepare(data, target)
    parts = kfold(len(prepared.table.x), folds, seed)
    if on_plan is not None:
        on_plan(len(architectures) * folds)
    began = time.perf_counter()
    ranking = rank(architectures, prepared.table, how, parts, seed, _part(on_progress, 0.0, SEARCH_SHARE))
    seconds = time.perf_counter() - began
    fit, model = _fit(
        prepared, architectures[ranking.winner], how, folds, members, seed, _part(on_progress, SEARCH_SHARE, 1.0)
    )
    candidates = [row for row in ranking.rows if row.reference is None]
    report = SearchReport(
        leaderboard=ranking.rows,
        by_arm=tuple(
            next(row for row in candidates if row.arm == arm) for arm in dict.fromkeys(r.arm for r in candidates)
        ),
        trainings=len(architectures) * folds,
        folds=folds,
        recipe=recipe,
        seed=seed,
        seconds=seconds,
        fit=fit,
        notes=_search_notes(architectures),
    )
    return report, replace_facts(model, search={"leaderboard": [asdict(row) for row in ranking.rows]})


def explain_model(model: Model, data: Source | pd.DataFrame | None = None) -> Explanation:
    """What each column matters to a model: as its file says, or measured afresh on a table with the target.

    Rows that the model was trained on are judged by the members that never saw them.

    Raises:
        DataError: the table lacks a column or holds what the model cannot take.
        ModelFileError: without data: the file holds no importances.
    """
    if data is None:
        return model.explanation()
    from bnfit.fresh import explain_afresh

    source = _source(data)
    return explain_afresh(model, *_encoded(model.schema, source), source.name or "the table", source.notes)


def predict_table(
    model: Model, data: Source | pd.DataFrame, keep: Sequence[str] = ()
) -> tuple[pd.DataFrame, PredictReport]:
    """Predict the target of each row.

    Args:
        model: a trained or loaded model.
        data: a table with the model's columns in any order; the target may be absent.
        keep: columns of the table to carry over.

    Returns:
        The kept columns, then `prediction` (for classes also `probability_<class>`), one row for each row; and the
        errors where the target is there.

    Raises:
        UsageError: a column to keep is not in the table.
        DataError: the table lacks a column or holds what the model cannot take.
    """
    from bnfit.predicting import predict_frame

    source = _source(data)
    return predict_frame(model, source.frame, keep, source.name, source.lines, source.rejected, source.notes)


@dataclass(frozen=True)
class _Prepared:
    schema: Schema
    table: Any
    target: str
    notes: tuple[str, ...]


def _source(data: Source | pd.DataFrame) -> Source:
    return data if isinstance(data, Source) else Source(data)


def _prepare(data: Source | pd.DataFrame, target: str) -> _Prepared:
    from bnfit.schema import infer_schema

    source = _source(data)
    schema = infer_schema(source.frame, target, source=source.name, lines=source.lines)
    from bnfit.population import Table  # TensorFlow, after what can be wrong with the table
    from bnfit.predicting import LOSSES

    x, y = _encoded(schema, source)
    return _Prepared(schema, Table(x, y, LOSSES[schema.task]), target, (*source.notes, *schema.warnings))


def _encoded(schema: Schema, source: Source) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Columns (n, k) and target (n, o) of the rows that have a target."""
    from bnfit.predicting import target_matrix

    labelled = source.rows(schema.labelled(source.frame, source=source.name, lines=source.lines))
    place: dict[str, Any] = {"source": labelled.name, "lines": labelled.lines}
    x = schema.encode(labelled.frame, **place).x
    return x, target_matrix(schema, schema.encode_target(labelled.frame, **place))


def _fit(
    prepared: _Prepared,
    architecture: Architecture,
    recipe: Recipe,
    folds: int | None,
    members: int | None,
    seed: int,
    on_progress: Progress | None,
) -> tuple[FitReport, Model]:
    from bnfit.explaining import column_gamma, explain_fitted
    from bnfit.fitting import fit_architecture
    from bnfit.model import model_facts, packed_rows
    from bnfit.results import FitReport

    folds, members = _folds_and_members(folds, members)
    began = time.perf_counter()
    table, schema = prepared.table, prepared.schema
    fitted = fit_architecture(
        architecture, table, recipe, folds=folds, members=members, seed=seed, on_progress=on_progress
    )
    gamma = column_gamma(fitted, schema)
    explanation = explain_fitted(fitted, schema, table.mean, seed, gamma)
    report = FitReport(
        target=prepared.target,
        architecture=architecture.label,
        arm=architecture.arm,
        weights=architecture.weights(table.x.shape[1], table.y.shape[1]),
        members=members,
        folds=folds,
        recipe=recipe.name,
        seed=seed,
        explanation=replace(explanation, notes=(*prepared.notes, *explanation.notes)),
        seconds=time.perf_counter() - began,
    )
    member_folds = [] if members == 1 else [m % folds for m in range(members)]
    rows = packed_rows(table.x, table.y, fitted.folds)
    facts = model_facts(report, schema, asdict(recipe), member_folds, rows, fitted.curves, table.mean, gamma)
    return report, Model(fitted.network, schema, facts)


def _folds_and_members(folds: int | None, members: int | None) -> tuple[int, int]:
    """The numbers to use where the user gave none; a model of few members has as many folds."""
    if members is not None and members < 1:
        raise UsageError(f"members must be at least 1, not {members}")
    if folds is None:
        folds = FOLDS if members is None or members == 1 else min(FOLDS, members)
    if members is None:
        members = folds * -(-MEMBERS // folds)
    if 1 < members < folds:
        raise UsageError(
            f"{members} members cannot cover {folds} folds",
            f"use at least {folds} members, or --members 1, or fewer folds",
        )
    return folds, members


def _part(on_progress: Progress | None, start: float, end: float) -> Progress | None:
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)


def _search_notes(architectures: Sequence[Architecture]) -> tuple[str, ...]:
    if len(architectures) < 2:
        return ()
    return (
        f"The best of {len(architectures)} candidates was picked by these errors, so its error flatters it; "
        "the spread between neighbours says how much.",
    )


def replace_facts(model: Model, **facts: Any) -> Model:
    """The model with more facts."""
    return replace(model, facts={**model.facts, **facts})

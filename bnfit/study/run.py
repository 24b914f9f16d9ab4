"""The study's steps, each one of bnfit's own: the grid as `search` ranks it, the splits as populations."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bnfit.architecture import STUDY_ARMS, Architecture, usual_size
from bnfit.candidates import Candidate
from bnfit.errors import UsageError
from bnfit.recipe import recipe_named
from bnfit.results.study import MovingStatistics, StudyReport
from bnfit.schema import Schema, SchemaOptions
from bnfit.sources import Source, source_of
from bnfit.space import PAPER_GRID, Axes

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.population import Table
    from bnfit.preparing import Prepared
    from bnfit.search import Ranking
    from bnfit.study.draws import Draws, Way

FOLDS, SPLITS, REPEATS = 5, 10, 20
PAPER_UNITS = (6,)
"""Hidden layers of the network that won in the paper."""
GRID_SHARE = 0.5
"""Share of the progress that the grid takes."""


@dataclass(frozen=True)
class Evidence:
    """What the study's tables and figures are made from."""

    table: Table
    schema: Schema
    draws: tuple[Draws, ...]
    compared: tuple[Architecture, Architecture]


def run_study(
    data: Source | pd.DataFrame,
    target: str,
    *,
    options: SchemaOptions | None = None,
    folds: int = FOLDS,
    splits: int = SPLITS,
    repeats: int = REPEATS,
    seed: int = 0,
    on_plan: Callable[[int], None] | None = None,
    on_progress: Callable[[float], None] | None = None,
    **axes: Any,
) -> tuple[StudyReport, Evidence]:
    """Do the paper's study on a table.

    Args:
        data, target, options: as for `bnfit.pipeline.fit_table`.
        folds: of the grid's cross-validation.
        splits: random 80/20 splits of a repeat; the paper calls them folds.
        repeats: how often the splits are drawn and trained anew.
        seed: makes the run repeatable.
        on_plan: told the number of trainings before they start.
        on_progress: told the share that is done.
        axes: sequences of values by the names of `bnfit.space.Axes`; the others are those of the paper's grid.

    Raises:
        UsageError: an unknown value, or a target that is no number.
        DataError: the table is unfit for it.
    """
    began = time.perf_counter()
    tried = Axes(**axes).filled(replace(PAPER_GRID, arms=STUDY_ARMS)).every(recipe_named("paper"))
    architectures = [candidate.architecture for candidate in tried]
    prepared = _prepared(data, target, options)
    from bnfit.study.draws import draw
    from bnfit.study.summary import findings, setting

    table, schema = prepared.table, prepared.schema
    trainings = len(architectures) * folds + 3 * splits * repeats
    if on_plan is not None:
        on_plan(trainings)
    ranking = _ranked(tried, prepared, folds, seed, _part(on_progress, 0.0, GRID_SHARE))
    network = chosen(ranking, architectures)
    part = _part(on_progress, GRID_SHARE, 1.0)
    draws = draw(ways(network, len(table.x)), table, schema, splits, repeats, seed, part)
    settings = tuple(setting(d, table.x.shape[1], seed) for d in draws)
    linear = linear_mse(table, draws[0])
    rows = tuple(replace(row, saved=False) for row in ranking.rows)
    candidates = [row for row in rows if row.reference is None]
    report = StudyReport(
        target=target,
        rows=len(table.x),
        columns=tuple(column.name for column in schema.inputs),
        leaderboard=rows,
        by_arm=tuple(
            next(row for row in candidates if row.arm == arm) for arm in dict.fromkeys(r.arm for r in candidates)
        ),
        trainings=trainings,
        folds=folds,
        splits=splits,
        repeats=repeats,
        seed=seed,
        seconds=time.perf_counter() - began,
        settings=settings,
        linear_mse=linear,
        statistics=table_2(table, schema, draws[0]),
        findings=findings(settings, linear),
        notes=prepared.notes,
    )
    standardised = next(i for i in ranking.order if architectures[i].arm == "zscore")
    return report, Evidence(table, schema, tuple(draws), (network, architectures[standardised]))


def _prepared(data: Source | pd.DataFrame, target: str, options: SchemaOptions | None) -> Prepared:
    from bnfit.preparing import prepare

    prepared = prepare(source_of(data), target, options or SchemaOptions(), None)
    if prepared.schema.task != "regression":
        raise UsageError(f"the study predicts a number, and '{target}' holds classes", "bnfit search takes classes")
    return prepared


def _ranked(
    tried: Sequence[Candidate],
    prepared: Prepared,
    folds: int,
    seed: int,
    on_progress: Callable[[float], None] | None,
) -> Ranking:
    from bnfit.modelling import divided
    from bnfit.resampling import splits
    from bnfit.search import Contest

    division = divided(prepared, folds, folds, None)
    parts = splits(prepared.order, division.folds, 0.0, seed)
    contest = Contest(prepared.table, parts, seed)
    return contest.ranking(contest.entries(tried, on_progress))


def chosen(ranking: Ranking, architectures: Sequence[Architecture]) -> Architecture:
    """The network to study: the best of arm bn in the shape of the paper's winner, or else the best of arm bn."""
    by_rank = [architectures[i] for i in ranking.order if architectures[i].arm == "bn"]
    return next((a for a in by_rank if a.units == PAPER_UNITS), by_rank[0])


def ways(network: Architecture, rows: int) -> list[Way]:
    """What to train over the splits: the paper's network and what `fit` makes, each on raw and on z-scored input."""
    from bnfit.pipeline import ACTIVATION, ARM
    from bnfit.study.draws import Way

    on_z = replace(network, arm="zscore-bn")
    layers, width = usual_size(rows, classes=False)
    own = Architecture((width,) * layers, ACTIVATION, "linear", ARM)
    return [
        Way("paper-raw", "paper's recipe, raw input", network, "paper", True, False),
        Way("paper-zscore", "paper's recipe, z-scored input", on_z, "paper", True, True),
        Way("default-raw", "default recipe, bn-input, raw input", own, "default", False, False),
        Way("default-zscore", "default recipe, bn-input, z-scored input", own, "default", False, True),
    ]


def linear_mse(table: Table, draws: Draws) -> float:
    """Mean test MSE of least squares over the very same splits, trained on all rows that are not judged."""
    from bnfit.references import linear_prediction

    errors = []
    for trained in draws.networks:
        split = trained.member.split
        seen, x = np.sort(split.seen), table.standard
        said = linear_prediction(x[seen], table.y[seen], x[split.judge])
        errors.append(float(np.square(said - table.y[split.judge]).mean()))
    return float(np.mean(errors))


def table_2(table: Table, schema: Schema, draws: Draws) -> tuple[MovingStatistics, ...]:
    """The paper's Table 2: what the first layer's moving averages hold, beside the table's own mean and sd."""
    from bnfit.study.draws import moving_statistics

    known = [moving_statistics(t) for t in draws.networks if not t.diverged]
    moving = np.array(known) if known else np.full((1, 2, table.x.shape[1]), np.nan)
    mean, spread = moving.mean(0), moving.std(0)
    return tuple(
        MovingStatistics(
            name, *map(float, (table.mean[k], table.sd[k], mean[0, k], spread[0, k], mean[1, k], spread[1, k]))
        )
        for k, name in enumerate(schema.features)
    )


def _part(on_progress: Callable[[float], None] | None, start: float, end: float) -> Callable[[float], None] | None:
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)

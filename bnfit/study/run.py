"""The study's steps: the grid as `search` ranks it, repeated splits as populations, and the report on both."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bnfit.ensemble.division import divide
from bnfit.errors import UsageError
from bnfit.evaluation.reference_models import linear_reference
from bnfit.networks.architecture import STUDY_ARMS, Architecture
from bnfit.population.recipe import recipe_named
from bnfit.progress import Progress, part
from bnfit.results.study import MovingStatistics, StudyReport
from bnfit.schema.schema import Schema
from bnfit.schema.types import SchemaOptions
from bnfit.study.summary import findings, setting
from bnfit.table.source import Source, source_of
from bnfit.tuning.journal import journaling
from bnfit.tuning.space import PAPER_GRID, Axes, Candidate

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.ensemble.prepare import Prepared
    from bnfit.schema.dataset import Dataset
    from bnfit.study.repeated_splits import Draws, Way
    from bnfit.tuning.journal import Journal
    from bnfit.tuning.ranking import Ranking


FOLDS, SPLITS, REPEATS = 5, 10, 10
PAPER_UNITS = (6,)
"""Hidden layers of the network that won in the paper."""
GRID_SHARE = 0.5
"""Share of the progress that the grid takes."""
NETWORKS_PER_SPLIT = 4
"""Two architectures are trained by the paper's recipe, two base learners as in `fit`."""


@dataclass(frozen=True)
class Evidence:
    """The values that the study's tables and figures are made from.

    Attributes:
        table, schema: the data.
        draws: of every way of training and measuring.
        compared: the network to study, and the best of the grid on z-scores.
    """

    table: Dataset
    schema: Schema
    draws: tuple[Draws, ...]
    compared: tuple[Architecture, Architecture]


@dataclass(frozen=True)
class StudyRequest:
    """A study as it was asked for; see `run_study`."""

    target: str
    candidates: tuple[Candidate, ...]
    folds: int
    splits: int
    repeats: int
    seed: int

    @property
    def trainings(self) -> int:
        """Networks to train in all."""
        return len(self.candidates) * self.folds + NETWORKS_PER_SPLIT * self.splits * self.repeats


@dataclass(frozen=True)
class Grid:
    """The ranked grid.

    Attributes:
        ranking: of its candidates.
        architectures: of its candidates, in the order in which they were given.
    """

    ranking: Ranking
    architectures: tuple[Architecture, ...]

    @property
    def network(self) -> Architecture:
        """The network to study."""
        return chosen(self.ranking, self.architectures)

    @property
    def standardised(self) -> Architecture:
        """The best network on z-scores."""
        return next(self.architectures[i] for i in self.ranking.order if self.architectures[i].arm == "zscore")


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
    on_progress: Progress | None = None,
    journal: Journal | None = None,
    **axes: Any,
) -> tuple[StudyReport, Evidence]:
    """Do the paper's study on a table.

    Args:
        data, target, options: as for `bnfit.ensemble.fit_table.fit_table`.
        folds: of the grid's cross-validation.
        splits: random 80/20 splits of a repeat; the paper calls them folds.
        repeats: how often the splits are drawn and trained anew.
        seed: makes the run repeatable.
        on_plan: is called with the number of trainings before they start.
        on_progress: is called with the share that is done.
        journal: keeps what is trained, and gives what an interrupted study trained.
        axes: sequences of values by the names of `bnfit.tuning.space.Axes`; the others are those of the paper's grid.

    Raises:
        UsageError: an unknown value, a target that is not a number, or a journal of another study.
        DataError: the table is unfit for it.
    """
    began = time.perf_counter()
    tried = Axes.named(**axes)
    candidates = tried.filled(replace(PAPER_GRID, arms=STUDY_ARMS)).every(recipe_named("paper"))
    request = StudyRequest(target, tuple(candidates), folds, splits, repeats, seed)
    prepared = _prepared(data, target, options)
    from bnfit.study.repeated_splits import draw  # imports TensorFlow, which the schema's errors do not wait for

    table, schema = prepared.dataset, prepared.schema
    counts = {"target": target, "folds": folds, "splits": splits, "repeats": repeats, "seed": seed}
    asked = {**counts, **(options or SchemaOptions()).parameters, **tried.parameters}
    with journaling(journal, "study", asked, table):
        if on_plan is not None:
            on_plan(request.trainings)
        grid = _grid(request, prepared, part(on_progress, 0.0, GRID_SHARE))
        measuring = part(on_progress, GRID_SHARE, 1.0)
        draws = draw(ways(grid.network), prepared, splits, repeats, seed, measuring)
    report = _report(request, prepared, grid.ranking, draws, began)
    return report, Evidence(table, schema, tuple(draws), (grid.network, grid.standardised))


def _prepared(data: Source | pd.DataFrame, target: str, options: SchemaOptions | None) -> Prepared:
    from bnfit.ensemble.prepare import prepare  # imports pandas

    prepared = prepare(source_of(data), target, options or SchemaOptions(), None)
    if prepared.schema.task != "regression":
        raise UsageError(f"the study predicts a number, and '{target}' holds classes", "bnfit search takes classes")
    return prepared


def _grid(request: StudyRequest, prepared: Prepared, on_progress: Progress | None) -> Grid:
    from bnfit.tuning.cross_validate import CrossValidation  # imports TensorFlow

    division = divide(prepared.dataset, request.folds, None, request.seed)
    contest = CrossValidation(prepared.dataset, division.splits, request.seed)
    ranking = contest.rank(contest.evaluate(request.candidates, on_progress))
    return Grid(ranking, tuple(candidate.architecture for candidate in request.candidates))


def _report(
    request: StudyRequest, prepared: Prepared, ranking: Ranking, draws: Sequence[Draws], began: float
) -> StudyReport:
    table, schema = prepared.dataset, prepared.schema
    settings = tuple(setting(d, [column.name for column in schema.inputs], request.seed) for d in draws)
    linear = linear_mse(table, draws[0])
    rows = tuple(replace(row, saved=False) for row in ranking.rows)
    candidate_rows = [row for row in rows if row.reference is None]
    arms = dict.fromkeys(row.arm for row in candidate_rows)
    return StudyReport(
        target=request.target,
        rows=len(table.x),
        columns=tuple(column.name for column in schema.inputs),
        leaderboard=rows,
        by_arm=tuple(next(row for row in candidate_rows if row.arm == arm) for arm in arms),
        trainings=request.trainings,
        folds=request.folds,
        splits=request.splits,
        repeats=request.repeats,
        seed=request.seed,
        seconds=time.perf_counter() - began,
        settings=settings,
        linear_mse=linear,
        statistics=table_2(table, schema, draws[0]),
        findings=findings(settings, linear),
        notes=prepared.notes,
    )


def chosen(ranking: Ranking, architectures: Sequence[Architecture]) -> Architecture:
    """Return the network to study: the best of arm bn in the shape of the paper's winner, or else of any shape."""
    by_rank = [architectures[i] for i in ranking.order if architectures[i].arm == "bn"]
    return next((a for a in by_rank if a.units == PAPER_UNITS), by_rank[0])


def ways(network: Architecture) -> list[Way]:
    """Return what to train on the splits: the paper's network and those of `fit`, each on raw and z-scored input."""
    from bnfit.study.repeated_splits import Way  # imports TensorFlow

    on_z = replace(network, arm="zscore-bn")
    return [
        Way("paper-raw", "paper's recipe, raw input", network, "paper", True, False),
        Way("paper-zscore", "paper's recipe, z-scored input", on_z, "paper", True, True),
        Way("default-raw", "as fit trains, raw input", None, "default", False, False),
        Way("default-zscore", "as fit trains, z-scored input", None, "default", False, True),
    ]


def linear_mse(table: Dataset, draws: Draws) -> float:
    """Return the mean test MSE of least squares over the same splits, fitted to all rows but the test rows."""
    splits = [one.split for one in draws.trained.networks]
    errors = [np.square(linear_reference(table, s) - table.y[s.test]).mean() for s in splits]
    return float(np.mean(errors))


def table_2(table: Dataset, schema: Schema, draws: Draws) -> tuple[MovingStatistics, ...]:
    """Return the paper's Table 2: the first layer's moving averages, beside the table's own mean and sd."""
    from bnfit.study.repeated_splits import moving_statistics  # imports TensorFlow

    finite = [moving_statistics(t) for t in draws.trained.networks if not t.diverged]
    moving = np.array(finite) if finite else np.full((1, 2, table.x.shape[1]), np.nan)
    mean, spread = moving.mean(0), moving.std(0)
    return tuple(
        MovingStatistics(
            name, *map(float, (table.mean[k], table.sd[k], mean[0, k], spread[0, k], mean[1, k], spread[1, k]))
        )
        for k, name in enumerate(schema.features)
    )

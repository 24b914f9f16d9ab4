"""Result of `study`: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bnfit.results.search import LeaderboardRow

if TYPE_CHECKING:
    from bnfit.arrays import Floats


Ends = tuple[tuple[float, float], tuple[float, float]]
"""The two ends of a straight line, x and y each."""


@dataclass(frozen=True)
class Correlated:
    """Correlation of γ with the error without a column or node, within each repeat of a study.

    Attributes:
        over: "columns" or "nodes".
        gamma: "raw" or "calibrated".
        error: "MSPE increase" or "|mean error|".
        mean, low, high: mean over repeats of the correlation over splits × columns (or nodes), with the 95 % confidence
            interval of that mean; for a single repeat, from resampling its splits. None where it cannot be known.
        draws: the correlation of every repeat, each of which is what a study without repeats would have reported.
        within: the same correlation with each column's mean over the splits taken out of γ and of the error: whether a
            column's γ is higher where it matters more. None where it is not defined.
        without: by column, the correlation without it; empty for nodes. A single strong column can carry all of it.
    """

    over: str
    gamma: str
    error: str
    mean: float | None
    low: float | None
    high: float | None
    draws: tuple[float, ...]
    within: float | None = None
    without: dict[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Setting:
    """One way of training and judging in a study, with what came out.

    Attributes:
        key, name: what tables and the report call it.
        architecture, arm, recipe, weights: the network.
        train_rows, test_rows: rows that each split trains on and judges on.
        mse, mse_low, mse_high: mean test MSE over splits and repeats, with the 95 % confidence interval.
        diverged: networks that are left out because their training diverged.
        correlations: γ against the errors.
    """

    key: str
    name: str
    architecture: str
    arm: str
    recipe: str
    weights: int
    train_rows: int
    test_rows: int
    mse: float | None
    mse_low: float | None
    mse_high: float | None
    diverged: int
    correlations: tuple[Correlated, ...]


@dataclass(frozen=True)
class MovingStatistics:
    """One column's statistics in the table and in the trained first layer.

    Attributes:
        column: the column's name.
        mean, sd: mean and standard deviation in the table.
        moving_mean, moving_mean_spread: the layer's moving mean: its mean and standard deviation over the splits.
        moving_sd, moving_sd_spread: the same of the root of its moving variance.
    """

    column: str
    mean: float
    sd: float
    moving_mean: float
    moving_mean_spread: float
    moving_sd: float
    moving_sd_spread: float


@dataclass(frozen=True)
class StudyReport:
    """Report of a study.

    Attributes:
        target, rows, columns: the table.
        leaderboard, by_arm: as in `SearchReport`, of the grid under the paper's recipe.
        trainings: networks trained in all.
        folds: number of folds of the grid's cross-validation.
        splits, repeats: splits of each repeat of the settings, and how often they were drawn anew.
        seed: the seed that makes the run repeatable.
        seconds: wall time of the study.
        settings: what was trained over the splits.
        linear_mse: test MSE of linear least squares over the very same splits.
        statistics: the paper's Table 2.
        findings: what it all means for the paper's claim, one sentence each.
        notes: remarks that a reader should know.
    """

    target: str
    rows: int
    columns: tuple[str, ...]
    leaderboard: tuple[LeaderboardRow, ...]
    by_arm: tuple[LeaderboardRow, ...]
    trainings: int
    folds: int
    splits: int
    repeats: int
    seed: int
    seconds: float
    settings: tuple[Setting, ...]
    linear_mse: float
    statistics: tuple[MovingStatistics, ...]
    findings: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relation:
    """One kind of error against one kind of γ.

    Attributes:
        gamma_title, error_title: names of the two axes.
        gamma, error: values (s, c) over s splits of c columns or nodes; NaN where a training diverged.
        correlation: Pearson's, over all finite pairs; None where it is not defined.
        lines: regression line of each of the c columns, None where there is none.
        line: regression line of all.
    """

    gamma_title: str
    error_title: str
    gamma: Floats
    error: Floats
    correlation: float | None
    lines: tuple[Ends | None, ...]
    line: Ends | None

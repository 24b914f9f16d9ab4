"""What `study` returns: plain values, ready for any report. Errors are in the target's own units."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.results import LeaderboardRow


@dataclass(frozen=True)
class Correlated:
    """How far γ tells the error without a column or node, within each repeat of a study.

    Attributes:
        over: "columns" or "nodes".
        gamma: "raw" or "calibrated".
        error: "MSPE increase" or "|mean error|".
        mean, low, high: mean over repeats of the correlation over splits × columns (or nodes), with the 95 % confidence
            interval of that mean; for a single repeat, from resampling its splits. None where it cannot be known.
        draws: the correlation of every repeat, each of which is what a study without repeats would have reported.
    """

    over: str
    gamma: str
    error: str
    mean: float | None
    low: float | None
    high: float | None
    draws: tuple[float, ...]


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
    """One column's statistics in the table and, as mean and sd over the splits, in the trained first layer."""

    column: str
    mean: float
    sd: float
    moving_mean: float
    moving_mean_spread: float
    moving_sd: float
    moving_sd_spread: float


@dataclass(frozen=True)
class StudyReport:
    """What `study` did.

    Attributes:
        target, rows, columns: the table.
        leaderboard, by_arm: as in `SearchReport`, of the grid under the paper's recipe.
        trainings: networks trained in all.
        folds: of the grid; splits, repeats: of the settings.
        settings: what was trained over the splits.
        linear_mse: test MSE of linear least squares over the very same splits.
        statistics: the paper's Table 2.
        findings: what it all means for the paper's claim, one sentence each.
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

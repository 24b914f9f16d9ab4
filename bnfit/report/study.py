"""The report of a study, as blocks."""

from __future__ import annotations

from bnfit.report.blocks import MISSING, Block, Grid, Line, counted, decimals_for, number, spread
from bnfit.report.leaderboard import board, leaderboard
from bnfit.results.study import Correlated, Setting, StudyReport

INCREASE = "MSPE increase"
ALGEBRA = (
    "within: each column's means taken out. For a linear predictor the increase of the error with a column at its mean "
    "(0 of a z-score) is γ²: there a high correlation is algebra and no evidence."
)


def study_blocks(result: StudyReport, top: int) -> list[Block]:
    """Format a study: first its findings, then grid, settings, correlations and Table 2."""
    return [
        *_findings(result),
        Line(f"The grid: {counted(result.folds, 'fold')}, recipe paper", "heading"),
        *leaderboard(result.leaderboard, top),
        Line("Best of each arm", "heading"),
        board(result.by_arm),
        *_errors(result),
        Line("Correlation of γ with the error", "heading"),
        _correlations(result.settings),
        Line(ALGEBRA, "note"),
        Line("The same without each column in turn: one strong column can carry a correlation", "heading"),
        _without(result),
        Line("Table 2: statistics of the table and, mean ± sd over networks, of the trained first layer", "heading"),
        _statistics(result),
    ]


def study_page(result: StudyReport) -> list[Block]:
    """Format what a study found in a page: its findings, and the errors they stand on."""
    return [*_findings(result), *_errors(result)]


def _findings(result: StudyReport) -> list[Block]:
    return [
        Line(f"Study of {result.target}", "heading"),
        Line(
            f"{counted(result.rows, 'row')}, {counted(len(result.columns), 'column')}: {', '.join(result.columns)}. "
            f"{counted(result.trainings, 'training')} in {result.seconds:.1f} s, {counted(result.splits, 'split')} × "
            f"{counted(result.repeats, 'repeat')}, seed {result.seed}",
        ),
        Line("What it means for γ as a measure of importance", "heading"),
        *(Line(finding) for finding in result.findings),
        Line("Intervals are over random splits and starts on these rows; they say nothing of other rows.", "note"),
        *(Line(note, "note") for note in result.notes),
    ]


def _errors(result: StudyReport) -> list[Block]:
    """Format the test errors of each setting."""
    title = f"Test error over {result.splits} splits, {counted(result.repeats, 'repeat')}"
    return [Line(title, "heading"), _settings(result)]


def _settings(result: StudyReport) -> Grid:
    known = [s.mse for s in result.settings] + [result.linear_mse]
    decimals = decimals_for(known)
    titles = ("setting", "architecture", "arm", "weights", "train rows", "test rows", "test MSE", "95 % CI", "diverged")
    rows = [
        (
            s.name,
            s.architecture,
            s.arm,
            str(s.weights),
            str(s.train_rows),
            str(s.test_rows),
            number(s.mse, decimals),
            _range(s.mse_low, s.mse_high, decimals),
            str(s.diverged),
        )
        for s in result.settings
    ]
    blank = ("", "", str(len(result.columns) + 1), "", "", number(result.linear_mse, decimals), "", "")
    return Grid(titles, (*rows, ("linear regression", *blank)), frozenset({0, 1, 2}))


def _correlations(settings: tuple[Setting, ...]) -> Grid:
    titles = ("setting", "over", "error", "γ", "mean", "95 % CI", "lowest", "highest", "within")
    rows = tuple(_correlation(s.name, c) for s in settings for c in s.correlations)
    return Grid(titles, rows, frozenset({0, 1, 2, 3}))


def _without(result: StudyReport) -> Grid:
    """Format the correlations over columns with the increase of the error, with all columns and without each."""
    rows = tuple(
        (s.name, c.gamma, number(c.mean, 2), *(number(c.without.get(name), 2) for name in result.columns))
        for s in result.settings
        for c in s.correlations
        if c.without and c.error == INCREASE
    )
    return Grid(("setting", "γ", "all", *result.columns), rows, frozenset({0, 1}))


def _correlation(name: str, c: Correlated) -> tuple[str, ...]:
    ends = (min(c.draws), max(c.draws)) if c.draws else (None, None)
    cells = (number(c.mean, 2), _range(c.low, c.high, 2), *(number(end, 2) for end in ends), number(c.within, 2))
    return (name, c.over, c.error, c.gamma, *cells)


def _range(low: float | None, high: float | None, decimals: int) -> str:
    return MISSING if low is None or high is None else f"{number(low, decimals)} to {number(high, decimals)}"


def _statistics(result: StudyReport) -> Grid:
    titles = ("column", "mean", "moving mean", "sd", "moving sd")
    rows = []
    for row in result.statistics:
        decimals = decimals_for([row.mean, row.sd])
        rows.append(
            (
                row.column,
                number(row.mean, decimals),
                spread(row.moving_mean, row.moving_mean_spread, decimals),
                number(row.sd, decimals),
                spread(row.moving_sd, row.moving_sd_spread, decimals),
            )
        )
    return Grid(titles, tuple(rows))

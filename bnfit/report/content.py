"""Results of the four commands as blocks of text and tables."""

from __future__ import annotations

from collections.abc import Sequence

from bnfit.report.blocks import MISSING, Block, Grid, Line, decimals_for, spread
from bnfit.report.importances import METRIC_TITLES, explanation_blocks, metric, metric_names
from bnfit.results import Explanation, FitReport, LeaderboardRow, PredictReport, SearchReport

TOP = 10
"""Rows of a leaderboard that are shown unless told otherwise."""
REFERENCE_TITLES = {"mean": "predict the mean", "linear": "linear"}


def blocks_of(result: object, *, top: int = TOP, statistics: bool = False) -> list[Block]:
    """What a report of the result says.

    Args:
        result: what one of the pipeline's functions returned.
        top: how many candidates of a leaderboard to show; marked and reference rows are always shown.
        statistics: whether to show the first layer's means and standard deviations.
    """
    if isinstance(result, SearchReport):
        return _search(result, top, statistics)
    if isinstance(result, FitReport):
        return _fit(result, statistics)
    if isinstance(result, Explanation):
        return explanation_blocks(result, statistics)
    if isinstance(result, PredictReport):
        return _predict(result)
    raise TypeError(f"no report for {type(result).__name__}")


def _fit(result: FitReport, statistics: bool) -> list[Block]:
    return [
        Line(f"{result.target} by {result.architecture}, arm {result.arm}", "heading"),
        Line(
            f"{_count(result.weights, 'weight')}, {_count(result.members, 'member')}, {_count(result.folds, 'fold')}, "
            f"recipe {result.recipe}, seed {result.seed}, {result.seconds:.1f} s",
        ),
        *explanation_blocks(result.explanation, statistics),
    ]


def _search(result: SearchReport, top: int, statistics: bool) -> list[Block]:
    candidates = sum(row.reference is None for row in result.leaderboard)
    blocks: list[Block] = [
        Line(f"Search for {result.fit.target}: {_count(candidates, 'candidate')}", "heading"),
        Line(
            f"{_count(result.trainings, 'training')} over {_count(result.folds, 'fold')} in {result.seconds:.1f} s, "
            f"recipe {result.recipe}, seed {result.seed}",
        ),
        *_leaderboard(result.leaderboard, top),
    ]
    if len(result.by_arm) > 1:
        blocks += [Line("Best of each arm", "heading"), _board(result.by_arm)]
    blocks.extend(Line(note, "note") for note in result.notes)
    return blocks + _fit(result.fit, statistics)


def _predict(result: PredictReport) -> list[Block]:
    rejected = f", {_count(result.rejected, 'row')} rejected" if result.rejected else ""
    blocks: list[Block] = [Line(f"{_count(result.rows, 'row')} predicted{rejected}", "heading")]
    if result.metrics:
        names = metric_names(result.metrics)
        titles = tuple(METRIC_TITLES.get(name, name) for name in names)
        row = tuple(metric(name, result.metrics[name]) for name in names)
        blocks.append(Grid(titles, (row,), frozenset()))
    return blocks + [Line(note, "note") for note in result.notes]


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _leaderboard(rows: Sequence[LeaderboardRow], top: int) -> list[Block]:
    candidates = [row for row in rows if row.reference is None]
    shown = [row for place, row in enumerate(candidates) if place < top or row.best or row.smallest or row.saved]
    hidden = len(candidates) - len(shown)
    blocks: list[Block] = [_board([*shown, *(row for row in rows if row.reference is not None)])]
    if hidden:
        blocks.append(Line(f"{_count(hidden, 'more candidate')}: --top {len(candidates)} shows all.", "note"))
    return blocks


def _board(rows: Sequence[LeaderboardRow]) -> Grid:
    """Candidates as a table; the column of arms is left out when there is only one."""
    arms = len({row.arm for row in rows if row.reference is None}) > 1
    errors = [row.cv_mse for row in rows if row.cv_mse is not None]
    decimals = decimals_for([min(errors)] if errors else [])
    titles = ("rank", "architecture", *(("arm",) if arms else ()), "weights", "CV error ± se", "R²", "")
    left = frozenset({1, len(titles) - 1} | ({2} if arms else set()))
    cells = tuple(_board_row(row, decimals, arms) for row in rows)
    return Grid(titles, cells, left, frozenset(k for k, row in enumerate(rows) if row.best))


def _board_row(row: LeaderboardRow, decimals: int, arms: bool) -> tuple[str, ...]:
    name = row.architecture if row.reference is None else REFERENCE_TITLES.get(row.reference, row.reference)
    return (
        MISSING if row.rank is None else str(row.rank),
        name,
        *((row.arm or MISSING,) if arms else ()),
        str(row.weights),
        "diverged" if row.diverged else spread(row.cv_mse, row.cv_se, decimals),
        metric("r2", row.r2),
        _marks(row),
    )


def _marks(row: LeaderboardRow) -> str:
    saved = row.saved and not row.best  # the best is what is saved, unless its arm cannot be
    marks = {"best": row.best, "smallest within 1 se": row.smallest, "saved": saved}
    return ", ".join(name for name, holds in marks.items() if holds)

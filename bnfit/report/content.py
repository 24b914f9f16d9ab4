"""Results of the commands as blocks."""

from __future__ import annotations

from collections.abc import Collection

from bnfit.networks.architecture import ARMS
from bnfit.report.blocks import Block, Grid, Line, counted
from bnfit.report.curves import curve_blocks
from bnfit.report.importances import METRIC_TITLES, explanation_blocks, metric, metric_names
from bnfit.report.leaderboard import board, leaderboard, saved_blocks
from bnfit.report.study import study_blocks
from bnfit.results.explanation import Explanation
from bnfit.results.fit import FitReport
from bnfit.results.predict import PredictReport
from bnfit.results.search import SearchReport
from bnfit.results.study import StudyReport
from bnfit.results.table import TableReport

TASKS = {"regression": "regression", "binary": "binary classification", "multiclass": "multi-class classification"}
TOP = 10
"""Candidates of a leaderboard that are shown by default."""


def blocks_of(result: object, *, top: int = TOP, show: Collection[str] = ()) -> list[Block]:
    """Format a result as blocks.

    Args:
        result: returned by one of the pipeline's functions.
        top: how many candidates of a leaderboard to show; marked and reference rows are always shown.
        show: names of `bnfit.results.shown.SHOWN`.
    """
    if isinstance(result, SearchReport):
        return _search(result, top, show)
    if isinstance(result, FitReport):
        return _fit(result, show)
    if isinstance(result, Explanation):
        return explanation_blocks(result, show)
    if isinstance(result, PredictReport):
        return _predict(result)
    if isinstance(result, TableReport):
        return _table(result)
    if isinstance(result, StudyReport):
        return study_blocks(result, top)
    raise TypeError(f"no report for {type(result).__name__}")


def _fit(result: FitReport, show: Collection[str]) -> list[Block]:
    return [
        Line(f"{result.target} by {result.architecture}, arm {result.arm}{_norm(result)}", "heading"),
        Line(
            f"{counted(result.weights, 'weight')}, {counted(result.members, 'member')}, "
            f"{counted(result.folds, 'fold')}, recipe {result.recipe}, seed {result.seed}, {result.seconds:.1f} s",
        ),
        *explanation_blocks(result.explanation, show),
    ]


def _norm(result: FitReport) -> str:
    """Format the norm of the hidden layers, where it is not the arm's own."""
    own = (None, "batch" if ARMS[result.arm].hidden_norm else "none")
    return "" if result.norm in own else f", norm {result.norm}"


def _search(result: SearchReport, top: int, show: Collection[str]) -> list[Block]:
    candidates = sum(row.reference is None for row in result.leaderboard)
    drawn = "" if result.strategy == "grid" else f" by {result.strategy}"
    again = f" × {counted(result.repeats, 'repeat')}" if result.repeats > 1 else ""
    blocks: list[Block] = [
        Line(f"Search for {result.fit.target}: {counted(candidates, 'candidate')}{drawn}", "heading"),
        Line(
            f"{counted(result.trainings, 'training')} over {counted(result.folds, 'fold')}{again} "
            f"in {result.seconds:.1f} s, recipe {result.recipe}, seed {result.seed}",
        ),
        *leaderboard(result.leaderboard, top),
    ]
    if result.saved is not None and result.corrected is not None:
        blocks += saved_blocks(result.saved, result.corrected, result.fit.task != "regression")
    if len(result.by_arm) > 1:
        blocks += [Line("Best of each arm", "heading"), board(result.by_arm)]
    blocks += curve_blocks(result.curves)
    blocks.extend(Line(note, "note") for note in result.notes)
    return blocks + _fit(result.fit, show)


def _predict(result: PredictReport) -> list[Block]:
    rejected = f", {counted(result.rejected, 'row')} rejected" if result.rejected else ""
    some = f"{result.rows - result.unpredicted} of " if result.unpredicted else ""
    blocks: list[Block] = [Line(f"{some}{counted(result.rows, 'row')} predicted{rejected}", "heading")]
    if result.metrics:
        names = metric_names(result.metrics)
        titles = tuple(METRIC_TITLES.get(name, name) for name in names)
        row = tuple(metric(name, result.metrics[name]) for name in names)
        blocks.append(Grid(titles, (row,), frozenset()))
    return blocks + [Line(note, "note") for note in result.notes]


def _table(result: TableReport) -> list[Block]:
    schema = result.schema
    rejected = f", {counted(schema.rejected, 'row')} rejected" if schema.rejected else ""
    titles = ("column", "kind", "use", "reason")
    rows = tuple((c.name, c.kind, c.use, c.reason) for c in schema.columns)
    return [
        Line(f"{result.source or 'The table'}: {counted(schema.rows, 'row')}{rejected}", "heading"),
        Line(f"{TASKS[result.task]} of {result.target}"),
        Grid(titles, rows, frozenset(range(4))),
        *(Line(note, "note") for note in result.notes),
    ]

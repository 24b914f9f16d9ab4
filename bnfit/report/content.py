"""Results of the commands as blocks."""

from __future__ import annotations

from collections.abc import Collection

from bnfit.networks.architecture import ARMS
from bnfit.report.blocks import Block, Grid, Line, counted, first_rows
from bnfit.report.curves import curve_blocks
from bnfit.report.drift import drift_blocks
from bnfit.report.export import export_blocks
from bnfit.report.importances import METRIC_TITLES, explanation_blocks, metric, metric_names
from bnfit.report.leaderboard import board, leaderboard, saved_blocks
from bnfit.report.study import study_page
from bnfit.report.verdict import verdict_blocks
from bnfit.results.explanation import Explanation
from bnfit.results.export import ExportReport
from bnfit.results.fit import FitReport
from bnfit.results.predict import PredictReport
from bnfit.results.search import SearchReport
from bnfit.results.study import StudyReport
from bnfit.results.table import TableReport

TASKS = {"regression": "regression", "binary": "binary classification", "multiclass": "multi-class classification"}
TOP = 10
"""Rows of each table of a report that are shown by default."""


def blocks_of(result: object, *, top: int | None = None, show: Collection[str] = (), model: str = "") -> list[Block]:
    """Format a result as blocks.

    Args:
        result: returned by one of the pipeline's functions.
        top: how many rows of each table to show; marked and reference rows of a leaderboard are always shown. None for
            10, but for all columns of a table that nothing was trained on.
        show: names of `bnfit.results.shown.SHOWN`.
        model: the model's file.
    """
    if isinstance(result, TableReport):
        return _table(result, top)
    top = TOP if top is None else top
    if isinstance(result, SearchReport):
        return _search(result, top, show, model)
    if isinstance(result, FitReport):
        return _fit(result, top, show, model)
    if isinstance(result, Explanation):
        named = [Line(f"Model: {model}")] if model else []
        return [*verdict_blocks(result), *named, *explanation_blocks(result, top, show)]
    if isinstance(result, PredictReport):
        return _predict(result, top)
    if isinstance(result, ExportReport):
        return export_blocks(result, top)
    if isinstance(result, StudyReport):
        return study_page(result)
    raise TypeError(f"no report for {type(result).__name__}")


def _fit(result: FitReport, top: int, show: Collection[str], model: str) -> list[Block]:
    found = result.explanation
    return [*verdict_blocks(found), *_trained(result, model), *explanation_blocks(found, top, show)]


def _trained(result: FitReport, model: str) -> list[Block]:
    """Format what was trained, and how."""
    what = f"{result.architecture}, arm {result.arm}{_norm(result)}"
    return [
        Line(
            f"Model: {f'{model}: ' if model else ''}{what}; {counted(result.weights, 'weight')}, "
            f"{counted(result.members, 'member')}, {counted(result.folds, 'fold')}, recipe {result.recipe}, "
            f"seed {result.seed}, {result.seconds:.1f} s",
        )
    ]


def _norm(result: FitReport) -> str:
    """Format the norm of the hidden layers, where it is not the arm's own."""
    own = (None, "batch" if ARMS[result.arm].hidden_norm else "none")
    return "" if result.norm in own else f", norm {result.norm}"


def _search(result: SearchReport, top: int, show: Collection[str], model: str) -> list[Block]:
    candidates = sum(row.reference is None for row in result.leaderboard)
    drawn = "" if result.strategy == "grid" else f" by {result.strategy}"
    again = f" × {counted(result.repeats, 'repeat')}" if result.repeats > 1 else ""
    blocks = verdict_blocks(result.fit.explanation)
    if result.saved is not None and result.corrected is not None:
        blocks += saved_blocks(result.saved, result.corrected, result.fit.task != "regression")
    blocks += [
        *_trained(result.fit, model),
        Line(f"Search for {result.fit.target}: {counted(candidates, 'candidate')}{drawn}", "heading"),
        Line(
            f"{counted(result.trainings, 'training')} over {counted(result.folds, 'fold')}{again} "
            f"in {result.seconds:.1f} s, recipe {result.recipe}, seed {result.seed}",
        ),
        *leaderboard(result.leaderboard, top),
    ]
    if len(result.by_arm) > 1:
        blocks += [Line("Best of each arm", "heading"), board(result.by_arm)]
    blocks += curve_blocks(result.curves)
    return [*blocks, *explanation_blocks(result.fit.explanation, top, show), *(Line(n, "note") for n in result.notes)]


def _predict(result: PredictReport, top: int) -> list[Block]:
    rejected = f", {counted(result.rejected, 'row')} rejected" if result.rejected else ""
    some = f"{result.rows - result.unpredicted} of " if result.unpredicted else ""
    blocks: list[Block] = [Line(f"{some}{counted(result.rows, 'row')} predicted{rejected}", "heading")]
    if result.metrics:
        names = metric_names(result.metrics)
        titles = tuple(METRIC_TITLES.get(name, name) for name in names)
        row = tuple(metric(name, result.metrics[name]) for name in names)
        blocks.append(Grid(titles, (row,), frozenset()))
    return [*blocks, *drift_blocks(result.drift, top), *(Line(note, "note") for note in result.notes)]


def _table(result: TableReport, top: int | None) -> list[Block]:
    schema = result.schema
    rejected = f", {counted(schema.rejected, 'row')} rejected" if schema.rejected else ""
    titles = ("column", "kind", "use", "reason")
    grid = Grid(titles, tuple((c.name, c.kind, c.use, c.reason) for c in schema.columns), frozenset(range(4)))
    return [
        Line(f"{result.source or 'The table'}: {counted(schema.rows, 'row')}{rejected}", "heading"),
        Line(f"{TASKS[result.task]} of {result.target}"),
        *(Line(f"Watch: {text}", "warning") for text in result.warnings),
        *first_rows(grid, top or len(grid.rows), "column"),
        *(Line(note, "note") for note in result.notes),
    ]

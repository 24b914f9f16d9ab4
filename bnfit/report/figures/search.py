"""The figure of `search`: the error of each architecture and arm, with its spread over folds; losses by epoch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bnfit.report.figures.loss_curves import activation_panels, curve_panels
from bnfit.report.figures.style import COLOURS, GREY, MARKERS, logarithmic, numbered, panels, shortened, styled
from bnfit.results.search import LeaderboardRow, SearchReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


SHOWN = 24
"""Architectures named in the left panel; the right one shows all."""
WIDE = 30.0
"""From this ratio of the largest error to the smallest, the axis is logarithmic."""

LINES = {"mean": (":", GREY), "linear": ("--", GREY), "fit": ("-", GREY), "ensemble": ("-.", "black")}
"""Style and colour of the line of each reference."""


def search_figure(result: SearchReport) -> Figure:
    """Draw the best architectures in every arm with standard errors, and all candidates by their number of weights."""
    rows = [row for row in result.leaderboard if row.reference is None and not row.diverged]
    references = [row for row in result.leaderboard if row.reference is not None]
    arms = list(dict.fromkeys(row.arm for row in rows))
    names = list(dict.fromkeys(row.architecture for row in rows))[:SHOWN]
    with styled():
        height = max(4.4, 1.6 + 0.24 * len(names))
        inside = [curve for curve in result.curves if curve.activations is not None]
        rows_of_panels = 1 + bool(result.curves) + bool(inside)
        figure, (left, right, *below) = panels(2, 11, height * rows_of_panels, rows_of_panels)
        if below:
            curve_panels(below[0], below[1], result.curves)
        if inside:
            activation_panels(below[2], below[3], inside)
        diverged = sum(row.diverged for row in result.leaderboard)
        lost = f", {diverged} diverged" if diverged else ""
        figure.suptitle(
            f"Search for {shortened(result.fit.target)}: {len(rows) + diverged} candidates, {result.folds} folds{lost}"
        )
        error = "log-loss" if any(row.cv_log_loss is not None for row in rows) else "mean squared error"
        _best(left, rows, names, arms)
        _all(right, rows, arms)
        for axes, draw in ((left, "axvline"), (right, "axhline")):
            for row in references:
                line, colour = LINES[row.reference or "mean"]
                getattr(axes, draw)(row.score, color=colour, linestyle=line, linewidth=1, label=row.architecture)
        left.set_xlabel(f"{error} ± standard error over folds")
        right.set_ylabel(f"{error}, mean over folds")
        _scale(left, [row for row in rows if row.architecture in names], references, "x")
        _scale(right, rows, references, "y")
        handles, labels = right.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(7, max(1, len(labels))))
        return figure


def _best(axes: Axes, rows: Sequence[LeaderboardRow], names: Sequence[str], arms: Sequence[str]) -> None:
    axes.set_title(f"The {len(names)} best architectures" if len(names) > 1 else "The architecture")
    offsets = np.linspace(-0.25, 0.25, len(arms)) if len(arms) > 1 else np.zeros(1)
    for a, arm in enumerate(arms):
        of_arm = [row for row in rows if row.arm == arm and row.architecture in names]
        places = [names.index(row.architecture) + offsets[a] for row in of_arm]
        axes.errorbar(
            [row.score for row in of_arm],
            places,
            xerr=[row.score_se for row in of_arm],
            fmt=MARKERS[a % len(MARKERS)],
            color=COLOURS[a % len(COLOURS)],
            markersize=4.5,
            linewidth=1,
        )
    numbered(axes, names)


def _all(axes: Axes, rows: Sequence[LeaderboardRow], arms: Sequence[str]) -> None:
    axes.set_title("All candidates by size")
    for a, arm in enumerate(arms):
        of_arm = [row for row in rows if row.arm == arm]
        axes.scatter(
            [row.weights for row in of_arm],
            [row.score for row in of_arm],
            s=18,
            alpha=0.7,
            linewidths=0,
            marker=MARKERS[a % len(MARKERS)],
            color=COLOURS[a % len(COLOURS)],
            label=f"arm {arm}",
        )
    axes.set_xlabel("weights")


def _scale(axes: Axes, rows: Sequence[LeaderboardRow], references: Sequence[LeaderboardRow], axis: str) -> None:
    scores = [row.score for row in (*rows, *references) if row.score > 0 and np.isfinite(row.score)]
    if scores and max(scores) / min(scores) > WIDE:
        logarithmic(axes, axis)

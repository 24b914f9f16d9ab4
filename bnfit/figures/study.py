"""The figures of a study: distributions through the first layer, error against γ, and how much draws differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.figures.style import BLUE, COLOURS, GREY, MARKERS, RED, panels, shortened, styled
from bnfit.metrics import correlation
from bnfit.results.study import StudyReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.floating]

NAMED = 12
"""Columns or nodes that get a colour and a name of their own; the rest are grey."""
PAPER = 0.68


def distributions_figure(names: Sequence[str], stages: Sequence[tuple[str, Floats]]) -> Figure:
    """Box plots of each column, (n, k) in every stage; of many columns the first.

    Args:
        names: of the columns.
        stages: title and values of each stage.
    """
    with styled():
        figure, axes = panels(2, 10, 7, rows=(len(stages) + 1) // 2)
        for panel, (title, values) in zip(axes, stages, strict=False):
            panel.set_title(title)
            panel.boxplot(
                values[:, :NAMED],
                widths=0.6,
                flierprops={"marker": ".", "markersize": 3, "markeredgecolor": GREY},
                medianprops={"color": RED},
                boxprops={"color": BLUE},
            )
            panel.set_xticks(range(1, 1 + len(names[:NAMED])), [shortened(n, 14) for n in names[:NAMED]])
            if len(names) > 6:
                panel.tick_params(axis="x", labelrotation=45)
        return figure


def relation_figure(
    title: str,
    names: Sequence[str],
    gammas: Sequence[tuple[str, Floats]],
    errors: Sequence[tuple[str, Floats]],
) -> Figure:
    """Each kind of error against each kind of γ, a regression line for each column and one for all.

    Args:
        title: of the figure.
        names: of the c columns or nodes.
        gammas, errors: title and values (s, c) of each kind.
    """
    with styled():
        figure, axes = panels(len(errors), 11, 4.2 * len(gammas), rows=len(gammas))
        figure.suptitle(title)
        pairs = [(g, e) for g in gammas for e in errors]
        for panel, ((gamma_title, gamma), (error_title, error)) in zip(axes, pairs, strict=True):
            _relation(panel, names, gamma, error)
            panel.set_xlabel(gamma_title)
            panel.set_ylabel(error_title)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(8, max(1, len(labels))))
        return figure


def _relation(axes: Axes, names: Sequence[str], gamma: Floats, error: Floats) -> None:
    for k, name in enumerate(names):
        known = np.isfinite(gamma[:, k]) & np.isfinite(error[:, k])
        colour = COLOURS[k % len(COLOURS)] if k < NAMED else GREY
        marker = MARKERS[k % len(MARKERS)]
        label = shortened(name) if k < NAMED else None
        axes.scatter(gamma[known, k], error[known, k], s=22, color=colour, marker=marker, alpha=0.8, label=label)
        _line(axes, gamma[known, k], error[known, k], colour, "-", 0.8)
    known = np.isfinite(gamma) & np.isfinite(error)
    _line(axes, gamma[known], error[known], "black", "--", 1.4)
    r = correlation(gamma[known], error[known])
    axes.set_title(f"r = {r:.2f}" if r is not None else "r is not defined")
    axes.set_ylim(bottom=min(0.0, float(error[known].min(initial=0.0)) * 1.05))


def _line(axes: Axes, x: Floats, y: Floats, colour: str, style: str, width: float) -> None:
    """Least squares of y on x, over the range of x."""
    if len(x) < 2 or np.ptp(x) <= 1e-9 * np.abs(x).max():
        return
    slope, offset = np.polyfit(x, y, 1)
    ends = np.array([x.min(), x.max()])
    axes.plot(ends, slope * ends + offset, color=colour, linestyle=style, linewidth=width)


def draws_figure(report: StudyReport) -> Figure:
    """The correlation of γ with each error, one point a repeat, with the mean's interval and the paper's one draw."""
    with styled():
        kinds = list(dict.fromkeys(c.error for s in report.settings for c in s.correlations))
        figure, axes = panels(max(1, len(kinds)), 12, 0.9 + 0.55 * 2 * len(report.settings))
        figure.suptitle(
            f"Correlation of γ with the error over {report.splits} splits × columns, {report.repeats} repeats"
        )
        rng = np.random.default_rng(0)
        for panel, error in zip(axes, kinds, strict=False):
            rows = [
                (s.name, c) for s in report.settings for c in s.correlations if (c.over, c.error) == ("columns", error)
            ]
            for place, (_, c) in enumerate(rows):
                colour, marker = (RED, "s") if c.gamma == "raw" else (BLUE, "o")
                heights = place + rng.uniform(-0.18, 0.18, len(c.draws))
                panel.plot(c.draws, heights, marker, color=colour, markersize=3.5, alpha=0.45, linestyle="none")
                if c.mean is not None and c.low is not None and c.high is not None:
                    span = [[c.mean - c.low], [c.high - c.mean]]
                    panel.errorbar([c.mean], [place], xerr=span, fmt=marker, color="black", capsize=3)
            panel.axvline(PAPER, color=GREY, linestyle=":", label=f"the paper's draw, {PAPER}")
            panel.set_title(f"γ against {error}")
            panel.set_xlim(min([-0.05, *(d - 0.05 for _, c in rows for d in c.draws)]), 1.02)
            panel.set_yticks(range(len(rows)), [f"{c.gamma} γ: {name}" for name, c in rows])
            panel.set_ylim(len(rows) - 0.5, -0.5)
            if panel is not axes[0]:
                panel.set_yticklabels([])
        axes[0].legend(loc="lower left")
        return figure

"""The figures of a study: distributions through the first layer, error against γ, and how much draws differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bnfit.arrays import Floats
from bnfit.report.figures.style import BLUE, COLOURS, GREY, MARKERS, RED, panels, shortened, styled
from bnfit.results.study import Ends, Relation, StudyReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


NAMED = 12
"""Columns or nodes that get a colour and a name of their own; the rest are grey."""
PAPER = 0.68


def distributions_figure(names: Sequence[str], stages: Sequence[tuple[str, Floats]]) -> Figure:
    """Draw box plots of the columns at every stage of the first layer; of many columns the first `NAMED`.

    Args:
        names: of the columns.
        stages: title and values (n, k) of each stage.
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


def relation_figure(title: str, names: Sequence[str], relations: Sequence[Sequence[Relation]]) -> Figure:
    """Draw errors against γ with their regression lines, one panel a relation.

    Args:
        title: of the figure.
        names: of the c columns or nodes.
        relations: rows of panels, each of as many.
    """
    with styled():
        figure, axes = panels(len(relations[0]), 11, 4.2 * len(relations), rows=len(relations))
        figure.suptitle(title)
        for panel, relation in zip(axes, (r for row in relations for r in row), strict=True):
            _relation(panel, names, relation)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=min(8, max(1, len(labels))))
        return figure


def _relation(axes: Axes, names: Sequence[str], relation: Relation) -> None:
    gamma, error, r = relation.gamma, relation.error, relation.correlation
    known = np.isfinite(gamma) & np.isfinite(error)
    for k, name in enumerate(names):
        colour = COLOURS[k % len(COLOURS)] if k < NAMED else GREY
        marker = MARKERS[k % len(MARKERS)]
        label = shortened(name) if k < NAMED else None
        x, y = gamma[known[:, k], k], error[known[:, k], k]
        axes.scatter(x, y, s=22, color=colour, marker=marker, alpha=0.8, label=label)
        _line(axes, relation.lines[k], colour, "-", 0.8)
    _line(axes, relation.line, "black", "--", 1.4)
    axes.set_title(f"r = {r:.2f}" if r is not None else "r is not defined")
    axes.set_ylim(bottom=min(0.0, float(error[known].min(initial=0.0)) * 1.05))
    axes.set_xlabel(relation.gamma_title)
    axes.set_ylabel(relation.error_title)


def _line(axes: Axes, ends: Ends | None, colour: str, style: str, width: float) -> None:
    if ends is not None:
        axes.plot(*ends, color=colour, linestyle=style, linewidth=width)


def draws_figure(report: StudyReport) -> Figure:
    """Draw the correlation of γ with each error in every repeat, the interval of its mean, and the paper's value."""
    with styled():
        of_columns = (c for s in report.settings for c in s.correlations if c.over == "columns")
        kinds = list(dict.fromkeys(c.error for c in of_columns))
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

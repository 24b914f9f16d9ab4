"""The figure of `explain`: the importance of each column, and γ against the error with the column switched off."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bnfit.report.figures.effects import draw_effects
from bnfit.report.figures.roc import draw_roc
from bnfit.report.figures.style import BLUE, GREY, RED, empty, name_points, numbered, shortened, styled, wide
from bnfit.report.origin import origin_text
from bnfit.results.baselines import BASELINES, DEFAULT_BASELINES
from bnfit.results.explanation import Explanation, Importance

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure


SHOWN = 40
"""Columns named in the bar charts; the scatter plot shows all."""
EFFECTS_HEIGHT = 3.2
"""Height of the panels of effects, in inches."""
NAMED = 12
"""Points of the scatter plot that are named."""
STYLES = (("o", RED), ("s", BLUE), ("^", GREY))
"""Marker and colour of the ways of switching off, in turn."""


def explain_figure(result: Explanation) -> Figure:
    """Draw γ with its error, the increase of the error, both together, the ROC curves and the effects."""
    from matplotlib.figure import Figure

    columns = by_importance(result)
    shown = columns[:SHOWN]
    with styled():
        height = max(4.2, 1.6 + 0.19 * len(shown))
        below = EFFECTS_HEIGHT * bool(result.effects)
        panels = 3 + bool(result.roc)
        figure = Figure(figsize=(4.4 * panels, height + below), layout="constrained")
        top: Figure | SubFigure = figure
        if below:
            top, bottom = figure.subfigures(2, 1, height_ratios=(height, below), squeeze=False).ravel()
            draw_effects(bottom, result.effects, result.target)
        bars, errors, both, *more = top.subplots(1, panels)
        if more:
            draw_roc(more[0], result.roc)
        hidden = len(columns) - len(shown)
        rest = f"; the {len(shown)} of {len(columns)} columns that matter most" if hidden else ""
        top.suptitle(f"{_skill(result)}{rest}")
        draw_gammas(bars, shown)
        draw_increases(errors, shown, "MSPE" if result.confusion is None else "Brier score")
        _against(both, columns, "MSPE" if result.confusion is None else "Brier score")
        return figure


def by_importance(result: Explanation) -> list[Importance]:
    """Return the columns, the one that matters most first."""
    return sorted(result.importances, key=_matters, reverse=True)


def _matters(importance: Importance) -> float:
    return importance.gamma if importance.gamma is not None else importance.mspe_zero


def _skill(result: Explanation) -> str:
    known = {"r2": "R²", "accuracy": "accuracy"}
    skill = [f"{title} {result.metrics[name]:.3f}" for name, title in known.items() if name in result.metrics]
    target = f"{shortened(result.target)}: " if result.target else ""
    return f"{target}{', '.join(skill) or 'error'} on {origin_text(result.origin, result.rows)}"


def draw_gammas(axes: Axes, shown: Sequence[Importance]) -> None:
    """Draw γ of each column with its standard error, as bars with the columns' names."""
    axes.set_title("γ ± se")
    places = range(len(shown))
    axes.barh(places, [i.gamma or 0.0 for i in shown], color=BLUE, alpha=0.8, height=0.7)
    spread = [(place, i.gamma, i.gamma_se) for place, i in enumerate(shown) if i.gamma is not None and i.gamma_se]
    if spread:
        where, centre, width = zip(*spread, strict=True)
        axes.errorbar(centre, where, xerr=width, fmt="none", color="black", linewidth=1, capsize=2)
    axes.set_xlabel("change of the prediction per sd of the column")
    numbered(axes, [i.column for i in shown])


def draw_increases(axes: Axes, shown: Sequence[Importance], error: str) -> None:
    """Draw the increase of the error with each column switched off; not at a 0 that is off the data."""
    axes.set_title("Error with the column switched off")
    axes.set_xlabel(f"increase of the {error}")
    values: list[float] = []
    for name, (marker, colour) in zip(DEFAULT_BASELINES, itertools.cycle(STYLES)):
        told = [k for k, i in enumerate(shown) if not (name == "zero" and i.zero_is_off)]
        increase = [getattr(shown[k], f"mspe_{name}") - shown[k].mspe_intact for k in told]
        values += increase
        label = BASELINES[name].phrase
        axes.plot(increase, told, marker, color=colour, markersize=5, label=label, linestyle="none")
    axes.axvline(0, color=GREY, linewidth=0.8)
    wide(axes, "x", values)
    axes.legend(loc="lower right")
    axes.grid(axis="y", linewidth=0.3)
    numbered(axes, [i.column for i in shown])
    axes.set_yticklabels([])


def _against(axes: Axes, columns: Sequence[Importance], error: str) -> None:
    axes.set_title("γ against the error with the column shuffled")
    known = [i for i in columns if i.gamma is not None]
    increase = [i.mspe_permute - i.mspe_intact for i in known]
    gammas = [i.gamma or 0.0 for i in known]
    if not known:
        empty(axes, "the model has no γ")
        return
    axes.errorbar(
        gammas,
        increase,
        xerr=[i.gamma_se or 0.0 for i in known],
        fmt="o",
        color=BLUE,
        ecolor=GREY,
        markersize=5 if len(known) <= SHOWN else 3,
        elinewidth=0.7,
    )
    axes.set_xlabel("γ (calibrated)")
    axes.set_ylabel(f"increase of the {error}")
    wide(axes, "y", increase)
    name_points(axes, list(zip(gammas, increase, strict=True)), [i.column for i in known], NAMED)

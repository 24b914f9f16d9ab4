"""Small panels of how the prediction changes along the columns that matter most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bnfit.report.figures.style import BLUE, GREY, RED, shortened
from bnfit.results.effects import Effect

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure

PANELS, LEVELS, CLASSES = 6, 12, 3
"""Columns in a figure; levels of a column, those of the largest change; classes of each."""
COLOURS = (BLUE, RED, GREY)


def draw_effects(figure: SubFigure, effects: Sequence[Effect], target: str) -> None:
    """Draw the effects of the first columns, with bands of one standard error."""
    names = list(dict.fromkeys(effect.column for effect in effects))[:PANELS]
    figure.suptitle(f"How the prediction of {shortened(target or 'the target')} changes along the columns, ± se")
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        own = [effect for effect in effects if effect.column == name][:CLASSES]
        axes.set_title(shortened(name, 20))
        axes.axhline(0, color=GREY, linewidth=0.6)
        if name == names[0]:
            axes.set_ylabel("change")
        for effect, colour in zip(own, COLOURS, strict=False):
            (_levels if effect.levels else _curve)(axes, effect, colour)
        if any(effect.of for effect in own):
            axes.legend(fontsize="x-small")


def _curve(axes: Axes, effect: Effect, colour: str) -> None:
    axes.plot(effect.at, effect.change, color=colour, label=effect.of or None)
    if effect.se is not None:
        low, high = zip(*((c - s, c + s) for c, s in zip(effect.change, effect.se, strict=True)), strict=True)
        axes.fill_between(effect.at, low, high, color=colour, alpha=0.2, linewidth=0)


def _levels(axes: Axes, effect: Effect, colour: str) -> None:
    chosen = sorted(sorted(range(len(effect.change)), key=lambda k: -abs(effect.change[k]))[:LEVELS])
    spread = None if effect.se is None else [effect.se[k] for k in chosen]
    places = range(len(chosen))
    changes = [effect.change[k] for k in chosen]
    axes.errorbar(places, changes, yerr=spread, fmt="o", color=colour, markersize=4, label=effect.of or None)
    axes.set_xticks(places, [shortened(effect.levels[k], 12) for k in chosen], rotation=45, ha="right")

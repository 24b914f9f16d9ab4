"""The panel of receiver operating characteristics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bnfit.report.figures.style import COLOURS, GREY, empty, shortened
from bnfit.results.roc import RocCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


MOST = 7
"""Curves that are drawn: of the classes with the smallest areas."""


def draw_roc(axes: Axes, curves: Sequence[RocCurve]) -> None:
    """Draw the curve of each class against the rest, of many classes those that are told apart worst."""
    kept = sorted(curves, key=lambda curve: curve.area)[:MOST]
    axes.set_title("ROC curves" + (f", the {MOST} worst of {len(curves)} classes" if len(curves) > MOST else ""))
    if not kept:
        empty(axes, "the rows have but one class")
        return
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle="--")
    for place, curve in enumerate(sorted(kept, key=curves.index)):
        label = f"{shortened(curve.name, 18)}: {curve.area:.3f}"
        axes.plot(curve.false_positive, curve.true_positive, color=COLOURS[place], label=label)
    axes.set_aspect("equal")
    axes.set_xlabel("share of other rows taken for the class")
    axes.set_ylabel("share of the class that is found")
    axes.legend(loc="lower right", fontsize=7, title="area")

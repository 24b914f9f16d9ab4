"""Panels of the losses by epoch of a search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bnfit.report.figures.style import COLOURS, empty, logarithmic, shortened
from bnfit.results.search import Curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


LINES = ("-", "--", ":", "-.")
WIDE = 10.0
"""From this ratio of the largest loss to the smallest, the axis is logarithmic."""
MOST = 12
"""Curves that are drawn: those of the lowest final loss."""


def curve_panels(left: Axes, right: Axes, curves: Sequence[Curve]) -> None:
    """Draw the training loss; beside it the loss on rows not trained on, for classes the accuracy there."""
    sound = [curve for curve in curves if curve.loss]
    drawn = sorted(sound, key=lambda c: c.judged_loss[-1] if c.judged_loss[-1] is not None else np.inf)[:MOST]
    kept = [curve for curve in sound if curve in drawn]
    classes = any(v is not None for curve in kept for v in curve.accuracy)
    few = f", the best {MOST}" if len(sound) > MOST else ""
    _panel(left, kept, [c.loss for c in kept], f"Training loss{few}")
    if classes:
        _panel(right, kept, [c.accuracy for c in kept], "Accuracy on rows not trained on", scale=False)
    else:
        _panel(right, kept, [c.judged_loss for c in kept], "Loss on rows not trained on")
    if kept:
        left.legend(fontsize=7)


def activation_panels(left: Axes, right: Axes, curves: Sequence[Curve]) -> None:
    """Draw the percentiles of what reaches a unit, and beside them how far the 15th and the 85th lie apart."""
    kept = [(curve, curve.activations) for curve in curves if curve.activations is not None][:MOST]
    few = f", the first {MOST}" if len(kept) < len(curves) else ""
    left.set_title(f"Input of a unit of the last hidden layer{few}")
    left.set_ylabel("15th, 50th and 85th percentile of rows")
    for place, (_, found) in enumerate(kept):
        colour, epochs = COLOURS[place % len(COLOURS)], np.arange(len(found.low)) + 1
        for values, width in ((found.low, 0.7), (found.middle, 1.6), (found.high, 0.7)):
            left.plot(epochs, values, LINES[place // len(COLOURS) % len(LINES)], color=colour, linewidth=width)
    left.set_xlabel("epoch")
    spreads = [[high - low for high, low in zip(a.high, a.low, strict=True)] for _, a in kept]
    _panel(right, [curve for curve, _ in kept], spreads, "85th less 15th percentile of that input")


def _panel(
    axes: Axes, curves: Sequence[Curve], values: Sequence[Sequence[float | None]], title: str, scale: bool = True
) -> None:
    if not curves:
        empty(axes, "every training diverged")
        return
    axes.set_title(title)
    for place, (curve, points) in enumerate(zip(curves, values, strict=True)):
        colour, line = COLOURS[place % len(COLOURS)], LINES[(place // len(COLOURS) + place) % len(LINES)]
        numbers = np.array([np.nan if p is None else p for p in points], float)
        axes.plot(np.arange(len(numbers)) + 1, numbers, line, color=colour, label=shortened(curve.value, 40))
    known = [p for points in values for p in points if p is not None and p > 0]
    if scale and known and max(known) / min(known) > WIDE:
        logarithmic(axes, "y")
    axes.set_xlabel("epoch")

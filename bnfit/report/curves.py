"""Losses by epoch, as blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bnfit.report.blocks import MISSING, Block, Grid, Line, number
from bnfit.report.importances import metric
from bnfit.results.search import Curve

MOST_EPOCHS = 10
"""Epochs that a table shows; they lie closer at the start, where most is learned."""


def curve_blocks(curves: Sequence[Curve]) -> list[Block]:
    """Format the training loss, the loss on rows not trained on, and for classes the accuracy there, a table each."""
    kinds: tuple[tuple[str, Callable[[Curve], Sequence[float | None]], Callable[[float | None], str]], ...] = (
        ("Training loss by epoch", lambda curve: curve.loss, number),
        ("Loss on rows not trained on, by epoch", lambda curve: curve.judged_loss, number),
        ("Accuracy on rows not trained on, by epoch", lambda curve: curve.accuracy, lambda v: metric("accuracy", v)),
    )
    blocks: list[Block] = []
    for title, values, shown in kinds:
        if any(v is not None for curve in curves for v in values(curve)):
            blocks += [Line(title, "heading"), _grid(curves, values, shown)]
    return blocks + _spreads([curve for curve in curves if curve.activations is not None])


def _spreads(curves: Sequence[Curve]) -> list[Block]:
    """Format how far the input of a unit spreads over rows; the figure and the JSON have the percentiles."""
    if not curves:
        return []
    epochs = epochs_shown(max(len(curve.activations.low) for curve in curves if curve.activations is not None))
    rows = tuple(
        (curve.value, *(number(a.high[e - 1] - a.low[e - 1]) if e <= len(a.low) else MISSING for e in epochs))
        for curve in curves
        if (a := curve.activations) is not None
    )
    heading = "Spread of the input of a unit of the last hidden layer (85th less 15th percentile of rows), by epoch"
    return [Line(heading, "heading"), Grid(("one network", *map(str, epochs)), rows, frozenset({0}))]


def _grid(
    curves: Sequence[Curve], values: Callable[[Curve], Sequence[float | None]], shown: Callable[[float | None], str]
) -> Grid:
    epochs = epochs_shown(max(len(values(curve)) for curve in curves))
    rows = [
        (
            curve.value,
            *(shown(values(curve)[e - 1]) if e <= len(values(curve)) else MISSING for e in epochs),
            f"{curve.diverged} of {curve.trainings} diverged" if curve.diverged else "",
        )
        for curve in curves
    ]
    titles = ("mean over trainings", *map(str, epochs), "")
    return Grid(titles, tuple(rows), frozenset({0, len(titles) - 1}))


def epochs_shown(last: int) -> list[int]:
    """Choose epochs from 1 to the last in geometric progression, at most `MOST_EPOCHS`."""
    if last <= MOST_EPOCHS:
        return list(range(1, last + 1))
    return sorted({round(last ** (k / (MOST_EPOCHS - 1))) for k in range(MOST_EPOCHS)})

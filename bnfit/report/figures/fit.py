"""The figure of `fit`: loss curves, predictions out of fold, importances and effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from bnfit.arrays import Floats, Ints
from bnfit.report.figures.effects import draw_effects
from bnfit.report.figures.explain import EFFECTS_HEIGHT, by_importance, draw_gammas, draw_increases
from bnfit.report.figures.roc import draw_roc
from bnfit.report.figures.style import BLUE, GREY, RED, diagonal, empty, logarithmic, shortened, styled
from bnfit.results.explanation import Confusion
from bnfit.results.fit import FitReport, LossCurves, OutOfFoldPredictions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import SubFigure


PANEL, MOST_COLUMNS = 4.6, 20
"""Width of a panel in inches, and columns whose importances are drawn."""
MOST_CELLS = 12
"""Classes of a confusion matrix whose counts are written into the cells."""


def fit_figure(
    result: FitReport, curves: Sequence[LossCurves] = (), out_of_fold: OutOfFoldPredictions | None = None
) -> Figure:
    """Draw a training in one figure: its error, the importances of the columns, and how the prediction changes.

    Above stand loss curves with their spread, predicted against true values or confusion and ROC of classes, γ and the
    error with columns switched off; below, the effects. What is not known has no panel.

    Args:
        result: the report.
        curves: losses by epoch of each member.
        out_of_fold: predictions of rows that members never saw; None for classes and large tables.
    """
    found, unit = result.explanation, "loss" if result.task == "regression" else "cross-entropy"
    drawn: list[Callable[[Axes], None]] = []
    if any(curve.loss for curve in curves):
        drawn.append(lambda axes: loss_curves(axes, curves, unit))
    if found.confusion is not None:
        confusion = found.confusion
        drawn += [lambda axes: _confusion(axes, confusion), lambda axes: draw_roc(axes, found.roc)]
    elif out_of_fold is not None:
        kept = out_of_fold
        drawn.append(lambda axes: _predicted(axes, result, kept))
    shown = by_importance(found)[:MOST_COLUMNS]
    error = "MSPE" if found.confusion is None else "Brier score"
    if shown:
        drawn += [lambda axes: draw_gammas(axes, shown), lambda axes: draw_increases(axes, shown, error)]
    with styled():
        below = EFFECTS_HEIGHT * bool(found.effects)
        height = max(4.4, 1.6 + 0.19 * len(shown))
        figure = Figure(figsize=(max(PANEL * len(drawn), 2 * PANEL), height + below), layout="constrained")
        top: Figure | SubFigure = figure
        if below:
            top, bottom = figure.subfigures(2, 1, height_ratios=(height, below), squeeze=False).ravel()
            draw_effects(bottom, found.effects, result.target)
        top.suptitle(f"{shortened(result.target)} by {result.architecture}, arm {result.arm}, {result.members} members")
        for draw, axes in zip(drawn, top.subplots(1, max(1, len(drawn)), squeeze=False)[0], strict=False):
            draw(axes)
        return figure


def loss_curves(axes: Axes, curves: Sequence[LossCurves], unit: str) -> None:
    """Draw the median over members of the loss after each epoch, and the range of their middle four fifths."""
    axes.set_title("Loss by epoch")
    kinds = (
        ([c.loss for c in curves], BLUE, "-", "training rows"),
        ([c.judged_loss for c in curves], RED, "--", "rows not trained on"),
    )
    for losses, colour, line, label in kinds:
        epochs, low, median, high = loss_band(losses)
        if len(epochs):
            axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
            axes.plot(epochs, median, color=colour, linestyle=line, label=label)
    if not axes.lines:
        empty(axes, "no curves are known")
        return
    logarithmic(axes, "y")
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"{unit} (logarithmic): median, 10–90 %")
    axes.legend()


def loss_band(curves: Sequence[Sequence[float | None]]) -> tuple[Ints, Floats, Floats, Floats]:
    """Quantiles of the losses over members, for the e epochs that have a loss.

    Args:
        curves: losses by epoch of each member; they may end at different epochs.

    Returns:
        epochs (e,) counted from 1; quantiles 0.1, 0.5 and 0.9, (e,) each.
    """
    values = np.full((len(curves), max(map(len, curves), default=0)), np.nan)
    for row, curve in zip(values, curves, strict=True):
        row[: len(curve)] = [np.nan if v is None else v for v in curve]
    known = np.isfinite(values).any(axis=0)
    if not known.any():
        none = np.zeros(0)
        return np.zeros(0, np.int64), none, none, none
    low, median, high = np.nanquantile(values[:, known], (0.1, 0.5, 0.9), axis=0)
    return np.flatnonzero(known) + 1, low, median, high


def _predicted(axes: Axes, result: FitReport, out_of_fold: OutOfFoldPredictions) -> None:
    axes.set_title("Predicted against true, out of fold")
    true, predicted = np.array(out_of_fold.true, float), np.array(out_of_fold.predicted, float)
    size = float(np.clip(400 / np.sqrt(max(len(true), 1)), 2, 22))
    axes.scatter(true, predicted, s=size, color=BLUE, alpha=0.6, linewidths=0)
    diagonal(axes)
    axes.set_xlabel(f"true {shortened(result.target)}")
    axes.set_ylabel(f"predicted {shortened(result.target)}")
    metrics = result.explanation.metrics
    text = f"R² {metrics['r2']:.3f}, RMSE {metrics['rmse']:.4g}, {len(true)} rows" if "rmse" in metrics else ""
    axes.text(0.02, 0.98, text, transform=axes.transAxes, va="top", color=GREY)


def _confusion(axes: Axes, confusion: Confusion) -> None:
    axes.set_title("What each class was taken for, out of fold")
    counts: Floats = np.array(confusion.counts, float)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    image = axes.imshow(shares, cmap="cividis", vmin=0, vmax=1)
    axes.figure.colorbar(image, ax=axes, label="share of the true class")
    names = [shortened(name, 16) for name in confusion.classes]
    few = len(names) <= MOST_CELLS
    places = range(len(names)) if few else range(0, len(names), -(-len(names) // MOST_CELLS))
    axes.set_yticks(list(places), [names[i] for i in places])
    axes.set_xticks(list(places), [names[i] for i in places], rotation=45, ha="right")
    axes.set_ylabel("true")
    axes.set_xlabel("taken for")
    if few:
        for i, j in np.ndindex(*counts.shape):
            colour = "black" if shares[i, j] > 0.6 else "white"
            axes.text(j, i, f"{counts[i, j]:.0f}", ha="center", va="center", color=colour)

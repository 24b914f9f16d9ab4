"""The figure of `fit`: how the loss fell, and what the model says of rows it never saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bnfit.figures.style import BLUE, GREY, RED, diagonal, empty, logarithmic, panels, shortened, styled
from bnfit.results import Confusion, FitReport

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_CELLS = 12
"""Classes of a confusion matrix whose counts are written into the cells."""


def fit_figure(result: FitReport, facts: Mapping[str, Any]) -> Figure:
    """Loss curves with their spread over members; predicted against true, out of fold, or the confusion of classes.

    Args:
        result: the report.
        facts: the model's facts, with `curves` and, for numbers and small tables, `out_of_fold`.
    """
    with styled():
        figure, (left, right) = panels(2, 10, 4.4)
        figure.suptitle(
            f"{shortened(result.target)} by {result.architecture}, arm {result.arm}, {result.members} members"
        )
        loss_curves(left, facts.get("curves", []), "loss" if result.task == "regression" else "cross-entropy")
        if result.explanation.confusion is not None:
            _confusion(right, result.explanation.confusion)
        else:
            _predicted(right, result, facts.get("out_of_fold"))
        return figure


def loss_curves(axes: Axes, curves: Sequence[Mapping[str, Sequence[float | None]]], unit: str) -> None:
    """The median over members of the loss after each epoch, and the range of their middle four fifths."""
    axes.set_title("Loss by epoch")
    kinds = (("loss", BLUE, "-", "training rows"), ("judged_loss", RED, "--", "rows not trained on"))
    for key, colour, line, label in kinds:
        most = max((len(curve[key]) for curve in curves), default=0)
        values = np.full((len(curves), most), np.nan)  # trainings may end at different epochs
        for row, curve in zip(values, curves, strict=True):
            row[: len(curve[key])] = [np.nan if v is None else v for v in curve[key]]
        known = np.isfinite(values).any(axis=0) if values.size else np.zeros(0, bool)
        if not known.any():
            continue
        epochs = np.flatnonzero(known) + 1
        low, middle, high = np.nanpercentile(values[:, known], (10, 50, 90), axis=0)
        axes.fill_between(epochs, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(epochs, middle, color=colour, linestyle=line, label=label)
    if not axes.lines:
        empty(axes, "no curves are known")
        return
    logarithmic(axes, "y")
    axes.set_xlabel("epoch")
    axes.set_ylabel(f"{unit}, median and 10–90 % of members")
    axes.legend()


def _predicted(axes: Axes, result: FitReport, said: Mapping[str, Sequence[float]] | None) -> None:
    axes.set_title("Predicted against true, out of fold")
    if said is None:
        empty(axes, "the table is too large for its predictions to be kept in the model")
        return
    true, predicted = np.array(said["true"], float), np.array(said["predicted"], float)
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
    counts: NDArray[np.float64] = np.array(confusion.counts, float)
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

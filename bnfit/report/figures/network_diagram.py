"""Networks drawn as layers of nodes, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.networks.architecture import Architecture
from bnfit.report.figures.style import BLUE, GREEN, GREY, ORANGE, SKY, panels, shortened, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


MOST_NODES = 8
"""Nodes of a layer that are drawn; of a wider layer the width is written."""
Layer = tuple[str, int, str, bool]
"""Title, width, colour, and whether the layer is dense."""


def layers_of(architecture: Architecture, columns: int) -> list[Layer]:
    """List the layers of a network, from the columns to the output."""
    arm = architecture.normalisation
    layers: list[Layer] = [("columns", columns, GREY, False)]
    if arm.standardised:
        layers.append(("z-scores", columns, SKY, False))
    if arm.input_norm:
        layers.append(("Batch\nNorm", columns, ORANGE, False))
    for units in architecture.units:
        layers.append(("Dense", units, BLUE, True))
        if arm.hidden_norm:
            layers.append(("Batch\nNorm", units, ORANGE, False))
        layers.append((architecture.activation, units, GREEN, False))
    output = architecture.output_activation
    layers.append(("Dense" if output == "linear" else f"Dense\n{output}", 1, BLUE, True))
    return layers


def networks_figure(networks: Sequence[tuple[str, Architecture]], columns: Sequence[str], target: str) -> Figure:
    """Draw networks, one panel each.

    Args:
        networks: title and architecture of each.
        columns: names of the inputs.
        target: name of the output.
    """
    with styled():
        figure, axes = panels(1, 10, 3.4 * len(networks), rows=len(networks))
        for panel, (title, architecture) in zip(axes, networks, strict=True):
            count = architecture.weights(len(columns))
            panel.set_title(f"{title}: {architecture.label}, arm {architecture.arm}, {count} weights")
            _network(panel, layers_of(architecture, len(columns)), columns, target)
        return figure


def _network(axes: Axes, layers: Sequence[Layer], columns: Sequence[str], target: str) -> None:
    axes.axis("off")
    before: NDArray[np.float64] = np.zeros(0)
    for x, (title, width, colour, dense) in enumerate(layers):
        drawn = min(width, MOST_NODES)
        heights: NDArray[np.float64] = np.arange(drawn, dtype=np.float64)[::-1] - (drawn - 1) / 2
        pairs = [(a, b) for a in before for b in heights] if dense else list(zip(before, heights, strict=False))
        for a, b in pairs:
            axes.plot([x - 1, x], [a, b], color=GREY, linewidth=0.4 if dense else 1.0, zorder=1)
        axes.scatter([x] * drawn, heights, s=90, color=colour, edgecolors="black", linewidths=0.5, zorder=2)
        axes.text(x, -(MOST_NODES / 2 + 0.2), title if drawn == width else f"{title}\n({width})", ha="center", va="top")
        if x == 0:
            for height, name in zip(heights, columns[:drawn], strict=True):
                axes.text(-0.15, height, shortened(name, 16), ha="right", va="center")
        before = heights
    axes.text(len(layers) - 1 + 0.15, 0, shortened(target, 16), ha="left", va="center")
    axes.set_xlim(-1.2, len(layers) - 0.2)
    axes.set_ylim(-(MOST_NODES / 2 + 1.6), MOST_NODES / 2)

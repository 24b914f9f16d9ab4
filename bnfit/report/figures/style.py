"""Style of the figures: a palette for colour-blind readers, markers beside colours, text kept as text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import matplotlib
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

from bnfit.report.blocks import shortened as cut_middle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis


BLUE, ORANGE, GREEN, RED, PURPLE, SKY, YELLOW = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#F0E442",
)
COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, YELLOW)
"""Okabe and Ito's palette, those of most contrast first."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
GREY = "#666666"
LONGEST_NAME = 28
DPI = 144

SETTINGS = {
    "svg.fonttype": "none",
    "svg.hashsalt": "bnfit",
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "savefig.dpi": DPI,
    "text.parse_math": False,
    "axes.formatter.use_mathtext": False,
}


@contextmanager
def styled() -> Iterator[None]:
    """Draw with bnfit's settings, whatever the user's are; both the making and the saving of a figure need it."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)  # type: ignore[arg-type]
        yield


def panels(columns: int, width: float, height: float, rows: int = 1) -> tuple[Figure, list[Axes]]:
    """Make a figure without a window, of rows × columns panels; width and height in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False)
    return figure, [axes for row in grid for axes in row]


def shortened(name: str, longest: int = LONGEST_NAME) -> str:
    """Shorten a name in its middle to `longest` characters and replace control characters, which fonts lack."""
    return cut_middle("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name), longest)


def numbered(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a chart from top to bottom."""
    axes.set_yticks(range(len(names)), [shortened(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)


def logarithmic(axes: Axes, axis: str) -> None:
    """Set a logarithmic scale with plain numbers at its ticks."""
    getattr(axes, f"set_{axis}scale")("log")
    scale: Axis = getattr(axes, f"{axis}axis")
    scale.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
    scale.set_minor_locator(NullLocator())
    _plain(scale)


def wide(axes: Axes, axis: str, values: Sequence[float], ratio: float = 100.0) -> None:
    """Set a scale, linear up to the median size and logarithmic beyond, if the largest exceeds `ratio` medians."""
    sizes = [abs(v) for v in values if math.isfinite(v) and v]
    middle, largest = (float(np.median(sizes)), max(sizes)) if sizes else (1.0, 1.0)
    if largest <= ratio * middle:
        return
    first, last = math.floor(math.log10(middle)), math.floor(math.log10(largest))
    powers = [10.0**k for k in range(last, first - 1, -max(1, math.ceil((last - first) / 3)))]
    negative = [-p for p in powers if min(values) < -p]
    getattr(axes, f"set_{axis}scale")("symlog", linthresh=powers[-1])
    label = getattr(axes, f"get_{axis}label")()
    getattr(axes, f"set_{axis}label")(f"{label} (logarithmic)".strip())
    scale: Axis = getattr(axes, f"{axis}axis")
    scale.set_major_locator(FixedLocator(sorted([0.0, *powers, *negative])))
    scale.set_minor_locator(NullLocator())
    _plain(scale)
    getattr(axes, f"set_{axis}lim")(min(-0.2 * powers[-1], min(values) * 1.5), largest * 2)


def _plain(scale: Axis) -> None:
    scale.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    scale.set_minor_formatter(NullFormatter())


def name_points(axes: Axes, points: Sequence[tuple[float, float]], names: Sequence[str], most: int) -> None:
    """Write the names of the first points beside them, each where no other name stands; else not at all."""
    axes.get_xlim(), axes.get_ylim()  # matplotlib finds the limits when it is asked for them
    placed: list[tuple[float, float, float]] = []
    for point, name in zip(points[:most], map(lambda n: shortened(n, 18), names), strict=False):
        x, y = axes.transAxes.inverted().transform(axes.transData.transform(point))
        length = 0.022 * len(name)
        for right, up in ((True, True), (True, False), (False, True), (False, False)):
            left, level = (x if right else x - length), y + (0.02 if up else -0.03)
            if -0.1 < left < 1 - length / 2 and all(
                left > start + size or left + length < start or abs(level - height) > 0.035
                for start, size, height in placed
            ):
                placed.append((left, length, level))
                axes.annotate(
                    name,
                    point,
                    xytext=(4 if right else -4, 3 if up else -10),
                    textcoords="offset points",
                    ha="left" if right else "right",
                    fontsize=8,
                )
                break


def diagonal(axes: Axes) -> None:
    """Draw the line y = x."""
    low = min(axes.get_xlim()[0], axes.get_ylim()[0])
    high = max(axes.get_xlim()[1], axes.get_ylim()[1])
    axes.plot([low, high], [low, high], color=GREY, linewidth=0.8, linestyle="--", zorder=0)


def empty(axes: Axes, text: str) -> None:
    """Write the reason why a panel is empty."""
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", color=GREY, transform=axes.transAxes, wrap=True)

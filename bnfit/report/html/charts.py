"""Charts as SVG for a page: plain shapes that style sheets colour, so that they follow light, dark and print.

Each is 340 units wide, so that its text stays legible where a page is as narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from bnfit.report.blocks import number, printable, shortened
from bnfit.results.calibration import CalibrationGroup
from bnfit.results.effects import Effect
from bnfit.results.explanation import Explanation

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 340, 210, 52, 34, 10, 12
ROW, LONGEST, MOST_LEVELS = 24, 16, 14
"""Height of a bar with its label, characters of a label, and levels of a column that are drawn, at most."""


@dataclass(frozen=True)
class Scale:
    """A linear scale from values to a coordinate."""

    low: float
    high: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> Scale:
        """Make a scale that holds all values, with a little room."""
        low, high = min(values), max(values)
        room = 0.05 * (high - low) or abs(low) * 0.05 or 1.0
        return cls(low - room, high + room, start, end)

    def __call__(self, value: float) -> float:
        """Return the coordinate of a value, rounded to a hundredth."""
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 2)

    def ticks(self, most: int = 4) -> list[float]:
        """Return round values within the scale, `most` and one more at most."""
        step = 10.0 ** math.floor(math.log10((self.high - self.low) / most))
        step = next(step * factor for factor in (1, 2, 5, 10, 20) if (self.high - self.low) / (step * factor) <= most)
        first = math.ceil(self.low / step)
        return [k * step for k in range(first, math.floor(self.high / step) + 1)]


def error_chart(result: Explanation) -> str:
    """Draw the error that decides as bars: the model with its interval, a linear model, the constant guess."""
    classes = result.confusion is not None
    name, title = ("log_loss", "log-loss") if classes else ("rmse", "RMSE")
    kind, constant = ("logistic", "class shares") if classes else ("linear", "mean of the target")
    named = (("model", result.metrics), (f"{kind} regression", result.linear), (constant, result.reference))
    bars = [(label, errors[name]) for label, errors in named if name in errors]
    low, high = result.intervals.get(name, (None, None))
    scale = Scale(0.0, 1.15 * max([*(value for _, value in bars), high or 0.0]) or 1.0, 120, WIDTH - 50)
    parts = []
    for place, (label, value) in enumerate(bars):
        y = TOP + place * ROW
        shape = "bar own" if place == 0 else "bar"
        parts.append(_text(114, y + 15, label, "end"))
        parts.append(f'<rect class="{shape}" x="120" y="{y + 3}" width="{scale(value) - 120:.2f}" height="16"/>')
        if place == 0 and low is not None and high is not None:
            parts.append(_line(scale(low), y + 11, scale(high), y + 11, "whisker"))
        end = max(scale(value), scale(high) if place == 0 and high is not None else 0.0)
        parts.append(_text(end + 4, y + 15, number(value), "start"))
    about = "; ".join(f"{label} {number(value)}" for label, value in bars)
    return _svg(parts, TOP + len(bars) * ROW + 6, f"{title}: {about}")


def effect_chart(effect: Effect) -> str:
    """Draw how the prediction changes along a column: a line with its standard errors, or a bar for each level."""
    se = effect.se or (0.0,) * len(effect.change)
    if effect.levels:
        return _level_chart(effect, se)
    above = [c + s for c, s in zip(effect.change, se, strict=True)]
    below = [c - s for c, s in zip(effect.change, se, strict=True)]
    x = Scale.over(effect.at, LEFT, WIDTH - RIGHT)
    y = Scale.over([*above, *below, 0.0], HEIGHT - BOTTOM, TOP)
    band = zip([*effect.at, *effect.at[::-1]], [*above, *below[::-1]], strict=True)
    points = " ".join(f"{x(a)},{y(c)}" for a, c in zip(effect.at, effect.change, strict=True))
    parts = [
        *_axes(x, y, effect.column),
        _line(LEFT, y(0.0), WIDTH - RIGHT, y(0.0), "zero"),
        f'<polygon class="band" points="{" ".join(f"{x(a)},{y(e)}" for a, e in band)}"/>',
        f'<polyline class="curve" points="{points}"/>',
    ]
    first, last = effect.change[0], effect.change[-1]
    ends = f"{number(first)} at {number(effect.at[0])} to {number(last)} at {number(effect.at[-1])}"
    return _svg(parts, HEIGHT, f"{_named(effect)}: the prediction changes from {ends}")


def calibration_chart(groups: Sequence[CalibrationGroup], classes: bool) -> str:
    """Draw predictions beside what came true: on the diagonal they are right on average."""
    ends = [e for g in groups for e in (g.predicted, g.observed, g.low, g.high) if e is not None]
    x = Scale.over([0.0, 1.0] if classes else [g.predicted for g in groups], LEFT, WIDTH - RIGHT)
    y = Scale.over([0.0, 1.0] if classes else ends, HEIGHT - BOTTOM, TOP)
    low, high = max(x.low, y.low), min(x.high, y.high)
    parts = _axes(x, y, "probability of the predicted class" if classes else "predicted")
    parts.append(_line(x(low), y(low), x(high), y(high), "zero"))
    for group in groups:
        at = x(group.predicted)
        if group.low is not None and group.high is not None:
            parts.append(_line(at, y(group.low), at, y(group.high), "whisker thin"))
        parts.append(f'<circle class="dot" cx="{at}" cy="{y(group.observed)}" r="4"/>')
    off = max(abs(g.predicted - g.observed) for g in groups)
    what = "share that is right" if classes else "mean of the target"
    return _svg(parts, HEIGHT, f"{what} by prediction, in {len(groups)} groups; the largest distance is {number(off)}")


def _level_chart(effect: Effect, se: Sequence[float]) -> str:
    """Draw a bar for each level; where there are many, those whose effects are the largest."""
    order = sorted(range(len(effect.levels)), key=lambda k: -abs(effect.change[k]))[:MOST_LEVELS]
    shown = [k for k in range(len(effect.levels)) if k in order]
    ends = [effect.change[k] + sign * se[k] for k in shown for sign in (-1, 1)]
    x = Scale.over([*ends, 0.0], 120, WIDTH - RIGHT)
    parts = [_line(x(0.0), TOP, x(0.0), TOP + len(shown) * ROW, "zero")]
    for place, k in enumerate(shown):
        y, end = TOP + place * ROW, x(effect.change[k])
        start, width = min(x(0.0), end), abs(end - x(0.0))
        parts.append(_text(114, y + 15, shortened(effect.levels[k], LONGEST), "end"))
        parts.append(f'<rect class="bar own" x="{start}" y="{y + 4}" width="{width:.2f}" height="14"/>')
        if se[k]:
            parts.append(_line(x(effect.change[k] - se[k]), y + 11, x(effect.change[k] + se[k]), y + 11, "whisker"))
    bottom = TOP + len(shown) * ROW
    parts += [_text(x(tick), bottom + 16, _tick(tick, x), "middle") for tick in x.ticks()]
    about = ", ".join(f"{effect.levels[k]} {number(effect.change[k])}" for k in shown)
    more = f" ({len(shown)} of {len(effect.levels)} levels)" if len(shown) < len(effect.levels) else ""
    return _svg(parts, bottom + 24, f"{_named(effect)}: {about}{more}")


def _named(effect: Effect) -> str:
    return f"{effect.column} ({effect.of})" if effect.of else effect.column


def _axes(x: Scale, y: Scale, title: str) -> list[str]:
    parts = [_text(LEFT - 6, y(tick) + 4, _tick(tick, y), "end") for tick in y.ticks()]
    parts += [_line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid") for tick in y.ticks()]
    parts += [_text(x(tick), HEIGHT - BOTTOM + 15, _tick(tick, x), "middle") for tick in x.ticks()]
    return [*parts, _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, shortened(title, 40), "middle")]


def _tick(value: float, scale: Scale) -> str:
    size = max(abs(scale.low), abs(scale.high))
    if size >= 1e5 or size < 1e-3:
        return f"{value:.2g}" if value else "0"
    step = scale.ticks()[1] - scale.ticks()[0] if len(scale.ticks()) > 1 else size
    return number(value, min(6, max(0, -math.floor(math.log10(step)))))


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.2f}" y="{y:.2f}" text-anchor="{anchor}">{escape(printable(text))}</text>'


def _svg(parts: Sequence[str], height: float, about: str) -> str:
    """Put the parts together; `about` is what a screen reader says."""
    label = quoteattr(printable(about))
    return f'<svg role="img" aria-label={label} viewBox="0 0 {WIDTH} {height:.0f}">{"".join(parts)}</svg>'

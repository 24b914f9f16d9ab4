"""The first lines of a report: how good the model is, which columns matter, and what to watch."""

from __future__ import annotations

from collections.abc import Sequence

from bnfit.report.blocks import MISSING, Block, Line, counted, number, number_like
from bnfit.report.origin import origin_text
from bnfit.results.explanation import Explanation, Importance

NAMED, FEW = 5, 3
"""Columns that matter, and columns of another verdict, that are named at most."""
DIRECTIONS = {"up": "up", "down": "down", "both": "both ways", "levels": "by level"}
"""Words for `bnfit.results.explanation.Importance.direction`."""


def verdict_blocks(result: Explanation) -> list[Block]:
    """Format at most three lines: the error beside those of what is simpler, what matters, what to watch."""
    lines: list[Block] = [Line(_how_good(result), "heading"), Line(_what_matters(result))]
    if result.warnings:
        more = len(result.warnings) - 1
        below = f" ({counted(more, 'more warning')} below)" if more else ""
        lines.append(Line(f"Watch: {result.warnings[0]}{below}", "warning"))
    return lines


def further_warnings(result: Explanation) -> list[Block]:
    """Format the warnings that the verdict does not hold."""
    return [Line(f"Watch: {text}", "warning") for text in result.warnings[1:]]


def _how_good(result: Explanation) -> str:
    """Name the error in the target's units, or the log-loss and the share predicted right."""
    target = result.target or "the target"
    guess = "" if result.skilled else "no better than guessing: "
    where = origin_text(result.origin, result.rows)
    if result.confusion is None:
        own = f"off by {_error(result, 'rmse')} (RMSE{_interval(result, 'rmse')}; R² {_share(result, 'r2')})"
        others = [("guessing the mean", result.reference, "rmse"), ("linear regression", result.linear, "rmse")]
    else:
        own = f"log-loss {_error(result, 'log_loss')}{_interval(result, 'log_loss', ' (', ')')}, {_right(result)} right"
        others = [
            ("guessing the shares", result.reference, "log_loss"),
            ("logistic regression", result.linear, "log_loss"),
        ]
    beside = [f"{name}: {number(errors[key])}" for name, errors, key in others if key in errors]
    return f"{target}: {guess}{own} on {where}" + (f"; {', '.join(beside)}" if beside else "")


def _error(result: Explanation, name: str) -> str:
    return number(result.metrics.get(name))


def _interval(result: Explanation, name: str, before: str = ", ", after: str = "") -> str:
    if name not in result.intervals or name not in result.metrics:
        return ""
    low, high = result.intervals[name]
    ends = [number_like(end, result.metrics[name]) for end in (low, high)]
    return f"{before}95 % {' to '.join(ends)}{after}"


def _share(result: Explanation, name: str) -> str:
    value = result.metrics.get(name)
    return MISSING if value is None else number(value, 3 if abs(value) < 1000 else None)


def _right(result: Explanation) -> str:
    accuracy = result.metrics.get("accuracy")
    return MISSING if accuracy is None else f"{100 * accuracy:.1f} %"


def _what_matters(result: Explanation) -> str:
    """Name the columns that matter, those that the rows cannot tell of, and how many show no sign."""
    if not result.skilled:
        return "What matters: nothing can be said, as the model is no better than a constant guess"
    ordered = sorted(result.importances, key=lambda i: -(i.gamma or 0.0))
    by_verdict = {word: [i for i in ordered if i.verdict == word] for word in ("matters", "unclear", "none")}
    if not any(by_verdict.values()):
        known = [i for i in ordered if i.gamma is not None]
        return f"Largest γ: {_listed(known, NAMED)}" if known else "What matters: not measured"
    parts = [_listed(by_verdict["matters"], NAMED) or "no column for sure"]
    for what, others in (("unclear", by_verdict["unclear"]), ("no sign of", by_verdict["none"])):
        few = len(others) <= FEW
        names = _listed(others, FEW, directions=False) if few else counted(len(others), "column")
        parts += [f"{what}: {names}"] if others else []
    return f"What matters: {'; '.join(parts)}"


def _listed(importances: Sequence[Importance], most: int, *, directions: bool = True) -> str:
    named = [
        f"{i.column} ({DIRECTIONS[i.direction]})" if directions and i.direction in DIRECTIONS else i.column
        for i in importances[:most]
    ]
    more = len(importances) - most
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")

"""Effects of columns, as blocks."""

from __future__ import annotations

from bnfit.report.blocks import Block, Grid, Line, decimals_for, number, signed, spread
from bnfit.results.effects import Effect
from bnfit.results.explanation import Explanation

COLUMNS, POINTS, PAIRS = 12, 5, 10
"""Columns whose effects are shown, values of each, and pairs of columns; the JSON has more."""


def effect_blocks(result: Explanation) -> list[Block]:
    """Format how the prediction changes along each column, by levels or at some of the values."""
    names = list(dict.fromkeys(effect.column for effect in result.effects))
    if not names:
        return [Line("The model file says nothing of effects: measure on a table.", "note")]
    title = "How the prediction changes along each column, from its mean"
    blocks: list[Block] = [Line(title, "heading")]
    blocks += [_grid(effect) for effect in result.effects if effect.column in names[:COLUMNS]]
    if len(names) > COLUMNS:
        blocks.append(Line(f"The effects of {len(names) - COLUMNS} more columns are in the JSON.", "note"))
    return blocks


def interaction_blocks(result: Explanation) -> list[Block]:
    """Format the pairs of columns that act together, the strongest first."""
    if not result.interactions:
        return []
    shown = result.interactions[:PAIRS]
    decimals = decimals_for((pair.size for pair in shown), 3)
    rows = tuple((f"{pair.first} × {pair.second}", number(pair.h, 2), number(pair.size, decimals)) for pair in shown)
    return [
        Line("Pairs of columns that act together, beyond the sum of their effects", "heading"),
        Grid(("pair", "H", "sd of the prediction"), rows),
    ]


def bound_blocks(result: Explanation) -> list[Block]:
    """Format the most of the prediction's variance that each column can have a part in."""
    known = sorted((i for i in result.importances if i.bound is not None), key=lambda i: -(i.bound or 0))
    if not known:
        return [Line("No column is about normal or uniform, so that γ bounds no share of the variance.", "note")]
    rows = tuple((i.column, number(i.gamma), f"{100 * min(i.bound or 0, 1):.1f} %") for i in known)
    return [
        Line(
            "The most of the prediction's variance that a column has a part in, if columns are independent", "heading"
        ),
        Grid(("column", "γ", "at most"), rows),
    ]


def _grid(effect: Effect) -> Grid:
    """Format one effect in two lines: the values or levels, and the change at each."""
    shown = _spaced(len(effect.change))
    decimals = decimals_for(effect.change, 3)
    at = [effect.levels[k] if effect.levels else number(effect.at[k]) for k in shown]
    known = effect.se
    changes = [
        signed(effect.change[k], decimals) if known is None else _signed_spread(effect.change[k], known[k], decimals)
        for k in shown
    ]
    of = f" ({effect.of})" if effect.of else ""
    return Grid((f"{effect.column}{of}", *at), (("change", *changes),), least=len(at) + 1)


def _signed_spread(change: float, se: float, decimals: int) -> str:
    text = spread(change, se, decimals)
    return text if text.startswith("-") else f"+{text}"


def _spaced(count: int) -> list[int]:
    """Positions of at most `POINTS` of so many points, evenly spaced, both ends among them."""
    if count <= POINTS:
        return list(range(count))
    return [round(k * (count - 1) / (POINTS - 1)) for k in range(POINTS)]

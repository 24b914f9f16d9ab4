"""Effects of columns, as blocks."""

from __future__ import annotations

from bnfit.report.blocks import Block, Grid, Line, decimals_for, first_rows, hidden_line, number, signed
from bnfit.results.effects import Effect
from bnfit.results.explanation import Explanation

POINTS = 5
"""Values of a column whose effects are shown; the JSON has more."""


def effect_blocks(result: Explanation, top: int) -> list[Block]:
    """Format how the prediction changes along each column, by levels or at some of the values."""
    names = list(dict.fromkeys(effect.column for effect in result.effects))
    if not names:
        return [Line("The model file says nothing of effects: measure on a table.", "note")]
    title = "How the prediction changes along each column, from its mean"
    blocks: list[Block] = [Line(title, "heading")]
    blocks += [_grid(effect) for effect in result.effects if effect.column in names[:top]]
    return blocks + ([hidden_line(len(names) - top, "column", len(names))] if len(names) > top else [])


def interaction_blocks(result: Explanation, top: int) -> list[Block]:
    """Format the pairs of columns that act together, the strongest first."""
    if not result.interactions:
        return []
    shown = result.interactions
    decimals = decimals_for((pair.size for pair in shown), 3)
    rows = tuple((f"{pair.first} × {pair.second}", number(pair.h, 2), number(pair.size, decimals)) for pair in shown)
    return [
        Line("Pairs of columns that act together, beyond the sum of their effects", "heading"),
        *first_rows(Grid(("pair", "H", "sd of the prediction"), rows), top, "pair"),
    ]


def bound_blocks(result: Explanation, top: int) -> list[Block]:
    """Format the most of the prediction's variance that each column can have a part in."""
    known = sorted((i for i in result.importances if i.bound is not None), key=lambda i: -(i.bound or 0))
    if not known:
        return [Line("No column is about normal or uniform, so that γ bounds no share of the variance.", "note")]
    rows = tuple((i.column, number(i.gamma), f"{100 * min(i.bound or 0, 1):.1f} %") for i in known)
    return [
        Line(
            "The most of the prediction's variance that a column has a part in, if columns are independent", "heading"
        ),
        *first_rows(Grid(("column", "γ", "at most"), rows), top, "column"),
    ]


def _grid(effect: Effect) -> Grid:
    """Format one effect: the values or levels, the change at each, and its standard error."""
    shown = _spaced(len(effect.change))
    decimals = decimals_for(effect.change, 3)
    at = [effect.levels[k] if effect.levels else number(effect.at[k]) for k in shown]
    rows = [("change", *(signed(effect.change[k], decimals) for k in shown))]
    if effect.se is not None:
        rows.append(("± se", *(number(effect.se[k], decimals) for k in shown)))
    of = f" ({effect.of})" if effect.of else ""
    return Grid((f"{effect.column}{of}", *at), tuple(rows))


def _spaced(count: int) -> list[int]:
    """Positions of at most `POINTS` of so many points, evenly spaced, both ends among them."""
    if count <= POINTS:
        return list(range(count))
    return [round(k * (count - 1) / (POINTS - 1)) for k in range(POINTS)]

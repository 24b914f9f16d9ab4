"""Columns beside their shadows, and importances beside those of other packages, as blocks."""

from __future__ import annotations

from bnfit.report.blocks import MISSING, Block, Grid, Line, decimals_for, number, ranks, signed
from bnfit.results.explanation import ComparedColumn, Comparison
from bnfit.results.shadows import ShadowTest

MEASURES = ("gamma", "permute", "sklearn", "shap")


def comparison_blocks(compare: Comparison, error: str) -> list[Block]:
    """Format the measures of each column with their ranks, in order of γ, and their rank correlations with γ."""
    shown = [m for m in MEASURES if any(getattr(c, m) is not None for c in compare.columns)]
    titles = {"gamma": "γ", "permute": f"{error} + shuffled", "sklearn": "scikit-learn", "shap": "mean |SHAP|"}
    places = {m: ranks(getattr(c, m) for c in compare.columns) for m in shown}
    decimals = {m: decimals_for(getattr(c, m) for c in compare.columns) for m in shown}

    def cells(c: int, column: ComparedColumn) -> tuple[str, ...]:
        pairs = [(_value(m, getattr(column, m), decimals[m]), places[m][c]) for m in shown]
        return (column.column, *(cell for value, place in pairs for cell in (value, str(place or MISSING))))

    rows = [cells(c, column) for c, column in enumerate(compare.columns)]
    first = places[shown[0]] if shown else []
    order = sorted(range(len(rows)), key=lambda c: first[c] or len(rows) + 1)
    heads = ("column", *(head for m in shown for head in (titles[m], "rank")))
    known = [f"{titles[m]} {rho:.2f}" for m, rho in compare.spearman.items() if rho is not None]
    blocks: list[Block] = [
        Line("The same rows by other packages", "heading"),
        Grid(heads, tuple(rows[c] for c in order)),
    ]
    if known:
        blocks.append(Line(f"Rank correlation with γ over columns: {', '.join(known)}"))
    return blocks + [Line(f"{name} is not installed: pip install {name}", "note") for name in compare.missing]


def shadow_blocks(test: ShadowTest) -> list[Block]:
    """Format each column against the shadows, the strongest first, and name those that carry nothing beyond chance."""
    strongest = sorted(test.columns, key=lambda c: -c.score)
    rows = tuple((c.column, number(c.score, 2), f"{c.p:.3f}", "yes" if c.beyond else "no") for c in strongest)
    nothing = ", ".join(test.nothing)
    return [
        Line(f"Columns against {test.shadows} shuffled copies, in the training table", "heading"),
        Grid(("column", "score", "p", "beyond chance"), rows),
        Line(f"The highest copies reach a score of {number(test.bar, 2)}."),
        Line(f"Nothing beyond chance: {nothing}" if nothing else "Every column carries something beyond chance."),
    ]


def _value(measure: str, value: float | None, decimals: int) -> str:
    return signed(value, decimals) if measure in ("permute", "sklearn") else number(value, decimals)

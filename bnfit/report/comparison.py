"""Columns beside their shadows, and importances beside those of other packages, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bnfit.report.blocks import MISSING, Block, Grid, Line, decimals_for, first_rows, number, ranks, signed
from bnfit.results.explanation import ComparedColumn, Comparison, Importance
from bnfit.results.shadows import ShadowTest

HERE_ALONE = (
    "Passes here but not when shuffled: {}. Networks take it up, but do as well without it where others say the same, "
    "or the rows are too few to tell what it is worth."
)
THERE_ALONE = (
    "Passes when shuffled but not here: {}. The model errs more without it, though networks of all columns give it no "
    "more weight than to chance."
)
MEASURES = ("gamma", "permute", "sklearn", "shap")


def comparison_blocks(compare: Comparison, error: str, top: int) -> list[Block]:
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
        *first_rows(Grid(heads, tuple(rows[c] for c in order)), top, "column"),
    ]
    if known:
        blocks.append(Line(f"Rank correlation with γ over columns: {', '.join(known)}"))
    return blocks + [Line(f"{name} is not installed: pip install {name}", "note") for name in compare.missing]


def shadow_blocks(test: ShadowTest, importances: Sequence[Importance], top: int) -> list[Block]:
    """Format each column against the shadows, the strongest first, and name those that carry nothing beyond chance.

    Also name those of which the shuffled columns say otherwise, and why that may be.
    """
    matter = {i.column for i in importances if i.verdict == "matters"}
    judged = {i.column for i in importances if i.verdict is not None}
    here_alone = [c.column for c in test.columns if c.beyond and c.column in judged - matter]
    there_alone = [c.column for c in test.columns if not c.beyond and c.column in matter]
    differ = [(HERE_ALONE, here_alone), (THERE_ALONE, there_alone)]
    strongest = sorted(test.columns, key=lambda c: -c.score)
    rows = tuple(
        (c.column, number(c.score, 2), f"{c.p:.3f}", number(c.q, 3), "yes" if c.beyond else "no") for c in strongest
    )
    nothing = ", ".join(test.nothing)
    return [
        Line(f"Columns against {test.shadows} shuffled copies, in the training table", "heading"),
        *first_rows(Grid(("column", "score", "p", "q", "beyond chance"), rows), top, "column"),
        Line(f"The highest copies reach a score of {number(test.bar, 2)}{_floor(test)}; {_by_luck(test)}."),
        Line(f"Nothing beyond chance: {nothing}" if nothing else "Every column carries something beyond chance."),
        *(Line(text.format(", ".join(names))) for text, names in differ if names),
    ]


def _floor(test: ShadowTest) -> str:
    return "" if test.floor is None else f" and γ {number(test.floor, decimals_for([test.floor]))}"


def _by_luck(test: ShadowTest) -> str:
    """Say how many columns without any effect pass."""
    count = len(test.columns)
    if test.by_luck < 1:
        return f"a column without any effect passes in {100 * test.level:.0f} % of tables"
    return f"about {test.by_luck:.0f} of {count} columns without any effect pass by luck"


def _value(measure: str, value: float | None, decimals: int) -> str:
    return signed(value, decimals) if measure in ("permute", "sklearn") else number(value, decimals)

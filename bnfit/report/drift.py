"""Drift of a table's columns from training, as blocks."""

from __future__ import annotations

from collections.abc import Sequence

from bnfit.report.blocks import MISSING, Block, Grid, Line, counted, first_rows, number, signed
from bnfit.results.drift import ColumnDrift

FIRST = 4
"""Columns of the table that every terminal shows."""


def drift_blocks(drift: Sequence[ColumnDrift], top: int) -> list[Block]:
    """Format the drift: a line, and where it matters a table of the columns that differ, at most `top` rows."""
    if not drift:
        return []
    differ = [entry for entry in drift if entry.moves > 0]
    if not differ:
        return [Line(f"Drift: none of {counted(len(drift), 'column')} differs from training beyond chance", "note")]
    first = differ[0]
    if not first.matters:
        few = f"{len(differ)} of {counted(len(drift), 'column')} differ from training"
        return [Line(f"Drift: {few}; {first.column} moves predictions most, by {number(first.moves)}", "note")]
    titles = ["column", "moves by", "distance", "mean", "spread", "missing"]
    rows = [[e.column, number(e.moves), number(e.distance, 3), *_shift(e), _missing(e)] for e in differ]
    for title, shares in (("unknown", [e.unknown for e in differ]), ("outside", [e.outside for e in differ])):
        if any(shares):
            titles.append(title)
            rows = [[*row, _percent(share)] for row, share in zip(rows, shares, strict=True)]
    return [
        Line("Drift from the training table", "heading"),
        Line("Moves by: RMS change of the prediction; mean and spread: in standard deviations of training"),
        *first_rows(Grid(tuple(titles), tuple(map(tuple, rows)), least=FIRST), top, "column"),
    ]


def _shift(entry: ColumnDrift) -> list[str]:
    return [MISSING if value is None else signed(value, 2) for value in (entry.mean, entry.spread)]


def _missing(entry: ColumnDrift) -> str:
    """Format the share of missing cells, and that of training where it is another."""
    here, before = _percent(entry.missing), _percent(entry.missing_before)
    return here if here == before else f"{before} → {here}"


def _percent(share: float) -> str:
    return f"{number(100 * share, 1)} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"

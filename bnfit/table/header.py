"""Tell header rows from data by the cells below them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bnfit.table.cell_types import is_typed, kind_of

_LONGEST_UNIT = 20
_VOTING_ROWS = 200
_VOTING_CELLS = 50_000
_YEAR = re.compile(r"(19|20)\d\d")


def looks_like_header(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row names the columns below it.

    Every column votes: a text above numbers speaks for a header, a number above numbers against it. When nothing
    speaks either way (a table of texts), a row without gaps, repetitions and numbers is a header.
    """
    below = [row for row in below[:_VOTING_ROWS] if row != cells]  # repetitions of a header say nothing
    if not below:
        return not any(map(is_typed, cells)) and any(cell.strip() for cell in cells)
    rows = below[: _voting_rows(cells)]
    votes = sum(_vote(cell, [row[i] for row in rows]) for i, cell in enumerate(cells))
    if votes:
        return votes > 0
    named = [cell.strip() for cell in cells if cell.strip()]
    plain = [name for name in named if not _YEAR.fullmatch(name)]
    return len(plain) > 0 and len(set(named)) == len(named) and not any(map(is_typed, plain))


def _vote(cell: str, column: Sequence[str]) -> float:
    """+1 when the cell is of another kind than its column, -1 when it is one more value, 0 when it cannot be said."""
    filled = [value for value in column if kind_of(value) != "empty"]
    text = cell.strip()
    if not filled or not text:
        return 0.0
    typed = sum(map(is_typed, filled)) / len(filled)
    if is_typed(text):
        if _YEAR.fullmatch(text) and not any(_YEAR.fullmatch(value.strip()) for value in filled[:20]):
            return 0.0  # a wide table with a column per year
        return -1.0 if typed > 0.5 else -0.5
    if typed > 0.8:
        return 1.0 if kind_of(text) != "empty" else -0.2
    lengths = {len(value.strip()) for value in filled}
    if text in {value.strip() for value in filled}:
        return -0.5
    if len(lengths) == 1 and len(filled) > 3:
        return 0.5 if len(text) not in lengths else -0.3
    if len(text) > 60:
        return -0.5
    return 0.0


def continues_header(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Whether a row under the header still belongs to it, such as a row of units.

    So it does only if two or more columns hold nothing but numbers below it and it has a text in each of them.
    """
    rows = below[: _voting_rows(cells)]
    if len(rows) < 3 or any(len(cell.strip()) > _LONGEST_UNIT for cell in cells):
        return False
    numeric = [i for i in range(len(cells)) if _all_typed([row[i] for row in rows])]
    texts = [i for i in numeric if kind_of(cells[i]) in ("word", "text")]
    return len(numeric) > 1 and len(texts) == len(numeric) and not any(map(is_typed, cells))


def _all_typed(column: Sequence[str]) -> bool:
    filled = [value for value in column if kind_of(value) != "empty"]
    return 2 * len(filled) > len(column) and all(map(is_typed, filled))


def _voting_rows(cells: Sequence[str]) -> int:
    """Number of rows to look at: fewer of very wide ones."""
    return min(_VOTING_ROWS, 5 + _VOTING_CELLS // max(len(cells), 1))

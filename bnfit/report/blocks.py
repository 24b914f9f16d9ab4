"""Blocks, the parts of a report in every format: lines of text and tables of text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

MISSING = "–"
"""Stands for a number that does not exist."""
MARK = "*"
"""Marks cells of a table that a footnote after it explains."""


@dataclass(frozen=True)
class Line:
    """A paragraph of its own.

    `style` is "plain", "heading", "warning", "note", or "footnote", which tells what `MARK` means.
    """

    text: str
    style: str = "plain"


@dataclass(frozen=True)
class Grid:
    """A table: titles, rows of as many cells, the columns that align left, and the rows that stand out.

    With `least`, a terminal shows so many columns, and further ones as far as its width bears.
    """

    titles: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: frozenset[int] = frozenset({0})
    strong: frozenset[int] = frozenset()
    least: int | None = None

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.titles):
                raise ValueError(f"{len(row)} cells under {len(self.titles)} titles: {row}")


Block = Line | Grid


def first_rows(grid: Grid, top: int, noun: str) -> list[Block]:
    """Return the first `top` rows of a table, with a line on how many there are more.

    Args:
        grid: the table, what says most first.
        top: how many rows to show.
        noun: what a row is, such as "column".
    """
    hidden = len(grid.rows) - top
    if hidden <= 0:
        return [grid]
    strong = frozenset(k for k in grid.strong if k < top)
    return [replace(grid, rows=grid.rows[:top], strong=strong), hidden_line(hidden, noun, len(grid.rows))]


def hidden_line(hidden: int, noun: str, total: int) -> Line:
    """Say how many rows of a table are not shown."""
    return Line(f"{counted(hidden, f'more {noun}')}: `top={total}` shows all", "note")


def shortened(text: str, most: int) -> str:
    """Leave characters out of the middle of a text of more than `most`."""
    if len(text) <= most:
        return text
    end = (most - 1) // 2
    return f"{text[: most - 1 - end]}…{text[len(text) - end :]}"


def number(value: float | None, decimals: int | None = None) -> str:
    """Format a number with `decimals` decimals (8 at most), by default with 4 significant digits; never "nan"."""
    if value is None or not math.isfinite(value):
        return MISSING
    size = abs(value)
    if size >= 1e7 or (0 < size < 1e-4 and decimals in (None, 8)):
        return f"{value:.3e}"
    text = f"{value:.{decimals_for([value]) if decimals is None else decimals}f}"
    return text if float(text) else text.removeprefix("-")


def number_like(value: float, other: float) -> str:
    """Format a number with as many decimals as show three digits of another, near it."""
    return f"{value:.1e}" if 0 < abs(other) < 1e-3 else number(value, decimals_for([other], 3))


def signed(value: float | None, decimals: int | None = None) -> str:
    """Format as `number` does, with the sign."""
    text = number(value, decimals)
    return text if text == MISSING or text.startswith("-") else f"+{text}"


def spread(mean: float | None, sd: float | None, decimals: int) -> str:
    """Format as "4.21 ± 0.35"; without a spread, the mean alone."""
    if sd is None or not math.isfinite(sd):
        return number(mean, decimals)
    return f"{number(mean, decimals)} ± {number(sd, decimals)}"


def decimals_for(values: Iterable[float | None], significant: int = 4) -> int:
    """Number of decimals, 0 to 8, that shows `significant` digits of the largest of the values."""
    sizes = [abs(v) for v in values if v is not None and math.isfinite(v) and v != 0]
    if not sizes:
        return significant - 1
    return min(max(significant - 1 - math.floor(math.log10(max(sizes))), 0), 8)


def ranks(values: Iterable[float | None]) -> list[int | None]:
    """Rank the values, 1 for the largest; equal values share the smallest of their ranks."""
    known = list(values)
    usable = sorted((v for v in known if v is not None and math.isfinite(v)), reverse=True)
    first: dict[float, int] = {}
    for rank, value in enumerate(usable, start=1):
        first.setdefault(value, rank)
    return [None if v is None else first.get(v) for v in known]


def counted(count: int, noun: str) -> str:
    """Format as "1 row" or "2 rows"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def printable(text: str) -> str:
    """Replace every control character, which a terminal would obey, by U+FFFD."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)

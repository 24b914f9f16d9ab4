"""Blocks for a terminal, in its width and colours, or as plain text of any width for a file or a pipe."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from typing import TextIO

from rich import box
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bnfit.report.blocks import MARK, Block, Grid, Line, printable, shortened

SHORTEST = 12
"""Names are not shortened further than to so many characters."""
STYLES = {"heading": "bold", "warning": "bold yellow", "note": "", "plain": "", "footnote": ""}
UNLIMITED = 1_000_000
"""A width that no report reaches: nothing is cropped or folded off a terminal."""


def to_rich(blocks: Sequence[Block], width: int = UNLIMITED) -> Group:
    """Format the blocks as one renderable of a width, with an empty line before each heading."""
    parts: list[RenderableType] = []
    marked = True
    for block in blocks:
        if isinstance(block, Grid):
            shown = _shown(block, width)
            marked = any(MARK in cell for row in block.rows for cell in row[:shown])
            parts.append(_rich_grid(_narrowed(block, shown, width), shown))
        elif block.style != "footnote" or marked:
            parts += [Text("")] * (block.style == "heading" and bool(parts))
            parts.append(_rich_line(block))
    return Group(*parts)


def _rich_line(line: Line) -> Text:
    return Text(printable(line.text), style=STYLES[line.style])


def _shown(grid: Grid, width: int) -> int:
    """Count the columns of a table that the width bears, its least ones at any rate."""
    shown, console = len(grid.titles), Console(width=UNLIMITED)
    while grid.least is not None and shown > grid.least and console.measure(_rich_grid(grid, shown)).maximum > width:
        shown -= 1
    return shown


def _narrowed(grid: Grid, shown: int, width: int) -> Grid:
    """Shorten the texts of a table's left-aligned columns in their middle, as far as the width asks for."""
    wanted = Console(width=UNLIMITED).measure(_rich_grid(grid, shown)).maximum
    columns = [k for k in range(shown) if k in grid.left]
    longest = {k: max((cell_len(row[k]) for row in grid.rows), default=0) for k in columns}
    most = max(longest.values(), default=0)
    while most > SHORTEST and wanted - sum(max(0, size - most) for size in longest.values()) > width:
        most -= 1
    rows = tuple(tuple(shortened(c, most) if k in longest else c for k, c in enumerate(row)) for row in grid.rows)
    return replace(grid, rows=rows)


def _rich_grid(grid: Grid, shown: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="bold")
    for k, title in enumerate(grid.titles[:shown]):
        table.add_column(Text(printable(title)), justify="left" if k in grid.left else "right", overflow="fold")
    for k, row in enumerate(grid.rows):
        table.add_row(*(Text(printable(cell)) for cell in row[:shown]), style="green bold" if k in grid.strong else "")
    return table


def to_text(blocks: Sequence[Block], width: int = UNLIMITED) -> str:
    """Format the blocks as plain text: of full width unless one is given, no colour codes, no trailing blanks."""
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=None, force_terminal=False)
    console.print(to_rich(blocks, width), soft_wrap=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def show(blocks: Sequence[Block], stream: TextIO) -> None:
    """Print the blocks on a stream, in colour where it is a terminal."""
    if stream.isatty():
        console = Console(file=stream, highlight=False)
        console.print(to_rich(blocks, console.width))
    else:
        stream.write(to_text(blocks) + "\n")

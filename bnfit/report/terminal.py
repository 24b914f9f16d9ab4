"""Blocks for a terminal, in its width and colours, or as plain text of any width for a file or a pipe."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TextIO

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bnfit.report.blocks import Block, Grid, Line, printable

STYLES = {"heading": "bold", "note": "yellow", "plain": ""}
UNLIMITED = 1_000_000
"""A width that no report reaches: nothing is cropped or folded off a terminal."""


def to_rich(blocks: Sequence[Block], width: int = UNLIMITED) -> Group:
    """Format the blocks as one renderable of a width, with an empty line before each heading."""
    parts: list[RenderableType] = []
    for block in blocks:
        if isinstance(block, Line) and block.style == "heading" and parts:
            parts.append(Text(""))
        parts.append(_rich_line(block) if isinstance(block, Line) else _fitting(block, width))
    return Group(*parts)


def _rich_line(line: Line) -> Text:
    return Text(printable(line.text), style=STYLES[line.style])


def _fitting(grid: Grid, width: int) -> Table:
    """Format a table with as many of its columns as the width bears, but not below its least."""
    table, console = _rich_grid(grid, len(grid.titles)), Console(width=UNLIMITED)
    shown = len(grid.titles)
    while grid.least is not None and shown > grid.least and console.measure(table).maximum > width:
        shown -= 1
        table = _rich_grid(grid, shown)
    return table


def _rich_grid(grid: Grid, shown: int) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, collapse_padding=True, header_style="bold")
    for k, title in enumerate(grid.titles[:shown]):
        table.add_column(Text(printable(title)), justify="left" if k in grid.left else "right", overflow="fold")
    for k, row in enumerate(grid.rows):
        table.add_row(*(Text(printable(cell)) for cell in row[:shown]), style="green bold" if k in grid.strong else "")
    return table


def to_text(blocks: Sequence[Block]) -> str:
    """Format the blocks as plain text: full width, no colour codes, no trailing blanks."""
    out = io.StringIO()
    Console(file=out, width=UNLIMITED, color_system=None, force_terminal=False).print(to_rich(blocks), soft_wrap=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def show(blocks: Sequence[Block], stream: TextIO) -> None:
    """Print the blocks on a stream, in colour where it is a terminal."""
    if stream.isatty():
        console = Console(file=stream, highlight=False)
        console.print(to_rich(blocks, console.width))
    else:
        stream.write(to_text(blocks) + "\n")

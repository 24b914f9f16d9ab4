"""Blocks as HTML, for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence

from bnfit.report.blocks import Block, Grid, Line, printable

TAGS = {"heading": "h4", "plain": "p", "note": "p", "footnote": "p", "warning": "p"}
NUMBER = ' style="text-align: right"'


def to_html(blocks: Sequence[Block]) -> str:
    """Format the blocks as a piece of an HTML page; whatever they hold is shown as text."""
    return "\n".join(_line(block) if isinstance(block, Line) else _grid(block) for block in blocks)


def _line(line: Line) -> str:
    tag, text = TAGS[line.style], _escape(line.text)
    return f"<{tag}><em>{text}</em></{tag}>" if line.style in ("note", "warning") else f"<{tag}>{text}</{tag}>"


def _grid(grid: Grid) -> str:
    head = _row(grid, grid.titles, "th")
    body = "\n".join(_row(grid, row, "td", strong=k in grid.strong) for k, row in enumerate(grid.rows))
    return f"<table>\n<thead>\n{head}\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _row(grid: Grid, cells: Sequence[str], tag: str, strong: bool = False) -> str:
    texts = (f"<strong>{_escape(cell)}</strong>" if strong and cell else _escape(cell) for cell in cells)
    return f"<tr>{''.join(f'<{tag}{_side(grid, k)}>{text}</{tag}>' for k, text in enumerate(texts))}</tr>"


def _side(grid: Grid, column: int) -> str:
    return "" if column in grid.left else NUMBER


def _escape(text: str) -> str:
    return html.escape(printable(text))

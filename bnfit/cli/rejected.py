"""Rows of a file that could not be read: named on stderr, and listed in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bnfit.cli.streams import say

if TYPE_CHECKING:
    from bnfit.table.source import Source


NAMED = 10
"""Rejected rows that are named one by one."""


def say_rejected(source: Source) -> None:
    """Name the first rejected rows, and count the others."""
    for row in source.rejected_rows[:NAMED]:
        column = "" if row.column is None else f", column {row.column}"
        say(f"rejected: {row.source or source.name}, line {row.line}{column}: {row.reason}")
    if source.rejected > NAMED:
        say(f"rejected: {source.rejected - NAMED} more rows, {source.rejected} in all")


def rejections(source: Source) -> dict[str, Any]:
    """Number and list of the rejected rows, for a JSON document."""
    return {"rejected": source.rejected, "rejected_rows": source.rejected_rows}

"""Parameters and results of reading: options, dialect, rejected rows, table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bnfit.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.arrays import Ints


MOST_COLUMNS = 100_000
"""A table of more columns is refused: no network of bnfit trains on so many."""


@dataclass(frozen=True)
class ReadOptions:
    """Options for reading a file; every field left at None is detected from the file.

    Attributes:
        delimiter: the text between two cells: one character, a character followed by a space, or "tab".
        quote: the character around cells that hold a delimiter; the empty string means that nothing is quoted.
        header: whether the first row of the table names the columns.
        encoding: a Python codec name.
        decimal: "." or ","; cells stay text, this only weighs in when the delimiter is looked for.
        na: texts that mean "missing", as an empty cell does; None for the usual ones
            (`bnfit.table.cell_types.MISSING`), which stay in the table for whoever knows the column they are in.
        names: columns that the table should have; a row at the top that holds all of them is the header, whatever it
            looks like.
        max_bad_rows: the share of rejected rows above which reading fails. One rejected row is never too many, unless
            the share is 0: it is reported, and in a table of 83 rows it would be 1.2 %.
    """

    delimiter: str | None = None
    quote: str | None = None
    header: bool | None = None
    encoding: str | None = None
    decimal: str | None = None
    na: tuple[str, ...] | None = None
    max_bad_rows: float = 0.01
    names: frozenset[str] = frozenset()

    def expecting(self, names: Iterable[str]) -> ReadOptions:
        """Return the options for a table that should have these columns."""
        return replace(self, names=frozenset(names))


def refuse_width(columns: int, source: str) -> None:
    """Raises: DataError for more columns than a table may have."""
    if columns > MOST_COLUMNS:
        raise DataError(
            f"'{source}' has {columns:,} columns, and bnfit reads {MOST_COLUMNS:,} at most",
            "choose the columns that may matter, or give the table the other way round",
        )


@dataclass(frozen=True)
class RejectedRow:
    """A row of the file that is not in the table.

    Attributes:
        line: number of the row's first line in the file, from 1.
        column: number of the column, from 1, at which the row stops making sense, where one can be named.
        reason: why, in words.
        source: the file, for tables that come in several.
    """

    line: int
    column: int | None
    reason: str
    source: str = ""


@dataclass(frozen=True)
class Dialect:
    """Dialect of a text file, as it was read.

    Attributes:
        delimiter: between cells; empty for a file of one column.
        quote: around cells, empty if nothing is quoted.
        escape: the character before a quote inside a quoted cell; empty when quotes are doubled instead.
        encoding: a Python codec name.
        decimal: the decimal mark of the numbers, "." or ",".
        header: whether the first row names the columns.
        skipped_lines: lines before the table (a preamble, repeated header rows), which are not rows.
        newline: between rows: "\\n", "\\r\\n" or "\\r"; "\\n" also stands for a mixture.
        skip_space: whether spaces after the delimiter are not part of the cells.
        trailing_delimiter: whether every row ends in a delimiter that starts no cell.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    encoding: str = "utf-8"
    decimal: str = "."
    header: bool = True
    skipped_lines: int = 0
    newline: str = "\n"
    skip_space: bool = False
    trailing_delimiter: bool = False


@dataclass(frozen=True)
class Table:
    """A table as it was read, or a piece of one.

    Attributes:
        frame: the cells. Columns of text files are text (pandas `str`) as written, with NA for empty cells and those
            that are stated to be missing; columnar files keep their types. Column names are `str` and unique.
        source: the file's name for messages, or "<stdin>".
        rows: rows in `frame`.
        rejected: the rows left out; `rows + len(rejected)` is the number of rows in the file.
        dialect: dialect of the text; None for columnar files.
        lines: line number of each row of `frame`, for messages; None for columnar files.
        notes: remarks for the user: renamed columns, skipped lines.
        parts: file name and number of rows of each part, in order, when several files make the table.
    """

    frame: pd.DataFrame
    source: str
    rows: int
    rejected: tuple[RejectedRow, ...] = ()
    dialect: Dialect | None = None
    lines: Ints | None = None
    notes: tuple[str, ...] = ()
    parts: tuple[tuple[str, int], ...] = ()

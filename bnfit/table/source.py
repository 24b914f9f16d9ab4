"""Tables with the names and places of their rows, for messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bnfit.errors import DataError
from bnfit.table.place import NOWHERE, Place

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.arrays import Bools
    from bnfit.table.types import ReadOptions, RejectedRow, Table


@dataclass(frozen=True)
class Source:
    """A table with the names and places of its rows, for messages.

    Attributes:
        frame: the rows.
        name: file name, or "" for a data frame.
        place: place of each row in its file.
        rejected_rows: the rows of the file that could not be read.
        notes: remarks of the reader.
        delimiter: what stands between the cells of the file, or "" for no text file.
        decimal: the decimal mark that the user states, which the schema of a model follows.
        words: whether the usual texts for "missing" are texts like others, since the user states what is missing.
        read: rows that were read, also those that a condition left out since; None for all in `frame`.
    """

    frame: pd.DataFrame
    name: str = ""
    place: Place = NOWHERE
    rejected_rows: tuple[RejectedRow, ...] = ()
    notes: tuple[str, ...] = ()
    read: int | None = None
    delimiter: str = ""
    decimal: str | None = None
    words: bool = False

    @property
    def rejected(self) -> int:
        """Number of rows of the file that could not be read."""
        return len(self.rejected_rows)

    @property
    def rows_read(self) -> int:
        """Number of rows that were read: with the rejected ones, all that the file has."""
        return len(self.frame) if self.read is None else self.read

    def rows(self, keep: Bools) -> Source:
        """Return the table with the rows of a mask (n,) only."""
        if keep.all():
            return self
        from bnfit.table.pile import chosen_rows

        frame = chosen_rows(self.frame, keep)
        return replace(self, frame=frame, place=self.place.only(keep), read=self.rows_read)


def source_of(data: Source | pd.DataFrame) -> Source:
    """Return the table as a source."""
    return data if isinstance(data, Source) else Source(data)


def place_of(table: Table, before: int = 0) -> Place:
    """Return the places of the rows of a table, or of a piece of a file after `before` rows."""
    import numpy as np

    names, rows = zip(*(table.parts or [(table.source, table.rows)]), strict=True)
    counted = np.concatenate([np.arange(1, n + 1) for n in rows]) + before
    numbers, unit = (counted, "row") if table.lines is None else (table.lines, "line")
    return Place(table.source, numbers, unit, np.repeat(np.array(names, object), rows) if table.parts else None)


def load_table(path: str, where: str | None = None, options: ReadOptions | None = None) -> Source:
    """Read a table from a path, a glob or "-" (stdin), and keep the rows for which `where` holds.

    Args:
        path: where it is.
        where: a condition, see `bnfit.table.where.keep_rows`.
        options: what is known about the file; the rest is detected.

    Raises:
        DataError: it cannot be read, or no row is left.
        UsageError: the condition cannot be used.
    """
    from bnfit.table.reader import read_table
    from bnfit.table.types import ReadOptions

    options = options or ReadOptions()
    table = read_table(path, options)
    delimiter = table.dialect.delimiter if table.dialect is not None else ""
    source = Source(
        table.frame,
        table.source,
        place_of(table),
        table.rejected,
        table.notes,
        delimiter=delimiter,
        decimal=options.decimal,
        words=options.na is not None,
    )
    return only_where(source, where)


def only_where(source: Source, where: str | None) -> Source:
    """Keep the rows of a table for which `where` holds, all of them for None; see `load_table`."""
    if where is None:
        return source
    from bnfit.table.where import keep_rows

    keep = keep_rows(source.frame, where, source.name)
    if not keep.any():
        raise DataError(f"no row of {source.name or 'the table'} satisfies '{where}'")
    dropped = int((~keep).sum())
    note = f"{dropped} of {len(keep)} rows do not satisfy {where}"
    return replace(source.rows(keep), notes=(*source.notes, note) if dropped else source.notes)

"""Tables as the pipeline takes them: a data frame, with what messages about its rows need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bnfit.errors import DataError
from bnfit.schema.types import NOWHERE, Place

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from bnfit.table import ReadOptions, RejectedRow, Table


@dataclass(frozen=True)
class Source:
    """A table with what messages about it need.

    Attributes:
        frame: the rows.
        name: file name, or "" for a data frame.
        place: where each row comes from.
        rejected_rows: the rows of the file that could not be read.
        notes: what the reader remarked.
        read: rows that were read, also those that a condition left out since; None for all in `frame`.
    """

    frame: pd.DataFrame
    name: str = ""
    place: Place = NOWHERE
    rejected_rows: tuple[RejectedRow, ...] = ()
    notes: tuple[str, ...] = ()
    read: int | None = None

    @property
    def rejected(self) -> int:
        """How many rows of the file could not be read."""
        return len(self.rejected_rows)

    @property
    def rows_read(self) -> int:
        """How many rows were read: with the rejected ones, all that the file has."""
        return len(self.frame) if self.read is None else self.read

    def rows(self, keep: NDArray[np.bool_]) -> Source:
        """Only some of the rows."""
        if keep.all():
            return self
        frame = self.frame[keep].reset_index(drop=True)
        return replace(self, frame=frame, place=self.place.only(keep), read=self.rows_read)


def source_of(data: Source | pd.DataFrame) -> Source:
    """The table as a source."""
    return data if isinstance(data, Source) else Source(data)


def place_of(table: Table, before: int = 0) -> Place:
    """Where the rows of a table, or of a piece of a file after so many rows, come from."""
    import numpy as np

    names, rows = zip(*(table.parts or [(table.source, table.rows)]), strict=True)
    counted = np.concatenate([np.arange(1, n + 1) for n in rows]) + before
    numbers, unit = (counted, "row") if table.lines is None else (table.lines, "line")
    return Place(table.source, numbers, unit, np.repeat(np.array(names, object), rows) if table.parts else None)


def load_table(path: str, where: str | None = None, options: ReadOptions | None = None) -> Source:
    """Read a table from a path, a glob or "-" (stdin), and keep the rows for which `where` holds.

    Args:
        path: where it is.
        where: a condition, see `bnfit.rowfilter.keep_rows`.
        options: what is known about the file; the rest is found out.

    Raises:
        DataError: it cannot be read, or no row is left.
        UsageError: the condition cannot be used.
    """
    from bnfit.table import ReadOptions, read_table

    table = read_table(path, options or ReadOptions())
    source = Source(table.frame, table.source, place_of(table), table.rejected, table.notes)
    return source if where is None else _only(source, where)


def _only(source: Source, where: str) -> Source:
    from bnfit.rowfilter import keep_rows

    keep = keep_rows(source.frame, where, source.name)
    if not keep.any():
        raise DataError(f"no row of {source.name} satisfies '{where}'")
    dropped = int((~keep).sum())
    note = f"{dropped} of {len(keep)} rows do not satisfy {where}"
    return replace(source.rows(keep), notes=(*source.notes, note) if dropped else source.notes)

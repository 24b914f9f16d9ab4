"""Files to tables, whole or in pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from bnfit.errors import DataError
from bnfit.scratch import joined
from bnfit.table.byte_streams import Part, Progress, find_parts, open_part, peek
from bnfit.table.columnar import is_columnar, read_columnar
from bnfit.table.pile import Pile
from bnfit.table.text_reader import TextReader
from bnfit.table.types import ReadOptions, RejectedRow, Table

DETECT = ReadOptions()
FORGIVEN = 1
"""So many rejected rows are reported but never too many, however small the file."""
_HOPELESS = 100_000
"""So many rejected rows end the reading at once, where they are over twice the share that may be."""
_NAMED = 3
_GATHERED = 16
_CELLS = 1 << 21


def read_table(source: str | Path, options: ReadOptions = DETECT) -> Table:
    """Read a whole table.

    Args:
        source: a path, a glob of the parts of one table, or "-" for stdin.
        options: what is known about the file; the rest is detected.

    Raises:
        DataError: the file cannot be read, is no table, or has too many rows that fit no table.
    """
    tables, pile = list[Table](), Pile()
    for table in _tables(source, options, 1 << 17):
        if table.rows:
            pile.add(table.frame)
        # the rows are in the pile: no rows of a piece would still hold its memory
        tables.append(replace(table, frame=tables[0].frame if tables else table.frame.head(0)))
    names = list(dict.fromkeys(table.source for table in tables))
    rows = {name: sum(table.rows for table in tables if table.source == name) for name in names}
    whole = _with_notes(tables, pile.joined() if any(table.rows for table in tables) else tables[0].frame)
    if len(names) == 1:
        return whole
    return replace(whole, source=str(source), parts=tuple(rows.items()))


def read_chunks(
    source: str | Path,
    options: ReadOptions = DETECT,
    rows: int = 100_000,
    on_progress: Callable[[float], None] | None = None,
) -> Iterator[Table]:
    """Read a table in pieces of at most `rows` rows with constant memory; together they are `read_table`.

    A piece holds rows of one file, fewer of them where they are wide. The dialect of a text file is detected from its
    first megabyte.

    Args:
        source: a path, a glob of the parts of one table, or "-" for stdin.
        options: what is known about the file; the rest is detected.
        rows: the most rows of a piece.
        on_progress: is given the share of the bytes that have been read, from 0 to 1, where the files' sizes are known.

    Raises:
        DataError: as `read_table`; that too many rows were rejected is only known at the end.
    """
    held: list[Table] = []
    for table in _tables(source, options, rows, on_progress):
        if held and (held[0].source != table.source or _count(held) + table.rows > rows):
            yield from _pieces(_joined(held), rows)
            held = []
        held.append(table)
        if len(held) >= _GATHERED or _count(held) >= min(rows, _CELLS // max(len(table.frame.columns), 1)):
            yield from _pieces(_joined(held), rows)
            held = []
    if held:
        yield from _pieces(_joined(held), rows)


def _count(tables: list[Table]) -> int:
    return sum(table.rows for table in tables)


def _tables(
    source: str | Path, options: ReadOptions, rows: int, on_progress: Callable[[float], None] | None = None
) -> Iterator[Table]:
    """The pieces of all parts as they come, with the first part's columns.

    Raises:
        DataError: after the last piece, if there were no rows or too many rejected ones.
    """
    first: Table | None = None
    kept = rejections = 0
    rejected: list[RejectedRow] = []
    parts = find_parts(source)
    progress = Progress(parts, on_progress)
    for part in parts:
        for piece in _part_tables(part, options if first is None else _follow(options, first), rows, progress):
            table = piece if first is None else _aligned(piece, first)
            first = first or replace(table, frame=table.frame.head(0))
            kept += table.rows
            rejections += len(table.rejected)
            rejected += table.rejected[: max(_NAMED - len(rejected), 0)]
            yield table
            if rejections > _HOPELESS and too_many(rejections // 2, kept + rejections, options.max_bad_rows):
                _check(str(source), kept, rejections, rejected, options)
    _check(str(source), kept, rejections, rejected, options)


def _joined(tables: list[Table]) -> Table:
    """Pieces put together."""
    if len(tables) == 1:
        return tables[0]
    frames = [table.frame for table in tables if table.rows] or [tables[0].frame]
    return _with_notes(tables, pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0])


def _with_notes(tables: list[Table], frame: pd.DataFrame) -> Table:
    """All rows of some pieces, with what is said of each."""
    lines = [table.lines for table in tables if table.lines is not None]
    return replace(
        tables[0],
        frame=frame,
        rows=len(frame),
        rejected=tuple(row for table in tables for row in table.rejected),
        lines=joined(lines) if len(lines) == len(tables) else None,
        notes=_merged([note for table in tables for note in table.notes]),
    )


def _part_tables(part: Part, options: ReadOptions, rows: int, progress: Progress) -> Iterator[Table]:
    with open_part(part, progress.opened) as stream:
        stream, head = peek(stream)
        if is_columnar(head):
            tables = read_columnar(stream, head, part.name, min(rows, 1 << 17))
        else:
            tables = TextReader(stream, part.name, options).tables()
        for table in tables:
            progress.update()
            yield table


def _follow(options: ReadOptions, first: Table) -> ReadOptions:
    """Return the options for the second and later parts: they have no header if the first has none."""
    return replace(options, header=False) if first.dialect is not None and not first.dialect.header else options


def _aligned(table: Table, first: Table) -> Table:
    """A later piece with the first one's columns.

    Raises:
        DataError: it comes from a file with other columns.
    """
    names, wanted = list(table.frame.columns), list(first.frame.columns)
    if names == wanted:
        return table
    if table.dialect is not None and not table.dialect.header and len(names) == len(wanted):
        return replace(table, frame=table.frame.set_axis(wanted, axis=1))
    if set(names) == set(wanted):
        return replace(table, frame=table.frame[wanted])
    odd = next((f"'{name}'" for name in wanted if name not in names), f"{len(wanted)} columns")
    raise DataError(
        f"'{table.source}' has other columns than '{first.source}': {odd} is not in it", "parts need the same header"
    )


def _merged(notes: list[str]) -> tuple[str, ...]:
    """The notes of all pieces, each said once; notes that end in a count are added up."""
    counts: dict[str, int] = {}
    for note in notes:
        text, colon, count = note.rpartition(": ")
        key, number = (text + colon, int(count)) if count.isdigit() else (note, 0)
        counts[key] = counts.get(key, 0) + number
    return tuple(f"{key}{count}" if key.endswith(": ") else key for key, count in counts.items())


def _pieces(table: Table, rows: int) -> Iterator[Table]:
    if table.rows <= rows:
        yield table
        return
    for start in range(0, table.rows, rows):
        frame = table.frame.iloc[start : start + rows].reset_index(drop=True)
        lines = None if table.lines is None else table.lines[start : start + rows]
        piece = replace(table, frame=frame, rows=len(frame), lines=lines)
        yield piece if start == 0 else replace(piece, rejected=(), notes=())


def _check(source: str, kept: int, rejections: int, named: list[RejectedRow], options: ReadOptions) -> None:
    """Raises: DataError if there are no rows, or too many that were rejected."""
    total = kept + rejections
    if total and too_many(rejections, total, options.max_bad_rows):
        where = "; ".join(
            f"{row.source}, line {row.line}" + (f", column {row.column}" if row.column else "") + f": {row.reason}"
            for row in named
        )
        raise DataError(
            f"{rejections} of {total} rows do not fit the table: {where}" + ("; …" if rejections > len(named) else ""),
            f"correct these rows, or leave them out with `max_bad_rows={enough(rejections, total)}`",
        )
    if not kept:
        raise DataError(f"'{source}' has no rows of data", "only a header was found" if not total else "")


def too_many(bad: int, total: int, share: float) -> bool:
    """Whether so many bad rows are too many of a total: more than a share, but one never is unless the share is 0."""
    return bad > (max(FORGIVEN, share * total) if share > 0 else 0)


def enough(bad: int, total: int) -> str:
    """The smallest share, in two digits, that lets so many rows go."""
    share = bad / total
    digits = 2
    while float(f"{share:.{digits}f}") < share:
        if digits > 3:
            return "1"
        digits += 1
    return f"{share:.{digits}f}"

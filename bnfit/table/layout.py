"""Layout of a table in its text: preamble, header rows, width, trailing delimiter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from bnfit.errors import DataError, listed
from bnfit.table.cell_types import is_typed
from bnfit.table.header import continues_header, looks_like_header
from bnfit.table.row_parser import Placed, Scanner, count_lines
from bnfit.table.types import Dialect, ReadOptions, refuse_width
from bnfit.table.unique_names import unique_names

_SAMPLE_ROWS = 1000
_PREAMBLE_ROWS = 30
_HEADER_ROWS = 4


@dataclass(frozen=True)
class Layout:
    """Position of the rows in the text, and the names of the columns.

    Attributes:
        dialect: the dialect with header, skipped lines and trailing delimiter filled in.
        names: unique column names.
        header_row: the first header row as it stands in the file; None without one.
        width: cells in a row; one more than there are names if every row ends in a delimiter.
        lacking: further names, of columns that no row has cells for.
        start: position in the sample at which the first row of data starts.
        line: number of the line at `start`.
        notes: remarks for the user.
    """

    dialect: Dialect
    names: tuple[str, ...]
    header_row: tuple[str, ...] | None
    width: int
    start: int
    line: int
    notes: tuple[str, ...]
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Header:
    """The cells of the header (None: there is none), the index of its first row and of the first row of data."""

    cells: list[str] | None
    first: int
    body: int
    notes: tuple[str, ...] = ()


def find_layout(sample: str, dialect: Dialect, options: ReadOptions, source: str, complete: bool = True) -> Layout:
    """Find the layout of a text from its beginning; `complete` says that the sample is the whole text.

    Raises:
        DataError: there is no row, or the header does not fit the rows.
    """
    scanner = Scanner(dialect)
    offset = _offset(sample, dialect.skipped_lines)  # behind the "sep=" line, where there is one
    rows = list(scanner.rows(sample, None, _SAMPLE_ROWS, offset, 1 + dialect.skipped_lines, complete))
    if not rows:
        raise DataError(f"'{source}' is empty")
    width = _width(rows)
    refuse_width(width, source)
    rows = list(scanner.rows(sample, width, _SAMPLE_ROWS, offset, 1 + dialect.skipped_lines, complete))
    quoted = bool(dialect.quote) and all(sample.startswith(dialect.quote, placed.start) for placed in rows)
    header = _find_header(rows, width, dialect, options, source, quoted)
    below = [r.row.cells for r in rows[header.body :] if len(r.row.cells) == width]
    _refuse_two_tables(rows[: header.first], len(rows), width, source)
    trailing = _has_trailing_delimiter(header.cells, below, width)
    named = header.cells or [""] * width
    names, renamed = unique_names(named[: width - trailing] if trailing else named)
    above = rows[header.first].line - 1
    notes = [f"{above} line{'s' * (above > 1)} above the table left out"] if above else []
    at_end = header.body == len(rows)
    start = rows[-1].row.end if at_end else rows[header.body].start
    return Layout(
        dialect=replace(
            dialect, header=header.cells is not None, skipped_lines=above, trailing_delimiter=bool(trailing)
        ),
        names=tuple(names[:width]),
        header_row=tuple(rows[header.first].row.cells) if header.cells else None,
        width=width,
        start=start,
        line=1 + count_lines(sample, 0, start) if at_end else rows[header.body].line,
        notes=(*notes, *header.notes, *(renamed if header.cells else ())),
        lacking=tuple(names[width:]),
    )


def _offset(sample: str, lines: int) -> int:
    return sum(map(len, sample.splitlines(keepends=True)[:lines]))


def _width(rows: Sequence[Placed]) -> int:
    """The number of cells of most rows; of two tables that are about as long, the first counts."""
    counts = Counter(len(placed.row.cells) for placed in rows)
    most = max(counts.values())
    return next(width for width, count in counts.items() if count >= 0.8 * most)


def _find_header(
    rows: Sequence[Placed], width: int, dialect: Dialect, options: ReadOptions, source: str, quoted: bool
) -> _Header:
    """The header rows; `quoted` says that all rows start with a quote, as those do that R writes."""
    first = next((i for i, placed in enumerate(rows) if len(placed.row.cells) == width), 0)
    if options.header is False:
        return _no_header(rows, first)
    if options.header is None and (known := _row_of_names(rows[:_PREAMBLE_ROWS], width, options.names)) is not None:
        return _join_rows(rows, known, width, guess=True, known=True)
    first += _sparse_rows(rows[first : first + _PREAMBLE_ROWS], width)
    fitting = [placed.row.cells for placed in rows[first:] if len(placed.row.cells) == width]
    if first and (odd := _odd_header(rows, first, fitting, dialect, source, quoted)):
        return odd
    if options.header or looks_like_header(fitting[0], fitting[1:]):
        return _join_rows(rows, first, width, guess=not options.header)
    return _no_header(rows, first)


def _row_of_names(rows: Sequence[Placed], width: int, names: Set[str]) -> int | None:
    """The first row that holds all of some names of columns, as `unique_names` makes them; None if there is none."""
    if not names:
        return None
    for index, placed in enumerate(rows):
        cells = placed.row.cells
        if len(cells) == width and names <= set(unique_names(cells)[0]):
            return index
    return None


def _no_header(rows: Sequence[Placed], first: int) -> _Header:
    """A table that starts with data; rows above it that hold values are rows of it, though of a wrong width."""
    while first and len(rows[first - 1].row.cells) > 1 and any(map(is_typed, rows[first - 1].row.cells)):
        first -= 1
    return _Header(None, first, first)


def _sparse_rows(rows: Sequence[Placed], width: int) -> int:
    """Count the rows at the top that hold a title or nothing, with a row of names under them."""
    if width < 2:
        return 0
    sparse = 0
    for placed in rows:
        filled = [cell for cell in placed.row.cells if cell.strip()]
        if len(filled) > 1 or (filled and is_typed(filled[0])):
            break
        sparse += 1
    if not sparse or sparse == len(rows) or len(rows[sparse].row.cells) != width:
        return 0
    if width == 2 and any(cell.strip() for cell in rows[sparse - 1].row.cells):
        return 0  # with two columns, a row with one gap is nothing special; only an empty row sets a title apart
    names = [cell for cell in rows[sparse].row.cells if cell.strip()]
    return 0 if any(map(is_typed, names)) else sparse


def _refuse_two_tables(above: Sequence[Placed], rows: int, width: int, source: str) -> None:
    """Raises: DataError when what stands above the table is too much of a table to be left out as a preamble."""
    counts = Counter(len(placed.row.cells) for placed in above if sum(map(bool, placed.row.cells)) > 1)
    if counts and counts.most_common(1)[0][1] >= max(3, 0.2 * rows) and width > 1:
        other = counts.most_common(1)[0][0]
        line = next(placed.line for placed in above if len(placed.row.cells) == other)
        raise DataError(
            f"'{source}' holds two tables: one of {other} columns from line {line}, one of {width} below it",
            "put each of them in a file of its own",
        )


def _join_rows(rows: Sequence[Placed], first: int, width: int, guess: bool, known: bool = False) -> _Header:
    """The header from `first` on; with the rows that repeat it or go on with it, if these may be guessed.

    Where its names are known, what goes on with it is left out.
    """
    cells = [cell.strip() for cell in rows[first].row.cells]
    joined, body = list(cells), first + 1
    notes: list[str] = []
    while guess and body < min(len(rows), first + _HEADER_ROWS) and len(rows[body].row.cells) == width:
        more = [cell.strip() for cell in rows[body].row.cells]
        below = [placed.row.cells for placed in rows[body + 1 :] if len(placed.row.cells) == width]
        if more == cells:
            notes.append(f"line {rows[body].line} repeats the header and was left out")
        elif continues_header(more, below):
            if not known:
                joined = [f"{name} {addition}".strip() for name, addition in zip(joined, more, strict=True)]
            notes.append(f"line {rows[body].line} was read as part of the header" + (" and left out" if known else ""))
        else:
            break
        body += 1
    joined[0] = joined[0].removeprefix("#").lstrip() or joined[0]  # NumPy and gnuplot write "# x, y"
    return _Header(joined, first, body, tuple(notes))


def _odd_header(
    rows: Sequence[Placed], first: int, below: Sequence[Sequence[str]], dialect: Dialect, source: str, quoted: bool
) -> _Header | None:
    """The header in a row of another width than the data, right above it, if that can be made out.

    Raises:
        DataError: the row above the data is a header, but not one that fits.
    """
    placed, width = rows[first - 1], len(below[0])
    cells = [cell.strip() for cell in placed.row.cells]
    if any(map(is_typed, cells)) or (looks_like_header(below[0], below[1:]) and len(cells) < 2):
        return None
    if len(cells) == width - 1 and all(not row[-1].strip() for row in below):
        note = f"line {placed.line}: every row ends in a delimiter, but the header does not"
        return _Header([*cells, ""], first - 1, first, (note,))
    if looks_like_header(below[0], below[1:]):
        return None
    from_r = quoted or dialect.delimiter in " \t"
    if len(cells) == width - 1 and from_r and _are_row_names([row[0] for row in below]):
        note = f"line {placed.line}: one name less than there are columns, so the first column was taken for row names"
        return _Header(["", *cells], first - 1, first, (note,))
    if len(cells) == width + 1 and cells.count("") == 1:
        note = f"line {placed.line}: the header has one empty name too many, which was left out"
        return _Header([cell for cell in cells if cell], first - 1, first, (note,))
    for other in (",", ";", "\t", "|", " "):
        split = Scanner(replace(dialect, delimiter=other, skip_space=other == " ")).row(_join(cells, dialect), 0, width)
        if other != dialect.delimiter and split is not None and len(split.cells) == width and all(split.cells):
            note = f"line {placed.line}: the header is delimited by {other!r}, unlike the rows"
            return _Header(split.cells, first - 1, first, (note,))
    if width < len(cells) < 2 * width and all(cells):
        lacking = listed([f"'{name}'" for name in cells[width:]], 5)
        note = f"line {placed.line} names {len(cells)} columns, the rows have {width} cells: {lacking} left empty"
        return _Header(cells, first - 1, first, (note,))
    if 2 * len(cells) > width and all(cells):
        raise DataError(
            f"{source}, line {placed.line}: the header has {len(cells)} names but the rows have {width} cells",
            "correct that line, or state `header=False` to leave it out",
        )
    return None


def _join(cells: Sequence[str], dialect: Dialect) -> str:
    return dialect.delimiter.join(cells)


def _are_row_names(column: Sequence[str]) -> bool:
    """Whether the first column can be the row names that R's `write.table` writes under no name: all different."""
    return len(column) > 1 and len(set(column)) == len(column) and all(cell.strip() for cell in column)


def _has_trailing_delimiter(header: Sequence[str] | None, below: Sequence[Sequence[str]], width: int) -> bool:
    if header is None or width < 2 or header[-1].strip():
        return False
    return bool(below) and all(not row[-1].strip() for row in below)

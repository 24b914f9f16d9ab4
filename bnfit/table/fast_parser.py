"""The fast path for regular text: the structure is checked with NumPy, the cells are cut by pyarrow.

A block whose quotes are not in order is refused, and `scanner` reads it instead; both give the same cells.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bnfit.arrays import Bools, Ints
from bnfit.table.row_parser import SUSPICIOUS_LINES, last_line_end
from bnfit.table.types import Dialect

_LF, _CR, _SPACE = 10, 13, 32
Bytes = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Block:
    """The complete rows of a piece of text.

    Attributes:
        data: the bytes the positions refer to.
        starts: where each row starts.
        ends: where each row ends, before its line break.
        widths: cells in each row; 0 for a blank line.
        lines: number of each row's first line.
        stop: where the last row ends in `data`, line break included.
        consumed: how many bytes of the text they take.
        next_line: number of the line that follows.
    """

    data: bytes
    starts: Ints
    ends: Ints
    widths: Ints
    lines: Ints
    stop: int
    consumed: int
    next_line: int


def split_rows(data: bytes, dialect: Dialect, line: int, final: bool, width: int | None = None) -> Block | None:
    """Find the rows of a text and how many cells they have, up to the first row that is not regular.

    Args:
        data: UTF-8 text that starts at the start of a row.
        dialect: its dialect.
        line: number of its first line.
        final: whether no text follows.
        width: the number of cells that a row should have, if known; a row of several lines with another number may be
            several rows behind a stray quote, and is not regular.

    Returns:
        The rows, none of them if the first has no end yet; None if the first row has irregular quotes or line breaks,
        or the dialect is none that pyarrow reads.
    """
    if not dialect.delimiter.isascii() or not dialect.quote.isascii():
        return None
    squeezed = _squeeze(data, dialect, final) if dialect.skip_space else data
    if squeezed is None:
        return None
    a = np.frombuffer(squeezed, np.uint8)
    newline = _CR if dialect.newline == "\r" else _LF
    outside, limit = _outside_quotes(a, squeezed, dialect)
    limit = min(limit, _first_odd_break(a, squeezed, newline, outside))
    breaks = np.flatnonzero(a == newline)
    ends = breaks if outside is None else breaks[outside[breaks]]
    ends = ends[ends < limit]
    if final and limit == len(a) and (not len(ends) or ends[-1] != len(a) - 1):
        if outside is None or outside[-1]:
            ends = np.append(ends, len(a))
        else:
            limit = -1  # the last cell never closes
    starts = np.concatenate((np.zeros(1, np.int64), ends[:-1] + 1))[: len(ends)]
    odd = np.empty(0, np.int64) if outside is None else _odd_breaks(a, squeezed, newline)
    every = np.sort(np.concatenate((breaks, odd))) if len(odd) else breaks
    lines, next_lines = _line_numbers(every, starts, ends, outside, line)
    stops = np.minimum(ends + 1, len(a))
    if newline == _LF and b"\r" in squeezed:
        ends = ends - ((ends > starts) & (a[ends - 1] == _CR))
    widths = _widths(a, squeezed, starts, ends, outside, dialect)
    suspects = _suspects(next_lines - lines, widths, width)
    if len(suspects):
        starts, ends, widths, lines = (of_rows[: suspects[0]] for of_rows in (starts, ends, widths, lines))
        limit = -1
    if not len(ends):
        return None if limit < len(a) else Block(squeezed, starts, ends, starts, lines, 0, 0, line)
    stop = int(stops[len(ends) - 1])
    next_line = int(next_lines[len(ends) - 1])
    consumed = _after_lines(data, next_line - line, newline) if dialect.skip_space else stop
    return Block(squeezed, starts, ends, widths, lines, stop, consumed, next_line)


def _line_numbers(breaks: Ints, starts: Ints, ends: Ints, outside: Bools | None, line: int) -> tuple[Ints, Ints]:
    """Return the number of each row's first line, and of the line that follows the row."""
    if outside is None:
        lines = line + np.arange(len(ends))
        return lines, lines + 1
    unbroken = ends == len(outside)  # the last line of a file may have no line break
    return line + np.searchsorted(breaks, starts), line + np.searchsorted(breaks, ends, side="right") + unbroken


def _suspects(spans: Ints, widths: Ints, width: int | None) -> Ints:
    """Return which rows may be several rows behind a stray quote, by their lines, their cells and the cells wanted."""
    misfit = (spans > 1) & (widths != width) if width is not None and width > 1 else np.zeros(len(spans), np.bool_)
    return np.flatnonzero((spans > SUSPICIOUS_LINES) | misfit)


def _after_lines(data: bytes, lines: int, newline: int) -> int:
    """Return the position behind a number of lines of a text."""
    breaks = np.flatnonzero(np.frombuffer(data, np.uint8) == newline)
    return int(breaks[lines - 1]) + 1 if lines <= len(breaks) else len(data)


def _squeeze(data: bytes, dialect: Dialect, final: bool) -> bytes | None:
    """The complete lines without the spaces around delimiters; None if quotes may protect some."""
    if dialect.quote and dialect.quote.encode() in data:
        return None
    stop = len(data) if final else last_line_end(data)
    text = re.sub(rb" +(?=[\r\n])|(?<=[\r\n]) +", b"", data[:stop]).strip(b" ")
    d = dialect.delimiter.encode()
    return re.sub(rb" +", b" ", text) if d == b" " else re.sub(rb" *" + re.escape(d) + rb" *", d, text)


def _outside_quotes(a: Bytes, text: bytes, dialect: Dialect) -> tuple[Bools | None, int]:
    """For every byte whether it lies outside of quotes (None: all do), and where the first irregular quote stands."""
    if dialect.escape and dialect.escape.encode() in text:
        return None, -1
    if not dialect.quote or (quote := dialect.quote.encode()) not in text:
        return None, len(a)
    is_quote = a == quote[0]
    inside = np.bitwise_xor.accumulate(is_quote.view(np.uint8)).view(np.bool_)
    quotes = np.flatnonzero(is_quote)
    opening = inside[quotes]
    opens, closes = quotes[opening], quotes[~opening]
    # A quote beside a quote is one half of a doubled one, which only stands inside a cell: `""x` is refused by its x.
    allowed = np.zeros(256, np.bool_)
    allowed[[quote[0], _LF, _CR, *dialect.delimiter.encode()]] = True
    opens, closes = opens[opens > 0], closes[closes < len(a) - 1]
    odd = np.concatenate((opens[~allowed[a[opens - 1]]], closes[~allowed[a[closes + 1]]]))
    return ~inside, int(odd.min()) if len(odd) else len(a)


def _first_odd_break(a: Bytes, text: bytes, newline: int, outside: Bools | None) -> int:
    """Where the first line break of another kind stands outside of quotes; the length of the text if nowhere."""
    positions = _odd_breaks(a, text, newline)
    if outside is not None:
        positions = positions[outside[positions]]
    return int(positions[0]) if len(positions) else len(a)


def _odd_breaks(a: Bytes, text: bytes, newline: int) -> Ints:
    """Return where line breaks of another kind stand; CRLF counts as LF."""
    other = b"\n" if newline == _CR else b"\r"
    if other not in text:
        return np.empty(0, np.int64)
    positions = np.flatnonzero(a == other[0])
    if newline == _LF:
        following = a[np.minimum(positions + 1, len(a) - 1)]
        positions = positions[(following != _LF) & (positions < len(a) - 1)]
    return positions


def _widths(a: Bytes, text: bytes, starts: Ints, ends: Ints, outside: Bools | None, dialect: Dialect) -> Ints:
    """The number of cells of each row, 0 for a blank line."""
    if dialect.delimiter:
        delimiters = np.flatnonzero(a == ord(dialect.delimiter))
        if outside is not None:
            delimiters = delimiters[outside[delimiters]]
        widths = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    else:
        widths = np.ones(len(ends), np.int64)
    widths[starts >= ends] = 0
    single = np.flatnonzero(widths == 1) if dialect.delimiter != " " else np.flatnonzero(widths)
    for row in single[np.isin(a[starts[single]], (_SPACE, _CR))]:
        if ends[row] - starts[row] < 80 and not text[starts[row] : ends[row]].strip(b" \r"):
            widths[row] = 0
    return widths


def select_rows(block: Block, keep: Bools) -> bytes:
    """The bytes of the chosen rows, with their line breaks."""
    if keep.all():
        return block.data[: block.stop]
    edges = np.flatnonzero(np.diff(keep.astype(np.int8), prepend=0, append=0))
    limits = np.append(block.starts, block.stop)
    pieces = [block.data[limits[a] : limits[b]] for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return b"".join(pieces)


def cut_cells(data: bytes, dialect: Dialect, width: int, missing: Sequence[str]) -> Any:
    """The cells of rows that all have `width` cells, as a pyarrow table of text columns."""
    import pyarrow as pa
    from pyarrow import csv

    if data.startswith(codecs.BOM_UTF8):
        data = codecs.BOM_UTF8 + data  # pyarrow takes the first for the file's mark, but it is part of a cell
    names = [str(i) for i in range(width)]
    return csv.read_csv(
        pa.BufferReader(data),
        csv.ReadOptions(column_names=names, block_size=len(data) + 1, use_threads=False),
        csv.ParseOptions(
            delimiter=dialect.delimiter or _absent(data),
            quote_char=dialect.quote or False,
            double_quote=True,
            newlines_in_values=bool(dialect.quote) and dialect.quote.encode() in data,
            ignore_empty_lines=True,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            null_values=list(missing),
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            check_utf8=False,
        ),
    )


def _absent(data: bytes) -> str:
    """A character that the text does not hold, to delimit the cells of one column."""
    return next((chr(code) for code in range(1, 32) if code not in (9, _LF, _CR) and code not in data), "\x1f")

"""The fast way through regular text: the structure is checked with NumPy, the cells are cut by pyarrow.

A block whose quotes are not in order is refused, and `scanner` reads it instead; both give the same cells.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bnfit.table.scanner import SUSPICIOUS_LINES
from bnfit.table.types import Dialect

_LF, _CR, _SPACE = 10, 13, 32
Positions = npt.NDArray[np.int64]


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
    starts: Positions
    ends: Positions
    widths: Positions
    lines: Positions
    stop: int
    consumed: int
    next_line: int


def split_rows(data: bytes, dialect: Dialect, line: int, final: bool) -> Block | None:
    """Find the rows of a text and how many cells they have.

    Args:
        data: UTF-8 text that starts at the start of a row.
        dialect: its dialect.
        line: number of its first line.
        final: whether no text follows.

    Returns:
        The rows; None if the quotes or the line breaks are irregular, or the dialect is none that pyarrow reads.
    """
    if not dialect.delimiter.isascii() or not dialect.quote.isascii():
        return None
    if dialect.skip_space:
        squeezed = _squeeze(data, dialect, final)
        if squeezed is None:
            return None
        text, consumed = squeezed
    else:
        text, consumed = data, len(data)
    a = np.frombuffer(text, np.uint8)
    outside = _outside_quotes(a, text, dialect)
    if outside is False:
        return None
    newline = _CR if dialect.newline == "\r" else _LF
    if not _breaks_are_regular(a, text, newline, outside):
        return None
    breaks = np.flatnonzero(a == newline)
    ends = breaks if outside is True else breaks[outside[breaks]]
    if final and (not len(ends) or ends[-1] != len(a) - 1) and len(a):
        if outside is not True and not outside[-1]:
            return None  # the last cell never closes
        ends = np.append(ends, len(a))
    starts = np.concatenate(([0], ends[:-1] + 1))[: len(ends)]
    stop = int(min(ends[-1] + 1, len(a))) if len(ends) else 0
    lines = line + (np.arange(len(ends)) if outside is True else np.searchsorted(breaks, starts))
    next_line = line + int(np.searchsorted(breaks, stop))
    if len(lines) and np.diff(lines, append=next_line).max() > SUSPICIOUS_LINES:
        return None
    if newline == _LF and b"\r" in text:
        ends = ends - ((ends > starts) & (a[ends - 1] == _CR))
    widths = _widths(a, text, ends, starts, outside, dialect)
    return Block(text, starts, ends, widths, lines, stop, consumed if dialect.skip_space else stop, next_line)


def _squeeze(data: bytes, dialect: Dialect, final: bool) -> tuple[bytes, int] | None:
    """The complete lines without the spaces around delimiters, and how many bytes they were."""
    if dialect.quote and dialect.quote.encode() in data:
        return None
    stop = len(data) if final else max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    text = re.sub(rb" +(?=[\r\n])|(?<=[\r\n]) +", b"", data[:stop]).strip(b" ")
    d = dialect.delimiter.encode()
    text = re.sub(rb" +", b" ", text) if d == b" " else re.sub(rb" *" + re.escape(d) + rb" *", d, text)
    return text, stop


def _outside_quotes(a: npt.NDArray[np.uint8], text: bytes, dialect: Dialect) -> npt.NDArray[np.bool_] | bool:
    """For every byte whether it lies outside of quotes: True if all do, False if the quotes are irregular."""
    if dialect.escape and dialect.escape.encode() in text:
        return False
    if not dialect.quote or (quote := dialect.quote.encode()) not in text:
        return True
    inside = np.bitwise_xor.accumulate((a == quote[0]).view(np.uint8)).view(np.bool_)
    quotes = np.flatnonzero(a == quote[0])
    opening = inside[quotes]
    opens, closes = quotes[opening], quotes[~opening]
    allowed = np.zeros(256, np.bool_)
    allowed[[quote[0], _LF, _CR, *(dialect.delimiter.encode() or b"\n")[:1]]] = True
    if not allowed[a[opens[opens > 0] - 1]].all() or not allowed[a[closes[closes < len(a) - 1] + 1]].all():
        return False
    # a quote after a quote is a doubled one only inside a cell: `""x` was refused above, by its x
    return ~inside


def _breaks_are_regular(
    a: npt.NDArray[np.uint8], text: bytes, newline: int, outside: npt.NDArray[np.bool_] | bool
) -> bool:
    """Whether the line breaks outside of quotes are all of one kind (CRLF counts as LF)."""
    other = b"\n" if newline == _CR else b"\r"
    if other not in text:
        return True
    positions = np.flatnonzero(a == other[0])
    if outside is not True and outside is not False:
        positions = positions[outside[positions]]
    if newline == _CR:
        return not len(positions)
    following = positions + 1
    if len(following) and following[-1] == len(a):
        following = following[:-1]
    return bool((a[following] == _LF).all())


def _widths(
    a: npt.NDArray[np.uint8],
    text: bytes,
    ends: Positions,
    starts: Positions,
    outside: npt.NDArray[np.bool_] | bool,
    dialect: Dialect,
) -> Positions:
    if dialect.delimiter:
        delimiters = np.flatnonzero(a == ord(dialect.delimiter))
        if outside is not True and outside is not False:
            delimiters = delimiters[outside[delimiters]]
        passed = np.searchsorted(delimiters, ends)
        widths = np.diff(passed, prepend=0) + 1
    else:
        widths = np.ones(len(ends), np.int64)
    widths[starts >= ends] = 0
    single = np.flatnonzero(widths == 1)
    for row in single[np.isin(a[starts[single]], (_SPACE, _CR))]:
        if ends[row] - starts[row] < 80 and not text[starts[row] : ends[row]].strip(b" \r"):
            widths[row] = 0
    return widths


def select_rows(block: Block, keep: npt.NDArray[np.bool_]) -> bytes:
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

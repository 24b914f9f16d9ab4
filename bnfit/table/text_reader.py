"""Text files to tables, block by block with constant memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from bnfit.arrays import Ints
from bnfit.errors import DataError
from bnfit.table import fast_parser as blocks
from bnfit.table.charset import Decoder, detect_encoding
from bnfit.table.dialect import detect_dialect
from bnfit.table.formats import refuse_other_formats
from bnfit.table.layout import find_layout
from bnfit.table.row_parser import Scanner, count_lines, is_blank, last_line_end
from bnfit.table.types import ReadOptions, RejectedRow, Table

SAMPLE_BYTES = 1 << 20
BLOCK_BYTES = 1 << 20  # fits the cache: larger blocks take up to half as long again
WIDE_BLOCK_BYTES = 1 << 24  # for thousands of columns, of which each costs something in every block
LONGEST_ROW = 1 << 25
ROW_CHARACTERS = 1 << 16


class TextReader:
    """Reader of one text file; dialect and layout are detected from its first megabyte.

    Attributes:
        layout: layout of the text.
    """

    def __init__(self, stream: BinaryIO, source: str, options: ReadOptions) -> None:
        """Args: the decompressed bytes; the file's name for messages; what the user stated.

        Raises:
            DataError: the text is empty or no table.
        """
        self._stream, self._source, self._options = stream, source, options
        head = _read(stream, SAMPLE_BYTES)
        self._ended = len(head) < SAMPLE_BYTES
        encoding = options.encoding or detect_encoding(head, self._ended)
        self._decoder = Decoder(encoding, source, stated=options.encoding is not None)
        self._buffer = self._decoder.feed(head, self._ended)
        sample = self._sample()
        if not sample.strip():
            raise DataError(f"'{source}' is empty")
        refuse_other_formats(sample, source)
        dialect = detect_dialect(sample, options, encoding, self._ended)
        self.layout = find_layout(sample, dialect, options, source, self._ended)
        self._buffer = self._buffer[len(sample[: self.layout.start].encode()) :]
        self._line = self.layout.line
        self._scanner = Scanner(self.layout.dialect)
        self._missing = tuple(dict.fromkeys(("", " ", *(options.na or ()))))
        self._row_characters = ROW_CHARACTERS

    def tables(self) -> Iterator[Table]:
        """The rows, in pieces of some megabytes; the last piece may have no rows.

        Raises:
            DataError: the file is damaged, or a row has no end.
        """
        notes = self.layout.notes
        while self._buffer or not self._ended:
            self._fill(min(BLOCK_BYTES * (1 + self.layout.width // 64), WIDE_BLOCK_BYTES))
            while (table := self._next()) is None:  # a row longer than the block
                self._fill(2 * len(self._buffer))
            yield replace(table, notes=(*notes, *table.notes, *self._decoder.notes()))
            notes = ()

    def _sample(self) -> str:
        """The beginning of the text, cut at a line break; more of it if the first line is very long."""
        while True:
            stop = len(self._buffer) if self._ended else last_line_end(self._buffer)
            if stop or self._ended or len(self._buffer) > LONGEST_ROW:
                break
            self._fill(2 * len(self._buffer))
        if not stop and self._buffer:
            raise DataError(f"'{self._source}': the first line is longer than {LONGEST_ROW >> 20} MB", _NO_TEXT)
        return self._buffer[:stop].decode()

    def _fill(self, size: int) -> None:
        """Read until the buffer holds `size` bytes or the file ends."""
        pieces = [self._buffer]
        held = len(self._buffer)
        while held < size and not self._ended:
            data = _read(self._stream, max(size - held, 1 << 16))
            self._ended = not data
            piece = self._decoder.feed(data, self._ended)
            pieces.append(piece)
            held += len(piece)
        self._buffer = b"".join(pieces)

    def _next(self) -> Table | None:
        """The next piece, or None if the buffer holds no complete row."""
        if len(self._buffer) > LONGEST_ROW:
            if not last_line_end(self._buffer):
                raise DataError(f"'{self._source}': line {self._line} is longer than {LONGEST_ROW >> 20} MB", _NO_TEXT)
            # a quote without an end: read on without it
            return self._by_rows(final=True)
        block = blocks.split_rows(self._buffer, self.layout.dialect, self._line, self._ended, self.layout.width)
        if block is None:
            return self._by_rows(self._ended)
        if not len(block.starts) and not self._ended:
            return None
        if block.consumed > self._row_characters:
            self._row_characters = ROW_CHARACTERS
        self._buffer = self._buffer[block.consumed :]
        self._line = block.next_line
        width = self.layout.width
        keep = block.widths == width
        bad = np.flatnonzero(~keep & (block.widths > 0))
        rejected = [self._misfit(int(block.lines[row]), int(block.widths[row])) for row in bad]
        blank = int((block.widths == 0).sum())
        data = blocks.select_rows(block, keep)
        if not data:
            return self._table(_no_cells(width), np.empty(0, np.int64), rejected, blank=blank)
        cells = blocks.cut_cells(data, self.layout.dialect, width, self._missing)
        return self._table(cells, block.lines[keep], rejected, blank=blank)

    def _by_rows(self, final: bool) -> Table | None:
        """Read some of the buffer row by row, more of it each time that the fast path makes no headway."""
        stop = len(self._buffer) if final else last_line_end(self._buffer)
        text = self._buffer[:stop].decode()
        rows = _Rows()
        position, width, skipped = 0, self.layout.width, 0
        until = min(len(text), self._row_characters)
        self._row_characters = min(2 * self._row_characters, LONGEST_ROW)
        while position < until:
            row = self._scanner.row(text, position, width, final)
            if row is None:
                break
            if is_blank(text, position, row.end):
                skipped += 1
            elif len(row.cells) == width and row.broken is None:
                rows.cells.append(row.cells)
                rows.lines.append(self._line)
                rows.repaired += row.repaired
            elif row.broken is not None:
                rows.rejected.append(
                    RejectedRow(self._line, row.broken, "a quote that is not closed properly", self._source)
                )
            else:
                rows.rejected.append(self._misfit(self._line, len(row.cells)))
            self._line += count_lines(text, position, row.end)
            position = row.end
        if not position and not final:
            return None
        self._buffer = self._buffer[len(text[:position].encode()) :]
        cells = _columns(rows.cells, width, frozenset(self._missing))
        lines = np.array(rows.lines, dtype=np.int64)
        return self._table(cells, lines, rows.rejected, rows.repaired, skipped)

    def _misfit(self, line: int, cells: int) -> RejectedRow:
        width = self.layout.width
        return RejectedRow(line, min(cells, width) + 1, f"{cells} cells instead of {width}", self._source)

    def _table(
        self,
        cells: Any,
        lines: Ints,
        rejected: Sequence[RejectedRow],
        repaired: int = 0,
        blank: int = 0,
    ) -> Table:
        """Put a piece together; rows that only repeat the header, and overlong rows, are rejected here."""
        extra = self._repeats(cells, lines)
        if self.layout.dialect.trailing_delimiter:
            last = np.asarray(cells.column(self.layout.width - 1).is_valid())
            reason = f"{self.layout.width} cells instead of {self.layout.width - 1}"
            extra |= {int(i): (self.layout.width, reason) for i in np.flatnonzero(last)}
            cells = cells.select(range(self.layout.width - 1))
        frame = to_frame(cells, self.layout.names)
        if self.layout.lacking:
            frame = frame.reindex(columns=[*self.layout.names, *self.layout.lacking])
            frame = frame.astype(dict.fromkeys(self.layout.lacking, frame.dtypes.iloc[0]))
        if extra:
            keep = np.ones(len(lines), np.bool_)
            keep[list(extra)] = False
            more = [RejectedRow(int(lines[i]), *why, self._source) for i, why in extra.items()]
            rejected = sorted([*rejected, *more], key=lambda row: row.line)
            frame, lines = frame[keep].reset_index(drop=True), lines[keep]
        notes = []
        if repaired:
            notes.append(f"rows with a stray quote, which was read as part of a cell: {repaired}")
        if blank and self.layout.width == 1:
            notes.append(f"blank lines left out: {blank}")
        return Table(frame, self._source, len(frame), tuple(rejected), self.layout.dialect, lines, tuple(notes))

    def _repeats(self, cells: Any, lines: Ints) -> dict[int, tuple[int | None, str]]:
        """Rows that are the header once more, as when files were put together with `cat`."""
        header = self.layout.header_row
        if header is None or len(header) != self.layout.width or not len(lines):
            return {}
        import pyarrow.compute as pc

        suspects = np.flatnonzero(pc.equal(cells.column(0), header[0]).to_numpy(zero_copy_only=False) == True)  # noqa: E712
        wanted = [None if name in self._missing else name for name in header]
        found = [int(i) for i in suspects if [column[int(i)].as_py() for column in cells.columns] == wanted]
        return {i: (None, "the header once more") for i in found}


@dataclass
class _Rows:
    """Rows that the row parser has gathered."""

    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[RejectedRow] = field(default_factory=list)
    repaired: int = 0


_NO_TEXT = "is it a text file?"


def _read(stream: BinaryIO, size: int) -> bytes:
    """Exactly `size` bytes, unless the file ends; pipes and decompressors give less at a time."""
    pieces, held = [], 0
    while held < size and (data := stream.read(size - held)):
        pieces.append(bytes(data))
        held += len(data)
    return b"".join(pieces)


def _no_cells(width: int) -> Any:
    return _columns([], width, frozenset())


def _columns(rows: Sequence[Sequence[str]], width: int, missing: frozenset[str]) -> Any:
    """Rows of cells as a pyarrow table."""
    import pyarrow as pa

    columns = zip(*rows, strict=True) if rows else iter([()] * width)
    arrays = [pa.array([None if c in missing else c for c in column], pa.large_string()) for column in columns]
    return pa.Table.from_arrays(arrays, names=[str(i) for i in range(width)])


def to_frame(cells: Any, names: Sequence[str]) -> pd.DataFrame:
    """A pyarrow table of texts as a frame of pandas `str` columns."""
    text = pd.StringDtype(na_value=np.nan)
    frame: pd.DataFrame = cells.to_pandas(types_mapper=lambda _: text)
    frame.columns = pd.Index(list(names), dtype=object if not len(names) else None)
    return frame

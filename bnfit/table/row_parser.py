"""Row parser: strict first, then lenient for rows whose quotes are broken.

It reads any text row by row and is the reference for what a file means; `blocks` is the fast path for regular text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from bnfit.table.types import Dialect

# A quoted cell with this many line breaks whose inner lines are all rows by themselves is no cell: a quote was
# opened by mistake and would swallow the rows up to the next one.
SUSPICIOUS_LINES = 20
_REPAIR_STEPS = 20_000
_NULL = r"\N"  # what databases write for no value where a backslash escapes
_NEWLINE = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Row:
    """One row as it stands in the text.

    Attributes:
        cells: the unquoted cells.
        end: where the next row starts in the text.
        broken: number of the cell (from 1) whose quotes are out of order; None for a well-formed row.
        repaired: whether the row only fits because a stray quote was read as part of a cell.
    """

    cells: list[str]
    end: int
    broken: int | None = None
    repaired: bool = False


class Placed(NamedTuple):
    """A row with the number of its first line and its position in the text."""

    line: int
    start: int
    row: Row


class Scanner:
    """Splits text into rows and cells by a dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self.delimiter = dialect.delimiter or "\0"  # one column: a delimiter that no text holds
        self.quote = dialect.quote
        self.escape = dialect.escape
        self.skip_space = dialect.skip_space
        self.runs = dialect.skip_space and dialect.delimiter == " "
        d, e = re.escape(self.delimiter), re.escape(self.escape)
        q = re.escape(self.quote)
        if self.escape:
            self._plain = re.compile(rf"(?:[^{d}{e}\r\n]|{e}.)*+", re.DOTALL)
            self._inside = re.compile(rf"{q}(?:[^{q}{e}]|{e}.)*+", re.DOTALL) if q else None
        else:
            self._plain = re.compile(rf"[^{d}\r\n]*+")
            self._inside = re.compile(rf"{q}[^{q}]*+(?:{q}{q}[^{q}]*+)*+") if q else None

    def row(self, text: str, start: int, width: int | None, final: bool = True) -> Row | None:
        """Read the row that starts at `start`.

        Args:
            text: ends with a line break, unless `final`.
            start: where the row starts.
            width: the number of cells a row should have, if known; decides how broken quotes are read.
            final: whether no more text follows.

        Returns:
            The row, or None when it may go on in text that is not here yet.
        """
        line_end, following = self._line(text, start)
        line = text[start:line_end]
        if not self.quote or self.quote not in line:
            return Row(self._split(line), following)
        strict = self._strict(text, start)
        if strict is None and not final:
            return None
        if strict is None or strict.broken or (strict.end > following and self._swallows(text, start, strict, width)):
            return self._second_look(line, following, width, strict)
        return strict

    def rows(
        self,
        text: str,
        width: int | None = None,
        limit: int | None = None,
        start: int = 0,
        line: int = 1,
        final: bool = True,
    ) -> Iterator[Placed]:
        """The rows of a text from `start`, which is on the given line; blank lines are left out.

        Unless the text is `final`, a row that is not complete is left out too, except as the only one.
        """
        position, count = start, 0
        while position < len(text) and (limit is None or count < limit):
            row = self.row(text, position, width, final or not count)
            if row is None:
                return
            if not is_blank(text, position, row.end):
                count += 1
                yield Placed(line, position, row)
            line += count_lines(text, position, row.end)
            position = row.end

    def _line(self, text: str, start: int) -> tuple[int, int]:
        """Return the end of the line that starts at `start`, and the start of the next one."""
        match = _NEWLINE.search(text, start)
        return (match.start(), match.end()) if match else (len(text), len(text))

    def _split(self, line: str) -> list[str]:
        if self.runs:
            return line.split()
        if self.escape and self.escape in line:
            return self._strict_cells(line)
        cells = line.split(self.delimiter)
        return [cells[0].strip(" "), *(cell.strip(" ") for cell in cells[1:])] if self.skip_space else cells

    def _strict_cells(self, line: str) -> list[str]:
        strict = self._strict(line, 0)
        return strict.cells if strict else [line]

    def _strict(self, text: str, start: int) -> Row | None:
        """The row by the rules alone; `broken` is set at the first breach. None if a quote is open at the end."""
        cells: list[str] = []
        position, size = start, len(text)
        while True:
            position = self._spaces(text, position)
            quoted = bool(self.quote) and text.startswith(self.quote, position)
            end = self._cell_end(text, position, quoted)
            if quoted and end == size:
                return None
            cells.append(self._unescape(text[position + quoted : end], quoted))
            position = self._spaces(text, end + 1) if quoted else end
            if position >= size:
                return Row(cells, position)
            character = text[position]
            if character == self.delimiter:
                position += 1
                if not self.runs:
                    continue
                position = self._spaces(text, position)
                if position < size and text[position] not in "\r\n":
                    continue
            elif character not in "\r\n":
                return Row(cells, position, broken=len(cells))
            return Row(cells, position + 2 if text.startswith("\r\n", position) else min(position + 1, size))

    def _spaces(self, text: str, position: int) -> int:
        """The position behind spaces that are no part of cells."""
        while self.skip_space and text.startswith(" ", position):
            position += 1
        return position

    def _cell_end(self, text: str, start: int, quoted: bool) -> int:
        """Return the end of a cell: at the closing quote, or at the next delimiter or line break."""
        pattern = self._inside if quoted else self._plain
        match = pattern.match(text, start) if pattern else None
        return match.end() if match else start

    def _unescape(self, cell: str, quoted: bool) -> str:
        if self.skip_space and not quoted:
            cell = cell.strip(" ")
        if self.escape and self.escape in cell and cell != _NULL:
            return re.sub(re.escape(self.escape) + r"(.)", r"\1", cell, flags=re.DOTALL)
        return cell.replace(self.quote * 2, self.quote) if quoted and not self.escape else cell

    def _swallows(self, text: str, start: int, row: Row, width: int | None) -> bool:
        """Whether a well-formed row of several lines is in truth several rows behind a stray quote."""
        if width is None or width < 2:
            return False
        inner = _NEWLINE.split(text[start : row.end].rstrip("\r\n"))[1:-1]
        if len(row.cells) == width and len(inner) < SUSPICIOUS_LINES:
            return False
        if not inner:  # two lines of which the second is a row by itself
            tail = text[self._line(text, start)[1] : row.end].rstrip("\r\n")
            return len(row.cells) != width and self._fits(tail, width)
        return all(self._fits(line, width) for line in inner[:1000])

    def _fits(self, line: str, width: int) -> bool:
        row = self._strict(line, 0)
        return row is not None and not row.broken and len(row.cells) == width

    def _second_look(self, line: str, end: int, width: int | None, strict: Row | None) -> Row:
        """Read one line whose quotes are out of order: as the width wants it, or else as rejected."""
        if width is not None and (cells := self._repair(line, width)) is not None:
            return Row(cells, end, repaired=True)
        broken = strict.broken if strict is not None and strict.broken else None
        return Row(self._lenient(line), end, broken=broken or self._first_quoted(line))

    def _first_quoted(self, line: str) -> int:
        before = line[: line.find(self.quote)]
        return before.count(self.delimiter) + 1

    def _lenient(self, line: str) -> list[str]:
        """The cells when a quote closes a cell only in front of a delimiter or the end of the line."""
        cells: list[str] = []
        position = 0
        while position <= len(line):
            cell, position = next(self._readings(line, position))
            cells.append(cell)
        return cells

    def _readings(self, line: str, start: int) -> Iterator[tuple[str, int]]:
        """The ways to read the cell at `start`, likeliest first, each with the start of the next cell."""
        d, q = self.delimiter, self.quote
        begin = start
        while self.skip_space and begin < len(line) and line[begin] == " ":
            begin += 1
        if line.startswith(q, begin):
            close = line.find(q, begin + 1)
            while close >= 0:
                after = close + 1
                escaped = self.escape and line[close - 1] == self.escape
                if not escaped and (after == len(line) or line.startswith(d, after)):
                    yield self._unescape(line[begin + 1 : close], quoted=True), after + 1
                close = line.find(q, after)
        stop = line.find(d, begin)
        stop = len(line) if stop < 0 else stop
        yield line[begin:stop], stop + 1

    def _repair(self, line: str, width: int) -> list[str] | None:
        """The likeliest reading of a line that has `width` cells, or None."""
        stack = [(0, self._readings(line, 0))]
        cells: list[str] = []
        failed: set[tuple[int, int]] = set()
        for _ in range(_REPAIR_STEPS):
            if not stack:
                return None
            start, readings = stack[-1]
            reading = next(readings, None)
            if reading is None:
                failed.add((start, len(cells)))
                stack.pop()
                if cells:
                    cells.pop()
                continue
            cell, following = reading
            if following > len(line) and len(cells) == width - 1:
                return [*cells, cell]
            if following <= len(line) and len(cells) < width - 1 and (following, len(cells) + 1) not in failed:
                cells.append(cell)
                stack.append((following, self._readings(line, following)))
        return None


def last_line_end(data: bytes) -> int:
    """Return the position behind the last line break of any kind; 0 if there is none."""
    return max(data.rfind(b"\n"), data.rfind(b"\r")) + 1


def count_lines(text: str, start: int, end: int) -> int:
    """Line breaks of any kind between two positions."""
    breaks = text.count("\n", start, end)
    returns = text.count("\r", start, end)
    return breaks + returns - text.count("\r\n", start, end) if returns else breaks


def is_blank(text: str, start: int, end: int) -> bool:
    """Whether only spaces and line breaks stand between two positions."""
    return end - start < 80 and not text[start:end].strip(" \r\n")

"""Files to tables: the two functions the rest of bnfit uses."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bnfit.errors import DataError
from bnfit.table.names import unique_names
from bnfit.table.sources import find_parts, open_part
from bnfit.table.types import MISSING, Dialect, ReadOptions, RejectedRow, Table

FIND_OUT = ReadOptions()
_PARQUET, _ARROW, _FEATHER = b"PAR1", b"ARROW1", b"FEA1"


def read_table(source: str | Path, options: ReadOptions = FIND_OUT) -> Table:
    """Read a whole table.

    Args:
        source: a path, a glob of the parts of one table, or "-" for stdin.
        options: what is known about the file; the rest is found out.

    Raises:
        DataError: the file cannot be read, is no table, or has too many rows that fit no table.
    """
    parts = find_parts(source)
    if len(parts) > 1:
        raise DataError(f"'{source}': several parts are not supported yet")
    with open_part(parts[0]) as stream:
        data = stream.read()
    name = parts[0].name
    if not data.strip():
        raise DataError(f"'{name}' is empty")
    if data.startswith((_PARQUET, _ARROW, _FEATHER)):
        frame = _columnar(data)
        return Table(frame, name, len(frame))
    return _text_table(name, data, options)


def read_chunks(source: str | Path, options: ReadOptions = FIND_OUT, rows: int = 100_000) -> Iterator[Table]:
    """Read a table in pieces of at most `rows` rows; together they are what `read_table` gives."""
    table = read_table(source, options)
    for start in range(0, max(table.rows, 1), rows):
        frame = table.frame.iloc[start : start + rows].reset_index(drop=True)
        lines = None if table.lines is None else table.lines[start : start + rows]
        yield replace(table, frame=frame, rows=len(frame), lines=lines, rejected=() if start else table.rejected)


def _columnar(data: bytes) -> pd.DataFrame:
    buffer = io.BytesIO(data)
    frame = pd.read_parquet(buffer) if data.startswith(_PARQUET) else pd.read_feather(buffer)
    frame.columns = pd.Index(unique_names([str(c) for c in frame.columns])[0])
    return frame


def _decode(data: bytes, options: ReadOptions) -> tuple[str, str]:
    bom = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    found = next((codec for mark, codec in bom.items() if data.startswith(mark)), None)
    for encoding in [options.encoding] if options.encoding else [found or "utf-8", "latin-1"]:
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise DataError(f"the file is not {options.encoding}")


def _text_table(name: str, data: bytes, options: ReadOptions) -> Table:
    text, encoding = _decode(data, options)
    quote = options.quote if options.quote is not None else '"'
    delimiter = options.delimiter or _sniff(text, quote)
    rows = [(line, row) for line, row in _rows(text, delimiter, quote) if any(row)]
    width = Counter(len(row) for _, row in rows[:1000]).most_common(1)[0][0]
    has_header = options.header if options.header is not None else _looks_like_header([row for _, row in rows])
    names, notes = unique_names(rows[0][1]) if has_header else unique_names([""] * width)
    body = rows[1:] if has_header else rows
    rejected = tuple(
        RejectedRow(line, min(len(row), width) + 1, f"{len(row)} cells instead of {width}", name)
        for line, row in body
        if len(row) != width
    )
    good = [(line, row) for line, row in body if len(row) == width]
    if not good:
        raise DataError(f"'{name}' has a header and no rows")
    if len(rejected) > options.max_bad_rows * len(body):
        raise DataError(f"'{name}': {len(rejected)} of {len(body)} rows do not fit, first in line {rejected[0].line}")
    missing = {*MISSING, *(options.na or ())}
    cells = [[None if cell.strip() in missing else cell for cell in row] for _, row in good]
    frame = pd.DataFrame(cells, columns=names, dtype="str")
    dialect = Dialect(delimiter, quote, encoding=encoding, header=has_header)
    lines = np.array([line for line, _ in good], dtype=np.int64)
    return Table(frame, name, len(frame), rejected, dialect, lines, tuple(notes))


def _rows(text: str, delimiter: str, quote: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(1 << 30)
    lines = io.StringIO(text, newline="")
    if quote:
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quote)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1


def _sniff(text: str, quote: str) -> str:
    """The delimiter that gives most of the first rows the same number of cells, more than one."""
    sample = text[: 1 << 16]
    scores = {}
    for delimiter in ",;\t|":
        widths = Counter(len(row) for _, row in _rows(sample, delimiter, quote) if row)
        width, count = widths.most_common(1)[0]
        scores[delimiter] = 0.0 if width == 1 else count / widths.total() + width * 1e-6
    return max(scores, key=lambda d: scores[d])


def _looks_like_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether no cell of the first row is a number."""
    return not any(cell.strip().replace(".", "", 1).replace("-", "", 1).isdigit() for cell in rows[0])

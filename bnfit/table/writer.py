"""Tables to files piece by piece: CSV, compressed or not, Parquet and Arrow, by the ending of the file's name."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from bnfit.errors import UsageError
from bnfit.table.columnar import ENDINGS as COLUMNAR

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
DELIMITERS = {".tsv": "\t", ".tab": "\t"}
OTHERS = (".xlsx", ".xls", ".ods", ".json", ".jsonl", ".html", ".zip", ".keras", ".h5", ".pkl", ".sqlite", ".db")
"""Endings of formats that are not written here."""

Write = Callable[[pd.DataFrame], None]


def check_ending(name: str) -> None:
    """Refuse a file name with the ending of a format that is not written.

    Raises:
        UsageError: it does.
    """
    ending, packing = _endings(name)
    if ending in OTHERS or (packing and ending in COLUMNAR):
        raise UsageError(
            f"cannot write '{name}': no tables are written as {ending}{packing}",
            f"the ending says how: .csv, .tsv (each also with {', '.join(COMPRESSED)}), {', '.join(COLUMNAR)}",
        )


@contextmanager
def table_writer(file: BinaryIO, name: str = "") -> Iterator[Write]:
    """Open a writer for the pieces of one table, in the format of the file name's ending, else CSV.

    A number of type float32 is written with the fewest digits that give back the same float32.
    """
    ending, packing = _endings(name)
    if ending in COLUMNAR:
        with _Columnar(file, parquet=ending == ".parquet") as columnar:
            yield columnar.write
        return
    with _packed(file, packing) as stream:
        yield _CsvWriter(stream, DELIMITERS.get(ending, ",")).write


def arrow_columns(frame: pd.DataFrame) -> list[Any]:
    """The columns as pyarrow arrays, nan as missing."""
    return [_whole(pa.array(frame.iloc[:, i], from_pandas=True)) for i in range(frame.shape[1])]


def as_texts(column: Any) -> Any:
    """A pyarrow array as text, the empty text for what is missing."""
    if pa.types.is_timestamp(column.type):
        column = pc.replace_substring_regex(pc.cast(column, pa.large_string()), r"\.0+", "")
    elif not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        try:
            column = pc.cast(column, pa.large_string())
        except pa.ArrowException:  # lists and the like, which Parquet files may hold
            column = pa.array([None if v is None else str(v) for v in column.to_pylist()], pa.large_string())
    return pc.fill_null(pc.cast(column, pa.large_string()), "")


def as_written(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with each float32 as the float64 that its text in a file stands for: 0.1, not 0.10000000149011612."""
    short = [c for c in frame.columns if frame[c].dtype == np.float32]
    frame = frame.astype(dict.fromkeys(short, float))
    for column in short:
        texts = pc.cast(pa.array(frame[column].to_numpy(np.float32)), pa.string())
        frame[column] = pc.cast(texts, pa.float64()).to_numpy()
    return frame


class _CsvWriter:
    """Writer of CSV with quotes only where they are needed; Arrow's own writer quotes every text."""

    def __init__(self, stream: BinaryIO, delimiter: str) -> None:
        self._stream, self._delimiter, self._started = stream, delimiter, False

    def write(self, frame: pd.DataFrame) -> None:
        if not self._started:
            self._started = True
            names = pa.array([str(name) for name in frame.columns], pa.large_string())
            self._stream.write((self._delimiter.join(self._quoted(names).to_pylist()) + "\n").encode())
        if not len(frame):
            return
        cells = [self._quoted(as_texts(column)) for column in arrow_columns(frame)]
        if len(cells) == 1:  # a blank line is no row to most readers
            cells = [pc.if_else(pc.equal(cells[0], ""), '""', cells[0])]
        end = pa.scalar("\n", pa.large_string())
        cells[-1] = pc.binary_join_element_wise(cells[-1], end, pa.scalar("", pa.large_string()))
        rows = pc.binary_join_element_wise(*cells, pa.scalar(self._delimiter, pa.large_string()))
        self._stream.write(memoryview(rows.buffers()[2])[: _text_size(rows)])

    def _quoted(self, cells: Any) -> Any:
        odd = pc.match_substring_regex(cells, f'["\\r\\n{self._delimiter}]')
        if not pc.any(odd).as_py():
            return cells
        doubled = pc.replace_substring(cells, '"', '""')
        quote, nothing = pa.scalar('"', pa.large_string()), pa.scalar("", pa.large_string())
        return pc.if_else(odd, pc.binary_join_element_wise(quote, doubled, quote, nothing), cells)


class _Columnar:
    """Writer of Parquet or Arrow; the first piece decides the types."""

    def __init__(self, file: BinaryIO, parquet: bool) -> None:
        self._file, self._parquet = file, parquet
        self._writer: Any = None
        self._schema: Any = None

    def __enter__(self) -> _Columnar:
        return self

    def __exit__(self, *_: object) -> None:
        if self._writer is not None:
            self._writer.close()

    def write(self, frame: pd.DataFrame) -> None:
        names = [str(name) for name in frame.columns]
        columns = [pa.array([], pa.large_string()) if pa.types.is_null(c.type) else c for c in arrow_columns(frame)]
        if self._writer is None:
            self._schema = pa.schema(list(zip(names, (column.type for column in columns), strict=True)))
            self._writer = self._open()
        cast_columns = [pc.cast(column, field.type) for column, field in zip(columns, self._schema, strict=True)]
        self._writer.write_table(pa.Table.from_arrays(cast_columns, schema=self._schema))

    def _open(self) -> Any:
        if self._parquet:
            from pyarrow import parquet

            return parquet.ParquetWriter(self._file, self._schema)
        return pa.ipc.new_file(self._file, self._schema)


def _endings(name: str) -> tuple[str, str]:
    """The ending that says the format and the one that says the compression; both may be empty."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes[-2:]]
    packing = suffixes.pop() if suffixes and suffixes[-1] in COMPRESSED else ""
    return (suffixes[-1] if suffixes else ""), packing


@contextmanager
def _packed(file: BinaryIO, packing: str) -> Iterator[BinaryIO]:
    if packing == ".gz":
        with gzip.GzipFile("", "wb", 6, file, mtime=0) as stream:  # without a date: same table, same bytes
            yield cast(BinaryIO, stream)
    elif packing == ".zst":
        with pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as stream:
            yield cast(BinaryIO, stream)
    elif packing:
        opener: Any = bz2.open if packing == ".bz2" else lzma.open
        with opener(file, "wb") as stream:
            yield stream
    else:
        yield file


def _whole(column: Any) -> Any:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _text_size(texts: Any) -> int:
    """Number of bytes of the texts of an array that starts at the start of its buffer."""
    offsets = np.frombuffer(texts.buffers()[1], np.int64)
    return int(offsets[len(texts)])

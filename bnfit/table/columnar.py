"""Parquet and Arrow files, which bring their own types."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, BinaryIO

import pandas as pd

from bnfit.errors import DataError
from bnfit.table.types import Table, refuse_width
from bnfit.table.unique_names import unique_names

ENDINGS = (".parquet", ".arrow", ".feather")
"""The endings of columnar files' names."""
_PARQUET, _ARROW, _STREAM, _FEATHER = b"PAR1", b"ARROW1", b"\xff\xff\xff\xff", b"FEA1"


def is_columnar(head: bytes) -> bool:
    """Whether a file that starts like this is Parquet or Arrow."""
    return head.startswith((_PARQUET, _ARROW, _STREAM, _FEATHER))


def read_columnar(stream: BinaryIO, head: bytes, source: str, rows: int) -> Iterator[Table]:
    """The row groups of a columnar file as tables of at most `rows` rows.

    Raises:
        DataError: the file is damaged.
    """
    import pyarrow as pa

    seekable = stream if stream.seekable() else io.BytesIO(stream.read())
    try:
        notes: tuple[str, ...] | None = None
        for batch in _batches(seekable, head, rows, source):
            names, renamed = unique_names(batch.schema.names)
            frame = _frame(pa.Table.from_batches([batch]), names)
            notes = tuple(renamed) if notes is None else ()
            for start in range(0, max(len(frame), 1), rows):
                piece = frame.iloc[start : start + rows].reset_index(drop=True)
                yield Table(piece, source, len(piece), notes=notes if start == 0 else ())
        pa.default_memory_pool().release_unused()  # Arrow keeps what it decoded into
    except pa.ArrowException as error:
        raise DataError(f"'{source}' is damaged or no table: {str(error).splitlines()[0]}") from error


def _batches(stream: Any, head: bytes, rows: int, source: str) -> Iterator[Any]:
    import pyarrow as pa

    if head.startswith(_PARQUET):
        from pyarrow import parquet

        columns = parquet.ParquetFile(stream)
        refuse_width(len(columns.schema_arrow.names), source)
        yield from columns.iter_batches(batch_size=rows)
    elif head.startswith(_ARROW):
        file = pa.ipc.open_file(stream)
        refuse_width(len(file.schema.names), source)
        yield from (file.get_batch(i) for i in range(file.num_record_batches))
    elif head.startswith(_STREAM):
        batches = pa.ipc.open_stream(stream)
        refuse_width(len(batches.schema.names), source)
        yield from batches
    else:
        raise pa.ArrowInvalid("it has the old Feather V1 format; write it again as Parquet")


def _frame(table: Any, names: list[str]) -> pd.DataFrame:
    """A pandas frame; decimals become float64, and whole numbers with gaps stay whole, as NumPy's would not."""
    import pyarrow as pa

    table = table.rename_columns(names)
    for i, column in enumerate(table.schema):
        if pa.types.is_decimal(column.type):
            table = table.set_column(i, column.name, table.column(i).cast(pa.float64()))
    frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    for i, column in enumerate(table.schema):
        if pa.types.is_integer(column.type) and table.column(i).null_count:
            kind = str(column.type).replace("i", "I").replace("u", "U")
            frame[column.name] = table.column(i).to_pandas(types_mapper=lambda _, kind=kind: pd.array([], kind).dtype)
    return frame

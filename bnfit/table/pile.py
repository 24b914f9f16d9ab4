"""Pieces of a frame put together, with what is large in a temporary file instead of in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bnfit.arrays import Bools
from bnfit.scratch import LARGE, empty

PILE_BYTES = 1 << 25
"""Of pieces that are held in memory until they are written."""


PILE_ROWS = 1 << 17
"""Of pieces that a frame is divided into."""


class Pile:
    """Pieces with the same columns, in the order that they came."""

    def __init__(self) -> None:
        self._done: list[pd.DataFrame] = []
        self._held: list[pd.DataFrame] = []
        self._bytes = 0

    def add(self, piece: pd.DataFrame) -> None:
        """Put a piece below the others.

        Raises:
            BnfitError: the temporary folder has no room for it.
        """
        self._held.append(piece)
        self._bytes += int(piece.memory_usage(index=False).sum())
        if self._bytes >= PILE_BYTES:
            self._write()

    def joined(self) -> pd.DataFrame:
        """Return all rows as one frame."""
        if self._done:
            self._write()
        pieces = self._done or self._held
        return pieces[0] if len(pieces) == 1 else join_frames(pieces)

    def _write(self) -> None:
        if self._held:
            self._done.append(in_file(join_frames(self._held)))
            self._held, self._bytes = [], 0


def chosen_rows(frame: pd.DataFrame, keep: Bools) -> pd.DataFrame:
    """Return the rows of a mask (n,), numbered anew."""
    if len(frame) <= PILE_ROWS:
        return frame[keep].reset_index(drop=True)
    pile = Pile()
    for start in range(0, len(frame), PILE_ROWS):
        rows = slice(start, start + PILE_ROWS)
        pile.add(frame.iloc[rows][keep[rows]].reset_index(drop=True))
    return pile.joined()


def join_frames(pieces: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put pieces with the same columns together; what NumPy holds as numbers of one type goes to a file where large."""
    kinds = [piece.dtypes.tolist() for piece in pieces]
    rows = sum(map(len, pieces))
    if rows * 8 < LARGE or any(kind != kinds[0] for kind in kinds):
        return pd.concat(pieces, ignore_index=True)
    columns = {n: _column([piece.iloc[:, n] for piece in pieces], rows) for n in range(len(kinds[0]))}
    frame = pd.DataFrame(columns, copy=False)
    frame.columns = pieces[0].columns
    return frame


def _column(pieces: Sequence[pd.Series[Any]], rows: int) -> Any:
    kind = pieces[0].dtype
    if not isinstance(kind, np.dtype) or kind.hasobject:
        return pd.concat(pieces, ignore_index=True).array
    whole, start = empty((rows,), kind), 0
    for piece in pieces:
        whole[start : start + len(piece)] = piece.to_numpy()
        start += len(piece)
    return whole


def in_file(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose texts are in a temporary file, as Arrow writes them; the cells are the same."""
    texts = [n for n, kind in enumerate(frame.dtypes) if _is_arrow(kind)]
    if not texts:
        return frame
    import pyarrow as pa

    table = pa.table({str(n): frame.iloc[:, n].array.__arrow_array__() for n in texts}).combine_chunks()
    batches = table.to_batches()
    columns: dict[int, Any] = {n: frame.iloc[:, n].array for n in range(frame.shape[1])}
    kept = _kept(batches, table.schema)
    for place, n in enumerate(texts):
        columns[n] = type(columns[n])(kept.column(place), dtype=frame.dtypes.iloc[n])
    whole = pd.DataFrame(columns, copy=False)
    whole.columns = frame.columns
    return whole


def _kept(batches: Sequence[Any], schema: Any) -> Any:
    import pyarrow as pa

    size = 1 << 12  # of the stream's frame
    size += sum(pa.ipc.get_record_batch_size(batch) + (1 << 8) for batch in batches) + schema.serialize().size
    place = pa.py_buffer(empty((size,), np.uint8))
    with pa.ipc.new_stream(pa.FixedSizeBufferWriter(place), schema) as stream:
        for batch in batches:
            stream.write_batch(batch)
    return pa.ipc.open_stream(pa.BufferReader(place)).read_all()


def _is_arrow(kind: Any) -> bool:
    return isinstance(kind, pd.StringDtype) and kind.storage == "pyarrow"

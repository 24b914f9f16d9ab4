"""Working arrays in a temporary file where they are large, so that a table may outgrow the memory.

The system keeps of such a file in memory what is used, and gives that up where memory runs short. The file has no name:
it is gone when the last array in it is, whatever ends the process. The numbers are the same as in memory.
"""

from __future__ import annotations

import math
import mmap
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from bnfit.arrays import Bools, Floats, Ints
from bnfit.errors import BnfitError
from bnfit.files import why

LARGE = 1 << 22
"""Bytes from which on an array is in a file."""
BLOCK_BYTES = 1 << 22
"""Of the rows that are worked on at a time."""
ARENA = 1 << 28
"""Bytes of a file at most, unless one array takes more; the first ones are smaller."""
PAGE = 4096

Array = TypeVar("Array", bound=NDArray[Any])


def empty(shape: Sequence[int], dtype: DTypeLike = float) -> NDArray[Any]:
    """Return an array whose values are still to be set, in a temporary file where it is large.

    Raises:
        BnfitError: the temporary folder has no room for it.
    """
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    if size < LARGE or kind.hasobject:
        return np.empty(shape, kind)
    place = arenas.place(size)
    return np.empty(shape, kind) if place is None else np.frombuffer(place, kind, math.prod(shape)).reshape(shape)


def keep(array: Array) -> Array:
    """Return the same values, in a temporary file where they are many."""
    if array.nbytes < LARGE or array.dtype.hasobject:
        return array
    kept = empty(array.shape, array.dtype)
    kept[...] = array
    return kept  # type: ignore[return-value]


def take(array: Array, rows: Ints | Bools) -> Array:
    """Return some rows (m, ...) of an array, in a temporary file where they are many.

    Args:
        array: of n rows (n, ...).
        rows: their numbers (m,), or a mask (n,).
    """
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    taken = empty((len(rows), *array.shape[1:]), array.dtype)
    for block in blocks(len(rows), array[:1].nbytes):
        taken[block] = array[rows[block]]
    return taken  # type: ignore[return-value]


def joined(arrays: Sequence[Array]) -> Array:
    """Return arrays one below the other, in a temporary file where they are large; like `numpy.concatenate`."""
    first = arrays[0]
    if len(arrays) == 1:
        return first
    whole = empty((sum(map(len, arrays)), *first.shape[1:]), np.result_type(*arrays))
    start = 0
    for array in arrays:
        whole[start : start + len(array)] = array
        start += len(array)
    return whole  # type: ignore[return-value]


def blocks(rows: int, row_bytes: int) -> Iterator[slice]:
    """Divide rows into blocks of some megabytes, so that what is computed of one of them takes little memory.

    Args:
        rows: how many there are.
        row_bytes: what one of them takes.
    """
    size = max(1, BLOCK_BYTES // max(row_bytes, 1))
    return (slice(start, min(start + size, rows)) for start in range(0, rows, size))


def moments(rows: int, row_bytes: int, values_of: Callable[[slice], Floats]) -> tuple[Floats, Floats]:
    """Compute mean and variance (c,) of rows (n, c) in two passes, from blocks that are made anew in each.

    Args:
        rows: how many there are.
        row_bytes: what one of them takes.
        values_of: makes the values of a block of them (b, c).
    """
    mean = np.asarray(sum(values_of(block).sum(0) for block in blocks(rows, row_bytes)) / rows)
    squares = sum(np.square(values_of(block) - mean).sum(0) for block in blocks(rows, row_bytes))
    return mean, np.asarray(squares / rows)


class Arenas:
    """Temporary files, each with room for many arrays; a file goes when the last array in it does."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._arena: memoryview | None = None
        self._used = 0

    def place(self, size: int) -> memoryview | None:
        """Return so many bytes of a file, from the start of a page; None where there is no temporary folder."""
        size = -(-size // PAGE) * PAGE
        with self._lock:
            if self._arena is None or self._used + size > len(self._arena):
                room = 0 if self._arena is None else 2 * len(self._arena)
                self._arena, self._used = None, 0  # where no array is left in it, its room is free now
                self._arena = _mapped(max(size, min(ARENA, room)))
            if self._arena is None:
                return None
            found = self._arena[self._used : self._used + size]
            self._used += size
            return found


arenas = Arenas()


def _mapped(size: int) -> memoryview | None:
    """Map a new temporary file without a name, all of which has room on the disk.

    Raises:
        BnfitError: there is none.
    """
    try:
        file = tempfile.TemporaryFile(prefix="bnfit-")  # noqa: SIM115 - the mapping keeps it open
    except FileNotFoundError:  # no folder may be written to
        return None
    with file:
        try:
            _reserve(file.fileno(), size)
            return memoryview(mmap.mmap(file.fileno(), size))
        except OSError as error:
            what = f"no room for {size / 1e6:,.0f} MB of working space in '{tempfile.gettempdir()}': {why(error)}"
            raise BnfitError(what, "let the environment variable TMPDIR name a folder with more room") from error


def _reserve(file: int, size: int) -> None:
    """Take room on the disk: to run out of it when a mapped page is written would end the process."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
        return
    zeros = bytes(1 << 20)
    for start in range(0, size, len(zeros)):
        os.pwrite(file, zeros[: size - start], start)

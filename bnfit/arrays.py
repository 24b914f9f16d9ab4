"""Names for the arrays that all packages pass around, thinning them evenly, and their digest."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Int32s = NDArray[np.int32]

Rows = TypeVar("Rows", bound=NDArray[Any])


def at_most(x: Rows, most: int) -> Rows:
    """Return `most` evenly spaced rows of `x`, or `x` itself where it has no more.

    Args:
        x: an array (n, ...).
        most: rows to keep, at least 1.
    """
    rows = len(x)
    return x if rows <= most else x[np.arange(most) * rows // most]  # type: ignore[return-value]


def pick(values: Rows | None, rows: Ints | Bools | slice) -> Rows | None:
    """Return some rows of an array that may be absent, such as weights.

    Args:
        values: an array (n, ...), or None.
        rows: row numbers, a mask (n,) or a slice.
    """
    return None if values is None else values[rows]  # type: ignore[return-value]


def digest(*arrays: NDArray[Any] | None) -> str:
    """Return the SHA-256 of arrays, their shapes and types; None counts as an array of its own kind."""
    found = hashlib.sha256()
    for array in arrays:
        found.update(repr(None if array is None else (array.shape, array.dtype.str)).encode())
        if array is not None:
            found.update(np.ascontiguousarray(array).data)
    return found.hexdigest()

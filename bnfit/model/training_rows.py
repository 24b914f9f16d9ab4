"""Training rows as a model file remembers them: a key of each row, and its fold."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import Floats, Ints

KEYED_ROWS = 200_000
"""Tables up to this size leave a key of each row in the file, so that `explain` knows rows that members trained on."""
KEY_BYTES, FOLD_BYTES = 8, 2


@dataclass(frozen=True)
class TrainingRows:
    """The rows of a training table, by key.

    Attributes:
        keys: the key of each of n rows, unsigned little-endian (8n bytes).
        folds: the fold of each row, signed little-endian (2n bytes); the number of folds for a row that lies in none.
    """

    keys: bytes
    folds: bytes

    def folds_of(self, x: Floats, y: Floats) -> Ints:
        """Look up the fold of each row x (n, k), y (n, o) in training: (n,), -1 for a row that training did not have.

        Copies of a row that lay in several folds take them in turn: which copy is which makes no difference.
        """
        known: dict[int, list[int]] = {}
        for key, fold in zip(np.frombuffer(self.keys, "<u8").tolist(), self.fold_numbers.tolist(), strict=True):
            known.setdefault(key, []).append(fold)
        turns = {key: itertools.cycle(folds) for key, folds in known.items()}
        return np.array([next(turns[key]) if key in turns else -1 for key in row_keys(x, y).tolist()], np.int64)

    @property
    def fold_numbers(self) -> Ints:
        """The fold of each row (n,)."""
        return np.frombuffer(self.folds, "<i2").astype(np.int64)


def row_keys(x: Floats, y: Floats) -> NDArray[np.uint64]:
    """Hash the exact values of each row x (n, k), y (n, o) to a key (n,)."""
    rows = np.ascontiguousarray(np.c_[x, y].astype("<f8"))
    keys = b"".join(hashlib.blake2b(row.tobytes(), digest_size=KEY_BYTES).digest() for row in rows)
    return np.frombuffer(keys, "<u8")


def packed_rows(x: Floats, y: Floats, folds: Sequence[Ints]) -> TrainingRows | None:
    """Pack the keys and folds of training rows for the model file.

    Args:
        x, y: encoded rows (n, k) and targets (n, o).
        folds: the numbers of each fold's rows.

    Returns:
        None for a table of more than `KEYED_ROWS` rows.
    """
    if len(x) > KEYED_ROWS:
        return None
    numbers = np.full(len(x), len(folds), "<i2")  # in time the first rows belong to no fold
    for fold, rows in enumerate(folds):
        numbers[rows] = fold
    return TrainingRows(row_keys(x, y).astype("<u8").tobytes(), numbers.tobytes())

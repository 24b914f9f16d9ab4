"""Places of rows in their files, for messages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import Bools


@dataclass(frozen=True)
class Place:
    """Places of rows in their files, for messages, as far as known.

    Attributes:
        source: the file's name.
        numbers: the number of each row in its file, from 1 (n,).
        unit: what the numbers count: "line" in a text, "row" in a file without lines.
        files: the file of each row (n,) where several make the table.
    """

    source: str = ""
    numbers: NDArray[Any] | None = None
    unit: str = "line"
    files: NDArray[Any] | None = None

    def at(self, row: int) -> str:
        """Name a row: "line 7 of data.csv"; "row 7" counts from 1 where no numbers are known."""
        source = self.source if self.files is None else self.files[row]
        spot = f"{self.unit} {self.numbers[row]}" if self.numbers is not None else f"row {row + 1}"
        return f"{spot} of {source}" if source else spot

    def only(self, rows: Bools) -> Place:
        """The place of the rows chosen by a mask (rows,), named by the numbers they had."""
        counted = Place(self.source, np.arange(1, len(rows) + 1), "row", self.files)
        known = counted if self.numbers is None else self
        assert known.numbers is not None
        return replace(known, numbers=known.numbers[rows], files=None if known.files is None else known.files[rows])


NOWHERE = Place()
"""The place of rows of which nothing is known."""

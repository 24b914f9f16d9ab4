"""Rows of a table that get no prediction: they could not be read, or a cell or the output is no number."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bnfit.arrays import Bools
from bnfit.errors import DataError
from bnfit.schema.numbers import shown
from bnfit.schema.schema import Schema
from bnfit.schema.types import LARGEST
from bnfit.schema.unreadable import unreadable
from bnfit.table.place import Place
from bnfit.table.reader import enough, too_many

if TYPE_CHECKING:
    from bnfit.table.types import Table

NAMED_ROWS = 10
"""Rows that are named one by one, of either kind."""


@dataclass
class BadRows:
    """The rows of a table that get no prediction, counted piece by piece; the first ones are named.

    Attributes:
        share: the share of all rows that they may be; 0 for none.
        rejected: rows that could not be read.
        unpredicted: rows with an input cell that cannot be read, or for which the network puts out no number of use.
    """

    share: float = 0.0
    rejected: int = 0
    unpredicted: int = 0
    rejections: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)

    def reject(self, table: Table) -> None:
        """Count the rows that were rejected when a piece of a table was read."""
        for row in table.rejected[: max(NAMED_ROWS - self.rejected, 0)]:
            column = "" if row.column is None else f", column {row.column}"
            self.rejections.append(f"rejected: {row.source or table.source}, line {row.line}{column}: {row.reason}")
        self.rejected += len(table.rejected)

    def find(self, schema: Schema, frame: pd.DataFrame, place: Place) -> Bools:
        """Find the rows (n,) with an input cell that cannot be read, and count them."""
        bad = np.zeros(len(frame), dtype=bool)
        for column in schema.inputs:
            odd = unreadable(column, frame[column.name]) & ~bad
            for row in np.flatnonzero(odd)[: max(NAMED_ROWS - len(self.cells), 0)].tolist():
                cell = shown(str(frame[column.name].iloc[row]).strip())
                self.cells.append(f"{place.at(row)}: column '{column.name}' holds {cell}")
            bad |= odd
        self.unpredicted += int(bad.sum())
        return bad

    def add_infinite(self, bad: Bools, place: Place) -> None:
        """Count the rows (n,) for which the network puts out no number of use.

        Raises:
            DataError: none may be.
        """
        rows = np.flatnonzero(bad).tolist()
        why = f"the model's output is no number of at most {LARGEST:g}"
        named = [f"{place.at(row)}: {why}" for row in rows[:NAMED_ROWS]]
        if not self.share:
            raise DataError(named[0], "such a row is far outside of what training had, or the model is damaged")
        self.cells += named[: max(NAMED_ROWS - len(self.cells), 0)]
        self.unpredicted += len(rows)

    def check(self, rows: int) -> None:
        """Check that the rows with a bad cell are not too many.

        Args:
            rows: that were read.

        Raises:
            DataError: they are.
        """
        bad, total = self.rejected + self.unpredicted, rows + self.rejected
        if self.unpredicted and too_many(bad, total, self.share):
            raise DataError(
                f"{bad} of {total} rows cannot be predicted: {'; '.join(self.cells[:3])}"
                + ("; …" if self.unpredicted > 3 else ""),
                f"correct the cells or empty them, or leave out such predictions: `max_bad_rows={enough(bad, total)}`",
            )

    def remarks(self) -> list[str]:
        """Name the first rows of either kind, and say how many more there are."""
        remarks = list(self.rejections)
        if self.rejected > NAMED_ROWS:
            remarks += [f"rejected: {self.rejected - NAMED_ROWS} more rows, {self.rejected} in all"]
        remarks += [f"no prediction for {cell}" for cell in self.cells]
        more = self.unpredicted - len(self.cells)
        return remarks + ([f"no prediction for {more} more rows, {self.unpredicted} in all"] if more > 0 else [])

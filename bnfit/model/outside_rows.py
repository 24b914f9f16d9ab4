"""Rows of a table where the model has never been, counted piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from bnfit.arrays import Bools
from bnfit.results.predict import OutsideColumn
from bnfit.schema.ranges import shown_value
from bnfit.schema.schema import Schema
from bnfit.schema.types import Column, Outside


@dataclass
class OutsideRows:
    """Rows with a cell that training gives no idea of: far beyond its values, or with a level that it did not have.

    Attributes:
        schema: the model's.
        rows: how many such rows there are.
        found: for each column with such cells how many there are, and the least and the greatest value.
    """

    schema: Schema
    rows: int = 0
    found: dict[str, tuple[int, float | None, float | None]] = field(default_factory=dict)

    def add(self, outside: Mapping[str, Outside], rows: int) -> Bools:
        """Count the cells of a piece of n rows; return whether each row (n,) has one."""
        any_of = np.zeros(rows, dtype=bool)
        for column, cells in outside.items():
            any_of |= cells.rows
            count, least, most = self.found.get(column, (0, None, None))
            values = [value for value in (least, most, cells.least, cells.most) if value is not None]
            ends = (min(values), max(values)) if values else (None, None)
            self.found[column] = (count + int(cells.rows.sum()), *ends)
        self.rows += int(any_of.sum())
        return any_of

    def columns(self) -> tuple[OutsideColumn, ...]:
        """The columns with such cells."""
        inputs = {column.name: column for column in self.schema.inputs}
        return tuple(
            OutsideColumn(name, rows, _shown(inputs[name], least), _shown(inputs[name], most))
            for name, (rows, least, most) in self.found.items()
        )

    def remarks(self) -> list[str]:
        """Name the columns with values beyond those of training."""
        inputs = {column.name: column for column in self.schema.inputs}
        remarks = []
        for entry in self.columns():
            if entry.least is None or entry.most is None:
                continue
            low, high = (_text(shown_value(inputs[entry.column], end)) for end in inputs[entry.column].span)
            least, most = _text(entry.least), _text(entry.most)
            ends = f"at {least}" if least == most else f"from {least} to {most}"
            remarks.append(f"cells of '{entry.column}' {ends}, far beyond training's {low} to {high}: {entry.rows}")
        return remarks


def _shown(column: Column, value: float | None) -> float | str | None:
    return None if value is None else shown_value(column, value)


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"

"""The plain values of a schema: options, columns, number formats, encoded rows, places in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

KINDS = ("number", "boolean", "category", "datetime", "identifier", "text", "constant", "empty")
STATABLE_KINDS = KINDS[:6]
ENCODED_KINDS = KINDS[:4]
ROLES = ("weight", "group", "time")
ORDERS = ("ymd", "mdy", "dmy", "named", "clock")
PARTS = ("year", "hour", *(f"{wave} of {period}" for period in ("year", "week", "day") for wave in ("sin", "cos")))
USES = ("input", "target", *ROLES, "left out")


@dataclass(frozen=True)
class SchemaOptions:
    """What the user states about the columns; everything else is found in the data.

    Attributes:
        features: only these columns as inputs; empty for all that can be used.
        drop: columns that are no inputs.
        types: column -> kind, one of `STATABLE_KINDS`.
        task: "regression" or "classification"; None to go by the target's kind.
        decimal: the decimal mark, "." or ",", where a column's numbers can be read both ways.
        roles: column -> "weight", "group" or "time"; such columns are no inputs.
    """

    features: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    task: str | None = None
    decimal: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NumberFormat:
    """How the numbers of a text column are written.

    Attributes:
        decimal: the decimal mark, "." or ",".
        thousands: the mark between groups of digits: "", ",", ".", " " or "'".
        percent: whether every number carries a percent sign; the value is in percent, 12 for "12%".
        currency: the currency sign or code that numbers may carry, or empty.
    """

    decimal: str = "."
    thousands: str = ""
    percent: bool = False
    currency: str = ""


@dataclass(frozen=True)
class Column:
    """One column of the table: what was found and what is done with it.

    Attributes:
        name: the column's name.
        kind: one of `KINDS`.
        use: one of `USES`.
        reason: why it is left out, or how it is used, in a short phrase.
        number: how numbers are written in text; for kind number, and for a category whose levels are numbers.
        order: for kind datetime, how dates are written: "ymd", "dmy", "mdy", "named" (5 May 2020) or "clock".
        parts: for kind datetime, the numbers that it becomes.
        levels: for kind category, the levels with a matrix column of their own; a target's classes.
        rare: the levels that share one matrix column; unseen levels count there too, and are all zeros without it.
        numeric: whether the levels are numbers, so that 1 and 1.0 are one level.
        fill: for inputs: what stands in for a missing value, one mean of the training values for each value column
            (one for a number or a boolean, one for each part of a date, none for a category).
        missing: whether training had missing values, so that a matrix column says so.
    """

    name: str
    kind: str
    use: str
    reason: str = ""
    number: NumberFormat = NumberFormat()
    order: str = ""
    parts: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()
    numeric: bool = False
    fill: tuple[float, ...] = ()
    missing: bool = False


@dataclass(frozen=True)
class Encoded:
    """Rows as the first layer takes them.

    Attributes:
        x: float64 (rows, features), in raw units, all finite.
        unseen: column -> number of cells with a level that training did not have; only columns that had any.
        filled: column -> number of missing cells; only columns that had any.
    """

    x: Floats
    unseen: dict[str, int]
    filled: dict[str, int]


@dataclass(frozen=True)
class Place:
    """Where rows come from, for messages, as far as known.

    Attributes:
        source: the file's name.
        numbers: the number of each row in its file, from 1 (n,).
        unit: what the numbers count: "line" in a text, "row" in a file without lines.
        files: the file of each row (n,) where several make the table.
    """

    source: str = ""
    numbers: npt.NDArray[Any] | None = None
    unit: str = "line"
    files: npt.NDArray[Any] | None = None

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
"""Of rows of which nothing is known."""

"""The plain values of a schema: options, columns, number formats, encoded rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bnfit.arrays import Bools, Floats

KINDS = ("number", "boolean", "category", "datetime", "identifier", "text", "constant", "empty")
STATABLE_KINDS = KINDS[:6]
ENCODED_KINDS = KINDS[:4]
ROLES = ("weight", "group", "time")
ORDERS = ("ymd", "mdy", "dmy", "named", "clock", "month", "quarter", "week")
PARTS = ("year", "hour", *(f"{wave} of {period}" for period in ("year", "week", "day") for wave in ("sin", "cos")))
LARGEST = 1e150
"""Largest size of a number: the squares of so many as a table has rows still have a finite sum."""
USES = ("input", "target", *ROLES, "left out")


class LeftOut(StrEnum):
    """Reason to leave a column out: by what the user states, or by what its cells are."""

    NOT_ASKED_FOR = "not asked for"
    AS_STATED = "as stated"
    EMPTY = "empty"
    CONSTANT = "constant"
    IDENTIFIER = "identifier"
    ROW_NUMBER = "row number"
    TEXT = "text"


@dataclass(frozen=True)
class SchemaOptions:
    """Statements of the user on the columns; everything else is inferred from the data.

    Attributes:
        features: only these columns as inputs; empty for all that can be used.
        drop: columns that are no inputs.
        types: column -> kind, one of `STATABLE_KINDS`.
        task: "regression" or "classification"; None to go by the target's kind.
        decimal: the decimal mark, "." or ",", where a column's numbers can be read both ways.
        roles: column -> "weight", "group" or "time"; such columns are no inputs.
        keys: whether columns of whole numbers may be row numbers or keys, which are no inputs; not those of an array.
    """

    features: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)
    task: str | None = None
    decimal: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)
    keys: bool = True

    @property
    def parameters(self) -> dict[str, Any]:
        """What was stated, by the names of the parameters of `bnfit.fit`."""
        plain = ("features", "drop", "types", "task", "decimal")
        return {**{name: getattr(self, name) for name in plain}, **{role: c for c, role in self.roles.items()}}

    @property
    def named(self) -> frozenset[str]:
        """The columns that the user names."""
        return frozenset((*self.features, *self.drop, *self.types, *self.roles))


@dataclass(frozen=True)
class NumberFormat:
    """Format of the numbers in a text column.

    Attributes:
        decimal: the decimal mark, "." or ",".
        thousands: the mark between groups of digits: "", ",", ".", " " or "'".
        percent: whether every number carries a percent sign; the value is in percent, 12 for "12%".
        currency: the currency sign or code that numbers may carry, or empty.
        unit: the unit that every number carries, or empty; the value is in that unit, 65.3 for "65.3 kg".
    """

    decimal: str = "."
    thousands: str = ""
    percent: bool = False
    currency: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Distribution:
    """A column's training values, as far as the values of other tables are compared with them.

    Attributes:
        rows: rows of the training table, those without a value included.
        missing: the share of them without a value.
        mean, sd: of the values (times in days since 1970; the sd with n below); 0 for levels.
        points: the values where they are few; else 33 quantiles, at (k + 1/2) / 33; none for levels.
        below, upto: the share of the values less than each point, and that of those not greater; empty where values are
            hardly repeated, so that both are the quantiles' own probabilities.
        shares: for levels: the share of the rows with each level, and then with any rare one; the rest is missing.
    """

    rows: int
    missing: float = 0.0
    mean: float = 0.0
    sd: float = 0.0
    points: tuple[float, ...] = ()
    below: tuple[float, ...] = ()
    upto: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class Column:
    """One column of a table: its kind, its use and its encoding.

    Attributes:
        name: the column's name.
        kind: one of `KINDS`.
        use: one of `USES`.
        reason: why it is left out, or how it is used, in a short phrase for reports.
        number: how numbers are written in text; for kind number, and for a category whose levels are numbers.
        order: for kind datetime, how dates are written: "ymd", "dmy", "mdy", "named" (5 May 2020), "month" (May 2020),
            "quarter" (2020-Q2), "week" (2020-W19) or "clock".
        naive: for kind datetime, whether training has times without an offset from UTC, or dates.
        offsets: for kind datetime, the least and the greatest offset from UTC of training's times in minutes; empty
            where none has one.
        parts: for kind datetime, the numbers that it becomes.
        levels: for kind category, the levels with a matrix column of their own; a target's classes.
        rare: the levels that share one matrix column; unseen levels count there too, and are all zeros without it.
        numeric: whether the levels are numbers, so that 1 and 1.0 are one level.
        span: for inputs of kind number or datetime, the least and the greatest training value (times in days since
            1970).
        limits: the values beyond which others are outside of what training had.
        words: the levels, for kind category, that would be missing values elsewhere, as NA is.
        fill: for inputs: what stands in for a missing value, one mean of the training values for each value column
            (one for a number or a boolean, one for each part of a date). A category has one where two levels are all it
            is made of: its matrix column is 1 for the second, and this, its share, for any other text.
        missing: whether training had missing values, so that a matrix column says so.
        left_out: why it is left out, for decisions; None for a column that is used.
        distribution: for inputs, what the training values were; None where that is not known.
    """

    name: str
    kind: str
    use: str
    reason: str = ""
    number: NumberFormat = NumberFormat()
    order: str = ""
    naive: bool = True
    offsets: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    rare: tuple[str, ...] = ()
    numeric: bool = False
    words: tuple[str, ...] = ()
    span: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()
    fill: tuple[float, ...] = ()
    missing: bool = False
    left_out: LeftOut | None = None
    distribution: Distribution | None = None

    def without(self, why: LeftOut, reason: str, kind: str = "") -> Column:
        """Return the column as one that is left out, of another kind where one is named."""
        return replace(self, kind=kind or self.kind, use="left out", reason=reason, left_out=why, distribution=None)


@dataclass(frozen=True)
class Outside:
    """Cells of a column that training gives no idea of: far beyond its values, or with a level that it did not have.

    Attributes:
        rows: whether each row holds one (n,).
        least, most: the least and the greatest of these values (times in days since 1970); None for levels.
    """

    rows: Bools
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Encoded:
    """Rows encoded for the first layer.

    Attributes:
        x: float64 (rows, features), in raw units, all finite.
        unseen: column -> number of cells with a level that training did not have; only columns that had any.
        filled: column -> number of missing cells; only columns that had any.
        other_zones: column -> number of times whose offset from UTC is not as in training; only columns that had any.
        outside: column -> the cells that training gives no idea of; only columns that had any.
    """

    x: Floats
    unseen: dict[str, int]
    filled: dict[str, int]
    other_zones: dict[str, int]
    outside: dict[str, Outside] = field(default_factory=dict)


def feature_names(column: Column) -> tuple[str, ...]:
    """The names of the matrix columns that an input column becomes."""
    name = column.name
    if column.kind == "category":
        levels = column.levels[1:] if column.fill else column.levels
        values = [f"{name}={level}" for level in levels] + ([f"{name}=(other)"] if column.rare else [])
    elif column.kind == "datetime":
        values = [f"{name} ({part})" for part in column.parts]
    else:
        values = [name]
    return (*values, *((f"{name} is missing",) if column.missing else ()))

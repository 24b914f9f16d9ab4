"""`Schema`: the columns of a table and the encoding of rows as the matrix that the first layer takes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bnfit.arrays import Bools
from bnfit.errors import DataError
from bnfit.schema.serialize import SchemaFields, schema_from_json, schema_to_json
from bnfit.schema.types import Column, Encoded, feature_names
from bnfit.table.column_names import require_columns, text_named
from bnfit.table.place import NOWHERE, Place

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Schema:
    """The columns of a table in order, the target and the task.

    Attributes:
        columns: every column of the training table, in its order.
        task: "regression", "binary" or "multiclass".
        classes: the target's classes in the order of their codes; empty for a regression.
        warnings: what puts the error or the importances in doubt, such as a column that gives the target away.
        emphasis: for each class its weight where a row's class is decided: that with the largest probability times
            emphasis; empty where the most probable class is taken.
        notes: what else the user should know of how the columns were understood.
    """

    columns: tuple[Column, ...]
    task: str
    classes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    emphasis: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that the matrix is made of, in order."""
        return tuple(column for column in self.columns if column.use == "input")

    @property
    def needed(self) -> frozenset[str]:
        """The names of the columns that a table must have."""
        return frozenset(column.name for column in self.inputs)

    @property
    def target(self) -> Column:
        """The column to predict."""
        return next(column for column in self.columns if column.use == "target")

    def column_for(self, role: str) -> Column | None:
        """The column with a role ("weight", "group" or "time"); None if there is no such column."""
        return next((column for column in self.columns if column.use == role), None)

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the matrix columns."""
        return tuple(name for column in self.inputs for name in feature_names(column))

    @property
    def origins(self) -> tuple[int, ...]:
        """For each matrix column the index into `inputs` of the column it was made of."""
        return tuple(index for index, column in enumerate(self.inputs) for _ in feature_names(column))

    def check(self, frame: pd.DataFrame, *, source: str = "") -> None:
        """Check that a table has every input column; order and additional columns do not matter.

        Raises:
            DataError: one is missing; the text is a diff of expected and found columns.
        """
        _checked(frame, self.inputs, source, self.columns)

    def encode(self, frame: pd.DataFrame, place: Place = NOWHERE) -> Encoded:
        """Turn rows into the matrix of the first layer; each row on its own, so pieces of a table can be encoded.

        Args:
            frame: n rows with at least the input columns, as text or typed.
            place: where the rows come from, for messages.

        Returns:
            The matrix (n, len(features)) and how many cells were missing or had an unknown level.

        Raises:
            DataError: a column is missing, or a cell cannot be read; the message names file, line, column and value.
        """
        from bnfit.schema.encode import encode_inputs

        frame = _checked(frame, self.inputs, place.source, self.columns)
        with _advice("correct the cell, or empty it: then the mean stands in"):
            return encode_inputs(self.inputs, frame, place)

    def labelled(self, frame: pd.DataFrame, place: Place = NOWHERE) -> Bools:
        """Whether each row (n,) has a target value; leave the others out before `encode_target`."""
        from bnfit.schema.target import has_target

        frame = _checked(frame, [self.target], place.source)
        with _advice("correct the cell, or empty it to leave the row out"):
            return has_target(self.target, self.classes, frame, place)

    def encode_target(self, frame: pd.DataFrame, place: Place = NOWHERE) -> npt.NDArray[Any]:
        """The target of each row.

        Returns:
            float64 (n,) for a regression, else int64 (n,), indices into `classes`.

        Raises:
            DataError: the column is missing, or a cell is missing or cannot be read.
        """
        from bnfit.schema.target import encode_target

        frame = _checked(frame, [self.target], place.source)
        return encode_target(self.target, self.classes, frame, place)

    def role(self, role: str, frame: pd.DataFrame, place: Place = NOWHERE) -> npt.NDArray[Any] | None:
        """The values of the column with a role, or None if there is no such column.

        Args:
            role: "weight", "group" or "time".

        Returns:
            Weights: float64 (n,), none negative. Groups: int64 (n,), equal for rows of one group; rows without a value
            are one group. Times: float64 (n,), larger is later.

        Raises:
            DataError: the column is missing, or a cell cannot be read or has no value.
        """
        from bnfit.schema.roles import role_values

        column = self.column_for(role)
        if column is None:
            return None
        return role_values(column, _checked(frame, [column], place.source)[column.name], place)

    def with_decimal(self, mark: str | None) -> Schema:
        """Return the schema for a table that writes its numbers with another decimal mark; None for the same one."""
        return self if mark is None else replace(self, columns=tuple(_with_decimal(c, mark) for c in self.columns))

    def report(self) -> list[dict[str, str]]:
        """Return the `name`, `kind`, `use` and `reason` of each column."""
        return [{"name": c.name, "kind": c.kind, "use": c.use, "reason": c.reason} for c in self.columns]

    def to_json(self) -> dict[str, Any]:
        """Return plain values that `from_json` reads back to an equal schema."""
        return schema_to_json(
            SchemaFields(self.columns, self.task, self.classes, self.warnings, self.emphasis, self.notes)
        )

    @classmethod
    def from_json(cls, data: Any) -> Schema:
        """Read the values that `to_json` returns.

        Raises:
            ModelFileError: it is no schema.
        """
        return cls(*schema_from_json(data))


def _with_decimal(column: Column, mark: str) -> Column:
    number = column.number
    if number.decimal == mark:
        return column
    # what stood between thousands cannot be the decimal mark as well
    thousands = number.decimal if number.thousands == mark else number.thousands
    return replace(column, number=replace(number, decimal=mark, thousands=thousands))


@contextmanager
def _advice(hint: str) -> Iterator[None]:
    """Give an error in a cell the advice for a table that a fixed schema reads; that of training names its options."""
    try:
        yield
    except DataError as error:
        raise DataError(error.message, hint, column=error.column) from error


def _checked(frame: pd.DataFrame, needed: Sequence[Column], source: str, known: Sequence[Column] = ()) -> pd.DataFrame:
    """The frame with text for column names. Raises: DataError if it lacks one of the columns needed."""
    frame = text_named(frame)
    others = [column.name for column in known]
    require_columns([column.name for column in needed], list(frame.columns), source, others)
    return frame


def column_positions(schema: Schema) -> list[list[int]]:
    """Positions of the encoded columns of each input column."""
    origins = np.array(schema.origins)
    return [np.flatnonzero(origins == c).tolist() for c in range(len(schema.inputs))]

"""`Schema`: what each column is and how rows become the matrix that the first layer takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from bnfit.schema.names import require_columns, text_named
from bnfit.schema.types import NOWHERE, Bools, Column, Encoded, Place

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Schema:
    """The columns of a table in order, the target and the task.

    Attributes:
        columns: every column of the training table, in its order.
        task: "regression", "binary" or "multiclass".
        classes: the target's classes in the order of their codes; empty for a regression.
        warnings: what the user should look at before trusting a result.
    """

    columns: tuple[Column, ...]
    task: str
    classes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that the matrix is made of, in order."""
        return tuple(column for column in self.columns if column.use == "input")

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
        from bnfit.schema.encoding import encode_inputs

        return encode_inputs(self.inputs, _checked(frame, self.inputs, place.source, self.columns), place)

    def labelled(self, frame: pd.DataFrame, place: Place = NOWHERE) -> Bools:
        """Whether each row (n,) has a target value; leave the others out before `encode_target`."""
        from bnfit.schema.target import has_target

        frame = _checked(frame, [self.target], place.source)
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

    def report(self) -> list[dict[str, str]]:
        """For each column what was found and what is done: `name`, `kind`, `use`, `reason`."""
        return [{"name": c.name, "kind": c.kind, "use": c.use, "reason": c.reason} for c in self.columns]

    def to_json(self) -> dict[str, Any]:
        """Plain values that `from_json` reads back to an equal schema."""
        from bnfit.schema.jsonform import schema_to_json

        return schema_to_json(self)

    @classmethod
    def from_json(cls, data: Any) -> Schema:
        """Read what `to_json` gave.

        Raises:
            ModelFileError: it is no schema.
        """
        from bnfit.schema.jsonform import schema_from_json

        return schema_from_json(data)


def _checked(frame: pd.DataFrame, needed: Sequence[Column], source: str, known: Sequence[Column] = ()) -> pd.DataFrame:
    """The frame with text for column names. Raises: DataError if it lacks one of the columns needed."""
    frame = text_named(frame)
    others = [column.name for column in known]
    require_columns([column.name for column in needed], list(frame.columns), source, others)
    return frame


def feature_names(column: Column) -> tuple[str, ...]:
    """The names of the matrix columns that an input column becomes."""
    name = column.name
    if column.kind == "category":
        values = [f"{name}={level}" for level in column.levels] + ([f"{name}=(other)"] if column.rare else [])
    elif column.kind == "datetime":
        values = [f"{name} ({part})" for part in column.parts]
    else:
        values = [name]
    return (*values, *((f"{name} is missing",) if column.missing else ()))

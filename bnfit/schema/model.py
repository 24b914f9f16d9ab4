"""`Schema`: what each column is and how rows become the matrix that the first layer takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from bnfit.schema.names import require_columns
from bnfit.schema.types import Bools, Column, Encoded, Floats, Place

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
        require_columns([column.name for column in self.inputs], [str(name) for name in frame.columns], source)

    def encode(self, frame: pd.DataFrame, *, source: str = "", lines: npt.NDArray[Any] | None = None) -> Encoded:
        """Turn rows into the matrix of the first layer; each row on its own, so pieces of a table can be encoded.

        Args:
            frame: n rows with at least the input columns, as text or typed.
            source: the file's name, for messages.
            lines: the line in the file of each row (n,), for messages.

        Returns:
            The matrix (n, len(features)) and how many cells were missing or had an unknown level.

        Raises:
            DataError: a column is missing, or a cell cannot be read; the message names file, line, column and value.
        """
        from bnfit.schema.encoding import encode_inputs

        self.check(frame, source=source)
        return encode_inputs(self.inputs, frame, Place(source, lines))

    def labelled(self, frame: pd.DataFrame) -> Bools:
        """Whether each row (n,) has a target value; leave the others out before `encode_target`."""
        from bnfit.schema.encoding import has_target

        return has_target(self.target, frame)

    def encode_target(
        self, frame: pd.DataFrame, *, source: str = "", lines: npt.NDArray[Any] | None = None
    ) -> npt.NDArray[Any]:
        """The target of each row.

        Returns:
            float64 (n,) for a regression, else int64 (n,), indices into `classes`.

        Raises:
            DataError: the column is missing, or a cell is missing or cannot be read.
        """
        from bnfit.schema.encoding import encode_target

        require_columns([self.target.name], [str(name) for name in frame.columns], source)
        return encode_target(self.target, self.classes, frame, Place(source, lines))

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


def feature_names(column: Column) -> tuple[str, ...]:
    """The names of the matrix columns that an input column becomes."""
    return (column.name, *((f"{column.name} is missing",) if column.missing else ()))

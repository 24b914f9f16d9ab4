"""Find out what each column is and what to do with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.errors import DataError
from bnfit.schema.model import Schema
from bnfit.schema.names import require_known
from bnfit.schema.numbers import read_numbers
from bnfit.schema.types import Column, Place, SchemaOptions

_NONE = SchemaOptions()


def infer_schema(
    frame: pd.DataFrame,
    target: str,
    options: SchemaOptions = _NONE,
    *,
    source: str = "",
    lines: npt.NDArray[Any] | None = None,
) -> Schema:
    """Find out what each column of a training table is and what to do with it.

    Args:
        frame: n rows, text or typed columns; rows without a target value are not looked at otherwise.
        target: the column to predict.
        options: what the user states.
        source: the file's name, for messages.
        lines: the line in the file of each row (n,), for messages.

    Raises:
        UsageError: a column that the user named does not exist, or was named for two uses.
        DataError: the target cannot be learned, a cell cannot be read, or no input is left.
    """
    names = [str(name) for name in frame.columns]
    frame = frame.set_axis(names, axis=1)
    require_known([target, *options.features, *options.drop, *options.types, *options.roles], names, source)
    place = Place(source, lines)
    spec = Column(target, "number", "target")
    y = read_numbers(frame[target], spec, place)
    there = ~np.isnan(y)
    if not there.any() or np.ptp(y[there]) == 0:
        raise DataError(f"target '{target}' has one value only: nothing to predict")
    warnings = () if there.all() else (f"{int((~there).sum())} rows without a '{target}' are left out",)
    frame, place = (frame, place) if there.all() else (frame[there], place.only(there))
    columns = tuple(spec if n == target else _number_column(frame[n], n, options, place) for n in names)
    schema = Schema(columns, "regression", (), warnings)
    if not schema.inputs:
        raise DataError("no column is left to learn from")
    return schema


def _number_column(cells: pd.Series[Any], name: str, options: SchemaOptions, place: Place) -> Column:
    if name in options.roles:
        return Column(name, "number", options.roles[name])
    if name in options.drop or (options.features and name not in options.features):
        return Column(name, "number", "left out", "not asked for")
    spec = Column(name, "number", "input")
    values = read_numbers(cells, spec, place)
    there = values[~np.isnan(values)]
    if not len(there):
        return replace(spec, kind="empty", use="left out", reason="no value in any row")
    if np.ptp(there) == 0 and len(there) == len(values):
        return replace(spec, kind="constant", use="left out", reason="one value in every row")
    return replace(spec, fill=(float(there.mean()),), missing=len(there) < len(values))

"""What Python users have in hand as tables: files, data frames, and arrays with or without names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd

from bnfit.errors import DataError, UsageError
from bnfit.table.source import Source, load_table, only_where
from bnfit.table.types import ReadOptions

OF_FILES = tuple(field.name for field in fields(ReadOptions) if field.name not in ("decimal", "names"))
"""Options that say how a file is written, and nothing of a frame."""
TARGET = "y"
"""Name of a target that comes as values without a name."""


def is_file(data: Any) -> bool:
    """Whether the data are the name of a file."""
    return isinstance(data, str | os.PathLike)


def table_of(data: Any, where: str | None = None, reading: ReadOptions | None = None) -> Source:
    """Return any table as a source.

    Args:
        data: a path or a glob; a data frame; a dictionary of columns; an array (n, k), whose columns are called x0, x1,
            ...; a source is returned as it is.
        where: keep the rows for which this holds.
        reading: what is known of how the file is written.

    Raises:
        UsageError: it is none of these, or the condition cannot be used.
        DataError: the file cannot be read, or no row is left.
    """
    if isinstance(data, Source):
        return data
    reading = reading or ReadOptions()
    if is_file(data):
        return load_table(os.fspath(data), where, reading)
    stated = [name for name in OF_FILES if getattr(reading, name) != getattr(ReadOptions(), name)]
    if stated:
        raise UsageError(f"`{stated[0]}` says how a file is written, and the table is in memory", "leave it out")
    return only_where(Source(frame_of(data), decimal=reading.decimal), where)


def frame_of(data: Any) -> pd.DataFrame:
    """Return what is in memory as a frame; one is returned as it is.

    Raises:
        UsageError: it is no table.
    """
    if isinstance(data, pd.DataFrame):
        return data
    if isinstance(data, pd.Series):
        return data.to_frame()
    try:
        if isinstance(data, Mapping) or (isinstance(data, np.ndarray) and data.dtype.names is not None):
            return pd.DataFrame(data)
        return _of_array(np.asarray(data))
    except (TypeError, ValueError) as error:
        what = f"{type(data).__name__} is no table"
        raise UsageError(what, "give a file's name, a data frame or an array of rows and columns") from error


def _of_array(values: np.ndarray[Any, Any]) -> pd.DataFrame:
    if values.ndim != 2 or values.dtype.kind == "c":
        raise TypeError
    frame = pd.DataFrame(values, columns=unnamed(values.shape[1]))
    return frame.infer_objects() if values.dtype == object else frame


def unnamed(count: int) -> list[str]:
    """Return names for the columns of an array that has none."""
    return [f"x{number}" for number in range(count)]


def has_names(data: Any) -> bool:
    """Whether the columns of a table come with names, by which keys are told."""
    named = is_file(data) or isinstance(data, pd.DataFrame | pd.Series | Mapping)
    return named or getattr(getattr(data, "dtype", None), "names", None) is not None


def numbers_in(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns that are typed as numbers."""
    return [str(name) for name, kind in frame.dtypes.items() if pd.api.types.is_any_real_numeric_dtype(kind)]


def with_column(source: Source, values: Any, usual: str) -> tuple[Source, str]:
    """Add values to a table as its last column.

    Args:
        source: n rows.
        values: one for each row.
        usual: name of the column, where the values have none of their own and the table has no such column.

    Returns:
        The table, and the name of the column.

    Raises:
        DataError: they are not one for each row.
    """
    names = list(map(str, source.frame.columns))
    own = getattr(values, "name", None)
    name = own if isinstance(own, str) and own not in names else usual
    while name in names:
        name += "_"
    column = values.array if isinstance(values, pd.Series) else np.asarray(values)
    column = column.ravel() if getattr(column, "shape", ())[1:] == (1,) else column
    if column.ndim != 1 or len(column) != len(source.frame):
        rows = len(source.frame)
        raise DataError(f"{name}: one value for each of the {rows} rows is needed, not shape {column.shape}")
    frame = source.frame.assign(**{name: column})
    return replace(source, frame=frame), name

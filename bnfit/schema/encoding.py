"""Rows to numbers, by the schema's columns: every cell is read on its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.errors import DataError
from bnfit.schema.model import feature_names
from bnfit.schema.numbers import read_numbers
from bnfit.schema.types import Bools, Column, Encoded, Floats, Place


def encode_inputs(inputs: Sequence[Column], frame: pd.DataFrame, place: Place) -> Encoded:
    """As `Schema.encode`."""
    x = np.empty((len(frame), sum(len(feature_names(column)) for column in inputs)))
    unseen: dict[str, int] = {}
    filled: dict[str, int] = {}
    start = 0
    for column in inputs:
        values = read_numbers(frame[column.name], column, place)
        gone = np.isnan(values)
        if gone.any():
            filled[column.name] = int(gone.sum())
            values = np.where(gone, column.fill[0], values)
        x[:, start] = values
        if column.missing:
            x[:, start + 1] = gone
        start += len(feature_names(column))
    return Encoded(x, unseen, filled)


def has_target(target: Column, frame: pd.DataFrame) -> Bools:
    """As `Schema.labelled`."""
    return ~np.isnan(read_numbers(frame[target.name], target, Place()))


def encode_target(target: Column, classes: Sequence[str], frame: pd.DataFrame, place: Place) -> npt.NDArray[Any]:
    """As `Schema.encode_target`."""
    values: Floats = read_numbers(frame[target.name], target, place)
    gone = np.isnan(values)
    if gone.any():
        raise DataError(f"target '{target.name}' has no value in {place.at(int(np.argmax(gone)))}")
    return values

"""Columns that steer the training instead of feeding it: weights, groups and time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.errors import DataError
from bnfit.schema.cells import text_cells
from bnfit.schema.dates import find_order, read_days
from bnfit.schema.look import Look, number_format, number_share
from bnfit.schema.numbers import read_numbers
from bnfit.schema.types import Bools, Column, Floats, Place


def describe_role(look: Look, name: str, role: str, prefer: str, place: Place) -> Column:
    """Say how a column is read that is weight, group or time.

    Raises:
        DataError: its cells do not serve: a weight that is negative, a time that has no order.
    """
    spec = Column(
        name, "category", role, {"weight": "weight of each row", "group": "kept together in a fold"}.get(role, "")
    )
    if role == "group":
        return spec
    times = None if look.numeric else find_order(look.cells.texts) if look.form == "text" else ("ymd", False)
    if role == "time" and times is not None and number_share(look, prefer)[0] < 1:
        spec = replace(spec, kind="datetime", order=times[0], reason="order in time")
    else:
        reason = spec.reason or "order in time"
        spec = replace(spec, kind="number", number=number_format(look, prefer), reason=reason)
    values = role_values(spec, look.column, place)
    if role == "weight":
        require_weight(spec, values)
    return spec


def require_weight(spec: Column, values: Floats) -> None:
    """Raises: DataError if the weights (n,) of a whole table are all 0."""
    if len(values) and not values.any():
        raise DataError(f"weight column '{spec.name}' is 0 in every row", "choose another column")


def role_values(spec: Column, cells: pd.Series[Any], place: Place) -> npt.NDArray[Any]:
    """As `Schema.role`, for the cells of the role's column."""
    if spec.use == "group":
        groups = text_cells(cells)
        _, codes = np.unique(np.array([*groups.texts, ""], dtype=object).astype(str), return_inverse=True)
        return codes[groups.codes].astype(np.int64)
    values: Floats = (read_days if spec.kind == "datetime" else read_numbers)(cells, spec, place)
    _refuse(np.isnan(values), spec, place, "no value")
    if spec.use == "weight":
        _refuse(values < 0, spec, place, "a negative value")
    return values


def _refuse(bad: Bools, spec: Column, place: Place, what: str) -> None:
    if bad.any():
        where = place.at(int(np.argmax(bad)))
        raise DataError(
            f"{spec.use} column '{spec.name}' has {what} in {where}", "correct the cell or leave the row out"
        )

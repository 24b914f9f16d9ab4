"""Columns that are no inputs but steer the training: weights, groups and time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.schema.dates import find_order, read_times
from bnfit.schema.numbers import read_numbers
from bnfit.schema.profile import ColumnProfile, number_format, number_share
from bnfit.schema.text_cells import text_cells, whole_text
from bnfit.schema.time_zones import with_zones
from bnfit.schema.types import Column
from bnfit.table.place import Place


def describe_role(profile: ColumnProfile, name: str, role: str, prefer: str, place: Place) -> Column:
    """Describe a column that is weight, group or time, and check its cells.

    Raises:
        DataError: its cells do not serve: a weight that is negative, a time that has no order.
    """
    spec = Column(
        name, "category", role, {"weight": "weight of each row", "group": "kept together in a fold"}.get(role, "")
    )
    if role == "group":
        return spec
    times = None if profile.numeric else find_order(profile.cells.texts) if profile.form == "text" else ("ymd", False)
    if role == "time" and times is not None and number_share(profile, prefer)[0] < 1:
        spec = replace(spec, kind="datetime", order=times[0], reason="order in time")
        spec = with_zones(spec, read_times(profile.column, spec, place))
    else:
        reason = spec.reason or "order in time"
        spec = replace(spec, kind="number", number=number_format(profile, prefer), reason=reason)
    values = role_values(spec, profile.column, place)
    if role == "weight":
        require_weight(spec, values)
    return spec


def require_weight(spec: Column, values: Floats) -> None:
    """Raises: DataError if the weights (n,) of a whole table are all 0."""
    if len(values) and not values.any():
        raise DataError(f"weight column '{spec.name}' is 0 in every row", "choose another column", column=spec.name)


def role_values(spec: Column, cells: pd.Series[Any], place: Place) -> npt.NDArray[Any]:
    """Read the cells of a role's column; see `Schema.role`."""
    if spec.use == "group":
        groups = text_cells(cells)
        names = [*map(whole_text, groups.texts), ""]  # 12 in one part of a table may be 12.0 in another
        _, codes = np.unique(np.array(names, dtype=object).astype(str), return_inverse=True)
        return codes[groups.codes].astype(np.int64)
    is_time = spec.kind == "datetime"
    values = read_times(cells, spec, place).utc if is_time else read_numbers(cells, spec, place)
    _refuse(np.isnan(values), spec, place, "no value")
    if spec.use == "weight":
        _refuse(values < 0, spec, place, "a negative value")
    return values


def _refuse(bad: Bools, spec: Column, place: Place, what: str) -> None:
    if bad.any():
        where = place.at(int(np.argmax(bad)))
        raise DataError(
            f"{spec.use} column '{spec.name}' has {what} in {where}",
            "correct the cell or leave the row out",
            column=spec.name,
        )

"""The target: a number to predict or classes to tell apart, and its values row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.errors import DataError, UsageError
from bnfit.schema.booleans import is_pair, read_booleans, words_of
from bnfit.schema.categories import MISSING, UNSEEN, in_order, level_codes, level_counts
from bnfit.schema.dates import find_order
from bnfit.schema.look import Look, is_mostly_numbers, level_format, number_format, number_share
from bnfit.schema.numbers import no_number, read_numbers, shown
from bnfit.schema.types import Bools, Column, Floats, Ints, Place, SchemaOptions

_MOSTLY = 0.5  # of the target's cells: then text among them is an error, never a class


@dataclass(frozen=True)
class Target:
    """The target column, the task it makes, its classes, and what the user should know about them."""

    column: Column
    task: str
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def describe_target(look: Look, name: str, options: SchemaOptions, prefer: str, place: Place) -> Target:
    """Say what there is to predict.

    Raises:
        UsageError: the stated task or kind is none that a target can have.
        DataError: the target has one value at most, cells that do not go together, or nearly a class for every row.
    """
    stated, task = options.types.get(name), options.task
    if task not in (None, "regression", "classification"):
        raise UsageError(f"unknown task '{task}'", "choose regression or classification")
    if stated not in (None, "number", "boolean", "category"):
        raise UsageError(f"the target '{name}' cannot be of type {stated}", "choose number, boolean or category")
    base = Column(name, "number", "target")
    if stated == "boolean" or (stated is None and (look.form == "boolean" or _is_pair(look))):
        return _yes_or_no(base, look, task, place)
    if task == "classification" or (task is None and stated == "category"):
        return _classes(base, look, prefer, ())
    if task is None and stated is None and look.numeric and _is_zero_one(look):
        return _classes(base, look, prefer, (f"target '{name}' is 0 or 1: classes, unless --task regression",))
    if look.numeric or stated == "number":
        return _number(base, look, prefer, place)
    return _from_text(base, look, task, prefer, place)


def has_target(target: Column, classes: Sequence[str], frame: pd.DataFrame, place: Place) -> Bools:
    """As `Schema.labelled`."""
    codes = _codes(target, classes, frame, place)
    return codes != MISSING if codes.dtype == np.int64 else ~np.isnan(codes)


def encode_target(target: Column, classes: Sequence[str], frame: pd.DataFrame, place: Place) -> npt.NDArray[Any]:
    """As `Schema.encode_target`."""
    values = _codes(target, classes, frame, place)
    is_class = values.dtype == np.int64
    gone = values == MISSING if is_class else np.isnan(values)
    if gone.any():
        raise DataError(f"target '{target.name}' has no value in {place.at(int(np.argmax(gone)))}")
    if is_class and (values == UNSEEN).any():
        row = int(np.argmax(values == UNSEEN))
        cell = shown(str(frame[target.name].iloc[row]).strip())
        raise DataError(
            f"target '{target.name}' holds {cell} in {place.at(row)}, a class that training did not have",
            f"the classes are {', '.join(classes[:10])}" + (", …" if len(classes) > 10 else ""),
        )
    return values


def _codes(target: Column, classes: Sequence[str], frame: pd.DataFrame, place: Place) -> Floats | Ints:
    """The target's values, NaN where missing, or its classes with `MISSING` and `UNSEEN`."""
    cells = frame[target.name]
    if target.kind == "number":
        return _values(cells, target, place)
    if target.kind == "category":
        return level_codes(cells, target)
    values = read_booleans(cells, target, place)
    return np.where(np.isnan(values), MISSING, np.nan_to_num(values)).astype(np.int64) if classes else values


def _values(cells: pd.Series[Any], target: Column, place: Place) -> Floats:
    """As `read_numbers`; a target cannot be dropped, but rows without a value are left out."""
    try:
        return read_numbers(cells, target, place)
    except DataError as error:
        raise DataError(error.message, "correct the cell, or leave it empty to leave the row out") from error


def _is_pair(look: Look) -> bool:
    return look.text is not None and is_pair(look.text.texts)


def _is_zero_one(look: Look) -> bool:
    assert look.values is not None
    return bool(np.isin(look.values[~np.isnan(look.values)], (0.0, 1.0)).all())


def _yes_or_no(base: Column, look: Look, task: str | None, place: Place) -> Target:
    spec = replace(base, kind="boolean")
    values = read_booleans(look.column, spec, place)
    _require_two(spec, values[~np.isnan(values)])
    no, yes = words_of(look.cells)
    if task == "regression":
        return Target(replace(spec, reason=f"predicted as a number, '{no}' is 0, '{yes}' is 1"), "regression")
    return Target(replace(spec, reason=f"2 classes: {no}, {yes}"), "binary", (no, yes))


def _number(base: Column, look: Look, prefer: str, place: Place) -> Target:
    spec = replace(base, number=number_format(look, prefer), reason="predicted as a number")
    values = _values(look.column, spec, place)
    there = values[~np.isnan(values)]
    _require_two(spec, there)
    distinct = np.unique(there[:10_000])
    few = len(distinct) <= 10 and len(there) >= 10 * len(distinct) and bool((distinct == np.floor(distinct)).all())
    note = f"target '{base.name}' has {len(distinct)} whole values: numbers, unless --task classification"
    return Target(spec, "regression", (), (note,) if few else ())


def _from_text(base: Column, look: Look, task: str | None, prefer: str, place: Place) -> Target:
    cells = look.cells
    share, odd = number_share(look, prefer)
    if share == 1.0:
        return _number(base, look, prefer, place)
    if (task == "regression" or share >= _MOSTLY or is_mostly_numbers(share, odd)) and odd.any():
        problem = no_number(cells, odd, base.name, place)
        hint = "correct the cell, leave it empty to leave the row out, or predict classes with --task classification"
        raise DataError(problem.message, hint)
    if look.form == "time" or find_order(cells.texts) is not None:
        raise DataError(
            f"target '{base.name}' holds dates, which cannot be predicted", "choose a column of numbers or classes"
        )
    return _classes(base, look, prefer, ())


def _classes(base: Column, look: Look, prefer: str, notes: tuple[str, ...]) -> Target:
    number, cells = level_format(look, prefer), look.cells
    counts = in_order(level_counts(cells, number), number is not None)
    rows = sum(counts.values())
    if len(counts) < 2:
        raise _one_value(base.name, next(iter(counts), None))
    if len(counts) > max(2, rows / 2):
        raise DataError(
            f"target '{base.name}' has {len(counts)} different values in {rows} rows: too many for classes",
            "choose a column with fewer values, or --task regression for numbers",
        )
    single = [level for level, count in counts.items() if count == 1]
    if single:
        named = ", ".join(map(shown, single[:5])) + (", …" if len(single) > 5 else "")
        notes += (
            f"class{'es' * (len(single) > 1)} {named} of '{base.name}' with one row: cannot be learned and judged",
        )
    names = ", ".join(list(counts)[:5]) + (", …" if len(counts) > 5 else "")
    spec = replace(
        base,
        kind="category",
        levels=tuple(counts),
        numeric=number is not None,
        number=number or base.number,
        reason=f"{len(counts)} classes: {names}",
    )
    return Target(spec, "binary" if len(counts) == 2 else "multiclass", spec.levels, notes)


def _require_two(spec: Column, values: Floats) -> None:
    """Raises: DataError if there are not two different values."""
    if not len(values) or values.min() == values.max():
        raise _one_value(spec.name, f"{values[0]:g}" if len(values) else None)


def _one_value(name: str, value: str | None) -> DataError:
    what = f"is {value} in every row" if value is not None else "has no value in any row"
    return DataError(f"target '{name}' {what}: nothing to predict", "choose another target")

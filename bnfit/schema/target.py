"""The target: a number to predict or classes to tell apart, and its values row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from bnfit.arrays import Bools, Floats, Ints
from bnfit.errors import DataError, UsageError, listed
from bnfit.schema.booleans import is_pair, read_booleans, words_of
from bnfit.schema.categories import MISSING, UNSEEN, level_codes, level_counts
from bnfit.schema.dates import find_order
from bnfit.schema.missing_texts import frequent, tell_of_target
from bnfit.schema.numbers import no_number, parse_texts, read_numbers, shown
from bnfit.schema.profile import (
    ColumnProfile,
    is_mostly_numbers,
    level_format,
    number_format,
    number_share,
    profile_column,
)
from bnfit.schema.types import Column, SchemaOptions
from bnfit.table.cell_types import WORDS
from bnfit.table.place import Place

_MOSTLY = 0.5  # of the target's cells: then text among them is an error, never a class


@dataclass(frozen=True)
class Target:
    """The target column, its task, its classes, and notes on them for the user."""

    column: Column
    task: str
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def describe_target(profile: ColumnProfile, name: str, options: SchemaOptions, prefer: str, place: Place) -> Target:
    """Infer the target's kind, the task and the classes.

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
    target = _described(base, profile, stated, task, prefer, place)
    return replace(target, notes=(*target.notes, *tell_of_target(target.column, profile)))


def _described(
    base: Column, profile: ColumnProfile, stated: str | None, task: str | None, prefer: str, place: Place
) -> Target:
    """Infer the target; see `describe_target`."""
    name = base.name
    if stated == "boolean" or (stated is None and (profile.form == "boolean" or _is_pair(profile, task))):
        return _yes_or_no(base, profile, task, place)
    if task == "classification" or (task is None and stated == "category"):
        return _classes(base, profile, prefer, (), place)
    if task is None and stated is None and profile.numeric and _is_zero_one(profile):
        notes = (f"target '{name}' is 0 or 1: classes, unless `task=regression`",)
        return _classes(base, profile, prefer, notes, place)
    if task is None and stated is None and profile.inexact:
        notes = (f"target '{name}' holds whole numbers that differ beyond 2^53: classes, unless `task=regression`",)
        return _classes(base, profile, prefer, notes, place)
    if profile.numeric or stated == "number":
        return _number(base, profile, prefer, place)
    return _from_text(base, profile, task, prefer, place)


def has_target(target: Column, classes: Sequence[str], frame: pd.DataFrame, place: Place) -> Bools:
    """Return whether each row has a target value; see `Schema.labelled`."""
    codes = _codes(target, classes, frame, place)
    return codes != MISSING if codes.dtype == np.int64 else ~np.isnan(codes)


def encode_target(target: Column, classes: Sequence[str], frame: pd.DataFrame, place: Place) -> npt.NDArray[Any]:
    """Encode the target of each row; see `Schema.encode_target`."""
    values = _codes(target, classes, frame, place)
    is_class = values.dtype == np.int64
    gone = values == MISSING if is_class else np.isnan(values)
    if gone.any():
        where = place.at(int(np.argmax(gone)))
        raise DataError(f"target '{target.name}' has no value in {where}", column=target.name)
    if is_class and (values == UNSEEN).any():
        row = int(np.argmax(values == UNSEEN))
        cell = shown(str(frame[target.name].iloc[row]).strip())
        raise DataError(
            f"target '{target.name}' holds {cell} in {place.at(row)}, a class that training did not have",
            f"the classes are {listed(classes, 10)}",
            column=target.name,
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
    """Read a numeric target; the advice differs from `read_numbers`, since a target cannot be dropped."""
    try:
        return read_numbers(cells, target, place)
    except DataError as error:
        hint = "correct the cell, or leave it empty to leave the row out"
        raise DataError(error.message, hint, column=target.name) from error


def _is_pair(profile: ColumnProfile, task: str | None) -> bool:
    """Whether the target is yes or no, without a third class."""
    if profile.text is None or not is_pair(profile.text.texts):
        return False
    return task == "regression" or not frequent(profile) - WORDS


def _is_zero_one(profile: ColumnProfile) -> bool:
    assert profile.values is not None
    return bool(np.isin(profile.values[~np.isnan(profile.values)], (0.0, 1.0)).all())


def _is_zero_one_text(profile: ColumnProfile, prefer: str) -> bool:
    values, _ = parse_texts(profile.cells.texts, number_format(profile, prefer))
    return bool(np.isin(values[~np.isnan(values)], (0.0, 1.0)).all())


def _yes_or_no(base: Column, profile: ColumnProfile, task: str | None, place: Place) -> Target:
    spec = replace(base, kind="boolean")
    values = read_booleans(profile.column, spec, place)
    _require_two(spec, values[~np.isnan(values)])
    no, yes = words_of(profile.cells)
    if task == "regression":
        return Target(replace(spec, reason=f"predicted as a number, '{no}' is 0, '{yes}' is 1"), "regression")
    return Target(replace(spec, reason=f"2 classes: {no}, {yes}"), "binary", (no, yes))


def _number(base: Column, profile: ColumnProfile, prefer: str, place: Place) -> Target:
    spec = replace(base, number=number_format(profile, prefer), reason="predicted as a number")
    values = _values(profile.column, spec, place)
    there = values[~np.isnan(values)]
    _require_two(spec, there)
    distinct = np.unique(there[:10_000])
    few = len(distinct) <= 10 and len(there) >= 10 * len(distinct) and bool((distinct == np.floor(distinct)).all())
    note = f"target '{base.name}' has {len(distinct)} whole values: numbers, unless `task=classification`"
    return Target(spec, "regression", (), (note,) if few else ())


def _from_text(base: Column, profile: ColumnProfile, task: str | None, prefer: str, place: Place) -> Target:
    cells = profile.cells
    share, odd = number_share(profile, prefer)
    if share == 1.0:
        third = task is None and _is_zero_one_text(profile, prefer) and frequent(profile) - WORDS
        return _classes(base, profile, prefer, (), place) if third else _number(base, profile, prefer, place)
    if (task == "regression" or share >= _MOSTLY or is_mostly_numbers(share, odd)) and odd.any():
        problem = no_number(cells, odd, base.name, place)
        hint = "correct the cell, leave it empty to leave the row out, or predict classes with `task=classification`"
        raise DataError(problem.message, hint, column=base.name)
    if profile.form == "time" or find_order(cells.texts) is not None:
        raise DataError(
            f"target '{base.name}' holds dates, which cannot be predicted",
            "choose a column of numbers or classes",
            column=base.name,
        )
    return _classes(base, profile, prefer, (), place)


def _classes(base: Column, profile: ColumnProfile, prefer: str, notes: tuple[str, ...], place: Place) -> Target:
    number = level_format(profile, prefer, place.files)
    if number is None and not is_pair(profile.cells.texts):
        profile = profile_column(profile.column, profile.words | (frequent(profile) & WORDS))
    cells = profile.cells
    counts = level_counts(cells, number)
    rows = sum(counts.values())
    if len(counts) < 2:
        raise _one_value(base.name, next(iter(counts), None))
    if len(counts) > max(2, rows / 2):
        raise DataError(
            f"target '{base.name}' has {len(counts)} different values in {rows} rows: too many for classes",
            "choose a column with fewer values, or `task=regression` for numbers",
            column=base.name,
        )
    single = [level for level, count in counts.items() if count == 1]
    if single:
        named = listed([shown(level) for level in single], 5)
        notes += (
            f"class{'es' * (len(single) > 1)} {named} of '{base.name}' with one row: cannot be learned and judged",
        )
    names = listed(list(counts), 5)
    spec = replace(
        base,
        kind="category",
        levels=tuple(counts),
        numeric=number is not None,
        words=tuple(sorted(WORDS.intersection(counts))),
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
    return DataError(f"target '{name}' {what}: nothing to predict", "choose another target", column=name)

"""Schema inference: the kind and the use of each column of a training table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bnfit.arrays import Floats
from bnfit.errors import DataError, UsageError, listed
from bnfit.schema.infer_kind import as_number, describe
from bnfit.schema.keys import counts_rows
from bnfit.schema.profile import (
    ColumnProfile,
    decimal_mark,
    number_format,
    profile_column,
)
from bnfit.schema.remarks import Remarks
from bnfit.schema.roles import describe_role
from bnfit.schema.schema import Schema
from bnfit.schema.target import Target, describe_target, encode_target, has_target
from bnfit.schema.types import ROLES, STATABLE_KINDS, Column, LeftOut, SchemaOptions
from bnfit.table.cell_types import WORDS
from bnfit.table.column_names import require_known, require_once, text_named
from bnfit.table.pile import chosen_rows
from bnfit.table.place import NOWHERE, Place

_NONE = SchemaOptions()


def infer_schema(
    frame: pd.DataFrame,
    target: str,
    options: SchemaOptions = _NONE,
    place: Place = NOWHERE,
    delimiter: str = "",
    words: bool = False,
) -> Schema:
    """Infer the kind and the use of each column of a training table.

    Args:
        frame: n rows, text or typed columns; rows without a target value are not looked at otherwise.
        target: the column to predict.
        options: what the user states.
        place: where the rows come from, for messages.
        delimiter: what stands between the cells of the file; with a semicolon a decimal comma is likelier.
        words: whether the usual texts for "missing" are levels of categories, as in those that are stated.

    Raises:
        UsageError: a column that the user named does not exist, or was named for two uses.
        DataError: the target cannot be learned, a cell cannot be read, or no input is left.
    """
    names = [str(name) for name in frame.columns]
    _check_request(names, target, options, place.source)
    frame = text_named(frame)
    kept = {name: WORDS if words or options.types.get(name) == "category" else frozenset[str]() for name in names}
    profiles = {name: profile_column(frame[name], kept[name]) for name in names}
    prefer = decimal_mark(profiles.values(), options.decimal, delimiter)
    numbering = [name for name in names if _numbers_rows(profiles[name], name, options, place)]
    goal = describe_target(profiles[target], target, options, prefer, place)
    labelled = has_target(goal.column, goal.classes, frame, place)
    notes = goal.notes
    if not labelled.all():
        left_out = int((~labelled).sum())
        notes += (f"{left_out} row{'s' * (left_out != 1)} without a value of '{target}' left out",)
        frame, place = chosen_rows(frame, labelled), place.only(labelled)
        profiles = {name: profile_column(frame[name], kept[name]) for name in profiles}
    y = _outputs(goal, frame, place)
    columns = {name: _describe(name, profiles, goal, options, prefer, place, y) for name in names}
    uncounted = columns | {name: _row_number(columns[name]) for name in numbering if columns[name].use == "input"}
    if any(column.use == "input" for column in uncounted.values()):
        columns = uncounted
    else:
        notes += tuple(f"column '{name}' counts the rows of the file, but no other input is left" for name in numbering)
    schema = Schema(tuple(columns.values()), goal.task, goal.classes)
    _require_inputs(schema)
    remarks = Remarks(schema, frame, profiles, options)
    return replace(schema, warnings=tuple(remarks.warnings()), notes=(*notes, *remarks.notes()))


def _describe(
    name: str,
    profiles: Mapping[str, ColumnProfile],
    goal: Target,
    options: SchemaOptions,
    prefer: str,
    place: Place,
    y: Floats,
) -> Column:
    if name == goal.column.name:
        return goal.column
    profile = profiles[name]
    if name in options.roles:
        return describe_role(profile, name, options.roles[name], prefer, place)
    if _unwanted(name, options):
        return _not_asked_for(profile, name, prefer)
    column = describe(profile, name, options.types.get(name), prefer, place, y)
    taken = name in options.features or not options.keys
    if column.kind == "identifier" and profile.numeric and taken and name not in options.types:
        return as_number(replace(column, use="input", left_out=None), profile, number_format(profile, prefer), place)
    return column


def _outputs(goal: Target, frame: pd.DataFrame, place: Place) -> Floats:
    """The target of each row (n,), or 0/1 for each class (n, c)."""
    values = encode_target(goal.column, goal.classes, frame, place)
    return np.eye(len(goal.classes))[values] if goal.classes else np.asarray(values, float)


def _numbers_rows(profile: ColumnProfile, name: str, options: SchemaOptions, place: Place) -> bool:
    """Whether a column only counts the rows of the table, and nobody said what it is."""
    stated = name in options.types or name in options.features or name in options.roles or not options.keys
    return not stated and profile.numeric and profile.values is not None and counts_rows(profile.values, place)


def _row_number(column: Column) -> Column:
    spec = Column(column.name, "identifier", "input")
    return spec.without(LeftOut.ROW_NUMBER, "counts the rows of the file one by one")


def _not_asked_for(profile: ColumnProfile, name: str, prefer: str) -> Column:
    try:
        kind = describe(profile, name, None, prefer, NOWHERE).kind
    except DataError:  # what is wrong with a column that nobody uses is no problem
        kind = "text"
    return Column(name, kind, "input").without(LeftOut.NOT_ASKED_FOR, "not asked for")


def _unwanted(name: str, options: SchemaOptions) -> bool:
    asked = not options.features or name in options.features
    return name not in options.roles and (name in options.drop or not asked)


def _check_request(names: Sequence[str], target: str, options: SchemaOptions, source: str) -> None:
    """Raises: UsageError if the options do not go together or do not fit the table; DataError for equal names."""
    require_once(names, names, source)
    require_known([target, *options.features, *options.drop, *options.types, *options.roles], names, source)
    for what, values, allowed in (
        ("kind", options.types.values(), STATABLE_KINDS),
        ("role", options.roles.values(), ROLES),
        ("decimal mark", [] if options.decimal is None else [options.decimal], (".", ",")),
    ):
        for value in values:
            if value not in allowed:
                raise UsageError(f"unknown {what} '{value}'", f"choose one of {' '.join(allowed)}")
    if len(set(options.roles.values())) < len(options.roles):
        raise UsageError("two columns for one role", "name one weight, one group and one time column at most")
    uses = Counter([target, *set(options.features), *set(options.drop), *options.roles])
    clash = [name for name, count in uses.items() if count > 1]
    if clash:
        raise UsageError(
            f"column '{clash[0]}' is asked for in two uses", "a column is target, input, dropped or a role"
        )


def _require_inputs(schema: Schema) -> None:
    """Raises: DataError if no column is left to learn from."""
    if schema.inputs:
        return
    others = [f"'{c.name}' ({c.kind}: {c.reason})" for c in schema.columns if c.use == "left out"]
    hint = f"left out: {listed(others, 5, '; ')}" if others else "the table has the target only"
    raise DataError("no column is left to learn from", hint)

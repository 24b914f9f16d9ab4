"""Schema inference: the kind and the use of each column of a training table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from bnfit.arrays import Floats, at_most
from bnfit.errors import DataError, UsageError, listed
from bnfit.schema.categories import alike, level_counts
from bnfit.schema.dates import read_times
from bnfit.schema.encode import encode_inputs
from bnfit.schema.infer_kind import as_number, describe
from bnfit.schema.keys import counts_rows, is_id_name, is_owner_name
from bnfit.schema.leakage import MAX_ROWS, giveaways
from bnfit.schema.missing_texts import tell_of_inputs
from bnfit.schema.numbers import shown
from bnfit.schema.profile import (
    ColumnProfile,
    decimal_mark,
    has_decimal_comma,
    is_ambiguous,
    number_format,
    profile_column,
)
from bnfit.schema.roles import describe_role
from bnfit.schema.schema import Schema
from bnfit.schema.sentinels import tell_codes
from bnfit.schema.target import Target, describe_target, encode_target, has_target
from bnfit.schema.text_cells import text_cells, whole_text
from bnfit.schema.time_zones import tell_mixture
from bnfit.schema.types import ROLES, STATABLE_KINDS, Column, LeftOut, SchemaOptions
from bnfit.table.cell_types import WORDS
from bnfit.table.column_names import require_known, require_once, text_named
from bnfit.table.place import NOWHERE, Place

_NONE = SchemaOptions()
FEWEST_OWNERS = 10
POOLED = 0.1
"""A share of the rows; that so many have a rare level is told."""


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
        frame, place = frame[labelled], place.only(labelled)
        profiles = {name: profile_column(frame[name], kept[name]) for name in profiles}
    y = _outputs(goal, frame, place)
    columns = {name: _describe(name, profiles, goal, options, prefer, place, y) for name in names}
    uncounted = columns | {name: _row_number(columns[name]) for name in numbering if columns[name].use == "input"}
    if any(column.use == "input" for column in uncounted.values()):
        columns = uncounted
    else:
        notes += tuple(f"column '{name}' counts the rows of the file, but no other input is left" for name in numbering)
    schema = Schema(tuple(columns.values()), goal.task, goal.classes, notes)
    _require_inputs(schema)
    return replace(schema, warnings=(*notes, *_warnings(schema, frame, profiles, options), *_mixtures(schema, frame)))


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


def _mixtures(schema: Schema, frame: pd.DataFrame) -> list[str]:
    """Name the columns of which some times have an offset from UTC and others have none."""
    mixed = [c for c in schema.columns if c.use in ("input", "time") and c.naive and c.offsets]
    return [tell_mixture(c, read_times(frame[c.name], c, NOWHERE)) for c in mixed]


def _warnings(
    schema: Schema, frame: pd.DataFrame, profiles: Mapping[str, ColumnProfile], options: SchemaOptions
) -> list[str]:
    warnings = [
        f"column '{c.name}' was asked for but is left out: {c.kind}, {c.reason}; state its kind to use it"
        for c in schema.columns
        if c.use == "left out" and c.name in options.features
    ]
    warnings += _groups(schema, frame, profiles, options)
    warnings += [] if options.decimal is not None else _unsure_marks(schema, profiles)
    warnings += _lookalikes(schema, profiles)
    warnings += _pools(schema, profiles)
    numbers = [c for c in schema.columns if c.use in ("input", "target") and c.kind == "number"]
    warnings += tell_codes((c, profiles[c.name]) for c in numbers)
    warnings += tell_of_inputs(schema.inputs, profiles)
    some = frame.iloc[at_most(np.arange(len(frame)), MAX_ROWS)]
    y = encode_target(schema.target, schema.classes, some, NOWHERE)
    return [*giveaways(schema.inputs, encode_inputs(schema.inputs, some, NOWHERE).x, y), *warnings]


def _groups(
    schema: Schema, frame: pd.DataFrame, profiles: Mapping[str, ColumnProfile], options: SchemaOptions
) -> Iterator[str]:
    """Name the columns that say whose rows are, and the rows of which the group does not say it."""
    group = schema.column_for("group")
    if group is not None:
        alone = int(text_cells(frame[group.name]).missing.sum())
        if alone:
            yield f"{alone} row{'s' * (alone > 1)} without a value of '{group.name}' stay together as one group"
    for column in schema.inputs:
        asked = column.name in options.features or column.name in options.types
        if column.kind == "number" and is_id_name(column.name) and not asked:
            yield f"column '{column.name}' is called like a key but its numbers repeat: drop it, or use it as the group"
        elif column.kind == "category" and group is None and _names_persons(column, profiles[column.name]):
            yield (
                f"column '{column.name}' says whose the rows are: if the model is to predict for others than these, "
                f"state `group={column.name!r}`"
            )


def _names_persons(column: Column, profile: ColumnProfile) -> bool:
    """Whether a category is called as what names a person or a thing, and has many levels of some rows each."""
    levels = len(column.levels) + len(column.rare)
    return is_owner_name(column.name) and FEWEST_OWNERS <= levels <= len(profile.column) / 2


def _unsure_marks(schema: Schema, profiles: Mapping[str, ColumnProfile]) -> Iterator[str]:
    """Name the columns whose numbers can be read with either decimal mark, where the file did not decide."""
    sure = has_decimal_comma(profiles.values())
    for column in schema.columns:
        if column.use == "left out" or not is_ambiguous(profiles[column.name], column.number):
            continue
        mark = column.number.thousands
        if mark:
            yield f"column '{column.name}': '{mark}' is read as a mark between thousands; if it is not, state `decimal`"
        elif not sure:
            yield f"column '{column.name}': ',' is read as the decimal mark; if it is not, state `decimal`"


def _pools(schema: Schema, profiles: Mapping[str, ColumnProfile]) -> Iterator[str]:
    """Name the columns of which many rows have a level that is too rare to be told from others."""
    for column in schema.inputs:
        if not column.rare:
            continue
        counts = level_counts(profiles[column.name].cells, column.number if column.numeric else None)
        pooled = sum(counts.get(level, 0) for level in column.rare)
        if pooled > POOLED * sum(counts.values()):
            share = f"{100 * pooled / sum(counts.values()):.0f} %"
            yield f"column '{column.name}': {len(column.rare)} rare levels, in {share} of the rows, count as one"


def _lookalikes(schema: Schema, profiles: Mapping[str, ColumnProfile]) -> Iterator[str]:
    """Name the levels, classes and groups that are probably one, but are written in two ways."""
    for column in schema.columns:
        levels: Iterable[str] = (*column.levels, *column.rare) if column.use != "left out" else ()
        if column.use == "group":
            levels = map(whole_text, profiles[column.name].cells.texts)
        same = [" and ".join(map(shown, texts)) for texts in alike(levels)]
        if same:
            how = "differ in case, blanks or '.0' only, and count as different"
            yield f"column '{column.name}': {listed(same, 5)} {how}"

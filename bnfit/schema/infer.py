"""Find out what each column of a training table is and what to do with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from bnfit.errors import DataError, UsageError
from bnfit.schema.encoding import encode_inputs
from bnfit.schema.kinds import as_number, describe
from bnfit.schema.leaks import MAX_ROWS, giveaways
from bnfit.schema.look import Look, decimal_mark, is_ambiguous, look_at, number_format
from bnfit.schema.model import Schema
from bnfit.schema.names import require_known, text_named
from bnfit.schema.roles import describe_role
from bnfit.schema.target import Target, describe_target, encode_target, has_target
from bnfit.schema.types import NOWHERE, ROLES, STATABLE_KINDS, Column, Place, SchemaOptions
from bnfit.schema.words import is_id_name

_NONE = SchemaOptions()


def infer_schema(
    frame: pd.DataFrame,
    target: str,
    options: SchemaOptions = _NONE,
    place: Place = NOWHERE,
) -> Schema:
    """Find out what each column of a training table is and what to do with it.

    Args:
        frame: n rows, text or typed columns; rows without a target value are not looked at otherwise.
        target: the column to predict.
        options: what the user states.
        place: where the rows come from, for messages.

    Raises:
        UsageError: a column that the user named does not exist, or was named for two uses.
        DataError: the target cannot be learned, a cell cannot be read, or no input is left.
    """
    names = [str(name) for name in frame.columns]
    _check_request(names, target, options, place.source)
    frame = text_named(frame)
    looks = {name: look_at(frame[name]) for name in names}
    prefer = decimal_mark(looks.values(), options.decimal)
    goal = describe_target(looks[target], target, options, prefer, place)
    labelled = has_target(goal.column, goal.classes, frame, place)
    notes = goal.notes
    if not labelled.all():
        left_out = int((~labelled).sum())
        notes += (f"{left_out} row{'s' * (left_out != 1)} without a value of '{target}' left out",)
        frame, place = frame[labelled], place.only(labelled)
        looks = {name: look_at(frame[name]) for name in looks}
    columns = [_describe(name, looks, goal, options, prefer, place) for name in names]
    schema = Schema(tuple(columns), goal.task, goal.classes, notes)
    _require_inputs(schema)
    return replace(schema, warnings=(*notes, *_warnings(schema, frame, looks, options)))


def _describe(
    name: str, looks: Mapping[str, Look], goal: Target, options: SchemaOptions, prefer: str, place: Place
) -> Column:
    if name == goal.column.name:
        return goal.column
    look = looks[name]
    if name in options.roles:
        return describe_role(look, name, options.roles[name], prefer, place)
    if _unwanted(name, options):
        return _not_asked_for(look, name, prefer)
    column = describe(look, name, options.types.get(name), prefer, place)
    if column.kind == "identifier" and look.numeric and name in options.features and name not in options.types:
        return as_number(replace(column, use="input"), look, number_format(look, prefer), place)
    return column


def _not_asked_for(look: Look, name: str, prefer: str) -> Column:
    try:
        kind = describe(look, name, None, prefer, NOWHERE).kind
    except DataError:  # what is wrong with a column that nobody uses is no problem
        kind = "text"
    return Column(name, kind, "left out", "not asked for")


def _unwanted(name: str, options: SchemaOptions) -> bool:
    asked = not options.features or name in options.features
    return name not in options.roles and (name in options.drop or not asked)


def _check_request(names: Sequence[str], target: str, options: SchemaOptions, source: str) -> None:
    """Raises: UsageError if the options do not go together or do not fit the table; DataError for equal names."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"column '{twice[0]}' occurs twice in {source or 'the table'}", "rename one of the two")
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
    listed = "; ".join(others[:5]) + ("; …" if len(others) > 5 else "")
    raise DataError(
        "no column is left to learn from", f"left out: {listed}" if others else "the table has the target only"
    )


def _warnings(schema: Schema, frame: pd.DataFrame, looks: Mapping[str, Look], options: SchemaOptions) -> list[str]:
    warnings = [
        f"column '{c.name}' was asked for but is left out: {c.kind}, {c.reason}; state its kind to use it"
        for c in schema.columns
        if c.use == "left out" and c.name in options.features
    ]
    warnings += [
        f"column '{c.name}' is called like a key but its numbers repeat: drop it, or use it as the group"
        for c in schema.inputs
        if c.kind == "number" and is_id_name(c.name) and c.name not in options.features and c.name not in options.types
    ]
    warnings += [
        f"column '{c.name}': '{c.number.thousands}' is read as a mark between thousands; if it is not, state --decimal"
        for c in schema.columns
        if c.use != "left out" and options.decimal is None and is_ambiguous(looks[c.name], c.number)
    ]
    step = -(-len(frame) // MAX_ROWS)
    some = frame.iloc[::step]
    y = encode_target(schema.target, schema.classes, some, NOWHERE)
    return [*warnings, *giveaways(schema.inputs, encode_inputs(schema.inputs, some, NOWHERE).x, y)]

"""A schema to plain values and back; decoding is strict, since a model file may come from anywhere."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, fields
from enum import Enum
from typing import Any, NamedTuple, NoReturn

from bnfit.errors import ModelFileError
from bnfit.results.decode import decode
from bnfit.schema.types import (
    ENCODED_KINDS,
    KINDS,
    ORDERS,
    PARTS,
    ROLES,
    USES,
    Column,
    Distribution,
    LeftOut,
    NumberFormat,
)
from bnfit.schema.units import LONGEST
from bnfit.table.cell_types import WORDS

_TASKS = ("regression", "binary", "multiclass")
_SCHEMA_KEYS = {"columns", "task", "classes", "warnings"}
_ROUNDING = 1e-6
_OPTIONAL_KEYS = {"emphasis", "notes"}


class SchemaFields(NamedTuple):
    """The fields of a `Schema`, in its order."""

    columns: tuple[Column, ...]
    task: str
    classes: tuple[str, ...]
    warnings: tuple[str, ...]
    emphasis: tuple[float, ...] = ()
    notes: tuple[str, ...] = ()


def schema_to_json(schema: SchemaFields) -> dict[str, Any]:
    """Return a schema as plain values; fields that hold their defaults are left out of the columns."""
    return {
        "task": schema.task,
        "classes": list(schema.classes),
        "warnings": list(schema.warnings),
        "columns": [_column_to_json(column) for column in schema.columns],
        **({"emphasis": list(schema.emphasis)} if schema.emphasis else {}),
        **({"notes": list(schema.notes)} if schema.notes else {}),
    }


def schema_from_json(data: Any) -> SchemaFields:
    """Read the plain values of a schema.

    Raises:
        ModelFileError: they are no schema.
    """
    if (
        not isinstance(data, dict)
        or set(data) - _OPTIONAL_KEYS != _SCHEMA_KEYS
        or not isinstance(data["columns"], list)
    ):
        _refuse("it has no columns, task, classes and warnings")
    columns = tuple(_column(column) for column in data["columns"])
    emphasis = _finite(data.get("emphasis", []), "the emphasis of a class")
    texts = _texts(data["classes"]), _texts(data["warnings"])
    schema = SchemaFields(columns, _one_of(data["task"], _TASKS), *texts, emphasis, _texts(data.get("notes", [])))
    _check(schema)
    return schema


def _column_to_json(column: Column) -> dict[str, Any]:
    values = asdict(column)
    defaults = asdict(Column(column.name, column.kind, column.use))
    kept = ("name", "kind", "use")
    return {
        key: list(value) if isinstance(value, tuple) else value.value if isinstance(value, Enum) else value
        for key, value in values.items()
        if key in kept or value != defaults[key]
    }


def _column(data: Any) -> Column:
    if not isinstance(data, dict) or not {"name", "kind", "use"} <= set(data) <= set(_READERS):
        _refuse("a column has unknown or missing fields")
    return Column(**{key: _READERS[key](value) for key, value in data.items()})


def _check(schema: SchemaFields) -> None:
    """Raises: ModelFileError if the parts do not go together."""
    names = [column.name for column in schema.columns]
    uses = [column.use for column in schema.columns]
    if len(set(names)) < len(names) or uses.count("target") != 1 or "input" not in uses:
        _refuse("its columns are not one target and some inputs, each with its own name")
    if any(uses.count(role) > 1 for role in ROLES):
        _refuse("two columns have one role")
    for column in schema.columns:
        if column.use == "input":
            _check_input(column)
        elif column.use in ROLES and column.kind not in ("number", "datetime", "category"):
            _refuse(f"column '{column.name}' cannot be the {column.use}")
        if column.left_out is not None and column.use != "left out":
            _refuse(f"column '{column.name}' is left out and used")
        if column.kind == "datetime" and column.use != "left out" and not column.order:
            _refuse(f"the dates of '{column.name}' have no order")
    _check_target(schema)


def _check_input(column: Column) -> None:
    levels = (*column.levels, *column.rare)
    known = column.distribution
    if known is not None:
        counted = len(column.levels) + bool(column.rare) if column.kind == "category" else 0
        if len(known.shares) != counted or bool(known.points) == bool(counted):
            _refuse(f"the distribution of '{column.name}' is of another kind of column")
    one_column = len(column.levels) == 2 and not column.rare and not column.missing and bool(column.fill)
    widths = {"number": 1, "boolean": 1, "category": int(one_column), "datetime": len(column.parts)}
    if (
        column.kind not in ENCODED_KINDS
        or len(column.fill) != widths[column.kind]
        or (column.kind == "category") != bool(levels)
        or (column.kind == "datetime") != bool(column.parts)
        or len(set(levels)) < len(levels)
    ):
        _refuse(f"input '{column.name}' cannot be encoded")


def _check_target(schema: SchemaFields) -> None:
    target = next(column for column in schema.columns if column.use == "target")
    classes = schema.classes
    if schema.emphasis and (len(schema.emphasis) != len(classes) or min(schema.emphasis) <= 0):
        _refuse("the emphasis of the classes is not one number above 0 for each")
    expected = {"regression": len(classes) == 0, "binary": len(classes) == 2, "multiclass": len(classes) > 2}
    kinds = ("number", "boolean") if schema.task == "regression" else ("category", "boolean")
    if (
        not expected[schema.task]
        or target.kind not in kinds
        or len(set(classes)) < len(classes)
        or (target.kind == "category" and target.levels != classes)
    ):
        _refuse("the target does not fit the task and its classes")


def _number(data: Any) -> NumberFormat:
    if not isinstance(data, dict) or set(data) != {field.name for field in fields(NumberFormat)}:
        _refuse("a number format is damaged")
    decimal = _one_of(data["decimal"], (".", ","))
    thousands = _one_of(data["thousands"], ("", ",", ".", " ", "'"))
    currency, unit = _text(data["currency"]), _text(data["unit"])
    if thousands == decimal or len(currency) > 3 or len(unit) > LONGEST:
        _refuse("a number format is damaged")
    return NumberFormat(decimal, thousands, _flag(data["percent"]), currency, unit)


def _distribution(data: Any) -> Distribution:
    try:
        found = decode(data, Distribution)
    except ValueError as error:
        _refuse(f"a distribution is none: {error}")
    shares = (*found.below, *found.upto, *found.shares)
    sums = found.missing + math.fsum(found.shares)
    if (
        found.rows < 1
        or found.sd < 0
        or list(found.points) != sorted(set(found.points))
        or not len(found.below) == len(found.upto) == (len(found.points) if found.below else 0)
        or not all(0 <= share <= 1 for share in (found.missing, *shares))
        or any(low > high for low, high in zip(found.below, found.upto, strict=True))
        or any(list(ends) != sorted(ends) for ends in (found.below, found.upto))
        or sums > 1 + _ROUNDING * (1 + len(found.shares))
    ):
        _refuse("a distribution has no quantiles in order, or shares beyond 1")
    return found


def _finite(data: Any, what: str) -> tuple[float, ...]:
    if not isinstance(data, list) or not all(type(v) in (int, float) and math.isfinite(v) for v in data):
        _refuse(f"{what} is no finite number")
    return tuple(float(value) for value in data)


def _ends(data: Any) -> tuple[float, ...]:
    ends = _finite(data, "the end of a range")
    return ends if len(ends) in (0, 2) and list(ends) == sorted(ends) else _refuse("a range has a low and a high end")


def _offsets(data: Any) -> tuple[int, ...]:
    if not isinstance(data, list) or len(data) not in (0, 2) or not all(type(v) is int for v in data):
        _refuse("offsets from UTC are a least and a greatest one, in whole minutes")
    return tuple(data)


def _text(data: Any) -> str:
    return data if isinstance(data, str) else _refuse("a text is expected")


def _texts(data: Any) -> tuple[str, ...]:
    return tuple(_text(item) for item in data) if isinstance(data, list) else _refuse("a list of texts is expected")


def _flag(data: Any) -> bool:
    return data if isinstance(data, bool) else _refuse("true or false is expected")


def _one_of(data: Any, allowed: tuple[str, ...]) -> str:
    return data if isinstance(data, str) and data in allowed else _refuse(f"one of {allowed} is expected")


def _refuse(what: str) -> NoReturn:
    raise ModelFileError(f"the model's schema is damaged: {what}")


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _text,
    "kind": lambda data: _one_of(data, KINDS),
    "use": lambda data: _one_of(data, USES),
    "reason": _text,
    "number": _number,
    "order": lambda data: _one_of(data, ORDERS),
    "naive": _flag,
    "offsets": _offsets,
    "parts": lambda data: tuple(_one_of(part, PARTS) for part in _texts(data)),
    "levels": _texts,
    "rare": _texts,
    "numeric": _flag,
    "span": _ends,
    "limits": _ends,
    "words": lambda data: tuple(_one_of(word, tuple(WORDS)) for word in _texts(data)),
    "fill": lambda data: _finite(data, "a mean"),
    "missing": _flag,
    "left_out": lambda data: LeftOut(_one_of(data, tuple(LeftOut))),
    "distribution": _distribution,
}

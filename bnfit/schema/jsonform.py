"""A schema as plain values and back; reading is strict, since a model file may come from anywhere."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bnfit.errors import ModelFileError

if TYPE_CHECKING:
    from bnfit.schema.model import Schema


def schema_to_json(schema: Schema) -> dict[str, Any]:
    """As `Schema.to_json`."""
    return asdict(schema)


def schema_from_json(data: Any) -> Schema:
    """As `Schema.from_json`."""
    from bnfit.schema.model import Schema
    from bnfit.schema.types import Column, NumberFormat

    try:
        columns = tuple(
            Column(**{**c, "number": NumberFormat(**c["number"]), "fill": tuple(c["fill"])}) for c in data["columns"]
        )
        return Schema(columns, data["task"], tuple(data["classes"]), tuple(data["warnings"]))
    except (KeyError, TypeError) as problem:
        raise ModelFileError("the model's schema is damaged") from problem

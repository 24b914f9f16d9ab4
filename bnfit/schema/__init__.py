"""Ordered columns with their kinds, and the way from a table to the float64 matrix of the first layer."""

from typing import TYPE_CHECKING, Any

from bnfit.schema.model import Schema
from bnfit.schema.types import Column, Encoded, NumberFormat, Place, SchemaOptions

if TYPE_CHECKING:
    from bnfit.schema.infer import infer_schema

__all__ = ["Column", "Encoded", "NumberFormat", "Place", "Schema", "SchemaOptions", "infer_schema"]


def __getattr__(name: str) -> Any:
    """Load what needs pandas on first use: reading a schema from JSON must not cost its import."""
    if name == "infer_schema":
        from bnfit.schema.infer import infer_schema

        return infer_schema
    raise AttributeError(f"module 'bnfit.schema' has no attribute '{name}'")

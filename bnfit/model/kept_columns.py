"""Columns of a table that stand before its predictions, each under one name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bnfit.errors import UsageError
from bnfit.schema.schema import Schema

Keep = Sequence[str | tuple[str, str]]
"""Columns to carry over: names, or pairs of a column and its new name."""


def added_names(schema: Schema, interval: bool, contributions: bool = False) -> tuple[str, ...]:
    """Return the names of the columns that predictions consist of.

    Args:
        schema: of the model.
        interval: whether each prediction has an interval, or a set of classes.
        contributions: whether what each column adds to it stands beside.
    """
    probabilities = tuple(f"probability_{name}" for name in schema.classes)
    parts = ("base", *(f"contribution_{column.name}" for column in schema.inputs)) if contributions else ()
    ends = () if not interval else ("set",) if schema.classes else ("low", "high")
    return ("prediction", *probabilities, *ends, *parts)


def kept_columns(keep: Keep, added: Iterable[str]) -> Mapping[str, str]:
    """Return the column of the table behind each name that it is carried over under, in their order.

    Args:
        keep: columns to carry over.
        added: names of the columns that follow, which none of these may have.

    Raises:
        UsageError: two columns would have one name.
    """
    taken, columns = frozenset(added), dict[str, str]()
    for entry in keep:
        column, name = (entry, entry) if isinstance(entry, str) else entry
        if name in taken:
            raise UsageError(
                f"`keep`: two columns would be called '{name}'", f"give the kept one a new name: {column}=NAME"
            )
        if name in columns:
            raise UsageError(f"`keep`: two kept columns would be called '{name}'", "name each column once")
        columns[name] = column
    return columns

"""Decode plain JSON values into frozen dataclasses, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
LARGEST = 1e305
"""Numbers may be so large: what is computed of them in a report is finite, too."""


def decode(value: Any, kind: type[T]) -> T:
    """Decode JSON values into a dataclass of the given type, whatever it contains.

    No value is converted from another type, save a whole number to a float, an array to a tuple and base64 to bytes.

    Args:
        value: what a JSON reader returns for an object.
        kind: a dataclass whose annotations name types that exist at run time.

    Raises:
        ValueError: a value has another type, a field is missing or unknown, or a number is not finite; the text says
            what was expected, what there is, and where: "Expected 'float | null', got 'str' - at '$.gamma'".
    """
    try:
        decoded = msgspec.convert(value, kind)
    except ValueError as error:
        raise ValueError(str(error).replace("`", "'")) from error  # backquotes are for parameters: see bnfit.errors
    _refuse_unread(value, decoded, "$")
    return decoded


def _refuse_unread(value: Any, decoded: Any, path: str) -> None:
    """Refuse what `msgspec.convert` passes over in dataclasses: unknown fields, and numbers that are not finite."""
    if is_dataclass(decoded):
        known = {field.name for field in fields(decoded)}
        for name, item in value.items():
            if name not in known:
                raise ValueError(f"Object contains unknown field '{name}' - at '{path}'")
            _refuse_unread(item, getattr(decoded, name), f"{path}.{name}")
    elif isinstance(decoded, Mapping):
        for key, item in decoded.items():
            _refuse_unread(value[key], item, f"{path}[{key!r}]")
    elif isinstance(decoded, tuple):
        for index, item in enumerate(decoded):
            if item is not None and (type(item) is not float or not abs(item) <= LARGEST):
                _refuse_unread(value[index], item, f"{path}[{index}]")
    elif isinstance(decoded, float) and not abs(decoded) <= LARGEST:
        raise ValueError(f"Expected a finite number of at most {LARGEST:g}, got '{decoded}' - at '{path}'")

"""The core's sentences in the words of the command line: each parameter in backquotes becomes its flag.

"use `members=1`" -> "use --members 1". `bnfit.errors` describes how the core writes parameters.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import Any, TypeVar

from typer.models import OptionInfo

from bnfit.cli.options import output as results
from bnfit.cli.options import search as searching
from bnfit.cli.options import table as tables
from bnfit.cli.options import train as training
from bnfit.cli.options.shared import SharedOption
from bnfit.cli.parse import CSV_KEYS, RECIPE_KEYS
from bnfit.report.blocks import Block, Line

R = TypeVar("R")

PARAMETER = re.compile(
    r"""
    (?<!\w)'.*?'(?!\w) | (?<!\w)".*?"(?!\w)     # quoted: the user's own text, which stays as it is
    | `(?P<name>\w+)
       (?:=(?P<value>'(?:[^'\\]|\\.)*' | "(?:[^"\\]|\\.)*" | [^`]*))?`
    """,
    re.VERBOSE | re.DOTALL,
)
"""A parameter in backquotes, or a quoted text to skip."""

SENTENCES = frozenset({"notes", "warnings", "findings"})
"""Fields of results that hold sentences, which may name parameters."""


def with_flags(text: str) -> str:
    """Write each parameter that stands in backquotes as its flag; quoted text and other words stay as they are."""
    return PARAMETER.sub(lambda found: _flag(found["name"], found["value"]) or found[0], text)


def lines_with_flags(blocks: Iterable[Block]) -> list[Block]:
    """Apply `with_flags` to the lines of a report; tables hold data and stay as they are."""
    return [Line(with_flags(b.text), b.style) if isinstance(b, Line) else b for b in blocks]


def result_with_flags(result: R) -> R:
    """Apply `with_flags` to the sentences of a result, a frozen dataclass, and of the results that it contains."""
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(result):  # type: ignore[arg-type]
        value = getattr(result, field.name)
        if field.name in SENTENCES:
            changes[field.name] = tuple(map(with_flags, value))
        elif dataclasses.is_dataclass(value):
            changes[field.name] = result_with_flags(value)
    return dataclasses.replace(result, **changes)  # type: ignore[type-var]


def _flag(name: str | None, value: str | None) -> str | None:
    """Format the flag with its value for a shell; None for a name that is no parameter."""
    if name in FOLDED:
        return _folded(name, value)
    spellings = FLAGS.get(name or "")
    if spellings is None:
        return None
    if value is None or value == "True":
        return spellings[0]
    if value == "False":
        return spellings[1] if len(spellings) > 1 else None
    return f"{spellings[0]} {_quoted(value)}"


def _folded(name: str, value: str | None) -> str:
    """Format a parameter that an option takes as a key: with its value, as far as there is one."""
    flag, key = FOLDED[name]
    if value is None or flag == "--show":
        return f"{flag} {key}"
    text = str(ast.literal_eval(value)) if value[:1] in ("'", '"') else {"True": "yes", "False": "no"}.get(value, value)
    return f"{flag} {shlex.quote(f'{key}={text}' if key else text)}"


def _quoted(value: str) -> str:
    """Quote a value for a shell: a Python string always, a bare word only where it needs quotes."""
    if value[:1] not in ("'", '"'):
        return shlex.quote(value)
    return "'" + str(ast.literal_eval(value)).replace("'", "'\"'\"'") + "'"


def _flags(modules: Sequence[ModuleType]) -> dict[str, tuple[str, ...]]:
    """Map each parameter to its flag, the short one if it has one; of a switch also the flag that turns it off."""
    flags = {}
    for declared in (d for module in modules for d in _declarations(module)):
        long, *off = declared[0].split("/")
        name = long.removeprefix("--").replace("-", "_")
        flags[name] = (declared[-1] if len(declared) > 1 else long, *off)
    return flags


def _declarations(module: ModuleType) -> Iterator[list[str]]:
    """Yield the spellings of each option that a module declares, such as ["--output", "-o"]."""
    for declared in vars(module).values():
        if isinstance(declared, tuple):
            yield from ([option.flag] for option in declared if isinstance(option, SharedOption))
        for option in getattr(declared, "__metadata__", ()):
            if isinstance(option, OptionInfo):
                # in `Annotated`, Typer's first positional argument, called `default`, is a spelling
                yield [word for word in map(str, (option.default, *(option.param_decls or ()))) if word[:1] == "-"]


FLAGS = _flags((results, searching, tables, training))
"""For each parameter the flags that set it; of two the second turns it off."""
FOLDED = {
    **{key: ("--csv", key) for key in CSV_KEYS},
    **{key.replace("-", "_"): ("--recipe", key) for key in RECIPE_KEYS},
    **{name: ("--show", name) for name in ("compare", "nodes", "interactions")},
    "group_correlated": ("--group-columns", ""),
}
"""For parameters that options take as keys: the option and the key."""

"""The reading of option values: text to numbers, names and lists, or a usage error that says what is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bnfit.architecture import ARMS, STUDY_ARMS, known
from bnfit.errors import UsageError
from bnfit.recipe import recipe_named

if TYPE_CHECKING:
    from bnfit.questions import Questions
    from bnfit.schema import SchemaOptions
    from bnfit.table import ReadOptions

ALL_ARMS = "all"
TASKS = ("regression", "classification")
SPELLED = ("tab", "space", "\\t")
"""Delimiters that may be written as words."""
CLASS_WEIGHTS = ("balanced",)


def counts(text: str, option: str) -> tuple[int, ...]:
    """Positive whole numbers from a comma list.

    Raises:
        UsageError: something in it is none.
    """
    words = _words(text, option)
    for word in words:
        if not (word.isascii() and word.isdigit() and int(word) > 0):
            raise UsageError(f"{option}: '{word}' is not a positive whole number", f"such as {option} 1,2,3")
    return tuple(int(word) for word in words)


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Numbers from a comma list.

    Raises:
        UsageError: something in it is none.
    """
    try:
        return tuple(float(word) for word in _words(text, option))
    except ValueError:
        raise UsageError(f"{option}: '{text}' is no list of numbers", f"such as {option} 0.01,0.1") from None


def count(text: str | None, option: str) -> int | None:
    """A positive whole number, where one was given.

    Raises:
        UsageError: it is none, or a list of them.
    """
    if text is None:
        return None
    values = counts(text, option)
    if len(values) > 1:
        raise UsageError(f"{option} takes one number, not '{text}'", "lists are for bnfit search")
    return values[0]


def name(text: str | None, choices: Sequence[str], what: str) -> str | None:
    """A name, where one was given.

    Raises:
        UsageError: it is not among the choices.
    """
    return None if text is None else known(text, choices, what)


def names(text: str, option: str, choices: Sequence[str], what: str) -> tuple[str, ...]:
    """Names from a comma list.

    Raises:
        UsageError: one of them is not among the choices; the hint names the nearest.
    """
    return tuple(known(word, choices, what) for word in _words(text, option))


def arms(text: str, option: str) -> tuple[str, ...]:
    """Arms from a comma list, or those of the paper's study for "all"."""
    if text.strip() == ALL_ARMS:
        return STUDY_ARMS
    return names(text, option, (*ARMS, ALL_ARMS), "arm")


def seconds(text: str, option: str) -> float:
    """A time such as "90", "90s", "5m" or "1h30m", in seconds.

    Raises:
        UsageError: it is none.
    """
    found = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip())
    if found is None or not any(found.groups()):
        raise UsageError(f"{option}: '{text}' is no time", f"such as {option} 90s, {option} 5m or {option} 1h30m")
    return sum(float(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True))


def columns(text: str) -> tuple[str, ...]:
    """Column names from a comma list; a name with a comma in it stands in double quotes, as in a CSV file."""
    import csv

    return tuple(cell.strip() for cell in next(csv.reader([text], skipinitialspace=True), []) if cell.strip())


def types(text: str) -> dict[str, str]:
    """Column kinds from a comma list such as "zip=category,age=number".

    Raises:
        UsageError: an entry is not of that form.
    """
    pairs = [entry.rpartition("=") for entry in columns(text)]
    for column, mark, kind in pairs:
        if not (mark and column.strip() and kind.strip()):
            raise UsageError(f"--types: '{column or kind}' does not say which kind", "such as --types zip=category")
    return {column.strip(): kind.strip() for column, _, kind in pairs}


def questions(
    baseline: str,
    group_columns: Sequence[str],
    group_correlated: float | None,
    compare: bool = False,
    shadow: bool = False,
) -> Questions:
    """What the options ask about columns.

    Raises:
        UsageError: a value cannot be used.
    """
    from bnfit.questions import BASELINES, Questions

    groups: dict[str, tuple[str, ...]] = {}
    for text in group_columns:
        group, mark, members = text.partition("=")
        if not (mark and group.strip() and columns(members)):
            raise UsageError(f"--group-columns: '{text}' is no name with columns", 'such as "urea=Upre,U120,Upos"')
        groups[group.strip()] = columns(members)
    asked = names(baseline, "--baseline", BASELINES, "baseline") if baseline else ()
    return Questions(tuple(dict.fromkeys(asked)), groups, group_correlated, compare, shadow)


READ_AS_FOUND = (None, None, None, None, None, "", 0.01)
"""What `read_options` takes when nothing is said of a file."""


def read_options(
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: str = "",
    max_bad_rows: float = 0.01,
) -> ReadOptions:
    """What the options say of a file.

    Raises:
        UsageError: a value cannot be used.
    """
    if delimiter is not None and delimiter not in SPELLED and len(delimiter.rstrip(" ") or delimiter) != 1:
        raise UsageError(f"--delimiter takes one character, not '{delimiter}'", "such as --delimiter ';', or tab")
    if quote is not None and len(quote) > 1:
        raise UsageError(f"--quote takes one character, not '{quote}'", "nothing is quoted: --quote ''")
    if decimal is not None and decimal not in (".", ","):
        raise UsageError(f"--decimal takes '.' or ',', not '{decimal}'")
    _check_encoding(encoding)
    from bnfit.table import ReadOptions
    from bnfit.table.dialect import checked

    return checked(ReadOptions(delimiter, quote, header, encoding, decimal, columns(na) or None, max_bad_rows))


def _check_encoding(encoding: str | None) -> None:
    import codecs

    if encoding is None:
        return
    try:
        known_text = codecs.lookup(encoding)._is_text_encoding
    except (LookupError, ValueError):
        known_text = False
    if not known_text:
        raise UsageError(f"unknown encoding '{encoding}'", "such as utf-8, latin-1, cp1252, utf-16")


def schema_options(
    features: str = "",
    drop: str = "",
    kinds: str = "",
    task: str | None = None,
    decimal: str | None = None,
    **roles: str | None,
) -> SchemaOptions:
    """What the options say of the columns.

    Args:
        features, drop: comma lists of columns.
        kinds: as `types` takes it.
        task: "regression" or "classification".
        decimal: the decimal mark.
        roles: the column for each role, where there is one: weight, group, time.

    Raises:
        UsageError: a value cannot be used.
    """
    from bnfit.schema import SchemaOptions

    named = [(role, column) for role, column in roles.items() if column is not None]
    if len({column for _, column in named}) < len(named):
        raise UsageError("one column cannot be weight, group and time at once", "name a column for each")
    return SchemaOptions(
        columns(features),
        columns(drop),
        types(kinds),
        name(task, TASKS, "task"),
        decimal,
        {column: role for role, column in named},
    )


def training(
    recipe: str, members: int | None, seed: int, class_weight: str | None, **changes: float | None
) -> dict[str, Any]:
    """The training options as the pipeline's functions take them; `changes` are those to the recipe.

    Raises:
        UsageError: the recipe does not exist, or cannot train so.
    """
    recipe_named(recipe).changed(**changes)
    weight = name(class_weight, CLASS_WEIGHTS, "class weight")
    return {"recipe": recipe, **changes, "members": members, "seed": seed, "class_weight": weight}


def _words(text: str, option: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"{option}: empty value in '{text}'", "separate values by single commas")
    return words

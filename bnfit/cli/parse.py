"""Parse option values: text to numbers, names and lists, or a usage error."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bnfit.api import arguments
from bnfit.errors import UsageError, known
from bnfit.networks.architecture import ARMS, STUDY_ARMS
from bnfit.population.recipe import recipe_named

if TYPE_CHECKING:
    from bnfit.importance.options import ImportanceOptions
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.types import ReadOptions


ALL_ARMS = "all"


def counts(text: str, option: str) -> tuple[int, ...]:
    """Parse a comma list of positive whole numbers.

    Raises:
        UsageError: something in it is none.
    """
    words = _words(text, option)
    for word in words:
        if not (word.isascii() and word.isdigit() and int(word) > 0):
            raise UsageError(f"{option}: '{word}' is not a positive whole number", f"such as {option} 1,2,3")
    return tuple(int(word) for word in words)


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Parse a comma list of numbers.

    Raises:
        UsageError: something in it is none.
    """
    try:
        return tuple(float(word) for word in _words(text, option))
    except ValueError:
        raise UsageError(f"{option}: '{text}' is no list of numbers", f"such as {option} 0.01,0.1") from None


def count(text: str | None, option: str) -> int | None:
    """Parse a positive whole number; None stays None.

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
    """Check a name against its choices; None stays None.

    Raises:
        UsageError: it is not among the choices.
    """
    return None if text is None else known(text, choices, what)


def names(text: str, option: str, choices: Sequence[str], what: str) -> tuple[str, ...]:
    """Parse a comma list of names.

    Raises:
        UsageError: one of them is not among the choices; the hint names the nearest.
    """
    return tuple(known(word, choices, what) for word in _words(text, option))


def arms(text: str, option: str) -> tuple[str, ...]:
    """Parse a comma list of arms; "all" stands for those of the paper's study."""
    if text.strip() == ALL_ARMS:
        return STUDY_ARMS
    return names(text, option, (*ARMS, ALL_ARMS), "arm")


def columns(text: str) -> tuple[str, ...]:
    """Parse a comma list of column names; a name with a comma in it stands in double quotes, as in a CSV file."""
    return tuple(cell.strip() for cell in next(csv.reader([text], skipinitialspace=True), []) if cell.strip())


def types(text: str) -> dict[str, str]:
    """Parse a comma list of column kinds such as "zip=category,age=number".

    Raises:
        UsageError: an entry is not of that form.
    """
    pairs = [entry.rpartition("=") for entry in columns(text)]
    for column, mark, kind in pairs:
        if not (mark and column.strip() and kind.strip()):
            raise UsageError(f"--types: '{column or kind}' does not say which kind", "such as --types zip=category")
    return {column.strip(): kind.strip() for column, _, kind in pairs}


def kept(text: str) -> tuple[str | tuple[str, str], ...]:
    """Parse a comma list of columns to carry over, such as "id,prediction=first": with its new name where one is given.

    Raises:
        UsageError: an entry lacks the column or the name.
    """
    entries = [entry.rpartition("=") for entry in columns(text)]
    for column, mark, new in entries:
        if mark and not (column.strip() and new.strip()):
            raise UsageError(
                f"--keep: '{column}={new}' is no column with its new name", "such as --keep id,prediction=first"
            )
    return tuple((column.strip(), new.strip()) if mark else new for column, mark, new in entries)


def questions(
    baseline: str,
    group_columns: Sequence[str],
    group_correlated: float | None,
    compare: bool = False,
    shadow: bool = False,
    interactions: bool = False,
) -> ImportanceOptions:
    """Collect the options on column importances.

    Raises:
        UsageError: a value cannot be used.
    """
    from bnfit.results.baselines import BASELINES  # results, which only some commands ask for

    groups: dict[str, tuple[str, ...]] = {}
    for text in group_columns:
        group, mark, members = text.partition("=")
        if not (mark and group.strip() and columns(members)):
            raise UsageError(f"--group-columns: '{text}' is no name with columns", 'such as "urea=Upre,U120,Upos"')
        groups[group.strip()] = columns(members)
    asked = names(baseline, "--baseline", tuple(BASELINES), "baseline") if baseline else ()
    return arguments.questions(asked, groups, group_correlated, compare, shadow, interactions)


READ_AS_FOUND = (None, None, None, None, None, "", 0.01)
"""Arguments of `read_options` where every option has its default."""


def read_options(
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: str = "",
    max_bad_rows: float = 0.01,
) -> ReadOptions:
    """Collect the options on the format of a file.

    Raises:
        UsageError: a value cannot be used.
    """
    return arguments.read_options(delimiter, quote, header, encoding, decimal, columns(na), max_bad_rows)


def schema_options(
    features: str = "",
    drop: str = "",
    kinds: str = "",
    task: str | None = None,
    decimal: str | None = None,
    **roles: str | None,
) -> SchemaOptions:
    """Collect the options on columns.

    Args:
        features, drop: comma lists of columns.
        kinds: as `types` takes it.
        task: "regression" or "classification".
        decimal: the decimal mark.
        roles: the column for each role, where there is one: weight, group, time.

    Raises:
        UsageError: a value cannot be used.
    """
    return arguments.schema_options(columns(features), columns(drop), types(kinds), task, decimal, **roles)


def training(
    recipe: str, members: int | None, seed: int, class_weight: str | None, **changes: float | None
) -> dict[str, Any]:
    """Collect the training options, as keyword arguments of the pipeline's functions.

    Args:
        recipe: name of the recipe.
        members, seed, class_weight: as in `fit_table`.
        changes: changed fields of the recipe.

    Raises:
        UsageError: the recipe does not exist, or a change is invalid.
    """
    recipe_named(recipe).tuned(**changes)
    weight = name(class_weight, arguments.CLASS_WEIGHTS, "class weight")
    return {"recipe": recipe, **changes, "members": members, "seed": seed, "class_weight": weight}


def _words(text: str, option: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"{option}: empty value in '{text}'", "separate values by single commas")
    return words

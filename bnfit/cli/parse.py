"""Parse option values: text to numbers, names and lists, or a usage error."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bnfit.api import arguments
from bnfit.errors import UsageError, known
from bnfit.networks.architecture import ARMS, STUDY_ARMS
from bnfit.population.recipe import HYPERPARAMETERS, recipe_named

if TYPE_CHECKING:
    from bnfit.importance.options import ImportanceOptions
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.types import ReadOptions


ALL_ARMS = "all"
CSV_KEYS = ("delimiter", "quote", "header", "encoding", "decimal")
"""What `--csv` takes: keywords of `bnfit.api.arguments.read_options`."""
CLASS_WEIGHT = "class-weight"
RECIPE_KEYS = (*(p.name.replace("_", "-") for p in HYPERPARAMETERS if p.name != "epochs"), CLASS_WEIGHT)
"""What `--recipe` takes behind a name."""


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
    correlated = None
    for text in group_columns:
        if "=" not in text and _is_number(text):
            correlated = float(text)
            continue
        group, mark, members = text.partition("=")
        if not (mark and group.strip() and columns(members)):
            hint = 'such as "urea=Upre,U120,Upos", or a correlation such as 0.9'
            raise UsageError(f"--group-columns: '{text}' is no name with columns", hint)
        groups[group.strip()] = columns(members)
    asked = names(baseline, "--baseline", tuple(BASELINES), "baseline") if baseline else ()
    return arguments.questions(asked, groups, correlated, compare, shadow, interactions)


READ_AS_FOUND: tuple[dict[str, Any], str, float] = ({}, "", 0.01)
"""Arguments of `read_options` where every option has its default."""


def csv_format(texts: Sequence[str] | None) -> dict[str, Any]:
    """Parse how a text file is written, such as ["delimiter=;", "header=no"], to keywords of `read_options`.

    Raises:
        UsageError: an entry is not of that form, its key is none of `CSV_KEYS`, or stands twice.
    """
    found: dict[str, Any] = {}
    for text in texts or ():
        key, mark, value = text.partition("=")
        if not mark:
            raise UsageError(f"--csv: '{text}' is no key with a value", "such as --csv delimiter=';'")
        key = known(key.strip(), CSV_KEYS, "key of --csv")
        if key in found:
            raise UsageError(f"--csv: {key} stands twice", "name it once")
        found[key] = known(value.strip(), ("yes", "no"), "value of header") == "yes" if key == "header" else value
    return found


def read_options(form: Mapping[str, Any], na: str = "", max_bad_rows: float = 0.01) -> ReadOptions:
    """Collect the options on the format of a file.

    Args:
        form: as `csv_format` returns it.
        na: a comma list of texts for "no value".
        max_bad_rows: share of rows that may be unreadable.

    Raises:
        UsageError: a value cannot be used.
    """
    return arguments.read_options(**form, na=columns(na), max_bad_rows=max_bad_rows)


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


@dataclass(frozen=True)
class RecipeChoice:
    """A recipe and what is changed in it.

    Attributes:
        name: of the recipe.
        changes: changed hyperparameters that have one value, by name.
        axes: lists of values to try, by the name of the axis of a search; empty for one training.
        class_weight: "balanced"; None for none.
    """

    name: str = "default"
    changes: Mapping[str, Any] = field(default_factory=dict)
    axes: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    class_weight: str | None = None


def recipe(texts: Sequence[str] | None, *, tried: bool = False, epochs: int | None = None) -> RecipeChoice:
    """Parse a recipe such as "paper,batch-size=8,momentum=0.9"; in a search a value may be a list of them.

    Args:
        texts: a name and changes, in one text or several.
        tried: whether hyperparameters are axes of a search, which try all values of a list.
        epochs: the number of epochs where it is changed.

    Raises:
        UsageError: the recipe does not exist, or a change is invalid.
    """
    name, given = _recipe_words(texts or ())
    weights = given.pop(CLASS_WEIGHT, [])
    changes: dict[str, float] = {} if epochs is None else {"epochs": epochs}
    axes: dict[str, tuple[float, ...]] = {}
    for parameter in HYPERPARAMETERS:
        key = parameter.name.replace("_", "-")
        if key not in given:
            continue
        read = counts if parameter.type is int else numbers
        values = read(",".join(given[key]), f"--recipe {key}")
        if tried and parameter.axis is not None:
            axes[parameter.axis] = values
        elif len(values) > 1:
            said = ",".join(given[key])
            raise UsageError(f"--recipe {key} takes one number, not '{said}'", "lists are for bnfit search")
        else:
            changes[parameter.name] = values[0]
    recipe_named(name).tuned(**changes)
    if len(weights) > 1:
        raise UsageError(f"--recipe {CLASS_WEIGHT} takes one name, not '{','.join(weights)}'")
    weight = known(weights[0], arguments.CLASS_WEIGHTS, "class weight") if weights else None
    return RecipeChoice(name, changes, axes, weight)


def _recipe_words(texts: Sequence[str]) -> tuple[str, dict[str, list[str]]]:
    """Split a recipe into its name and the values of each key; a word without a key belongs to the key before it."""
    names, found, key = list[str](), dict[str, list[str]](), ""
    for place, word in ((place, word) for text in texts for place, word in enumerate(_words(text, "--recipe"))):
        head, mark, value = word.partition("=")
        if mark:
            key = known(head.strip(), RECIPE_KEYS, "key of --recipe")
            if key in found:
                raise UsageError(f"--recipe: {key} stands twice", "name it once")
            found[key] = [value.strip()]
        elif place == 0:
            names.append(word)
        elif key:
            found[key].append(word)
        else:
            raise UsageError(f"--recipe: '{word}' is no change", "such as --recipe default,momentum=0.9")
    if len(names) > 1:
        raise UsageError(f"--recipe: {' and '.join(names)} are two recipes", "name one")
    return (names or ["default"])[0], found


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _words(text: str, option: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"{option}: empty value in '{text}'", "separate values by single commas")
    return words

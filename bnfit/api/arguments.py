"""Keyword values of the functions that users call, checked and turned into the core's options.

An error names the parameter; the command line, which parses text to the same values, writes it as its flag.
"""

from __future__ import annotations

import codecs
import operator
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from bnfit.errors import UsageError, known

if TYPE_CHECKING:
    from bnfit.importance.options import ImportanceOptions
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.types import ReadOptions

Names = str | Iterable[str] | None
"""One name, several, or none."""

TASKS = ("regression", "classification")
CLASS_WEIGHTS = ("balanced",)
SPELLED = ("tab", "space", "\\t")
"""Delimiters of more than one character: words and an escape."""
LEAST = {
    **dict.fromkeys(("layers", "units", "epochs", "batch_size", "members", "repeats", "trials"), 1),
    "folds": 2,
    "seed": 0,
}
"""Whole numbers: the least value of each parameter."""
TEXTS = ("activation", "output_activation", "arm", "norm", "recipe", "strategy")
"""Parameters that are the name of a choice."""


def several(values: Any) -> tuple[Any, ...]:
    """Return the values, of which one may stand by itself; none for None."""
    if values is None:
        return ()
    if isinstance(values, str) or not isinstance(values, Iterable):
        return (values,)
    return tuple(values)


def names(values: Names, parameter: str) -> tuple[str, ...]:
    """Return names of columns or choices as texts.

    Raises:
        UsageError: one of them is no text.
    """
    found = several(values)
    for value in found:
        if not isinstance(value, str):
            raise UsageError(f"`{parameter}` takes names, not {value!r}")
    return found


def renamed(values: Names | Mapping[str, str], parameter: str) -> tuple[str | tuple[str, str], ...]:
    """Return names of columns as texts, or as pairs with their new names.

    Raises:
        UsageError: one of them is no text.
    """
    if not isinstance(values, Mapping):
        return names(values, parameter)
    return tuple(zip(names(tuple(values), parameter), names(tuple(values.values()), parameter), strict=True))


def whole(value: Any, parameter: str) -> int | None:
    """Return a whole number; None stays None.

    Raises:
        UsageError: it is none, or too small.
    """
    if value is None:
        return None
    least = LEAST[parameter]
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if isinstance(value, bool) or number < least:
        raise UsageError(f"`{parameter}` must be a whole number of at least {least}, not {value!r}")
    return number


def real(value: Any, parameter: str) -> float | None:
    """Return a number; None stays None.

    Raises:
        UsageError: it is none.
    """
    if value is None:
        return None
    try:
        return float(operator.neg(operator.neg(value)))  # text has no sign, so that "1" is refused
    except (TypeError, ValueError):
        raise UsageError(f"`{parameter}` must be a number, not {value!r}") from None


def checked(**values: Any) -> dict[str, Any]:
    """Return the values of parameters: names (`TEXTS`), whole numbers (`LEAST`) and, of all others, numbers.

    Raises:
        UsageError: a value is of another type, or too small.
    """
    return {name: _checked(name, value) for name, value in values.items()}


def _checked(name: str, value: Any) -> Any:
    if name in TEXTS:
        if not isinstance(value, str | None):
            raise UsageError(f"`{name}` takes a name, not {value!r}")
        return value
    return whole(value, name) if name in LEAST else real(value, name)


def axes_of(**tried: Any) -> dict[str, Any]:
    """Return the axes of a search by their names, from values to try, or one, by parameters; None leaves one open.

    Raises:
        UsageError: a value is of another type, or too small.
    """
    from bnfit.networks.architecture import STUDY_ARMS  # as `AXES`, what other functions do without

    given = {name: several(values) for name, values in tried.items() if values is not None}
    if given.get("arm") == ("all",):
        given["arm"] = STUDY_ARMS
    return {_axis(name): tuple(checked(**{name: v})[name] for v in values) for name, values in given.items()}


def _axis(parameter: str) -> str:
    """Return the name of the axis of `bnfit.tuning.space.Axes` that a parameter gives the values of."""
    from bnfit.population.recipe import HYPERPARAMETERS  # what other functions do without

    of_recipe = {p.name: p.axis for p in HYPERPARAMETERS if p.axis is not None}
    return of_recipe.get(parameter) or (parameter if parameter in ("layers", "units") else f"{parameter}s")


def seconds(value: str | float | None) -> float | None:
    """Return a time in seconds, which may be written as "90s", "5m" or "1h30m".

    Raises:
        UsageError: it is none.
    """
    if value is None or not isinstance(value, str):
        return real(value, "budget")
    found = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", value.strip())
    if found is None or not any(found.groups()):
        raise UsageError(f"`budget`: '{value}' is no time", "such as `budget=90s`, `budget=5m` or `budget=1h30m`")
    return sum(float(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True))


def read_options(
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
) -> ReadOptions:
    """Collect what is known of how a file is written.

    Raises:
        UsageError: a value cannot be used.
    """
    if delimiter is not None and delimiter not in SPELLED and len(delimiter.rstrip(" ") or delimiter) != 1:
        raise UsageError(f"`delimiter` takes one character, not '{delimiter}'", "such as `delimiter=';'`, or tab")
    if quote is not None and len(quote) > 1:
        raise UsageError(f"`quote` takes one character, not '{quote}'", "nothing is quoted: `quote=''`")
    if decimal is not None and decimal not in (".", ","):
        raise UsageError(f"`decimal` takes '.' or ',', not '{decimal}'")
    _check_encoding(encoding)
    share = real(max_bad_rows, "max_bad_rows")
    if share is None or not 0 <= share <= 1:
        raise UsageError(f"`max_bad_rows` is a share of the rows, from 0 to 1, not {max_bad_rows}")
    from bnfit.table.dialect import checked  # the reader, which a start-up does without
    from bnfit.table.types import ReadOptions

    return checked(ReadOptions(delimiter, quote, header, encoding, decimal, names(na, "na") or None, share))


def _check_encoding(encoding: str | None) -> None:
    if encoding is None:
        return
    try:
        known_text = codecs.lookup(encoding)._is_text_encoding
    except (LookupError, ValueError):
        known_text = False
    if not known_text:
        raise UsageError(f"unknown encoding '{encoding}'", "such as utf-8, latin-1, cp1252, utf-16")


def schema_options(
    features: Names = None,
    drop: Names = None,
    types: Mapping[str, str] | None = None,
    task: str | None = None,
    decimal: str | None = None,
    **roles: str | None,
) -> SchemaOptions:
    """Collect what is known of the columns.

    Args:
        features, drop: names of columns.
        types: column -> kind.
        task: "regression" or "classification".
        decimal: the decimal mark.
        roles: the column for each role, where there is one: weight, group, time.

    Raises:
        UsageError: a value cannot be used.
    """
    from bnfit.schema.types import SchemaOptions  # numpy

    if not isinstance(types, Mapping | None):
        raise UsageError(f"`types` maps columns to kinds, such as {{'zip': 'category'}}, and is not {types!r}")
    named = [(role, *names(column, role)) for role, column in roles.items() if column is not None]
    if len({column for _, column in named}) < len(named):
        raise UsageError("one column cannot be weight, group and time at once", "name a column for each")
    return SchemaOptions(
        names(features, "features"),
        names(drop, "drop"),
        dict(types or {}),
        None if task is None else known(task, TASKS, "task"),
        decimal,
        {column: role for role, column in named},
    )


def questions(
    baseline: Names = None,
    group_columns: Mapping[str, Names] | None = None,
    group_correlated: float | None = None,
    compare: bool = False,
    shadow: bool = False,
    interactions: bool = False,
) -> ImportanceOptions:
    """Collect what else is asked of the columns.

    Args:
        baseline: ways of switching columns off.
        group_columns: name -> columns that are switched off together.
        group_correlated: columns that correlate at least so much are switched off together.
        compare, shadow, interactions: as in `ImportanceOptions`.

    Raises:
        UsageError: a value cannot be used.
    """
    from bnfit.importance.options import ImportanceOptions  # the names of baselines

    if not isinstance(group_columns, Mapping | None):
        raise UsageError(f"`group_columns` maps names to columns, and is not {group_columns!r}")
    groups = {name: names(columns, "group_columns") for name, columns in (group_columns or {}).items()}
    asked = tuple(dict.fromkeys(names(baseline, "baseline")))
    correlated = real(group_correlated, "group_correlated")
    return ImportanceOptions(asked, groups, correlated, compare, shadow, interactions)

"""The errors that bnfit raises on purpose, each with the exit code of the command line; wording they share.

Messages, hints and notes name parameters, never flags: a parameter stands in backquotes, alone (`folds`) or with a
value (`members=1`, `drop='age'`). A value from the user's data is written by `repr`, so that a backquote in it ends
nothing. The command line writes such a parameter as its flag (`bnfit.cli.flags`).
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class BnfitError(Exception):
    """Base of all errors: what happened and where, with an optional hint on what to do.

    Attributes:
        message: what happened, and where (file, line, column).
        hint: what the user can do about it; empty when there is nothing to suggest.
        exit_code: the process exit code that the command line ends with.
    """

    exit_code = 3

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(BnfitError, ValueError):
    """The request itself is wrong: an unknown option value, a file that exists already.

    As of all that is wrong with an argument, it is a `ValueError` too; so is `DataError`.
    """

    exit_code = 2


class DataError(BnfitError, ValueError):
    """The data cannot be read, or is unfit for what was asked.

    Attributes:
        column: the column that is at fault, where it is one.
        parameter: the parameter of the call whose value does not go with the data, where it is one.
    """

    def __init__(
        self, message: str, hint: str = "", *, column: str | None = None, parameter: str | None = None
    ) -> None:
        super().__init__(message, hint)
        self.column = column
        self.parameter = parameter


class ModelFileError(BnfitError):
    """The file is no model, or not one that may be read."""


class GateFailed(BnfitError):
    """A condition that the user asked bnfit to enforce does not hold."""

    exit_code = 1


def similar(name: str, names: Iterable[str], most: int = 1) -> list[str]:
    """Return up to `most` of `names` that `name` was probably meant to be, the closest first, whatever their case."""
    folded = {other.casefold().strip(): other for other in names}
    return [folded[close] for close in difflib.get_close_matches(name.casefold().strip(), folded, n=most)]


def listed(texts: Sequence[str], most: int, separator: str = ", ") -> str:
    """Return the first `most` texts in a line, and a sign for more."""
    return separator.join(texts[:most]) + (f"{separator}…" if len(texts) > most else "")


def one_a_kind(found: Iterable[tuple[str, str]], most: int = 2) -> list[str]:
    """Return sentences on columns of one kind; of more than `most`, the first one and the names of the others.

    Args:
        found: names of columns, each with its sentence.
        most: how many sentences to keep as they are.
    """
    sentences = list(found)
    if len(sentences) <= most:
        return [sentence for _, sentence in sentences]
    others = [f"'{name}'" for name, _ in sentences[1:]]
    return [f"{sentences[0][1]} (alike in {len(others)} more: {listed(others, 5)})"]


def known(value: str, values: Sequence[str], what: str) -> str:
    """Return `value` if it is one of `values`.

    Raises:
        UsageError: it is not; the message names the nearest one.
    """
    if value in values:
        return value
    near = difflib.get_close_matches(value, values, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"choose from {', '.join(values)}"
    raise UsageError(f"unknown {what} '{value}'", hint)

"""The errors that bnfit raises on purpose, each with the exit code the command line gives it."""

from __future__ import annotations


class BnfitError(Exception):
    """What happened and where, with an optional second sentence on what to do.

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


class UsageError(BnfitError):
    """The request itself is wrong: an unknown option value, a file that exists already."""

    exit_code = 2


class DataError(BnfitError):
    """The data cannot be read, or is unfit for what was asked."""


class ModelFileError(BnfitError):
    """The file is no model, or not one that may be read."""


class GateFailed(BnfitError):
    """A condition that the user asked bnfit to enforce does not hold."""

    exit_code = 1

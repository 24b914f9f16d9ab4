"""Turn exceptions into messages and exit codes."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

import typer

from bnfit.address_space import limit
from bnfit.errors import BnfitError
from bnfit.report.blocks import printable

UNFIT, UNEXPECTED, INTERRUPTED, PIPE_CLOSED, TERMINATED = 3, 70, 130, 141, 143
ParserError: Any = typer.BadParameter.__mro__[-4]
"""Base of what the parser raises, right below `Exception`; where it is defined differs between Typer's versions."""
RENAMED = {
    "--norm-position": "--norm batch:after",
    "--statistics": "--show statistics",
    "--nodes": "--show nodes",
    "--compare": "--show compare",
    "--group-correlated": "--group-columns 0.9",
    "--delimiter": "--csv delimiter=';'",
    "--quote": '--csv quote="\'"',
    "--header": "--csv header=yes",
    "--no-header": "--csv header=no",
    "--encoding": "--csv encoding=latin-1",
    "--decimal": "--csv decimal=,",
    "--batch-size": "--recipe batch-size=8",
    "--learning-rate": "--recipe learning-rate=0.01",
    "--momentum": "--recipe momentum=0.9",
    "--epsilon": "--recipe epsilon=1e-5",
    "--weight-decay": "--recipe weight-decay=0.01",
    "--class-weight": "--recipe class-weight=balanced",
}
"""What took the place of options of earlier versions."""
FEW_ROWS, NAMED_COLUMNS = 100, 20
"""Rows that are read to name the columns of a table, and how many of these."""
DEBUG = "--debug"
"""The flag that shows tracebacks, which holds before the command line is parsed."""


class Terminated(BaseException):
    """SIGTERM arrived: unwind, so that nothing half-written stays behind."""


def exit_code_of(command: Callable[[], object], debug: bool = False) -> int:
    """Run a command and return the exit code of the process; an error is one or two lines on stderr.

    Args:
        command: runs without arguments; its result is ignored.
        debug: whether to print the traceback of an error as well.
    """
    try:
        command()
        sys.stdout.flush()
        return 0
    except typer.Exit as stop:
        return stop.exit_code
    except BaseException as error:
        if debug and not isinstance(error, BrokenPipeError | SystemExit):
            traceback.print_exc()
        return _report(_interrupt_behind(error) or error)


def _interrupt_behind(error: BaseException) -> BaseException | None:
    """Return the interrupt that an error follows from: one in the middle of a lock breaks what holds the lock."""
    behind: BaseException | None = error
    while behind is not None and not isinstance(behind, KeyboardInterrupt | Terminated):
        behind = behind.__context__
    return behind


def exit_on_sigterm() -> None:
    """Let SIGTERM end a command as an exception that `exit_code_of` reports."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


def _report(error: BaseException) -> int:
    """Print the error on stderr and return its exit code."""
    if isinstance(error, BnfitError):
        from bnfit.cli.flags import with_flags  # loads the options: an interrupt meanwhile must be reported too

        return _say(with_flags(error.message), with_flags(error.hint), error.exit_code)
    if isinstance(error, ParserError):
        message, hint = _usage(error)
        return _say(message, hint, error.exit_code) if message else error.exit_code
    if isinstance(error, BrokenPipeError):
        _silence_stdout()
        return PIPE_CLOSED
    if isinstance(error, KeyboardInterrupt):
        return _say("interrupted", "", INTERRUPTED)
    if isinstance(error, Terminated):
        return _say("terminated", "", TERMINATED)
    if isinstance(error, MemoryError):
        return _say("out of memory", "give it more, or a smaller table", UNFIT)
    if isinstance(error, OSError):
        _silence_stdout()
        return _say(f"{error.strerror or error}{f': {error.filename!r}' if error.filename else ''}", "", UNFIT)
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 0 if error.code is None else UNEXPECTED
    what = " ".join(str(error).split())
    said = f"unexpected {type(error).__name__}{': ' if what else ''}{what[:300]}"
    most = limit()
    if most is not None:  # libraries have errors of many kinds for want of memory
        return _say(said, f"the memory of this process is limited to {most:.2g} GB: try it with more", UNFIT)
    return _say(said, f"run again with {DEBUG}", UNEXPECTED)


def _usage(error: Any) -> tuple[str, str]:
    """Return message and hint for an option or argument that the parser refused."""
    message = error.format_message().rstrip(".")
    context = getattr(error, "ctx", None)
    now = RENAMED.get(getattr(error, "option_name", ""))
    if now is not None:
        return f"{message[:1].lower()}{message[1:]}", f"use {now}"
    hint = f"'{context.command_path} --help' lists what there is" if context is not None else ""
    if getattr(getattr(error, "param", None), "name", "") == "target" and context is not None:
        hint = _columns_of(context.params.get("data")) or hint
    return message[:1].lower() + message[1:], hint


def _columns_of(data: Any) -> str:
    """Name the columns of a table, one of which is the target; nothing where it cannot be read."""
    if not isinstance(data, str) or data == "-":
        return ""
    from bnfit.errors import listed  # what only this needs, as below
    from bnfit.table.reader import read_chunks
    from bnfit.table.types import ReadOptions

    with suppress(BnfitError, OSError, StopIteration):
        first = next(iter(read_chunks(data, ReadOptions(), FEW_ROWS)))
        return f"the columns of '{data}': {listed([str(name) for name in first.frame.columns], NAMED_COLUMNS)}"
    return ""


def _say(message: str, hint: str, code: int) -> int:
    text = f"bnfit: error: {message}" + "".join(f"\n  {line}" for line in hint.splitlines())
    with suppress(BrokenPipeError):
        print(printable(text), file=sys.stderr, flush=True)  # noqa: T201
    return code


def _silence_stdout() -> None:
    """Point stdout nowhere, so that Python's own flush at exit does not fail a second time."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115

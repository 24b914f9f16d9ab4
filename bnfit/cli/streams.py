"""What goes where: results to stdout, messages and progress to stderr, TensorFlow's own chatter nowhere."""

from __future__ import annotations

import io
import os
import shlex
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.errors import UsageError

if TYPE_CHECKING:
    from bnfit.report import Grid, Result


class Form(Enum):
    """What a report is printed as."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "md"


def form_of(json: bool, md: bool) -> Form:
    """The form that the options ask for.

    Raises:
        UsageError: they ask for two.
    """
    if json and md:
        raise UsageError("--json and --md exclude each other", "give one of them")
    return Form.JSON if json else Form.MARKDOWN if md else Form.TEXT


def emit(
    result: Result, form: Form, *, top: int = 10, statistics: bool = False, table: Grid | None = None, **extra: Any
) -> None:
    """Print a result on stdout.

    Args:
        result: what to print.
        form: as what.
        top: rows of a leaderboard.
        statistics: whether to show the first layer's statistics.
        table: a further table to end the text with.
        extra: further keys of the JSON document.
    """
    from bnfit.report import blocks_of, show, to_json, to_markdown

    if form is Form.JSON:
        sys.stdout.write(to_json(result, **extra) + "\n")
        return
    blocks = blocks_of(result, top=top, statistics=statistics) + ([table] if table else [])
    if form is Form.MARKDOWN:
        sys.stdout.write(to_markdown(blocks) + "\n")
    else:
        show(blocks, sys.stdout)


def say(message: str) -> None:
    """One line on stderr."""
    from bnfit.report import printable

    print(printable(message), file=sys.stderr, flush=True)  # noqa: T201


def shell(*words: str | Path) -> str:
    """A command line as a shell takes it."""
    return shlex.join(map(str, words))


def prepare_streams() -> None:
    """Make stdout and stderr take any character: one that their encoding has no code for is printed as an escape.

    A stream that the caller closed goes nowhere.
    """
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


@contextmanager
def quiet_tensorflow(debug: bool) -> Iterator[None]:
    """Keep what C++ code writes to file descriptor 2 off the terminal; Python's own stderr goes on working.

    Log levels do not reach the lines that TensorFlow writes while it is being loaded.
    """
    if debug or not isinstance(sys.stderr, io.TextIOWrapper) or _descriptor(sys.stderr) != 2:
        yield
        return
    ours = sys.stderr
    ours.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    with open(kept, "w", encoding=ours.encoding, errors=ours.errors, buffering=1) as sys.stderr:
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            sys.stderr = ours


def _descriptor(stream: io.TextIOWrapper) -> int:
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return -1


@contextmanager
def progress(title: str) -> Iterator[Callable[[float], None]]:
    """A bar on stderr with the time left, told the share done from any thread; nothing when stderr is no terminal."""
    from rich.console import Console

    console = Console(file=sys.stderr)
    if not console.is_terminal or not sys.stderr.isatty():
        yield lambda _share: None
        return
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)

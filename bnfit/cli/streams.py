"""Output streams: results to stdout, messages and progress to stderr, TensorFlow's native log to nowhere."""

from __future__ import annotations

import codecs
import io
import os
import shlex
import sys
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from bnfit.cli.flags import lines_with_flags, result_with_flags
from bnfit.errors import UsageError
from bnfit.native_log import silenced
from bnfit.report.blocks import Block, printable

if TYPE_CHECKING:
    from bnfit.report.documents import Result


class Form(Enum):
    """Output format of a report."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "md"


def form_of(json: bool, md: bool) -> Form:
    """Return the format that the options ask for.

    Raises:
        UsageError: both are set.
    """
    if json and md:
        raise UsageError("--json and --md exclude each other", "give one of them")
    return Form.JSON if json else Form.MARKDOWN if md else Form.TEXT


def emit(
    result: Result,
    form: Form,
    *,
    top: int | None = None,
    show: Collection[str] = (),
    more: Sequence[Block] = (),
    **extra: Any,
) -> None:
    """Print a result on stdout.

    Args:
        result: returned by one of the pipeline's functions.
        form: the format.
        top: rows of each table; None for the usual ones.
        show: names of `bnfit.results.shown.SHOWN`.
        more: what to end the text with.
        extra: further keys of the JSON document.
    """
    from bnfit.report.documents import to_json, to_markdown  # importlib.metadata: 60 modules that no start needs

    if form is Form.JSON:
        sys.stdout.write(to_json(result_with_flags(result), **extra) + "\n")
        return
    from bnfit.report.content import blocks_of  # all results, a tenth of a second: `--help` does without

    blocks = lines_with_flags([*blocks_of(result, top=top, show=show, model=extra.get("model", "")), *more])
    if form is Form.MARKDOWN:
        sys.stdout.write(to_markdown(blocks) + "\n")
        return
    show_text(blocks, sys.stdout)


def show_text(blocks: Sequence[Block], stream: TextIO) -> None:
    """Print a report for a reader, in colour where the stream is a terminal."""
    from bnfit.report.terminal import show  # rich: other forms, and errors, do without

    show(blocks, stream)


class Screen(io.RawIOBase):
    """A terminal that shows a table as UTF-8, with what a terminal would obey replaced: cells come from anywhere."""

    def __init__(self, terminal: BinaryIO) -> None:
        self._terminal, self._decoder = terminal, codecs.getincrementaldecoder("utf-8")("replace")

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, content: Any, /) -> int:
        """Show some bytes, which may end within a character."""
        cells = self._decoder.decode(bytes(content)).split("\t")
        self._terminal.write("\t".join(map(printable, cells)).encode())
        return len(content)


def say(message: str) -> None:
    """Print one line on stderr."""
    print(printable(message), file=sys.stderr, flush=True)  # noqa: T201


def say_waiting(data: str) -> None:
    """Say that the table is read from a terminal, where it is: a user who forgot to pipe it would wait for nothing."""
    if data == "-" and sys.stdin is not None and sys.stdin.isatty():
        say("waiting for the table on standard input: type or paste it, and end it with Ctrl-D")


def shell(*words: str | Path) -> str:
    """Quote words for a shell."""
    return shlex.join(map(str, words))


def prepare_streams(words: Sequence[str] = ()) -> None:
    """Make stdout and stderr take any character: one that their encoding has no code for is printed as an escape.

    A stream that the caller closed goes nowhere, unless results would be lost.

    Args:
        words: of the command line.

    Raises:
        UsageError: the caller closed stdout, and names no file for the results.
    """
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        if not _names_output(words):
            hint = "send it to a file, or to /dev/null if nobody reads it"
            raise UsageError("standard output is closed", hint)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _names_output(words: Sequence[str]) -> bool:
    """Whether a command line names a file for the results."""
    following = zip(words, [*words[1:], ""], strict=True)
    named = [after if word in ("-o", "--output") else word.removeprefix("--output=") for word, after in following]
    return any(name not in ("", "-") and name != word for name, word in zip(named, words, strict=True))


def quiet_tensorflow(debug: bool) -> AbstractContextManager[None]:
    """Keep what TensorFlow's C++ code writes off the terminal, unless it is asked for."""
    return nullcontext() if debug else silenced()

"""What C++ code writes to file descriptor 2, which Python's own stderr shares: kept away, or let through."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TextIO

LEVEL = "TF_CPP_MIN_LOG_LEVEL"
"""Environment variable of TensorFlow's log level."""
SILENT, WARNINGS = "3", "1"
"""The levels of fatal errors alone, and of warnings and errors."""


def is_wanted() -> bool:
    """Whether somebody set TensorFlow's log level to see more than fatal errors; otherwise set it to these.

    Call it before TensorFlow loads, which reads the level once.
    """
    return os.environ.setdefault(LEVEL, SILENT) != SILENT


@contextmanager
def silenced() -> Iterator[None]:
    """Point file descriptor 2 nowhere; Python's own stderr goes on working.

    Log levels do not reach the lines that TensorFlow writes while it is being loaded.
    """
    ours = sys.stderr
    if ours is not None:
        ours.flush()
    try:
        kept = os.dup(2)
    except OSError:  # it is closed: nobody reads it
        yield
        return
    with ExitStack() as stack:
        if isinstance(ours, io.TextIOWrapper) and _descriptor(ours) == 2:
            sys.stderr = stack.enter_context(_copy(kept, ours))
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        finally:
            if sys.stderr is not None:
                sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            sys.stderr = ours


def _copy(descriptor: int, stream: io.TextIOWrapper) -> TextIO:
    """Open another stream like this one to a descriptor, which stays open."""
    return open(descriptor, "w", encoding=stream.encoding, errors=stream.errors, buffering=1, closefd=False)


def _descriptor(stream: io.TextIOWrapper) -> int:
    """Return the descriptor that a stream writes to; -1 for none."""
    try:
        return stream.fileno()
    except (OSError, ValueError):
        return -1

"""The journal of `search` and `study` beside their output, and what is said of it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.cli.streams import say, shell
from bnfit.errors import UsageError

if TYPE_CHECKING:
    from bnfit.tuning.journal import Journal


@contextlib.contextmanager
def journaled(output: Path, restart: bool) -> Iterator[Journal]:
    """Open the journal beside an output. It stays, and a line says so, where the block fails with something to keep.

    Who uses it removes it when the output is in place.
    """
    from bnfit.tuning.journal import Journal, journal_path  # json, importlib.metadata

    journal = Journal(journal_path(output), restart=restart)
    try:
        yield journal
    except BaseException as error:
        if not journal.networks:
            journal.remove()
            raise
        if not isinstance(error, UsageError):
            say(f"{shell(journal.path)} keeps {journal.networks} trained networks; the same command goes on from there")
        _say_failed(journal)
        journal.close()
        raise
    _say_failed(journal)


def say_standing(journal: Journal) -> None:
    """Say how far an earlier call came, if there was one."""
    found = journal.standing
    if found.networks:
        best = (
            f"; best so far: {found.best}, {journal.measure} {found.error:.4g} on held-out rows" if found.best else ""
        )
        say(f"going on from {shell(journal.path)}: {found.networks} networks are trained{best}")


def _say_failed(journal: Journal) -> None:
    if journal.failed:
        say(f"{shell(journal.path)} could not be written ({journal.failed}): later networks are not in it")

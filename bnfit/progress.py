"""Telling how far a long piece of work has come."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Is called with the share of the work that is done, from 0 to 1."""


def part(on_progress: Progress | None, start: float, end: float) -> Progress | None:
    """Return the callback of a part of the work that goes from `start` to `end` of the whole."""
    return None if on_progress is None else lambda share: on_progress(start + (end - start) * share)

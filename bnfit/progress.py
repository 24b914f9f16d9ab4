"""Telling how far a long piece of work has come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class Progress(Protocol):
    """Is told how far the work is."""

    def __call__(self, share: float, phase: str = "", seconds: float | None = None, /) -> None:
        """Take note.

        Args:
            share: of the work that is done, from 0 to 1, in proportion to its time.
            phase: what is being done, such as "training"; empty for what it was.
            seconds: how long the whole work takes on a usual machine, before any of it is measured.
        """


def part(on_progress: Progress | None, start: float, end: float, phase: str = "") -> Progress | None:
    """Return the callback of a part of the work that goes from `start` to `end` of the whole, with its phase."""
    if on_progress is None:
        return None

    def tell(share: float, now: str = "", _seconds: float | None = None) -> None:
        on_progress(start + (end - start) * share, now or phase)

    return tell


@dataclass(eq=False)
class Ticker:
    """Adds up finished pieces of work over threads.

    Attributes:
        report: is told the share that is done; None for nobody.
        total: how many pieces there are.
        phase: what is being done after so many pieces; by default what it was.
    """

    report: Progress | None
    total: int
    phase: Callable[[float], str] = lambda _done: ""
    done: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, amount: float) -> None:
        """Take note of further finished pieces."""
        with self.lock:
            self.done += amount
            if self.report is not None:
                self.report(min(1.0, self.done / self.total), self.phase(self.done))

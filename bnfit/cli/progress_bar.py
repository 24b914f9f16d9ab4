"""A progress bar on stderr, for a terminal: what is being done, how far it is, and how long it still takes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bnfit.progress import Progress

SURE = 0.02
"""Share of the work after which its own pace says more than an estimate made before."""


def show_nothing(_share: float, _phase: str = "", _seconds: float | None = None, /) -> None:
    """Take note of nothing: off a terminal, and where nobody wants to see it."""


@dataclass
class Pace:
    """How long a piece of work still takes, by its pace so far.

    Attributes:
        now: a clock, in seconds.
        began: when the work began; None before.
        expected: seconds that the whole takes on a usual machine; None where nobody knows.
        share: that is done.
        at: when that was told.
    """

    now: Callable[[], float] = time.monotonic
    began: float | None = None
    expected: float | None = None
    share: float = 0.0
    at: float = 0.0

    def tell(self, share: float, seconds: float | None) -> None:
        """Take note of the share that is done, and of an estimate."""
        self.at = self.now()
        self.began = self.at if self.began is None else self.began
        self.expected = seconds if seconds is not None else self.expected
        self.share = share

    def left(self) -> float | None:
        """Seconds that are left; None where nothing tells."""
        if self.began is None:
            return None
        if self.share < SURE:
            return None if self.expected is None else max(0.0, self.began + self.expected - self.now())
        whole = (self.at - self.began) / self.share
        return max(0.0, self.began + whole - self.now())


def clock_text(seconds: float) -> str:
    """Format seconds as "0:07", "12:05" or "1:00:00"."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


@contextmanager
def progress_bar(phase: str, quiet: bool = False) -> Iterator[Progress]:
    """Show a progress bar on stderr, if that is a terminal; yields the callback, for any thread.

    Args:
        phase: what is being done at first.
        quiet: show none.
    """
    if quiet or not sys.stderr.isatty():
        yield show_nothing
        return
    from rich.console import Console  # rich: only a terminal needs it
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    console = Console(file=sys.stderr)
    if not console.is_terminal:
        yield show_nothing
        return
    pace = Pace()

    class LeftColumn(ProgressColumn):
        """How long it still takes."""

        def render(self, _task: Task) -> Text:
            left = pace.left()
            return Text("" if left is None else f"{clock_text(left)} left", style="cyan")

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, LeftColumn(), console=console, transient=True) as bar:
        task = bar.add_task(phase, total=1.0)

        def tell(share: float, now: str = "", seconds: float | None = None, /) -> None:
            pace.tell(share, seconds)
            bar.update(task, completed=share, description=now or None)

        yield tell

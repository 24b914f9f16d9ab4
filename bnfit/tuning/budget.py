"""A budget of time for a search, of which what the final training takes is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


class OutOfTime(Exception):
    """The budget ended while candidates were training."""


@dataclass
class Clock:
    """A budget of time, and what is known about how long trainings take.

    The time of a training is predicted from its cost, members × epochs. What a wave of candidates takes before its
    trainings advance is added for each kind of network that is new: its program is compiled then.

    Attributes:
        budget: seconds.
        final: cost of the final training.
        now: returns the time in seconds.
        start: when the rounds of trainings began, compiling left out.
        cost, seconds: of the trainings so far.
        compiling: the most seconds that a kind took to compile.
        paced: whether these trainings are all of waves that compiled nothing.
    """

    budget: float
    final: int = 0
    now: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    start: float = field(init=False)
    cost: int = 0
    seconds: float = 0.0
    compiling: float = 0.0
    paced: bool = False

    def __post_init__(self) -> None:
        self.began = self.start = self.now()

    @property
    def spent(self) -> float:
        """The share of the budget that is over."""
        return (self.now() - self.began) / self.budget

    def begin_rounds(self) -> None:
        """Let rounds share the time from now on."""
        self.start = self.now()

    def left(self, share: float = 1.0) -> float:
        """Return the seconds until that share of what is not kept for the final training is over."""
        final = self.compiling + self._seconds(self.final) if self.final else 0.0
        end = self.began + self.budget - final
        return self.start + share * (end - self.start) - self.now()

    def affords(self, cost: int, kinds: int, share: float) -> bool:
        """Return whether trainings fit into the time left until then; True before anything was measured.

        Args:
            cost: of the trainings.
            kinds: of networks that are to be compiled.
            share: of the time, as for `left`.
        """
        compiling = share * kinds * self.compiling  # rounds share what compiling leaves
        return not self.cost or self._seconds(cost) + compiling <= self.left(share)

    def measured(self, cost: int, seconds: float, advancing: float, kinds: int) -> None:
        """Learn from what the trainings of a wave took.

        Args:
            cost: of the trainings.
            seconds: that they took, with compiling.
            advancing: estimate of the seconds in which they advanced.
            kinds: of networks that were compiled. A wave without any tells the pace better than an estimate does.
        """
        if kinds:
            compiling = max(0.0, seconds - (self._seconds(cost) if self.paced else advancing))
            self.compiling = max(self.compiling, compiling / kinds)
            self.start += compiling
            if self.paced:
                return
            seconds = advancing
        elif not self.paced:
            self.cost, self.seconds, self.paced = 0, 0.0, True
        self.cost, self.seconds = self.cost + cost, self.seconds + seconds

    def _seconds(self, cost: int) -> float:
        return self.seconds / self.cost * cost if self.cost else 0.0

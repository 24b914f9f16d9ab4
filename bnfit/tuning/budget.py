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

    The time of a training is predicted from its cost, members × epochs. What a group of candidates takes before its
    trainings advance is added once for each group: its programs are compiled then.

    Attributes:
        budget: seconds.
        final: cost of the final training.
        now: returns the time in seconds.
        cost, seconds: of the trainings so far.
        compiling: the most seconds that a group took before its trainings advanced.
    """

    budget: float
    final: int = 0
    now: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    cost: int = 0
    seconds: float = 0.0
    compiling: float = 0.0

    def __post_init__(self) -> None:
        self.began = self.now()

    @property
    def spent(self) -> float:
        """The share of the budget that is over."""
        return (self.now() - self.began) / self.budget

    def left(self, share: float = 1.0) -> float:
        """Return the seconds until that share of what is not kept for the final training is over."""
        final = self.compiling + self._seconds(self.final) if self.final else 0.0
        return self.began + share * (self.budget - final) - self.now()

    def affordable(self, cost: int, share: float) -> int:
        """Return how many trainings of that cost fit into the time left until then; 1 before anything was measured."""
        return max(0, int((self.left(share) - self.compiling) / self._seconds(cost))) if self.cost else 1

    def measured(self, cost: int, seconds: float, compiling: float) -> None:
        """Learn from what the trainings of a group took, and what went before them."""
        self.cost += cost
        self.seconds += seconds
        self.compiling = max(self.compiling, compiling)

    def _seconds(self, cost: int) -> float:
        return self.seconds / self.cost * cost if self.cost else 0.0

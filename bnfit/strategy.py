"""Strategies of search: which candidates are tried, how often, and for how long."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from bnfit.architecture import known
from bnfit.candidates import Candidate
from bnfit.errors import UsageError
from bnfit.recipe import Recipe
from bnfit.space import PAPER_GRID, WIDE, Axes

USUAL = {"grid": PAPER_GRID, "random": WIDE, "halving": WIDE}
"""What each strategy takes for the axes that the user leaves open."""
STRATEGIES = tuple(USUAL)
TRIALS = 100
ROUNDS = 3
KEPT = 3
"""Of so many candidates one goes on to the next round, where it trains so many times as long."""


@dataclass(frozen=True)
class Strategy:
    """Which candidates are tried, and for how long.

    Attributes:
        name: "grid" tries every combination of the axes; "random" draws candidates; "halving" does too, and trains
            them in three rounds: all for a ninth of their epochs, the best third anew for a third of them, and the best
            third of these for all.
        trials: how many are drawn; None takes `TRIALS`.
        budget: seconds that the whole search may take, the training of the winner included; None for no limit.
    """

    name: str = "grid"
    trials: int | None = None
    budget: float | None = None

    def __post_init__(self) -> None:
        known(self.name, STRATEGIES, "strategy")
        if self.trials is not None and self.name == "grid":
            raise UsageError("a grid tries all of its networks", "--trials goes with --strategy random or halving")
        if self.trials is not None and self.trials < 1:
            raise UsageError(f"trials must be at least 1, not {self.trials}")
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise UsageError(f"the budget must be a positive time, not {self.budget:g} seconds")

    @property
    def axes(self) -> Axes:
        """The axes that it takes where the user leaves them open."""
        return USUAL[self.name]

    @property
    def rounds(self) -> int:
        """How often candidates are trained, at most."""
        return ROUNDS if self.name == "halving" else 1

    @property
    def nests(self) -> bool:
        """Whether the same search can be made again without some rows: neither its rounds nor its time can."""
        return self.rounds == 1 and self.budget is None

    def candidates(self, axes: Axes, base: Recipe, seed: int) -> list[Candidate]:
        """What is tried, in the order in which it is when time is short.

        Args:
            axes: what the user says of them; open ones are the strategy's.
            base: what candidates' recipes are changed from.
            seed: draws, and orders what a budget may cut.

        Raises:
            UsageError: an axis is empty or holds a value that cannot be.
        """
        axes = axes.filled(self.axes)
        if self.name != "grid":
            return axes.drawn(base, self.trials or TRIALS, seed)
        every = axes.every(base)
        if self.budget is None:
            return every
        return random.Random(seed).sample(every, len(every))

    def trainings(self, candidates: int) -> int:
        """How often some candidate is trained on all splits, over all rounds."""
        total = 0
        for _ in range(self.rounds):
            total += candidates
            candidates = -(-candidates // KEPT)
        return total


def budget_note(budget: float | None, tried: int, untried: int) -> tuple[str, ...]:
    """What a budget left no time for."""
    if budget is None or not untried:
        return ()
    return (f"The budget of {duration(budget)} left {untried} of {tried + untried} candidates untried.",)


def duration(seconds: float) -> str:
    """Such as "5m", "1m30s" or "1h"."""
    whole = round(seconds)
    parts = ((whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    return "".join(f"{n}{unit}" for n, unit in parts if n) or f"{seconds:g}s"

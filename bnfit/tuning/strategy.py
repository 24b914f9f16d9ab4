"""Strategies of search: which candidates are tried, how often, and for how long."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace

from bnfit.errors import UsageError, known
from bnfit.networks.architecture import Architecture
from bnfit.population.recipe import Recipe
from bnfit.tuning.space import PAPER_GRID, WIDE, Axes, Candidate

DEFAULT_AXES = {"grid": PAPER_GRID, "random": WIDE, "halving": WIDE}
"""The axes of each strategy where the user leaves them open."""
STRATEGIES = tuple(DEFAULT_AXES)
TEAMS = ("fit", "ensemble", "candidate")
"""What a search may save: the networks of plain `fit`, an ensemble, or a single candidate."""
TRIALS = 100
LARGE_TABLE = 1000
"""Rows from which on the networks of the paper learn too little, so that larger ones are drawn."""
ROUNDS = 3
REDUCTION = 3
"""One of so many candidates goes on to the next round of halving, where it trains so many times as long."""


@dataclass(frozen=True)
class Strategy:
    """A choice of candidates, of rounds and of time.

    Attributes:
        name: "grid" tries every combination of the axes; "random" draws candidates; "halving" does too, and trains
            them in three rounds: all for a ninth of their epochs, the best third anew for a third of them, and the best
            third of these for all. None leaves the choice to `for_table`, and is a grid before that.
        trials: how many candidates are drawn; None takes `TRIALS`.
        budget: seconds that the whole search may take, the training of the winner included; None for no limit.
    """

    name: str | None = None
    trials: int | None = None
    budget: float | None = None

    def __post_init__(self) -> None:
        if self.name is not None:
            known(self.name, STRATEGIES, "strategy")
        if self.trials is not None and self.name == "grid":
            raise UsageError("a grid tries all of its networks", "`trials` goes with `strategy=random` or halving")
        if self.trials is not None and self.trials < 1:
            raise UsageError(f"trials must be at least 1, not {self.trials}")
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise UsageError(f"the budget must be a positive time, not {self.budget:g} seconds")

    def for_table(self, rows: int, asked: bool) -> Strategy:
        """Return the strategy for a table: where none was named, the paper's grid, or halving if there are many rows.

        Args:
            rows: of the table.
            asked: whether axes were named, or the paper's recipe: a grid then tries what was asked for.
        """
        if self.name is not None:
            return self
        draws = self.trials is not None or (rows >= LARGE_TABLE and not asked)
        return replace(self, name="halving" if draws else "grid")

    @property
    def named(self) -> str:
        """Its name, or that of the usual one."""
        return self.name or "grid"

    @property
    def axes(self) -> Axes:
        """The axes that it takes where the user leaves them open."""
        return DEFAULT_AXES[self.named]

    @property
    def rounds(self) -> int:
        """The most times that a candidate is trained on all splits."""
        return ROUNDS if self.name == "halving" else 1

    def candidates(self, axes: Axes, base: Recipe, seed: int) -> list[Candidate]:
        """Return the candidates, in the order in which they are tried when time is short.

        Args:
            axes: those that the user named; open ones are the strategy's.
            base: the recipe that those of the candidates are changed from.
            seed: of the draws, and of the order where a budget may cut it.

        Raises:
            UsageError: an axis is empty or holds a value that cannot be.
        """
        axes = axes.filled(self.axes)
        if self.named != "grid":
            return axes.drawn(base, self.trials or TRIALS, seed)
        every = axes.every(base)
        if self.budget is None:
            return every
        return random.Random(seed).sample(every, len(every))

    def drawn_from(self, axes: Axes) -> list[Architecture]:
        """Return the architectures that candidates are drawn from; none for a grid, which has all of them."""
        return [] if self.named == "grid" else axes.filled(self.axes).architectures()

    def trainings(self, candidates: int) -> int:
        """Return how many times a candidate is trained on all splits, over all rounds and so many candidates."""
        total = 0
        for _ in range(self.rounds):
            total += candidates
            candidates = -(-candidates // REDUCTION)
        return total


def strategy_note(how: Strategy, candidates: int, rows: int) -> tuple[str, ...]:
    """Return a remark on a strategy that the rows of the table chose, where it is not the usual one."""
    if how.name == "grid":
        return ()
    return (
        f"The table has {rows:,} rows: {candidates} networks of up to {max(WIDE.units or ())} units a layer were drawn "
        "and compared by successive halving; `strategy=grid` tries the small ones of the paper.",
    )


def budget_note(budget: float | None, tried: int, untried: int) -> tuple[str, ...]:
    """Return a remark on the candidates that a budget left no time for."""
    if budget is None or not untried:
        return ()
    return (f"The budget of {duration(budget)} left {untried} of {tried + untried} candidates untried.",)


def duration(seconds: float) -> str:
    """Return the time as text, such as "5m", "1m30s" or "1h"."""
    whole = round(seconds)
    parts = ((whole // 3600, "h"), (whole % 3600 // 60, "m"), (whole % 60, "s"))
    return "".join(f"{n}{unit}" for n, unit in parts if n) or f"{seconds:g}s"

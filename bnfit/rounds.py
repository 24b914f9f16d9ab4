"""Candidates trained all at once, in rounds of ever longer trainings, or as far as the time allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bnfit.candidates import Candidate
from bnfit.errors import GateFailed
from bnfit.search import Contest, Entry
from bnfit.strategy import KEPT, duration

GROWTH = 8
"""By what factor the candidates that are trained together grow, at most, while the time they take is being learned."""

Progress = Callable[[float], None]


class _OutOfTime(Exception):
    """The budget ended while candidates were training."""


@dataclass
class Clock:
    """A budget of time, of which what the final training will take is kept.

    Times are told by the cost of trainings, members × epochs, after what every group of candidates takes before its
    trainings advance: its programs are compiled then.

    Attributes:
        budget: seconds.
        final: cost of the final training.
        now: what tells the time in seconds.
        cost, seconds: of the trainings so far.
        compiling: seconds that a group took before its trainings advanced, at most.
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
        """Seconds until that share of what is not kept for the final training is over."""
        final = self.compiling + self._seconds(self.final) if self.final else 0.0
        return self.began + share * (self.budget - final) - self.now()

    def affordable(self, cost: int, share: float) -> int:
        """How many trainings of that cost fit into the time left until then; 1 before anything was measured."""
        return max(0, int((self.left(share) - self.compiling) / self._seconds(cost))) if self.cost else 1

    def measured(self, cost: int, seconds: float, compiling: float) -> None:
        """Learn from what the trainings of a group took, and what went before them."""
        self.cost += cost
        self.seconds += seconds
        self.compiling = max(self.compiling, compiling)

    def _seconds(self, cost: int) -> float:
        return self.seconds / self.cost * cost if self.cost else 0.0


def entries(
    contest: Contest,
    candidates: Sequence[Candidate],
    rounds: int = 1,
    clock: Clock | None = None,
    on_progress: Progress | None = None,
) -> list[Entry]:
    """What came of the candidates, or of those that there was time for: each one's last round.

    Args:
        contest: what they are trained and judged on.
        candidates: in the order in which they are tried when time is short.
        rounds: of trainings, each with a third of the candidates of the one before it and three times their epochs; in
            the last one they train for all that their recipes say.
        clock: keeps the time; None trains all.
        on_progress: told the share of the work that is done.

    Raises:
        DataError: every candidate diverged.
        GateFailed: the time ended before anything was trained.
    """
    found: dict[Candidate, Entry] = {}
    going = list(candidates)
    for number in range(rounds):
        shorter = {_shortened(c, contest, KEPT ** (rounds - 1 - number)): c for c in going}
        progress = _progress(on_progress, number, rounds, clock)
        if clock is None:
            made = contest.entries(list(shorter), progress, number)
        else:
            made = _as_time_allows(contest, list(shorter), number, clock, (number + 1) / rounds, progress)
        if not made:
            break
        made = [replace(entry, candidate=shorter[entry.candidate]) for entry in made]
        found |= {entry.candidate: entry for entry in made}
        going = [made[i].candidate for i in contest.ranking(made).order[: -(-len(made) // KEPT)]]
    if not found and clock is not None:
        raise GateFailed(
            f"the budget of {duration(clock.budget)} ended before one candidate was trained on every fold",
            "a longer --budget, or fewer --folds or --epochs",
        )
    return list(found.values())


def _shortened(candidate: Candidate, contest: Contest, times: int) -> Candidate:
    if times == 1:
        return candidate
    epochs = candidate.recipe.for_rows(contest.rows).epochs
    return replace(candidate, recipe=candidate.recipe.changed(epochs=max(1, round(epochs / times))))


def _as_time_allows(
    contest: Contest,
    candidates: Sequence[Candidate],
    number: int,
    clock: Clock,
    share: float,
    on_progress: Progress,
) -> list[Entry]:
    """The candidates in groups of growing size, until the time is over that this round has."""
    made: list[Entry] = []
    size = 1
    while len(made) < len(candidates):
        one = max(contest.cost([c]) for c in candidates)
        size = min(GROWTH * size, clock.affordable(one, share)) if clock.cost else size
        group = candidates[len(made) : len(made) + size]
        if not group:
            break
        began, until = clock.now(), share if clock.cost else 1.0
        heard: list[tuple[float, float]] = []

        def watch(
            done: float,
            until: float = until,
            group: int = len(group),
            before: int = len(made),
            heard: list[tuple[float, float]] = heard,
        ) -> None:
            heard.append((clock.now(), done))
            if clock.left(until) < 0:
                raise _OutOfTime
            on_progress((before + done * group) / len(candidates))

        try:
            made += contest.entries(group, watch, number)
        except _OutOfTime:
            break
        total = clock.now() - began
        advancing = _advancing(heard, total, clock.now())
        clock.measured(contest.cost(group), advancing, total - advancing)
    return made


def _advancing(heard: Sequence[tuple[float, float]], total: float, end: float) -> float:
    """Of the seconds that trainings took in all those in which they advanced: at the pace after they were first heard.

    Args:
        heard: times, and the shares done then.
        total: seconds in all.
        end: the time at their end.
    """
    first, done = heard[0] if heard else (end, 1.0)
    return min(total, (end - first) / (1 - done)) if done < 1 else total


def _progress(on_progress: Progress | None, number: int, rounds: int, clock: Clock | None) -> Progress:
    """What to tell the share done of one round; of a budget, the share that is over where that is more."""

    def tell(share: float) -> None:
        if on_progress is not None:
            done = (number + share) / rounds
            on_progress(done if clock is None else min(1.0, max(done, clock.spent)))

    return tell

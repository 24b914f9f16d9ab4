"""Successive halving: candidates trained in rounds of ever longer trainings, or as far as the time allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bnfit.errors import GateFailed
from bnfit.networks.architecture import Architecture
from bnfit.population.chunks import ALONE, Common
from bnfit.population.program_cache import CALLS
from bnfit.population.records import found_jobs
from bnfit.progress import Progress, part
from bnfit.tuning.budget import Clock, OutOfTime
from bnfit.tuning.cross_validate import CrossValidation, Entry
from bnfit.tuning.space import Candidate
from bnfit.tuning.strategy import REDUCTION, duration
from bnfit.tuning.waves import Kind, Queues, Wave, next_wave, queues

TOGETHER = 2
"""Kinds of networks that are compiled together: one for each thread."""
LATER = 0.4
"""Share of the time left at the begin of a round that later rounds have: the first one tries most candidates."""
MOST_COMPILING = 0.25
"""Share of the time left that compiling two more kinds may take."""


def successive_halving(
    contest: CrossValidation,
    candidates: Sequence[Candidate],
    rounds: int = 1,
    clock: Clock | None = None,
    on_progress: Progress | None = None,
    drawn_from: Sequence[Architecture] = (),
) -> list[Entry]:
    """Train candidates in rounds, each with the best of the one before it (Jamieson and Talwalkar, AISTATS 2016).

    Args:
        contest: the table and splits on which they compete.
        candidates: in the order in which they are tried when time is short.
        rounds: of trainings, each with a third of the candidates of the one before it and three times their epochs; in
            the last one they train for all that their recipes say.
        clock: keeps the time; None trains all.
        on_progress: is called with the share of the work that is done.
        drawn_from: the architectures that the candidates were drawn from; none where they are all that was asked for.
            The first jobs of a draw are then those of a shorter one, so that what is on record of that is found.

    Returns:
        The last entry of each candidate, or of each for which there was time.

    Raises:
        DataError: every candidate diverged.
        GateFailed: the time ended before anything was trained.
    """
    latest: dict[Candidate, Entry] = {}
    remaining = list(candidates)
    space = tuple(dict.fromkeys(drawn_from or (c.architecture for c in candidates)))
    shortest = [_shortened(c, contest, REDUCTION ** (rounds - 1)) for c in candidates]
    calls = min(-(-c.recipe.for_rows(contest.rows).epochs // CALLS) for c in shortest)
    timed = None if clock is None else _Timed(contest, clock, candidates, Common(space, calls, even=True))
    for number in range(rounds):
        times = REDUCTION ** (rounds - 1 - number)
        shortened = {_shortened(c, contest, times): c for c in remaining}
        progress = _progress(on_progress, number, rounds, clock)
        if timed is None:
            common = Common(space, even=True) if drawn_from and number == 0 else ALONE
            entries = contest.evaluate(list(shortened), progress, number, common)
        else:
            share = 1.0 if times == 1 else 1 - LATER ** (number + 1)
            entries = timed.train(list(shortened), number, share, progress)
        if not entries:
            break
        entries = [replace(entry, candidate=shortened[entry.candidate]) for entry in entries]
        latest |= {entry.candidate: entry for entry in entries}
        remaining = [entries[i].candidate for i in contest.rank(entries).order[: -(-len(entries) // REDUCTION)]]
    if not latest and clock is not None:
        raise GateFailed(
            f"the budget of {duration(clock.budget)} ended before one candidate was trained on every fold",
            "a longer `budget`, or fewer `folds` or `epochs`",
        )
    return list(latest.values())


def _shortened(candidate: Candidate, contest: CrossValidation, times: int) -> Candidate:
    if times == 1:
        return candidate
    epochs = candidate.recipe.for_rows(contest.rows).epochs
    return replace(candidate, recipe=candidate.recipe.changed(epochs=max(1, round(epochs / times))))


class _Timed:
    """Trainings in waves, until the time of a round is over.

    Args:
        contest: the table and splits on which candidates compete.
        clock: keeps the time.
        candidates: all of the search.
        common: of all trainings.
    """

    def __init__(self, contest: CrossValidation, clock: Clock, candidates: Sequence[Candidate], common: Common) -> None:
        self.contest, self.clock, self.common = contest, clock, common
        self.places = {kind: len(of_kind) for kind, of_kind in queues(candidates).items()}
        self.compiled: frozenset[Kind] = frozenset()
        clock.begin_rounds()

    def train(self, candidates: Sequence[Candidate], number: int, share: float, on_progress: Progress) -> list[Entry]:
        """Train candidates of a round until that share of the time is over."""
        entries: list[Entry] = []
        waiting = queues(candidates)
        while waiting:
            wave = next_wave(waiting, self._kinds(waiting))
            before, size = len(entries), len(wave.candidates)

            report = part(on_progress, before / len(candidates), (before + size) / len(candidates))
            try:
                entries += self._wave(wave, number, share, report)
            except OutOfTime:
                break
        return entries

    def _kinds(self, waiting: Queues) -> list[Kind]:
        """The kinds of the next wave: what is compiled, and more where compiling takes little of the time left."""
        ready = [kind for kind in waiting if kind in self.compiled]
        more = [kind for kind in waiting if kind not in self.compiled][:TOGETHER]
        if not ready:
            return more
        takes = len(more) * self.clock.compiling
        return ready + more if self.clock.paced and takes <= MOST_COMPILING * self.clock.left() else ready

    def _wave(self, wave: Wave, number: int, share: float, on_progress: Progress | None) -> list[Entry]:
        """Raises: OutOfTime where the time is short."""
        clock, new = self.clock, len(wave.kinds - self.compiled)
        places = sum(self.places[kind] for kind in wave.kinds)  # those that are filled take as long
        cost = self.contest.cost(wave.candidates) * places // len(wave.candidates)
        if not clock.affords(cost, new, share):
            raise OutOfTime
        began, until = clock.now(), share if clock.cost else 1.0
        calls: list[tuple[float, float]] = []

        def watch(done: float, phase: str = "", _seconds: float | None = None) -> None:
            calls.append((clock.now(), done))
            if clock.left(until) < 0:
                raise OutOfTime
            if on_progress is not None:
                on_progress(done, phase)

        found = found_jobs()
        entries = self.contest.evaluate(wave.candidates, watch, number, self.common)
        if found_jobs() > found:
            return entries  # what an earlier run trained tells nothing of the pace
        total = clock.now() - began
        advancing = _advancing(calls, total, clock.now()) if new else total
        clock.measured(cost, total, advancing, new)
        self.compiled |= wave.kinds
        return entries


def _advancing(calls: Sequence[tuple[float, float]], total: float, end: float) -> float:
    """Estimate the seconds in which trainings advanced, at their pace after the first call of the callback.

    Args:
        calls: times of the calls, and the shares done then.
        total: seconds that the trainings took in all.
        end: the time at their end.
    """
    first, done = calls[0] if calls else (end, 1.0)
    return min(total, (end - first) / (1 - done)) if done < 1 else total


def _progress(on_progress: Progress | None, number: int, rounds: int, clock: Clock | None) -> Progress:
    """Return the callback of one round, which reports the share of a budget that is over where that is more."""

    def report(share: float, phase: str = "", _seconds: float | None = None) -> None:
        if on_progress is not None:
            done = (number + share) / rounds
            on_progress(done if clock is None else min(1.0, max(done, clock.spent)), phase)

    return report

"""Successive halving: candidates trained in rounds of ever longer trainings, or as far as the time allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bnfit.errors import GateFailed
from bnfit.progress import Progress
from bnfit.tuning.budget import Clock, OutOfTime
from bnfit.tuning.cross_validate import CrossValidation, Entry
from bnfit.tuning.space import Candidate
from bnfit.tuning.strategy import REDUCTION, duration

GROWTH = 8
"""By what factor the candidates that are trained together grow, at most, while the time they take is being learned."""


def successive_halving(
    contest: CrossValidation,
    candidates: Sequence[Candidate],
    rounds: int = 1,
    clock: Clock | None = None,
    on_progress: Progress | None = None,
) -> list[Entry]:
    """Train candidates in rounds, each with the best of the one before it (Jamieson and Talwalkar, AISTATS 2016).

    Args:
        contest: the table and splits on which they compete.
        candidates: in the order in which they are tried when time is short.
        rounds: of trainings, each with a third of the candidates of the one before it and three times their epochs; in
            the last one they train for all that their recipes say.
        clock: keeps the time; None trains all.
        on_progress: is called with the share of the work that is done.

    Returns:
        The last entry of each candidate, or of each for which there was time.

    Raises:
        DataError: every candidate diverged.
        GateFailed: the time ended before anything was trained.
    """
    latest: dict[Candidate, Entry] = {}
    remaining = list(candidates)
    for number in range(rounds):
        shortened = {_shortened(c, contest, REDUCTION ** (rounds - 1 - number)): c for c in remaining}
        progress = _progress(on_progress, number, rounds, clock)
        if clock is None:
            entries = contest.evaluate(list(shortened), progress, number)
        else:
            entries = _as_time_allows(contest, list(shortened), number, clock, (number + 1) / rounds, progress)
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


def _as_time_allows(
    contest: CrossValidation,
    candidates: Sequence[Candidate],
    number: int,
    clock: Clock,
    share: float,
    on_progress: Progress,
) -> list[Entry]:
    """Train the candidates in groups of growing size, until the time of this round is over."""
    entries: list[Entry] = []
    size = 1
    while len(entries) < len(candidates):
        one = max(contest.cost([c]) for c in candidates)
        size = min(GROWTH * size, clock.affordable(one, share)) if clock.cost else size
        group = candidates[len(entries) : len(entries) + size]
        if not group:
            break
        began, until = clock.now(), share if clock.cost else 1.0
        calls: list[tuple[float, float]] = []

        def watch(
            done: float,
            until: float = until,
            group: int = len(group),
            before: int = len(entries),
            calls: list[tuple[float, float]] = calls,
        ) -> None:
            calls.append((clock.now(), done))
            if clock.left(until) < 0:
                raise OutOfTime
            on_progress((before + done * group) / len(candidates))

        try:
            entries += contest.evaluate(group, watch, number)
        except OutOfTime:
            break
        total = clock.now() - began
        advancing = _advancing(calls, total, clock.now())
        clock.measured(contest.cost(group), advancing, total - advancing)
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

    def report(share: float) -> None:
        if on_progress is not None:
            done = (number + share) / rounds
            on_progress(done if clock is None else min(1.0, max(done, clock.spent)))

    return report

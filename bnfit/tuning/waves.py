"""Waves of candidates that share compiled programs, for a search that ends by the clock.

Compiling takes longer than most trainings. So each wave has, of every kind of network in it, one candidate of each
activation, as far as there are: `bnfit.population.chunks.Common.even` keeps to one program for all waves then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bnfit.population.chunks import kind_of
from bnfit.tuning.space import Candidate

Kind = tuple[object, ...]
Queues = dict[Kind, dict[str, list[Candidate]]]
"""Candidates that wait, by the kind of their networks and by their activation."""


@dataclass(frozen=True)
class Wave:
    """Candidates that are trained together.

    Attributes:
        candidates: what is trained.
        kinds: of networks among them.
    """

    candidates: tuple[Candidate, ...]
    kinds: frozenset[Kind]


def queues(candidates: Sequence[Candidate]) -> Queues:
    """Line up candidates by kind, the cheapest kind first, and by activation."""
    found: Queues = {}
    for candidate in candidates:
        of_kind = found.setdefault(_kind(candidate), {})
        of_kind.setdefault(candidate.architecture.activation, []).append(candidate)
    return {kind: found[kind] for kind in sorted(found, key=lambda kind: _cost(found[kind]))}


def next_wave(waiting: Queues, kinds: Sequence[Kind]) -> Wave:
    """Take the next candidates of these kinds out of their queues.

    Args:
        waiting: those that are not trained yet; a kind goes with the last of its candidates.
        kinds: of networks that the wave has.
    """
    candidates: list[Candidate] = []
    for kind in kinds:
        candidates += [queue.pop(0) for queue in waiting[kind].values()]
        waiting[kind] = {activation: queue for activation, queue in waiting[kind].items() if queue}
        if not waiting[kind]:
            del waiting[kind]
    return Wave(tuple(candidates), frozenset(kinds))


def _cost(of_kind: dict[str, list[Candidate]]) -> int:
    """Weights of one network of each activation."""
    return sum(queue[0].architecture.weights(1, 1) for queue in of_kind.values())


def _kind(candidate: Candidate) -> Kind:
    """What the networks of one program have in common, but for the number of epochs."""
    recipe = replace(candidate.recipe, name="", learning_rate=1.0, weight_decay=None, total_decay=0.0, epochs=None)
    return *kind_of(candidate.architecture), recipe

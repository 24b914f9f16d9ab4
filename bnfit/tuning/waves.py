"""Waves of candidates that share compiled programs, for a search that ends by the clock.

A program is compiled for so many members of each activation, and compiling takes longer than most trainings. So each
wave has, of every kind of network in it, one candidate of each activation. Where none is left, another fills its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bnfit.population.chunks import Common, kind_of
from bnfit.tuning.space import Candidate

Kind = tuple[object, ...]
Queues = dict[Kind, dict[str, list[Candidate]]]
"""Candidates that wait, by the kind of their networks and by their activation."""


@dataclass(frozen=True)
class Wave:
    """Candidates that are trained together.

    Attributes:
        candidates: those that are measured.
        fillers: others, whose training is thrown away.
        kinds: of networks among them.
    """

    candidates: tuple[Candidate, ...]
    fillers: tuple[Candidate, ...]
    kinds: frozenset[Kind]


class Waves:
    """The division of a search's candidates into waves.

    Args:
        candidates: all of the search.
        call_epochs: epochs of one call of a program, at most.
    """

    def __init__(self, candidates: Sequence[Candidate], call_epochs: int) -> None:
        self.places: dict[Kind, dict[str, Candidate]] = {}
        for candidate in candidates:
            self.places.setdefault(_kind(candidate), {}).setdefault(candidate.architecture.activation, candidate)
        self.common = Common(tuple(dict.fromkeys(c.architecture for c in candidates)), call_epochs)

    def queues(self, candidates: Sequence[Candidate]) -> Queues:
        """Line up candidates of the search by kind, the cheapest kind first, and by activation."""
        found: Queues = {}
        for candidate in candidates:
            of_kind = found.setdefault(_kind(candidate), {})
            of_kind.setdefault(candidate.architecture.activation, []).append(candidate)
        return {kind: found[kind] for kind in sorted(found, key=self._cost)}

    def next(self, queues: Queues, kinds: Sequence[Kind], shortened: Callable[[Candidate], Candidate]) -> Wave:
        """Take the next candidates of these kinds out of their queues.

        Args:
            queues: those that are not trained yet; a kind goes with the last of its candidates.
            kinds: of networks that the wave has.
            shortened: makes a filler one that is trained for as long as they are.
        """
        candidates: list[Candidate] = []
        fillers: list[Candidate] = []
        for kind in kinds:
            queue = queues[kind]
            candidates += [waiting.pop(0) for waiting in queue.values()]
            fillers += [shortened(c) for activation, c in self.places[kind].items() if activation not in queue]
            queues[kind] = {activation: waiting for activation, waiting in queue.items() if waiting}
            if not queues[kind]:
                del queues[kind]
        return Wave(tuple(candidates), tuple(fillers), frozenset(kinds))

    def _cost(self, kind: Kind) -> int:
        return sum(c.architecture.weights(1, 1) for c in self.places[kind].values())


def _kind(candidate: Candidate) -> Kind:
    """What the networks of one program have in common, but for the number of epochs."""
    recipe = replace(candidate.recipe, name="", learning_rate=1.0, weight_decay=None, total_decay=0.0, epochs=None)
    return *kind_of(candidate.architecture), recipe

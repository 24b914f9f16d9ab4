"""The division of members into chunks, each trained by one call of a compiled program."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bnfit.networks.architecture import Architecture
from bnfit.population.members import Member, Normalising, normalising
from bnfit.population.recipe import Plan

CHUNK_NUMBERS = 40_000
"""Members per program are limited so that one hidden layer of a batch holds about this many numbers (it stays in the
processor's cache, and there is work for every thread)."""


@dataclass(frozen=True)
class Chunk:
    """Members that are trained by one call of a program.

    Attributes:
        members: ordered by activation.
        plans: how each is trained; they differ in learning rate and weight decay only.
        positions: where each stands in the list that the caller gave; `FILLER` for one that only fills a place.
        groups: one member for each distinct set and order of training rows.
        group: number of each member's group.
    """

    members: tuple[Member, ...]
    plans: tuple[Plan, ...]
    positions: tuple[int, ...]
    groups: tuple[Member, ...]
    group: tuple[int, ...]


@dataclass(frozen=True)
class Common:
    """What several calls of `train` have in common, so that they share programs where their chunks are alike otherwise.

    Attributes:
        architectures: of all calls: a program is as wide as the widest of its class.
        call_epochs: epochs of one call of a program, at most.
        even: chunks of a kind hold one candidate of each activation among the architectures, in the order given; where
            none is left, another fills its place, whose training is thrown away. Then one program serves all calls, and
            the first chunks of many candidates are those of fewer. Each candidate is one member for every distinct set
            and order of training rows, side by side.
    """

    architectures: tuple[Architecture, ...] = ()
    call_epochs: int | None = None
    even: bool = False

    def like(self, own: Architecture) -> list[Architecture]:
        """The architectures that share a program with this one, where the rest of their members is alike."""
        return [a for a in self.architectures if kind_of(a) == kind_of(own)]


ALONE = Common()
FILLER = -1


def chunks(members: Sequence[Member], plans: Sequence[Plan], common: Common = ALONE) -> list[list[Chunk]]:
    """Group members by the structure of their program, the deepest first, and divide each group into chunks.

    Chunks of one kind hold equally many members of each activation, so that one compiled program serves them all. The
    division depends on the members alone, never on the number of threads.

    Args:
        members: the members.
        plans: how each of them is trained.
        common: with other calls.
    """
    kinds: dict[tuple[int, int, Normalising, Plan], list[int]] = {}
    for position, (member, plan) in enumerate(zip(members, plans, strict=True)):
        kind = *kind_of(member.architecture), _stepwise(plan)
        kinds.setdefault(kind, []).append(position)
    by_depth = sorted(kinds.items(), key=lambda item: -item[0][0])
    divide = _even_chunks if common.even else _chunks_of_kind
    return [divide(members, plans, positions, common) for _, positions in by_depth]


def kind_of(architecture: Architecture) -> tuple[int, int, Normalising]:
    """What architectures that share a program have in common: depth, class of widths, hidden norm."""
    return len(architecture.units), _size(architecture), normalising(architecture)


def _size(architecture: Architecture) -> int:
    """Class of widths of a network: up to 16 units, 64, 256 and so on.

    Members of a program are padded to the widest of them, and a network of 4 units would cost as much as one of 64.
    """
    return max(2, math.ceil(math.log(max(architecture.units), 4)))


def _stepwise(plan: Plan) -> Plan:
    """Return the plan without its name and without the factors that members of one program may differ in."""
    return replace(plan, name="", learning_rate=1.0, weight_decay=0.0, total_decay=0.0)


def _chunks_of_kind(
    members: Sequence[Member], plans: Sequence[Plan], positions: list[int], common: Common
) -> list[Chunk]:
    keys = _row_keys(members, positions)
    kinds: dict[str, list[int]] = {}
    for position in sorted(positions, key=lambda p: (members[p].architecture.activation, keys[p], p)):
        kinds.setdefault(members[position].architecture.activation, []).append(position)
    architectures = [members[p].architecture for p in positions]
    widest = max(max(a.units) for a in (*architectures, *common.like(architectures[0])))
    parts = _parts([len(k) for k in kinds.values()], plans[positions[0]].batch_size * widest)
    out = []
    for part in range(parts):
        inside = [p for k in kinds.values() for p in k[part * len(k) // parts : (part + 1) * len(k) // parts]]
        chosen = [(members[p], p) for p in inside]
        out.append(_chunk(chosen, [plans[p] for p in inside], [keys[p] for p in inside]))
    return out


def _even_chunks(members: Sequence[Member], plans: Sequence[Plan], positions: list[int], common: Common) -> list[Chunk]:
    """Chunks with one candidate of each activation: see `Common`."""
    keys = _row_keys(members, positions)
    size = len(set(keys.values()))
    waiting: dict[str, list[int]] = {}
    for position in positions:
        waiting.setdefault(members[position].architecture.activation, []).append(position)
    own = members[positions[0]].architecture
    activations = sorted({a.activation for a in common.like(own)} | set(waiting))
    out = []
    for first in range(0, max(map(len, waiting.values())), size):
        there = {a: found for a in activations if (found := waiting.get(a, [])[first : first + size])}
        spare = next(iter(there.values()))
        inside = [(a, p) for a in activations for p in there.get(a, spare)]
        chosen = [(members[p], p) if a in there else (_filler(members[p], a), FILLER) for a, p in inside]
        out.append(_chunk(chosen, [plans[p] for _, p in inside], [keys[p] for _, p in inside]))
    return out


def _filler(member: Member, activation: str) -> Member:
    return replace(member, architecture=replace(member.architecture, activation=activation))


def _row_keys(members: Sequence[Member], positions: Sequence[int]) -> dict[int, int]:
    """Number the sets and orders of training rows, for each position."""
    seen: dict[tuple[int, int], int] = {}
    return {p: seen.setdefault((members[p].shuffle, id(members[p].split)), len(seen)) for p in positions}


def _chunk(chosen: Sequence[tuple[Member, int]], plans: Sequence[Plan], keys: Sequence[int]) -> Chunk:
    """Make a chunk of members with their positions, plans and numbers of training rows."""
    order = list(dict.fromkeys(keys))
    first = {key: member for (member, _), key in zip(reversed(chosen), reversed(keys), strict=True)}
    members, positions = zip(*chosen, strict=True)
    group = tuple(order.index(key) for key in keys)
    return Chunk(tuple(members), tuple(plans), tuple(positions), tuple(first[key] for key in order), group)


def _parts(counts: Sequence[int], numbers_per_member: int) -> int:
    """Smallest number of equal parts, each within the cache's limit if possible, that divides all counts."""
    common = math.gcd(*counts)
    wanted = sum(counts) * numbers_per_member / CHUNK_NUMBERS
    divisors = [d for d in range(1, common + 1) if common % d == 0]
    return next((d for d in divisors if d >= wanted), divisors[-1])

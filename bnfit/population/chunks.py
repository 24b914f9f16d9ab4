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
        positions: where each stands in the list that the caller gave.
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
    """

    architectures: tuple[Architecture, ...] = ()
    call_epochs: int | None = None

    def like(self, own: Architecture) -> list[Architecture]:
        """The architectures that share a program with this one, where the rest of their members is alike."""
        return [a for a in self.architectures if kind_of(a) == kind_of(own)]


ALONE = Common()


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
    return [_chunks_of_kind(members, plans, positions, common) for _, positions in by_depth]


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
    seen: dict[tuple[int, int], int] = {}
    keys = {p: seen.setdefault((members[p].shuffle, id(members[p].split)), len(seen)) for p in positions}
    kinds: dict[str, list[int]] = {}
    for position in sorted(positions, key=lambda p: (members[p].architecture.activation, keys[p], p)):
        kinds.setdefault(members[position].architecture.activation, []).append(position)
    architectures = [members[p].architecture for p in positions]
    widest = max(max(a.units) for a in (*architectures, *common.like(architectures[0])))
    parts = _parts([len(k) for k in kinds.values()], plans[positions[0]].batch_size * widest)
    out = []
    for part in range(parts):
        inside = [p for k in kinds.values() for p in k[part * len(k) // parts : (part + 1) * len(k) // parts]]
        order = list(dict.fromkeys(keys[p] for p in inside))
        first = {keys[p]: members[p] for p in reversed(inside)}
        group = tuple(order.index(keys[p]) for p in inside)
        inner = tuple(members[p] for p in inside), tuple(plans[p] for p in inside)
        out.append(Chunk(*inner, tuple(inside), tuple(first[k] for k in order), group))
    return out


def _parts(counts: Sequence[int], numbers_per_member: int) -> int:
    """Smallest number of equal parts, each within the cache's limit if possible, that divides all counts."""
    common = math.gcd(*counts)
    wanted = sum(counts) * numbers_per_member / CHUNK_NUMBERS
    divisors = [d for d in range(1, common + 1) if common % d == 0]
    return next((d for d in divisors if d >= wanted), divisors[-1])

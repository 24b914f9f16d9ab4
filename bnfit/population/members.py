"""The members of a population: what each starts from, the batches it sees, and how members share a program.

NumPy only, so that tests can hand the very same start and batches to a plain Keras `fit`.
"""

from __future__ import annotations

import itertools
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import Architecture
from bnfit.inference import Network
from bnfit.population.knots import stepped, steps
from bnfit.recipe import Plan
from bnfit.resampling import Split

Floats = NDArray[np.floating]
Indices = NDArray[np.int32]

CHUNK_NUMBERS = 40_000
"""Members per program are limited so that one hidden layer of a batch holds about this many numbers (it stays in the
processor's cache, and there is work for every thread)."""


@dataclass(frozen=True)
class Member:
    """One network of a population.

    Attributes:
        architecture: its layers and normalisation.
        split: the rows that it trains on, stops on and is judged on.
        seed: draws its start together with its architecture.
        shuffle: draws the order of its training rows; members with the same rows and the same number see equal batches.
        sparsity: strength of the group lasso on the first layer, one group a column: the factor of the sum of the
            lengths of the columns' rows of weights in the loss. Columns that do not pay become exactly 0.
        knots: steps of each column, at most, that the last units of the first layer start as (see
            `bnfit.population.knots`); such a first layer does not decay. 0 starts all units alike.
    """

    architecture: Architecture
    split: Split
    seed: int
    shuffle: int
    sparsity: float = 0.0
    knots: int = 0


@dataclass(frozen=True)
class Stage:
    """What a member was before the learning rate started anew.

    Attributes:
        network: the network on raw columns.
        epoch: the epoch that its weights come from, counted from 1.
        gamma_raw: as of `Trained`.
    """

    network: Network
    epoch: int
    gamma_raw: Floats | None


@dataclass(frozen=True)
class Trained:
    """A member after training.

    Attributes:
        member: what was trained.
        network: the network on raw columns; meaningless when diverged.
        diverged: its loss stopped being finite.
        epoch: the epoch that the weights come from, counted from 1.
        curve: training loss of each epoch, the mean over its batches; nan after it stopped.
        judged_curve: loss after each epoch on the stopping rows, without those on the judged rows; nan without either.
        gamma_raw: the first layer's γ as training left it, (k,); None where the architecture has none.
        accuracy_curve: for classes, share of the rows of `judged_curve` that are predicted right, after each epoch.
        snapshots: the network after each epoch, where they were asked for.
        stages: what it was before each restart of the learning rate.
    """

    member: Member
    network: Network
    diverged: bool
    epoch: int
    curve: Floats
    judged_curve: Floats
    gamma_raw: Floats | None
    snapshots: tuple[Network, ...] = ()
    accuracy_curve: Floats | None = None
    stages: tuple[Stage, ...] = ()

    def stopped(self, stage: int) -> Trained:
        """The member as a training gives it that ends with a stage, numbered from 0; itself with the one after them."""
        if stage == len(self.stages):
            return self
        early = self.stages[stage]
        accuracy = None if self.accuracy_curve is None else self.accuracy_curve[: early.epoch]
        return replace(
            self,
            network=early.network,
            epoch=early.epoch,
            gamma_raw=early.gamma_raw,
            curve=self.curve[: early.epoch],
            judged_curve=self.judged_curve[: early.epoch],
            accuracy_curve=accuracy,
            stages=(),
        )


def start(member: Member, columns: int, outputs: int, x: Floats | None = None) -> dict[str, Floats]:
    """The member's weights before training: Glorot-uniform kernels (Keras' default), nothing else drawn.

    Args:
        member: which.
        columns, outputs: of the table.
        x: the member's normalised training rows (n, k), for a member with knots.

    Returns:
        "kernel0", "kernel1", ... (inputs, units) float64, the last one for the output layer; with knots also "bias0".
    """
    architecture = member.architecture
    rng = np.random.default_rng([member.seed, zlib.crc32(architecture.label.encode())])
    widths = (columns, *architecture.units, outputs)
    kernels: dict[str, Floats] = {}
    for layer, (i, o) in enumerate(itertools.pairwise(widths)):
        limit = math.sqrt(6 / (i + o))
        kernels[f"kernel{layer}"] = rng.uniform(-limit, limit, (i, o))
    if member.knots and x is not None:
        found = steps(x, member.knots)
        first = max(0, architecture.units[0] - len(found))
        kernels["kernel0"], kernels["bias0"] = stepped(kernels["kernel0"], found, first)
    return kernels


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Batches that so many rows make."""
    return math.ceil(rows / batch_size)


def batches(rows: NDArray[np.int64], batch_size: int, epoch: int, shuffle: int) -> list[NDArray[np.int64]]:
    """The batches of one epoch: the rows in a new order, cut as Keras does.

    A last batch of one row has no variance, so it gets a second row from the batch before it.
    """
    order = np.random.default_rng([shuffle, epoch]).permutation(rows)
    cuts = list(range(batch_size, len(order), batch_size))
    if cuts and len(order) - cuts[-1] == 1 and batch_size > 2:
        cuts[-1] -= 1
    return np.split(order, cuts)


def padded_batches(groups: Sequence[Member], batch_size: int, epochs: range, steps: int) -> Indices:
    """Row numbers (epochs, steps, groups, batch_size), -1 where a batch is short or a group has no such step."""
    out = np.full((len(epochs), steps, len(groups), batch_size), -1, np.int32)
    for g, member in enumerate(groups):
        for e, epoch in enumerate(epochs):
            for s, batch in enumerate(batches(member.split.train, batch_size, epoch, member.shuffle)):
                out[e, s, g, : len(batch)] = batch
    return out


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


def chunks(members: Sequence[Member], plans: Sequence[Plan]) -> list[list[Chunk]]:
    """The members by what a program's structure depends on, the deepest first; each such kind in one or more chunks.

    Chunks of one kind hold equally many members of each activation, so that one compiled program serves them all. The
    division depends on the members alone, never on the number of threads.

    Args:
        members: the members.
        plans: how each of them is trained.
    """
    kinds: dict[tuple[int, int, str, str, Plan], list[int]] = {}
    for position, (member, plan) in enumerate(zip(members, plans, strict=True)):
        kind = len(member.architecture.units), _size(member.architecture), *normalising(member), _stepwise(plan)
        kinds.setdefault(kind, []).append(position)
    by_depth = sorted(kinds.items(), key=lambda item: -item[0][0])
    return [_chunks_of_kind(members, plans, positions) for _, positions in by_depth]


UNITS, WEIGHTS, BATCH = "units", "weights", "batch"


def normalising(member: Member) -> tuple[str, str]:
    """What a program normalises in its hidden layers, and where: each row's units, the weights, or a batch if any."""
    architecture = member.architecture
    over = {"layer": UNITS, "group": UNITS, "weight-standardised": WEIGHTS}
    return over.get(architecture.hidden_norm, BATCH), architecture.norm_position


def _size(architecture: Architecture) -> int:
    """The class of widths that a network belongs to: up to 16 units, 64, 256 and so on.

    Members of a program are padded to the widest of them, and a network of 4 units would cost as much as one of 64.
    """
    return max(2, math.ceil(math.log(max(architecture.units), 4)))


def _stepwise(plan: Plan) -> Plan:
    """The plan without its name and without the factors that each member of a program may have of its own."""
    return replace(plan, name="", learning_rate=1.0, weight_decay=0.0, total_decay=0.0)


def _chunks_of_kind(members: Sequence[Member], plans: Sequence[Plan], positions: list[int]) -> list[Chunk]:
    seen: dict[tuple[int, int], int] = {}
    keys = {p: seen.setdefault((members[p].shuffle, id(members[p].split)), len(seen)) for p in positions}
    kinds: dict[str, list[int]] = {}
    for position in sorted(positions, key=lambda p: (members[p].architecture.activation, keys[p], p)):
        kinds.setdefault(members[position].architecture.activation, []).append(position)
    parts = _parts(
        [len(k) for k in kinds.values()],
        plans[positions[0]].batch_size * max(max(members[p].architecture.units) for p in positions),
    )
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
    """The fewest equal parts, each within the cache's limit if possible, that all counts divide into."""
    common = math.gcd(*counts)
    wanted = sum(counts) * numbers_per_member / CHUNK_NUMBERS
    divisors = [d for d in range(1, common + 1) if common % d == 0]
    return next((d for d in divisors if d >= wanted), divisors[-1])

"""Compiled programs, kept by their structure and shapes: to compile one takes longer than most trainings."""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from bnfit.networks.architecture import Architecture
from bnfit.population.batches import steps_per_epoch
from bnfit.population.chunks import ALONE, Chunk, Common
from bnfit.population.inputs import widths
from bnfit.population.members import normalising
from bnfit.population.program import Program
from bnfit.population.structure import Structure
from bnfit.schema.dataset import Dataset

MOST_PROGRAMS = 16
"""Programs kept; the least recently used goes first. A `fit` takes one or two and a search by halving six in each of
its rounds, so this spares most repetitions. With 16 members of three layers of 64 units a program holds some 50 MB.
"""
CALL_NUMBERS = 2_000_000
"""Row numbers handed to one call of a program, at most, so that progress shows and memory stays small."""
CALLS = 10
"""Calls that a training is divided into, at least, so that progress shows and an interrupt is heard."""


@dataclass(frozen=True)
class Shapes:
    """Sizes that chunks of one kind share, so that one compiled program serves them all.

    Attributes:
        rows, columns, outputs: of the dataset.
        members: of each chunk.
        widths: units of each hidden layer, padded.
        groups: distinct sets and orders of training rows in a chunk, at most.
        parts: of one call, at most; a part is an epoch, or some steps of an epoch of a large table.
        steps: batches of a part, at most.
        epoch_steps: batches of an epoch, at most.
        batch_size: rows of a batch, at most.
        judged: rows that a group is judged on, at most.
        dtype: of all floating-point numbers.
    """

    rows: int
    columns: int
    outputs: int
    members: int
    widths: tuple[int, ...]
    groups: int
    parts: int
    steps: int
    epoch_steps: int
    batch_size: int
    judged: int
    dtype: str


def program_for(structure: Structure, shapes: Shapes) -> Program:
    """Return the program of that structure and those shapes, one that is compiled already if it is among those kept.

    Safe to call from several threads: all get the same program, which compiles once.
    """
    with _lock:
        return _program(structure, shapes)


def forget_programs() -> None:
    """Drop all programs kept; trainings that run keep theirs until they end."""
    with _lock:
        _program.cache_clear()


_lock = threading.Lock()


@functools.lru_cache(maxsize=MOST_PROGRAMS)
def _program(structure: Structure, shapes: Shapes) -> Program:  # noqa: ARG001 - the shapes are part of the key
    return Program(structure)


def structure_of(group: Sequence[Chunk], table: Dataset, common: Common = ALONE) -> Structure:
    """Return the structure that the chunks of one kind have in common, with those of other calls."""
    recipe = group[0].plans[0]
    activations = [m.architecture.activation for m in group[0].members]
    architectures = [
        *(m.architecture for chunk in group for m in chunk.members),
        *common.like(group[0].members[0].architecture),
    ]
    norms = {architecture.hidden.units == "batch" for architecture in architectures}
    return Structure(
        depth=len(group[0].members[0].architecture.units),
        activations=tuple((name, activations.count(name)) for name in dict.fromkeys(activations)),
        normalising=normalising(group[0].members[0].architecture),
        hidden_epsilon=recipe.hidden_epsilon,
        hidden_norm="some" if len(norms) > 1 else "all" if norms == {True} else "none",
        batch_statistics=recipe.batch_statistics,
        moving_input=recipe.moving_statistics,
        optimizer=recipe.optimizer,
        sparse=any(m.sparsity > 0 for chunk in group for m in chunk.members),
        gamma_rate=recipe.gamma_rate,
        momentum=recipe.momentum,
        loss=table.loss,
    )


def shapes_of(group: Sequence[Chunk], table: Dataset, dtype: str, common: Common = ALONE) -> Shapes:
    """Return the sizes for the chunks of one kind.

    Args:
        group: the chunks, which hold equally many members each.
        table: what they train on.
        dtype: of the program's numbers.
        common: with other calls.
    """
    recipe = group[0].plans[0]
    members = [m for chunk in group for m in chunk.members]
    steps = max(steps_per_epoch(len(m.split.train), recipe.batch_size) for m in members)
    groups = max(len(chunk.groups) for chunk in group)
    most = max(1, CALL_NUMBERS // (groups * recipe.batch_size))
    parts = min(-(-recipe.epochs // CALLS), max(1, most // steps), common.call_epochs or recipe.epochs)
    return Shapes(
        rows=len(table.x),
        columns=table.x.shape[1],
        outputs=table.y.shape[1],
        members=len(group[0].members),
        widths=widths(_architectures(group, common)),
        groups=groups,
        parts=parts,
        steps=-(-steps // -(-steps // most)),
        epoch_steps=steps,
        batch_size=recipe.batch_size,
        judged=max(1, *(len(m.split.test) for m in members)),
        dtype=dtype,
    )


def _architectures(group: Sequence[Chunk], common: Common) -> list[Architecture]:
    """The architectures that a program of one kind trains, in this call and in others."""
    own = [m.architecture for chunk in group for m in chunk.members]
    return [*own, *common.like(own[0])]

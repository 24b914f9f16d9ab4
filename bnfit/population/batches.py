"""The batches of rows that a member's epochs consist of.

NumPy only, so that tests can hand the very same batches to a plain Keras `fit`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Int32s, Ints
from bnfit.population.members import Member
from bnfit.scratch import empty

BLOCKS_FROM = 1 << 33
"""Bytes of the encoded table from which on whole blocks of rows are shuffled, and then the rows of some blocks."""
BLOCK_ROWS, MIXED_BLOCKS = 256, 1024
"""Rows of such a block, which lie side by side, and blocks whose rows are mixed."""


@dataclass(frozen=True)
class Part:
    """Some successive steps of an epoch, all of them where the table is small.

    Attributes:
        epoch: number of the epoch.
        first, stop: its steps from `first` on, before `stop`.
        steps: steps of the whole epoch.
    """

    epoch: int
    first: int
    stop: int
    steps: int

    @property
    def starts(self) -> bool:
        """Whether the epoch starts with it."""
        return self.first == 0

    @property
    def ends(self) -> bool:
        """Whether the epoch ends with it."""
        return self.stop == self.steps


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Number of batches of an epoch."""
    return math.ceil(rows / batch_size)


def parts_of(epochs: range, steps: int, most: int) -> list[Part]:
    """Divide epochs of so many steps into parts of at most `most` steps."""
    starts = range(0, steps, most)
    return [Part(epoch, first, min(first + most, steps), steps) for epoch in epochs for first in starts]


def is_mixed_by_blocks(rows: int, columns: int) -> bool:
    """Whether a table is so large that its rows are mixed by blocks, since disks read what lies side by side."""
    return 4 * rows * columns > BLOCKS_FROM


def batches(rows: Ints, batch_size: int, epoch: int, shuffle: int) -> list[Ints]:
    """Shuffle the rows and cut them into the batches of one epoch as Keras does.

    A last batch of one row has no variance, so it gets a second row from the batch before it.
    """
    return np.split(shuffled(rows, epoch, shuffle), _cuts(len(rows), batch_size)[1:-1])


def shuffled(rows: Ints, epoch: int, shuffle: int, by_blocks: bool = False) -> Ints:
    """Return the rows in the order of one epoch.

    Args:
        rows: their numbers (n,).
        epoch, shuffle: seed the order.
        by_blocks: shuffle blocks of rows, and then the rows of each `MIXED_BLOCKS` of them.
    """
    rng = np.random.default_rng([shuffle, epoch])
    if not by_blocks:
        return rng.permutation(rows)
    order, filled = empty(rows.shape, rows.dtype), 0
    starts = rng.permutation(np.arange(0, len(rows), BLOCK_ROWS))
    for first in range(0, len(starts), MIXED_BLOCKS):
        mixed = np.concatenate([rows[s : s + BLOCK_ROWS] for s in starts[first : first + MIXED_BLOCKS]])
        order[filled : filled + len(mixed)] = rng.permutation(mixed)
        filled += len(mixed)
    return order


def _cuts(rows: int, batch_size: int) -> list[int]:
    """Where the batches of an epoch begin, and where the last one ends."""
    cuts = [*range(0, rows, batch_size), rows]
    if len(cuts) > 2 and cuts[-1] - cuts[-2] == 1 and batch_size > 2:
        cuts[-2] -= 1
    return cuts


class Batches:
    """The batches of some members, part after part; the order of an epoch's rows is kept until its last part.

    Args:
        groups: members that differ in their training rows or in the order of these.
        batch_size: rows of a batch.
        by_blocks: see `shuffled`.
    """

    def __init__(self, groups: Sequence[Member], batch_size: int, by_blocks: bool = False) -> None:
        self._groups, self._batch_size, self._by_blocks = groups, batch_size, by_blocks
        self._orders: list[Int32s] = []
        self._epoch = -1

    def of(self, part: Part) -> Int32s:
        """Return row numbers (s, groups, batch_size), -1 where a batch is short or a group has no such step."""
        if part.epoch != self._epoch:
            self._orders = []  # before those of the next epoch are made
            self._orders = [self._order(member, part.epoch) for member in self._groups]
            self._epoch = part.epoch
        out = np.full((part.stop - part.first, len(self._groups), self._batch_size), -1, np.int32)
        for g, order in enumerate(self._orders):
            cuts = _cuts(len(order), self._batch_size)[part.first : part.stop + 1]
            for s, (start, stop) in enumerate(itertools.pairwise(cuts)):
                out[s, g, : stop - start] = order[start:stop]
        return out

    def _order(self, member: Member, epoch: int) -> Int32s:
        rows = shuffled(member.split.train, epoch, member.shuffle, self._by_blocks)
        order = empty(rows.shape, np.int32)
        order[...] = rows
        return order

"""The batches of rows that a member's epochs consist of.

NumPy only, so that tests can hand the very same batches to a plain Keras `fit`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from bnfit.arrays import Int32s, Ints
from bnfit.population.members import Member


def steps_per_epoch(rows: int, batch_size: int) -> int:
    """Number of batches of an epoch."""
    return math.ceil(rows / batch_size)


def batches(rows: Ints, batch_size: int, epoch: int, shuffle: int) -> list[Ints]:
    """Shuffle the rows and cut them into the batches of one epoch as Keras does.

    A last batch of one row has no variance, so it gets a second row from the batch before it.
    """
    order = np.random.default_rng([shuffle, epoch]).permutation(rows)
    cuts = list(range(batch_size, len(order), batch_size))
    if cuts and len(order) - cuts[-1] == 1 and batch_size > 2:
        cuts[-1] -= 1
    return np.split(order, cuts)


def padded_batches(groups: Sequence[Member], batch_size: int, epochs: range, steps: int) -> Int32s:
    """Row numbers (epochs, steps, groups, batch_size), -1 where a batch is short or a group has no such step."""
    out = np.full((len(epochs), steps, len(groups), batch_size), -1, np.int32)
    for g, member in enumerate(groups):
        for e, epoch in enumerate(epochs):
            for s, batch in enumerate(batches(member.split.train, batch_size, epoch, member.shuffle)):
                out[e, s, g, : len(batch)] = batch
    return out

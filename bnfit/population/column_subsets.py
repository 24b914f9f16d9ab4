"""Members trained on a subset of the columns, each fold on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.evaluation.splits import Split
from bnfit.networks.layers import BatchNorm, Dense, Network
from bnfit.population.members import Member, Trained
from bnfit.population.recipe import Recipe
from bnfit.population.train import train
from bnfit.progress import Progress
from bnfit.schema.dataset import Dataset


def stacked(table: Dataset, columns: Ints) -> Dataset:
    """Stack the dataset once for each fold, each time with the fold's own columns."""
    x = np.concatenate([table.x[:, of_fold] for of_fold in columns])
    weight = None if table.row_weight is None else np.tile(table.row_weight, len(columns))
    return Dataset(x, np.tile(table.y, (len(columns), 1)), table.loss, weight, emphasis=table.emphasis)


def shifted(split: Split, rows: int) -> Split:
    """Shift all row numbers of a split by `rows`."""
    return Split(split.train + rows, split.stop + rows, split.test + rows)


def widened(network: Network, columns: Ints, count: int, table: Dataset) -> Network:
    """Widen the network to all `count` columns: those that it does not use get γ 0."""
    first, dense, *rest = network.layers
    if not (isinstance(first, BatchNorm) and isinstance(dense, Dense)):
        raise ValueError("only a network that begins with a BatchNorm and a Dense can leave columns out")
    fill = {"gamma": np.zeros(count), "beta": np.zeros(count), "mean": table.mean.copy(), "variance": table.sd**2}
    for name, values in fill.items():
        values[columns] = getattr(first, name)
    kernel = np.zeros((count, dense.kernel.shape[1]), dense.kernel.dtype)
    kernel[columns] = dense.kernel
    norm = BatchNorm(fill["gamma"], fill["beta"], fill["mean"], fill["variance"], first.epsilon)
    return Network((norm, Dense(kernel, dense.bias), *rest))


def train_selected(
    members: Sequence[Member],
    place: Sequence[int],
    columns: Ints,
    table: Dataset,
    recipe: Recipe,
    on_progress: Progress | None,
) -> list[Trained]:
    """Train members on columns of their own, and return their networks on all columns.

    Args:
        members: the members to train.
        place: each member's row of `columns`.
        columns: encoded columns, equally many in each row (p, k).
        table: the dataset with all columns.
        recipe: how they are trained.
        on_progress: called with the share of the work that is done.
    """
    rows, count = len(table.x), table.x.shape[1]
    moved: dict[tuple[int, int], Split] = {}
    for member, p in zip(members, place, strict=True):
        moved.setdefault((id(member.split), p), shifted(member.split, p * rows))
    there = [replace(m, split=moved[id(m.split), p]) for m, p in zip(members, place, strict=True)]
    trained = train(there, stacked(table, columns), recipe, on_progress=on_progress)
    return [
        replace(
            t,
            member=member,
            network=widened(t.network, columns[p], count, table),
            gamma_raw=None if t.gamma_raw is None else _spread(t.gamma_raw, columns[p], count),
        )
        for t, member, p in zip(trained, members, place, strict=True)
    ]


def _spread(values: Floats, columns: Ints, count: int) -> Floats:
    out = np.zeros(count, values.dtype)
    out[columns] = values
    return out

"""Members of a population that take only some of the columns, each fold's its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import BatchNorm, Dense, Network
from bnfit.population import Member, Table, Trained, train
from bnfit.recipe import Recipe
from bnfit.resampling import Split

Floats = NDArray[np.floating]
Columns = NDArray[np.int64]


def stacked(table: Table, columns: Columns) -> Table:
    """The table once for each fold, one below the other, each with the fold's own columns."""
    x = np.concatenate([table.x[:, of_fold] for of_fold in columns])
    weight = None if table.row_weight is None else np.tile(table.row_weight, len(columns))
    return Table(x, np.tile(table.y, (len(columns), 1)), table.loss, weight)


def shifted(split: Split, rows: int) -> Split:
    """The same split of the rows that start at number `rows`."""
    return Split(split.train + rows, split.stop + rows, split.judge + rows)


def widened(network: Network, columns: Columns, count: int, table: Table) -> Network:
    """The network as one on all `count` columns, of which it uses those given: the others get γ 0."""
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
    columns: Columns,
    table: Table,
    recipe: Recipe,
    on_progress: Callable[[float], None] | None,
) -> list[Trained]:
    """Train members on columns of their own, and return their networks on all columns.

    Args:
        members: to train.
        place: for each member its row of `columns`.
        columns: encoded columns, equally many in each row (p, k).
        table: all columns.
        recipe: how.
        on_progress: told the share that is done.
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


def _spread(values: Floats, columns: Columns, count: int) -> Floats:
    out = np.zeros(count, values.dtype)
    out[columns] = values
    return out

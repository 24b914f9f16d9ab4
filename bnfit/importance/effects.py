"""The effect of each column: accumulated local effects (Apley and Zhu 2020) of numbers, and the mean of each level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats, Ints, at_most
from bnfit.importance.column_gamma import jackknifed
from bnfit.importance.partial_forward import Ensemble, Switch
from bnfit.networks.layers import MemberMean, Network
from bnfit.results.effects import Effect
from bnfit.schema.schema import Schema, column_positions
from bnfit.schema.types import Column, feature_names

POINTS = 40
"""Values of a column that its effect is given at, at most."""
EFFECT_ROWS, FEWEST_ROWS, WORK = 500, 100, 2 * 10**10
"""Rows that effects are measured on, at most and at least, and the multiplications that all of it may take."""
COLUMNS, LEVELS, CLASSES = 30, 40, 10
"""Columns whose effects are measured, those of the largest γ; levels of a column, the most frequent; classes."""


def effects_of(
    network: Network, schema: Schema, x: Floats, member_folds: Sequence[int], gamma: Floats | None
) -> tuple[Effect, ...]:
    """Measure the effects of the columns that matter most.

    Args:
        network: the model on encoded columns.
        schema: its columns; dates, whose parts move together, have no effect.
        x: encoded rows (n, k).
        member_folds: the fold that each member never saw; without any there are no standard errors.
        gamma: γ of the columns (c,); None where it is not known.
    """
    merged = isinstance(network.layers[-1], MemberMean)
    ensemble = Ensemble([Network(network.layers[:-1]) if merged else network])
    columns = list(zip(schema.inputs, column_positions(schema), strict=True))
    order = range(len(columns)) if gamma is None else np.argsort(-gamma, kind="stable").tolist()
    chosen = [c for c in order if columns[c][0].kind in ("number", "boolean", "category")][:COLUMNS]
    work = 2 * max(1, len(chosen)) * max(1, ensemble.work)
    x = at_most(x, max(FEWEST_ROWS, min(EFFECT_ROWS, WORK // work)))
    switch = ensemble.switch(x)
    folds = np.array(member_folds, int)
    found: list[Effect] = []
    for c in chosen:
        column, where = columns[c]
        shape = _of_levels(switch, column, where, x) if len(_levels(column)) else _of_values(switch, column, where, x)
        if shape is not None:
            found += _named(column, shape, folds, schema.classes)
    return tuple(found)


@dataclass(frozen=True)
class _Shape:
    """Changes (p, m, o) at p values or levels, of m members and o outputs, whose means over rows are 0."""

    at: tuple[float, ...]
    levels: tuple[str, ...]
    change: Floats


def _levels(column: Column) -> tuple[str, ...]:
    """The levels of a category, as reports name them, in the order of its inputs; empty for other columns."""
    if column.kind != "category":
        return ()
    if column.fill:
        return column.levels
    return tuple(name.removeprefix(f"{column.name}=").removeprefix(f"{column.name} ") for name in feature_names(column))


def _of_values(switch: Switch, column: Column, where: Sequence[int], x: Floats) -> _Shape | None:
    """Accumulate the changes between neighbouring quantiles, each over the rows that lie between them."""
    values = x[:, where[0]]
    there = x[:, where[-1]] == 0 if column.missing else np.ones(len(x), bool)
    edges = np.unique(np.quantile(values[there], np.linspace(0, 1, POINTS), method="nearest")) if there.any() else None
    if edges is None or len(edges) < 2:
        return None
    piece = np.clip(np.searchsorted(edges, values, side="left"), 1, len(edges) - 1)
    ends = [switch([where[0]], edges[piece - side][:, None]) for side in (0, 1)]
    step = _by_member(ends[0] - ends[1])
    counts = np.bincount(piece[there], minlength=len(edges))[1:].astype(float)
    sums = np.stack([step[there & (piece == k)].sum(0) for k in range(1, len(edges))])
    change = np.concatenate(
        [np.zeros((1, *step.shape[1:])), np.cumsum(sums / np.maximum(counts, 1)[:, None, None], axis=0)]
    )
    middle = (change[1:] + change[:-1]) / 2
    centre = np.einsum("p,pmo->mo", counts / counts.sum(), middle)
    return _Shape(tuple(edges.tolist()), (), change - centre)


def _of_levels(switch: Switch, column: Column, where: Sequence[int], x: Floats) -> _Shape | None:
    """Take the mean prediction with the column at each of its levels, the most frequent where they are many."""
    names = _levels(column)
    if column.fill:
        values, shares = np.array([[0.0], [1.0]]), np.array([1 - x[:, where[0]].mean(), x[:, where[0]].mean()])
    else:
        values, shares = np.eye(len(where)), x[:, where].mean(0)
    kept = np.sort(np.argsort(-shares, kind="stable")[:LEVELS])
    kept = kept[shares[kept] > 0]
    if len(kept) < 2:
        return None
    at = np.stack([_by_member(switch(list(where), values[k])).mean(0) for k in kept])
    centre = np.einsum("p,pmo->mo", shares[kept] / shares[kept].sum(), at)
    return _Shape((), tuple(names[k] for k in kept), at - centre)


def _by_member(out: Floats) -> Floats:
    """Outputs (n, m, o), also of a single network's (n, o)."""
    return out if out.ndim == 3 else out[:, None, :]


def _named(column: Column, shape: _Shape, folds: Ints, classes: Sequence[str]) -> Iterable[Effect]:
    """The effects on each output, with their standard errors; levels by their effect."""
    points, members, outputs = shape.change.shape
    known = len(np.unique(folds)) > 1 and len(folds) == members
    for o in range(min(outputs, CLASSES)):
        change = shape.change[:, :, o]
        se = jackknifed(change.T, folds) if known else None
        mean = change.mean(1)
        order = np.argsort(mean, kind="stable") if shape.levels else np.arange(points)
        yield Effect(
            column=column.name,
            at=shape.at,
            levels=tuple(shape.levels[k] for k in order) if shape.levels else (),
            change=_shortened(mean[order]),
            se=None if se is None else _shortened(se[order]),
            of=classes[o] if outputs > 1 else "",
        )


def _shortened(values: Floats) -> tuple[float, ...]:
    """Six significant digits, which a model file keeps."""
    return tuple(float(f"{value:.6g}") for value in values)

"""Columns that carry nothing beyond chance, by what shuffled copies of columns reach beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from bnfit.additive import look
from bnfit.architecture import Architecture
from bnfit.population import Member, Table, train
from bnfit.resampling import Order, Split, splits
from bnfit.results import Shadowed, ShadowTest
from bnfit.sparse import ROUND_ROWS, STRENGTH, round_recipe, shared_gamma

Floats = NDArray[np.floating]

LEVEL = 0.05
"""The share of columns without any effect that pass for more."""
FEWEST = 20
"""Shadows at least: each column gets as many copies as that takes, for the highest of 20 lies at the level."""
MEMBERS = 2
"""Networks of each fold."""
LAYERS, UNITS, ACTIVATION, ARM = 2, 64, "relu", "bn-input"
SLIGHT = 0.01
"""Of the mean share of shadows: smaller shares count as this."""


@dataclass(frozen=True)
class Doubled:
    """Encoded columns with the shadows of the original ones behind them.

    Attributes:
        x: encoded rows (n, k · (1 + copies)).
        columns: for each original column, and then for each shadow, the positions of what it was encoded to.
        copies: shadows of each column; shadow number c + i · count is the i-th of column c.
    """

    x: Floats
    columns: tuple[tuple[int, ...], ...]
    copies: int


def against_shadows(
    table: Table,
    names: Sequence[str],
    columns: Sequence[Sequence[int]],
    order: Order,
    output_activation: str,
    folds: int,
    seed: int,
    on_progress: Callable[[float], None] | None = None,
) -> ShadowTest:
    """Hold each column against shuffled copies of columns, in networks and additive models of all of them.

    A column without any effect, also together with others, cannot be told from a shadow, so each of them is as likely
    to have the higher score: p is the column's rank among the shadows, (1 + those at least as high) / (1 + shadows).
    The idea is that of Boruta (Kursa and Rudnicki, J. Stat. Software 36, 2010). All networks of the run have the same
    shadows: then means over networks of columns and of shadows are equally uncertain.

    Args:
        table: what the networks train on.
        names: of the original columns.
        columns: for each the positions of what it was encoded to.
        order: what folds must respect.
        output_activation: of the networks.
        folds: every network is trained without one of them.
        seed: draws shuffles, folds and starts.
        on_progress: told the share that is done.
    """
    table, order = _no_more_rows(table, order)
    doubled = with_shadows(table.x, columns, seed)
    wide = Table(doubled.x, table.y, table.loss, table.row_weight)
    architecture = Architecture((UNITS,) * LAYERS, ACTIVATION, output_activation, ARM)
    parts = [Split(s.seen, np.empty(0, np.int64), s.judge) for s in splits(order, folds, 0.0, seed)]
    members = [
        Member(architecture, split, seed + MEMBERS * f + m, seed + MEMBERS * f + m, STRENGTH)
        for f, split in enumerate(parts)
        for m in range(MEMBERS)
    ]
    trained = train(members, wide, round_recipe(len(wide.x)), on_progress=on_progress)
    share = shared_gamma(trained, wide.x, np.arange(len(wide.x)))
    # a column of many levels has many chances: the root mean square over them, not the root sum of squares
    size = np.array([np.sqrt(np.square(share[list(positions)]).mean()) for positions in doubled.columns])
    by_gamma = np.log(levelled(size, peaks(wide.standard, doubled.columns), len(columns)))
    seen = look(wide.x, wide.y, [(s.seen, s.judge) for s in parts])
    by_curve = np.array([best_of(seen.score[list(positions)]) for positions in doubled.columns])
    score = np.maximum(*(among_shadows(v, len(columns)) for v in (by_gamma, by_curve)))
    return ranked(names, score[: len(columns)], score[len(columns) :])


def _no_more_rows(table: Table, order: Order) -> tuple[Table, Order]:
    """Some of the rows of a large table, evenly spread, without columns becoming constant."""
    step = -(-len(table.x) // ROUND_ROWS)
    if step == 1 or (table.x[::step].std(0) == 0).any():
        return table, order
    weight = None if table.row_weight is None else table.row_weight[::step]
    rows = np.arange(0, len(table.x), step)
    return Table(table.x[rows], table.y[rows], table.loss, weight), order.only(rows)


def with_shadows(x: Floats, columns: Sequence[Sequence[int]], seed: int) -> Doubled:
    """The columns with copies behind them, the rows of each copy of a column shuffled in their own way."""
    rng, count, copies = np.random.default_rng([seed, 0x5AD0]), len(columns), -(-FEWEST // len(columns))
    parts, places, end = [x], [tuple(positions) for positions in columns], x.shape[1]
    for shadow in range(count * copies):
        positions = list(columns[shadow % count])
        parts.append(x[rng.permutation(len(x))][:, positions])
        places.append(tuple(range(end, end + len(positions))))
        end += len(positions)
    return Doubled(np.concatenate(parts, axis=1), tuple(places), copies)


def peaks(standard: Floats, columns: Sequence[Sequence[int]]) -> Floats:
    """The logarithm of each column's kurtosis (c,), the mean over what it was encoded to; x standardised (n, k)."""
    fourth = np.square(np.square(standard)).mean(0)
    return np.log([float(fourth[list(positions)].mean()) for positions in columns])


def levelled(size: Floats, peak: Floats, count: int) -> Floats:
    """Sizes (c + s,) relative to what a shadow of the same kurtosis reaches.

    Rare levels and heavy tails get less weight than even columns do, also where neither matters: the expected logarithm
    of a shadow's size is taken as a line in that of the kurtosis. One further row pulls its slope to 0.
    """
    floor = SLIGHT * float(size[count:].mean()) or 1.0
    logarithm = np.log(np.maximum(size, floor))
    shadows, at = logarithm[count:], peak - peak[count:].mean()
    slope = float((at[count:] * (shadows - shadows.mean())).sum() / (np.square(at[count:]).sum() + 1))
    return np.asarray(np.exp(logarithm - shadows.mean() - slope * at))


def best_of(scores: Floats) -> float:
    """The highest of some normal quantiles, lowered as far as the best of so many is higher by chance (Bonferroni)."""
    best, normal = float(scores.max()), NormalDist()
    tail = normal.cdf(-best) * len(scores)
    return best if len(scores) == 1 or tail < 1e-15 else -normal.inv_cdf(min(tail, 1 - 1e-15))


def among_shadows(values: Floats, count: int) -> Floats:
    """Values (c + s,) in standard deviations of the shadows, from their mean."""
    shadows = values[count:]
    return np.asarray((values - shadows.mean()) / max(float(shadows.std()), 1e-12))


def ranked(names: Sequence[str], score: Floats, shadows: Floats) -> ShadowTest:
    """The test of columns' scores (c,) against those of shadows (s,)."""
    reached = (shadows[None] >= score[:, None]).sum(1)
    p = (1 + reached) / (1 + len(shadows))
    allowed = int(LEVEL * (1 + len(shadows)) + 1e-9) - 1
    bar = float(np.sort(shadows)[::-1][max(allowed, 0)])
    found = (Shadowed(name, float(score[c]), float(p[c]), bool(p[c] <= LEVEL)) for c, name in enumerate(names))
    return ShadowTest(tuple(found), len(shadows), LEVEL, bar)

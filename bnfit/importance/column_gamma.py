"""γ of the original columns, with its standard error, and how straight and in which direction a column acts.

How the prediction moves with a column is held row by row: for a number as the slope times a standard deviation, for the
levels of a category as the predictions with the column set to each. γ is the root of the mean square of the movement.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats, Ints, at_most
from bnfit.importance.partial_forward import Ensemble, in_threads, stacked
from bnfit.networks.gamma import LEAST_ROWS, calibrate, input_deviations, rows_for_slopes, rows_for_steps
from bnfit.networks.layers import MemberMean, Network
from bnfit.networks.merge import only_members
from bnfit.results.gamma import Gamma
from bnfit.schema.ranges import moments
from bnfit.schema.schema import Schema, column_positions

MOVED_ROWS, MEMBER_ROWS, LEVELS_SHARE, COLUMNS_SHARE = 2_000, 200, 20, 30
"""Rows that movements are taken on, at most; those of single members; levels of all categories together, and columns,
from which on fewer rows are taken."""
SHUFFLED, MOST_SHUFFLES = 1_000, 10
"""Rows that the total effect is measured on, at most, all shuffles together, and the most shuffles."""
NEAR = 0.4
"""Columns are about normal or uniform with a skewness this near to 0; the kurtosis may be off by as much, of normal
ones by twice that."""
ONE_WAY = 0.95
"""A column acts in one direction where at least this share of its movement goes there."""
Movement = Floats
"""(n, o, p): the mean over n rows and o outputs of the sum of squares over p is γ²."""


@dataclass(frozen=True)
class Inputs:
    """What the input columns of a table became, on the rows that movements are taken on.

    Attributes:
        columns: for each input column the positions of what it was encoded to.
        levels: for each, where it is a category of several inputs, what to put there for each level (l, p), else None.
        shares: for each the share of rows of each level (l,), else None.
        two_valued: positions of columns of one input that holds two values.
    """

    columns: Sequence[Sequence[int]]
    levels: Sequence[Floats | None]
    shares: Sequence[Floats | None]
    two_valued: Sequence[int]


def inputs_of(schema: Schema, x: Floats) -> Inputs:
    """Look at the encoded rows x (n, k) of a schema's input columns."""
    columns = column_positions(schema)
    levels: list[Floats | None] = []
    shares: list[Floats | None] = []
    two_valued = []
    for column, where in zip(schema.inputs, columns, strict=True):
        values = x[:, where]
        many = column.kind == "category" and len(where) > 1
        levels.append(np.eye(len(where)) if many else None)
        shares.append(values.mean(0) / max(values.mean(0).sum(), 1e-300) if many else None)
        if len(where) == 1 and bool(((values == values.min()) | (values == values.max())).all()):
            two_valued.append(where[0])
    return Inputs(columns, levels, shares, two_valued)


def gamma_of_columns(
    network: Network, schema: Schema, x: Floats, member_folds: Sequence[int], encoded: Floats | None = None
) -> Gamma:
    """Measure γ of the original columns of a model, with its standard error, and what belongs to it.

    Args:
        network: the model on encoded columns; γ of columns of one input is that of `calibrate`.
        schema: its columns.
        x: encoded rows (n, k).
        member_folds: the fold that each member never saw; without any there is no standard error.
        encoded: γ of the encoded columns (k,), by `calibrate`, where it is known.
    """
    inputs = inputs_of(schema, x)
    single = calibrate(network, x, inputs.two_valued)[1] if encoded is None else encoded
    rows = rows_for_slopes(network, x, MOVED_ROWS)
    moved = _movements(network, inputs, rows)
    gamma = np.array(
        [single[w[0]] if len(w) == 1 else _size(m) for w, m in zip(inputs.columns, moved, strict=True)], float
    )
    straightness, rising = _directions(network, moved, schema, rows)
    folds = np.array(member_folds, int)
    along = _along_the_mean(network, inputs, _of_members(network, x), folds)
    return Gamma(
        gamma=gamma,
        gammas=None if along is None else np.stack([along[folds == fold].mean(0) for fold in np.unique(folds)]),
        se=None if along is None else jackknifed(along, folds),
        straightness=straightness,
        rising=rising,
        total=_total_effects(network, inputs.columns, x),
        bound=np.square(gamma) * _poincare_constants(inputs, schema, x) / max(_variance(network, x), 1e-300),
    )


def gamma_of_mean(networks: Sequence[Network], schema: Schema, x: Floats) -> Floats:
    """Measure γ of the original columns (c,) of the mean of some networks."""
    inputs, x = inputs_of(schema, x), _of_members(networks[0], x)
    sums: list[Floats] = []
    for network in networks:
        moved = _movements(network, inputs, x)
        sums = moved if not sums else [a + b for a, b in zip(sums, moved, strict=True)]
    return np.array([_size(moved) / len(networks) for moved in sums])


def _of_members(network: Network, x: Floats) -> Floats:
    """Take the rows of x (n, k) that movements of single members are taken on."""
    return rows_for_slopes(network, _sample(x, MEMBER_ROWS), MEMBER_ROWS)


def _sample(x: Floats, most: int) -> Floats:
    """Take evenly spaced rows of x (n, k), fewer of many columns, so that these take no longer than their number."""
    return at_most(x, max(LEAST_ROWS, _share(x, most)))


def _share(x: Floats, most: int) -> int:
    """Return how many rows of x (n, k) a column may take, by the number of columns."""
    columns: int = x.shape[1]
    return most * COLUMNS_SHARE // max(columns, COLUMNS_SHARE)


def direction_of(kind: str, rising: float) -> str | None:
    """Say in which direction a column of a kind acts, by the share of its movement that goes up (NaN: no one slope)."""
    if np.isnan(rising):
        return "levels" if kind == "category" else None
    return "up" if rising >= ONE_WAY else "down" if rising <= 1 - ONE_WAY else "both"


def _movements(network: Network, inputs: Inputs, x: Floats) -> list[Movement]:
    """How the prediction moves with each column on rows x (n, k)."""
    out: list[Movement | None] = [None] * len(inputs.columns)
    deviations = input_deviations(network, x)
    slopes = network.slopes(x, 0) * deviations
    switch = Ensemble([network]).switch
    levels = sum(len(values) for values in inputs.levels if values is not None)
    rows = at_most(x, max(LEAST_ROWS, len(x) * LEVELS_SHARE // max(levels, LEVELS_SHARE)))
    of_levels, between = switch(rows), switch(rows_for_steps(x, len(inputs.two_valued)))

    def measure(c: int) -> None:
        where, values, shares = list(inputs.columns[c]), inputs.levels[c], inputs.shares[c]
        if values is not None and shares is not None:
            at = np.stack([of_levels(where, value) for value in values], axis=-1)
            out[c] = np.sqrt(shares) * (at - at @ shares[:, None])
        elif len(where) == 1 and where[0] in inputs.two_valued:
            low, high = x[:, where[0]].min(), x[:, where[0]].max()
            step = between(where, np.array([high])) - between(where, np.array([low]))
            out[c] = (step * (deviations[where[0]] / max(high - low, 1e-300)))[..., None]
        elif len(where) == 1:
            out[c] = slopes[..., where]
        else:
            out[c] = slopes[..., where] @ _root_of_covariance(x[:, where] / deviations[where])

    in_threads(measure, len(inputs.columns))
    return [moved for moved in out if moved is not None]


def _root_of_covariance(values: Floats) -> Floats:
    """Return L (p, p) with L Lᵀ the covariance of values (n, p), p > 1, which count in standard deviations."""
    covariance = np.cov(values, rowvar=False, ddof=0)
    size, axes = np.linalg.eigh(covariance)
    return np.asarray(axes * np.sqrt(np.maximum(size, 0)))


def _size(moved: Movement) -> float:
    return float(np.sqrt(np.square(moved).sum(-1).mean()))


def _directions(network: Network, moved: Sequence[Movement], schema: Schema, x: Floats) -> tuple[Floats, Floats]:
    """Return mean slope ÷ RMS slope, and the share of the movement that goes up; NaN where there is no one slope.

    Of a number with missing cells it is the slope of the number.
    """
    straightness, rising = np.full((2, len(moved)), np.nan)
    several = [c for c, values in enumerate(moved) if values.shape[2] > 1 and schema.inputs[c].kind == "number"]
    slopes = network.jacobian(x, 0) if several else np.empty(0)
    for c, (where, values) in enumerate(zip(column_positions(schema), moved, strict=True)):
        one = slopes[..., where[0]] if c in several else values[..., 0] if values.shape[2] == 1 else None
        if one is None or one.shape[1] > 1 or not one.any():
            continue
        straightness[c] = one.mean() / np.sqrt(np.square(one).mean())
        rising[c] = np.maximum(one, 0).sum() / np.abs(one).sum()
    return straightness, rising


def _along_the_mean(network: Network, inputs: Inputs, x: Floats, folds: Ints) -> Floats | None:
    """Each member's movement along that of their mean (m, c), whose mean over members is γ of the mean.

    So the jackknife over folds needs no further γ. None for a single network, and where members saw all rows.
    """
    merged = isinstance(network.layers[-1], MemberMean) and len(folds) == network.members()
    if not merged or len(np.unique(folds)) < 2:
        return None
    of_members = [_movements(only_members(network, [m]), inputs, x) for m in range(len(folds))]
    means = [np.mean(of_column, axis=0) for of_column in zip(*of_members, strict=True)]
    sizes = np.array([_size(mean) for mean in means])
    along = [[float((a * b).sum(-1).mean()) for a, b in zip(moved, means, strict=True)] for moved in of_members]
    return np.array(along) / np.where(sizes > 0, sizes, 1)


def jackknifed(values: Floats, folds: Ints) -> Floats:
    """Estimate the standard error of a mean of members' values by leaving folds out.

    The variance over folds of the means of their members, times (f - 1)² / f, is that of Tukey's grouped jackknife.
    The members of a fold also differ by their seeds; what this adds to the means of folds is taken out before it is
    magnified.

    Args:
        values: of each member (m, c).
        folds: the fold that each member never saw (m,).
    """
    names, counts = np.unique(folds, return_counts=True)
    f = len(names)
    of_fold = [values[folds == name] for name in names]
    means = np.stack([group.mean(0) for group in of_fold])
    between = means.var(0, ddof=1)
    seeds = _variance_of_seeds(of_fold) / float(counts.mean())
    return np.asarray(np.sqrt(np.maximum(between - seeds, 0) * (f - 1) ** 2 / f + seeds / f))


def _variance_of_seeds(of_fold: Sequence[Floats]) -> Floats:
    """Variance (c,) of members of one fold; where folds have members alike, without what those of one kind share."""
    f, r = len(of_fold), len(of_fold[0])
    if r < 2 or any(len(group) != r for group in of_fold):
        spreads = [group.var(0, ddof=1) for group in of_fold if len(group) > 1]
        return np.asarray(np.mean(spreads, axis=0)) if spreads else np.zeros(of_fold[0].shape[1])
    values = np.stack(of_fold)
    rest = values - values.mean(0) - values.mean(1, keepdims=True) + values.mean((0, 1))
    return np.asarray(np.square(rest).sum((0, 1)) / ((f - 1) * (r - 1)))


def _poincare_constants(inputs: Inputs, schema: Schema, x: Floats) -> Floats:
    """By how much a function's variance can exceed its mean squared slope, for columns of variance 1 (c,).

    1 for normal values (Chernoff 1981), 12 / π² for uniform ones (Sobol' and Kucherenko 2009); NaN where the moments
    say neither, and for columns of several inputs or two values.
    """
    out = np.full(len(inputs.columns), np.nan)
    for c, (column, where) in enumerate(zip(schema.inputs, inputs.columns, strict=True)):
        values = x[:, where[0]]
        if column.kind != "number" or len(where) > 1 or where[0] in inputs.two_valued or not values.std() > 0:
            continue
        skewness, excess = moments(values)
        if abs(skewness) < NEAR and abs(excess) < 2 * NEAR:
            out[c] = 1.0
        elif abs(skewness) < NEAR and abs(excess + 1.2) < NEAR:
            out[c] = 12 / np.pi**2
    return out


def _variance(network: Network, x: Floats) -> float:
    """Variance of the outputs over rows, the mean over outputs."""
    return float(network(at_most(x, MOVED_ROWS)).astype(np.float64).var(0).mean())


def _total_effects(network: Network, columns: Iterable[Sequence[int]], x: Floats) -> Floats:
    """√(½ E[(f(x) - f(x with the column shuffled))²]) of each column (c,), Jansen (1999), as standard deviations."""
    shuffled, x = _share(x, SHUFFLED), _sample(x, SHUFFLED)
    wheres = [list(where) for where in columns]
    rng = np.random.default_rng(len(x))
    orders = [rng.permutation(len(x)) for _ in range(max(1, min(MOST_SHUFFLES, shuffled // len(x))))]
    switch, intact = Ensemble([network]).switch(x), network(x).astype(np.float64)
    out = np.empty(len(wheres))

    def measure(c: int) -> None:
        now = x[:, wheres[c]]
        stacks = stacked((now[order] for order in orders), len(x))
        changes = [np.square(switch(wheres[c], values) - intact).sum(0) for values in stacks]
        out[c] = np.sqrt(0.5 * np.sum(changes) / (intact.size * len(orders)))

    in_threads(measure, len(wheres))
    return out

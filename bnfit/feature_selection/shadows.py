"""Test of each column against shuffled copies of columns: which of them carry nothing beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.evaluation.splits import Split
from bnfit.feature_selection.additive import fit_additive
from bnfit.feature_selection.elimination import ROUND_ROWS, STRENGTH, mean_shares, member_gammas, round_recipe
from bnfit.networks.architecture import Architecture
from bnfit.networks.gamma import per_column
from bnfit.population.members import Member
from bnfit.population.train import train
from bnfit.progress import Progress, part
from bnfit.results.shadows import Shadowed, ShadowTest
from bnfit.schema.dataset import Dataset

LEVEL = 0.05
"""The share of columns without any effect that pass for more."""
FEWEST = 20
"""The fewest shadows beside the columns: each gets as many copies as that takes."""
DRAWS = 10
"""Shadows for each column, at least, all repetitions together."""
MEMBERS = 2
"""Networks of each fold, in each repetition."""
LAYERS, UNITS, ACTIVATION, ARM = 2, 64, "relu", "bn-input"
SLIGHT = 0.01
"""Share of the shadows' mean that smaller shares are raised to."""


@dataclass(frozen=True)
class ShadowedColumns:
    """Encoded columns with the shadows of the original ones behind them.

    Attributes:
        x: encoded rows (n, k · (1 + copies)).
        columns: for each original column, and then for each shadow, the positions of what it was encoded to. Shadow
            number c + i · count is the i-th of column c.
    """

    x: Floats
    columns: tuple[tuple[int, ...], ...]


def against_shadows(
    table: Dataset,
    names: Sequence[str],
    columns: Sequence[Sequence[int]],
    folds: Sequence[Split],
    output_activation: str,
    seed: int,
    on_progress: Progress | None = None,
) -> ShadowTest:
    """Compare each column with shuffled copies of columns, in networks and additive models of all of them.

    A column without any effect, also together with others, cannot be told from a shadow, so each of them is as likely
    to have the higher score: p is the column's rank among the shadows, (1 + those at least as high) / (1 + shadows).
    The idea is that of Boruta (Kursa and Rudnicki, J. Stat. Software 36, 2010). All networks of a repetition have the
    same shadows: then means over networks of columns and of shadows are equally uncertain. Repetitions draw new ones; a
    column's score is the mean over them, which varies less than a shadow's does, so that p is no smaller than it says.

    Args:
        table: what the networks train on.
        names: of the original columns.
        columns: for each the positions of what it was encoded to.
        folds: the splits of the cross-validation; every network is trained without the test rows of one of them.
        output_activation: of the networks.
        seed: draws shuffles and starts.
        on_progress: is called with the share that is done.
    """
    table, parts = thin_table(table, folds)
    copies = -(-FEWEST // len(columns))
    repeats = -(-DRAWS // copies)
    architecture = Architecture((UNITS,) * LAYERS, ACTIVATION, output_activation, ARM)

    def told(done: int) -> Progress | None:
        return part(on_progress, done / repeats, (done + 1) / repeats)

    found = [
        _scores(table, columns, parts, architecture, seed + 1_000 * repeat, copies, told(repeat))
        for repeat in range(repeats)
    ]
    return rank_test(
        names,
        np.mean([score[: len(columns)] for score, _ in found], axis=0),
        np.concatenate([score[len(columns) :] for score, _ in found]),
        np.concatenate([gamma for _, gamma in found]),
    )


def _scores(
    table: Dataset,
    columns: Sequence[Sequence[int]],
    parts: Sequence[Split],
    architecture: Architecture,
    seed: int,
    copies: int,
    on_progress: Progress | None,
) -> tuple[Floats, Floats]:
    """Score the columns and so many copies of each, (c · (1 + copies),), in standard deviations of the copies.

    Returns:
        The scores, and the mean γ of the copies over networks (c · copies,), in units of the output.
    """
    shadowed = add_shadows(table.x, columns, seed, copies)
    wide = replace(table, x=shadowed.x)
    members = [
        Member(architecture, split, seed + MEMBERS * f + m, seed + MEMBERS * f + m, STRENGTH)
        for f, split in enumerate(parts)
        for m in range(MEMBERS)
    ]
    trained = train(members, wide, round_recipe(len(wide.x)), on_progress=on_progress)
    gammas = member_gammas(trained, wide.x, np.arange(len(wide.x)))
    share = mean_shares(gammas)
    # a column of many levels has many chances: the root mean square over them, not the root sum of squares
    size = np.array([np.sqrt(np.square(share[list(positions)]).mean()) for positions in shadowed.columns])
    by_gamma = np.log(without_kurtosis(size, log_kurtosis(wide.standard(), shadowed.columns), len(columns)))
    additive = fit_additive(wide.x, wide.y, [(s.train, s.test) for s in parts])
    by_curve = np.array([corrected_maximum(additive.score[list(positions)]) for positions in shadowed.columns])
    score = np.maximum(*(standardise(v, len(columns)) for v in (by_gamma, by_curve)))
    of_copies = per_column(gammas, shadowed.columns[len(columns) :])
    return score, of_copies.mean(0) if len(of_copies) else np.zeros(0)


def thin_table(table: Dataset, folds: Sequence[Split]) -> tuple[Dataset, list[Split]]:
    """Take evenly spaced rows of a large table and of its splits, unless a column becomes constant."""
    rows, none = at_most(np.arange(len(table.x)), ROUND_ROWS), np.empty(0, np.int64)
    fewer = table.take(rows)
    if len(rows) == len(table.x) or (fewer.sd == 0).any():
        return table, [Split(split.seen, none, split.test) for split in folds]
    return fewer, [
        Split(np.flatnonzero(np.isin(rows, split.seen)), none, np.flatnonzero(np.isin(rows, split.test)))
        for split in folds
    ]


def add_shadows(x: Floats, columns: Sequence[Sequence[int]], seed: int, copies: int) -> ShadowedColumns:
    """Append copies of the columns, the rows of each copy of a column shuffled in their own way."""
    rng, count = np.random.default_rng([seed, 0x5AD0]), len(columns)
    parts, places, end = [x], [tuple(positions) for positions in columns], x.shape[1]
    for shadow in range(count * copies):
        positions = list(columns[shadow % count])
        parts.append(x[rng.permutation(len(x))][:, positions])
        places.append(tuple(range(end, end + len(positions))))
        end += len(positions)
    return ShadowedColumns(np.concatenate(parts, axis=1), tuple(places))


def log_kurtosis(standard: Floats, columns: Sequence[Sequence[int]]) -> Floats:
    """Return the logarithm of each column's kurtosis (c,), the mean over what it was encoded to.

    Args:
        standard: standardised columns (n, k).
        columns: for each column the positions of what it was encoded to.
    """
    fourth = np.square(np.square(standard)).mean(0)
    return np.log([float(fourth[list(positions)].mean()) for positions in columns])


def without_kurtosis(size: Floats, kurtosis: Floats, count: int) -> Floats:
    """Divide sizes (c + s,) by the expected size of a shadow of the same kurtosis.

    Rare levels and heavy tails get less weight than even columns do, also where neither matters: the expected logarithm
    of a shadow's size is taken as a line in that of the kurtosis. One further row pulls its slope to 0.

    Args:
        size: of columns, then of shadows.
        kurtosis: logarithm of each one's kurtosis (c + s,).
        count: columns, c.
    """
    floor = SLIGHT * float(size[count:].mean()) or 1.0
    logarithm = np.log(np.maximum(size, floor))
    shadows, at = logarithm[count:], kurtosis - kurtosis[count:].mean()
    slope = float((at[count:] * (shadows - shadows.mean())).sum() / (np.square(at[count:]).sum() + 1))
    return np.asarray(np.exp(logarithm - shadows.mean() - slope * at))


def corrected_maximum(scores: Floats) -> float:
    """Return the highest of some normal quantiles, its tail probability multiplied by their number (Bonferroni)."""
    best, normal = float(scores.max()), NormalDist()
    tail = normal.cdf(-best) * len(scores)
    return best if len(scores) == 1 or tail < 1e-15 else -normal.inv_cdf(min(tail, 1 - 1e-15))


def standardise(values: Floats, count: int) -> Floats:
    """Express values (c + s,) in standard deviations of the shadows from the shadows' mean."""
    shadows = values[count:]
    return np.asarray((values - shadows.mean()) / max(float(shadows.std()), 1e-12))


def rank_test(names: Sequence[str], score: Floats, shadows: Floats, gamma: Floats) -> ShadowTest:
    """Test columns' scores (c,) by their ranks among those of shadows (s,), which reach these γ (s,)."""
    reached = (shadows[None] >= score[:, None]).sum(1)
    p = (1 + reached) / (1 + len(shadows))
    allowed = int(LEVEL * (1 + len(shadows)) + 1e-9) - 1
    bar = float(np.sort(shadows)[::-1][max(allowed, 0)])
    q = false_discovery_rates(p)
    tested = (
        Shadowed(name, float(score[c]), float(p[c]), bool(p[c] <= LEVEL), float(q[c])) for c, name in enumerate(names)
    )
    floor = float(np.quantile(gamma, 1 - LEVEL)) if len(gamma) else None
    return ShadowTest(tuple(tested), len(shadows), LEVEL, bar, floor)


def false_discovery_rates(p: Floats) -> Floats:
    """Return q of each p (c,): the share of false findings among those at least as strong (Benjamini, Hochberg)."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / (np.arange(len(p)) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q

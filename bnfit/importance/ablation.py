"""Increase of the error with a column switched off."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.metrics import log_losses, mean
from bnfit.evaluation.paired import UnitSums
from bnfit.importance.conditional import ConditionalDraws
from bnfit.importance.partial_forward import in_threads, stacked, switch_of
from bnfit.progress import Progress, Ticker
from bnfit.results.baselines import DEFAULT_BASELINES

PERMUTATIONS = 10


Replace = Callable[[Floats, list[int], Sequence[Ints]], Iterable[Floats]]
"""From test rows x (n, k), the positions that a column was encoded to, and shuffles of the rows (n,) to what stands
there with the column switched off, (n, p) or (1, p); errors are averaged over all that it yields."""


def _at_zero(_held_out: Sequence[HeldOut], _means: Floats) -> Replace:
    return lambda _x, where, _orders: [np.zeros((1, len(where)))]


def _at_mean(_held_out: Sequence[HeldOut], means: Floats) -> Replace:
    return lambda _x, where, _orders: [means[where][None]]


def _shuffled(_held_out: Sequence[HeldOut], _means: Floats) -> Replace:
    def replace(x: Floats, where: list[int], orders: Sequence[Ints]) -> Iterator[Floats]:
        now = x[:, where]
        return (now[order] for order in orders)

    return replace


def _drawn_from_others(held_out: Sequence[HeldOut], _means: Floats) -> Replace:
    return ConditionalDraws(np.concatenate([fold.x for fold in held_out]))


REPLACEMENTS: dict[str, Callable[[Sequence[HeldOut], Floats], Replace]] = {
    "zero": _at_zero,
    "mean": _at_mean,
    "permute": _shuffled,
    "conditional": _drawn_from_others,
}
"""By name of `BASELINES`: from all test rows and the means of the encoded columns (k,) to the replacement."""


@dataclass(frozen=True)
class Changes:
    """One measure of error of j predictors with each of c columns switched off.

    Attributes:
        intact: with every column as it is (j,).
        switched: by baseline, with one column switched off (j, c).
    """

    intact: Floats
    switched: Mapping[str, Floats]

    def __getitem__(self, baseline: str) -> Floats:
        """Errors with a column switched off in one way (j, c)."""
        return self.switched[baseline]


@dataclass(frozen=True)
class SwitchedOff:
    """Errors of j predictors with each of c columns switched off.

    Attributes:
        sizes: total weight of each predictor's test rows (j,).
        squared: mean squared errors; of probabilities, the Brier score.
        log_loss: log-losses; None where the target is a number.
        mean_error_zero: |mean error| with a column at raw 0 (j, c).
        increases: by baseline, sums over units of how much the squared error of each row grows, (c,) each.
    """

    sizes: Floats
    squared: Changes
    log_loss: Changes | None
    mean_error_zero: Floats
    increases: Mapping[str, UnitSums]

    def pooled(self, errors: Floats) -> Floats:
        """Average errors (j,) or (j, c) over all test rows together."""
        return np.asarray(np.average(errors, axis=0, weights=self.sizes))


def switch_off(
    held_out: Sequence[HeldOut],
    columns: Sequence[Sequence[int]],
    means: Floats,
    seed: int,
    classes: bool = False,
    baselines: Sequence[str] = DEFAULT_BASELINES,
    on_progress: Progress | None = None,
) -> SwitchedOff:
    """Switch each column off in turn and measure the errors.

    Args:
        held_out: predictors with their test rows.
        columns: for each original column the positions (in 0..k-1) of what it was encoded to.
        means: mean of each encoded column (k,), in raw units: 0 after the first layer.
        seed: draws the shuffles, the same for every column of a predictor.
        classes: whether the outputs are probabilities, which have a log-loss too.
        baselines: names of `BASELINES`, "zero" among them.
        on_progress: told the share that is done, and of how many columns.
    """
    count, parts_of = len(columns), max(1, len(held_out))
    ticker = Ticker(on_progress, count * parts_of, lambda done: f"measuring columns {done // parts_of}/{count}")
    replacements = [REPLACEMENTS[name](held_out, means) for name in baselines]
    parts = [
        _switch_off(fold, columns, np.random.default_rng([seed, j]), classes, replacements, ticker)
        for j, fold in enumerate(held_out)
    ]
    intact, switched = np.stack([part.intact for part in parts]), np.stack([part.switched for part in parts])
    shift = np.stack([part.shift for part in parts])
    measures = [
        Changes(intact[:, m], {name: switched[:, b, m] for b, name in enumerate(baselines)})
        for m in range(intact.shape[1])
    ]
    sizes, shift_zero = np.array([fold.size for fold in held_out]), shift[:, baselines.index("zero")]
    # parts of one test set have one mean error
    if all(fold.predict is held_out[0].predict for fold in held_out):
        shift_zero = np.broadcast_to(np.average(shift_zero, axis=0, weights=sizes), shift_zero.shape)
    grown = [functools.reduce(operator.add, of_one) for of_one in zip(*(part.increases for part in parts), strict=True)]
    log_loss = measures[1] if classes else None
    by_name = dict(zip(baselines, grown, strict=True))
    return SwitchedOff(sizes, measures[0], log_loss, np.abs(shift_zero).mean(-1), by_name)


@dataclass(frozen=True)
class _Part:
    """Errors of one predictor.

    Attributes:
        intact, switched: with every column as it is (e,), and with one switched off (b, e, c).
        shift: mean errors with one switched off (b, c, o).
        increases: sums over units of what each row's squared error grows by, for each baseline.
    """

    intact: Floats
    switched: Floats
    shift: Floats
    increases: tuple[UnitSums, ...]


def _switch_off(
    fold: HeldOut,
    columns: Sequence[Sequence[int]],
    rng: np.random.Generator,
    classes: bool,
    replacements: Sequence[Replace],
    ticker: Ticker,
) -> _Part:
    orders = [rng.permutation(len(fold.x)) for _ in range(PERMUTATIONS)]
    of, baselines = fold.units, len(replacements)
    switched = np.empty((baselines, 1 + classes, len(columns)))
    shift = np.empty((baselines, len(columns), fold.y.shape[1]))
    sums = np.empty((baselines, 3, len(columns)))
    switch = switch_of(fold.predict, fold.x)
    (intact,), _, (before,) = _measured(fold, fold.predict(fold.x)[None], classes)
    sizes = of.sizes

    def measure(c: int) -> None:
        where = list(columns[c])
        for b, replace in enumerate(replacements):
            stacks = stacked(replace(fold.x, where, orders), len(fold.x))
            found = [_measured(fold, switch(where, values), classes) for values in stacks]
            errors, shifts, of_rows = (np.concatenate(of_stacks) for of_stacks in zip(*found, strict=True))
            switched[b, :, c], shift[b, c] = errors.mean(0), shifts.mean(0)
            by_unit = of.sums((of_rows - before).mean(0))
            sums[b, :, c] = by_unit.sum(), np.square(by_unit).sum(), by_unit @ sizes
        ticker.add(1)

    in_threads(measure, len(columns))
    count, total, squared = int((sizes > 0).sum()), float(sizes.sum()), float(np.square(sizes).sum())
    increases = tuple(UnitSums(of_one[0], of_one[1], of_one[2], total, squared, count) for of_one in sums)
    return _Part(intact, switched, shift, increases)


def _measured(fold: HeldOut, y_pred: Floats, classes: bool) -> tuple[Floats, Floats, Floats]:
    """Return mean squared errors and, of classes, log-losses (s, e), mean errors (s, o) and squared errors (s, n).

    Args:
        fold: the test rows.
        y_pred: some predictions of them (s, n, o).
        classes: whether they are probabilities.
    """
    off = y_pred - fold.y
    of_rows = np.square(off).mean(-1)
    errors = [np.average(of_rows, axis=-1, weights=fold.weight)]
    if classes:
        errors.append(np.array([mean(log_losses(fold.y, of_one), fold.weight) for of_one in y_pred]))
    return np.stack(errors, axis=-1), np.average(off, axis=-2, weights=fold.weight), of_rows

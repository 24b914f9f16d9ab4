"""Splits of rows into training, stopping and test rows: at random, by class, by group or in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bnfit import scratch
from bnfit.arrays import Floats, Ints, pick
from bnfit.errors import DataError

Rows = Ints


@dataclass(frozen=True)
class Split:
    """Three disjoint sets of row numbers, each in rising order.

    Attributes:
        train: rows that the weights are fitted to.
        stop: rows set aside, neither trained on nor tested on; empty without any.
        test: test rows of the member, in neither of the others; empty for a member that trains on all rows.
    """

    train: Rows
    stop: Rows
    test: Rows

    @property
    def seen(self) -> Rows:
        """Rows that the member has seen in any way."""
        return np.concatenate([self.train, self.stop])


@dataclass(frozen=True)
class FoldConstraints:
    """Constraints on the division of n rows into folds.

    Attributes:
        rows: number of rows.
        classes: class of each row (n,): every fold gets its share of each, as far as groups allow.
        groups: group of each row (n,): no group is on both sides of a split.
        times: time of each row (n,): a split's test rows are later than all rows it has seen.
    """

    rows: int
    classes: Rows | None = None
    groups: Rows | None = None
    times: Floats | None = None

    def only(self, rows: Rows) -> FoldConstraints:
        """Constraints on the division of some of the rows."""
        return FoldConstraints(len(rows), pick(self.classes, rows), pick(self.groups, rows), pick(self.times, rows))

    @cached_property
    def most_folds(self) -> int:
        """Largest number of folds; below 2, no row can be a test row."""
        if self.times is not None:
            return min(self.rows // 2 - 1, len(np.unique(self.times)) - 1)
        return min(self.rows // 2, self.rows if self.groups is None else len(np.unique(self.groups)))


def choose_folds(order: FoldConstraints, wanted: int | None, usual: int) -> tuple[int, str]:
    """Choose the number of folds, with a remark where there are fewer than usual.

    Args:
        order: constraints of the rows.
        wanted: number of folds that was asked for, or None.
        usual: number of folds where none was asked for.

    Raises:
        DataError: so many folds cannot be made of these rows.
    """
    most = order.most_folds
    if most < 2:
        raise DataError(f"{_counted(order)}: too few to train and to judge a network", _needed(order))
    folds = usual if wanted is None else wanted
    if folds < 2:
        raise DataError(f"{folds} folds cannot judge a model", "use at least 2 folds")
    if folds <= most:
        return folds, ""
    if wanted is not None:
        raise DataError(f"{_counted(order)} are too few for {folds} folds", f"use at most {most} folds (`folds`)")
    return most, f"{most} folds instead of {usual}: {_counted(order)} allow no more"


def _counted(order: FoldConstraints) -> str:
    if order.times is not None and order.rows // 2 - 1 >= len(np.unique(order.times)) - 1:
        return _plural(len(np.unique(order.times)), "point", " in time")
    if order.groups is not None and order.times is None and len(np.unique(order.groups)) < order.rows // 2:
        return _plural(len(np.unique(order.groups)), "group")
    return _plural(order.rows, "row")


def _plural(count: int, noun: str, rest: str = "") -> str:
    return f"{count} {noun}{'s' * (count != 1)}{rest}"


def _needed(order: FoldConstraints) -> str:
    if order.times is not None:
        return "at least 6 rows at 3 points in time are needed"
    return "at least 4 rows are needed" + (" in 2 groups" if order.groups is not None else "")


def splits(order: FoldConstraints, folds: int, stop_share: float, seed: int) -> tuple[Split, ...]:
    """Draw one split for each fold.

    With times the table is cut into one part more than folds: the first part has no test rows, and each later one
    is the test fold of members that saw the parts before it.

    Args:
        order: constraints of the rows.
        folds: number of folds.
        stop_share: share of the other rows that pick the epoch.
        seed: draws folds and stopping rows.

    Raises:
        DataError: a split would have fewer than 2 training rows, or no test rows.
    """
    if order.times is not None:
        made = _in_time(order, order.times, folds)
    else:
        made = [(_others(order.rows, fold), fold) for fold in folds_of(order, folds, seed)]
    done = tuple(_with_stop(order, seen, test, stop_share, seed) for seen, test in made)
    for number, split in enumerate(done, 1):
        if len(split.train) < 2 or not len(split.test):
            raise DataError(
                f"fold {number} of {folds} has {_plural(len(split.train), 'row')} to train on and "
                f"{_plural(len(split.test), 'row')} to judge: too few",
                "use fewer folds (`folds`), or other groups or times",
            )
    return done


def everything(order: FoldConstraints, stop_share: float, seed: int) -> Split:
    """Make the split without test rows, with a share of all rows set aside for stopping."""
    return _with_stop(order, np.arange(order.rows), np.empty(0, np.int64), stop_share, seed)


def without(rows: int, test: Rows, stop_share: float, seed: int) -> Split:
    """Make the split with the given test rows; a share of the others is drawn for stopping."""
    return _with_stop(FoldConstraints(rows), _others(rows, test), test, stop_share, seed)


def last_in_time(times: Floats, parts: int) -> Split:
    """Make the split that tests the last of so many parts of the rows by time (n,); rows of one time stay together."""
    last = _parts_in_time(times, parts) == parts - 1
    return Split(np.flatnonzero(~last), np.empty(0, np.int64), np.flatnonzero(last))


def holdouts(rows: int, count: int, share: float, stop_share: float, seed: int) -> tuple[Split, ...]:
    """Draw splits, each with its own random share of the rows as test rows, as the paper's "folds".

    Args:
        rows: number of rows.
        count: number of splits; unlike folds, their test rows overlap.
        share: share of the rows to test on.
        stop_share: share of the other rows to stop on.
        seed: makes the draws repeatable.

    Raises:
        DataError: a split would have fewer than 2 training rows, or no test rows.
    """
    tested = round(share * rows)
    if tested < 1 or rows - tested - round(stop_share * (rows - tested)) < 2:
        raise DataError(f"{_plural(rows, 'row')}: too few to set {share:.0%} of them apart")
    drawn = (np.random.default_rng([seed, 0x4017, s]).permutation(rows)[:tested] for s in range(count))
    return tuple(without(rows, np.sort(test), stop_share, seed * count + s) for s, test in enumerate(drawn))


def folds_of(order: FoldConstraints, folds: int, seed: int) -> tuple[Rows, ...]:
    """Deal the rows into folds: sizes, and counts of each class, differ by one at most unless groups forbid it."""
    if order.groups is not None:
        fold = _fold_of_groups(order, order.groups, folds, seed)
        return tuple(scratch.keep(np.flatnonzero(fold == f)) for f in range(folds))
    if order.classes is not None:
        shuffled = _shuffled(order.rows, seed)
        by_class = shuffled[np.argsort(order.classes[shuffled], kind="stable")]
        return tuple(scratch.keep(np.sort(by_class[f::folds])) for f in range(folds))
    return kfold(order.rows, folds, seed)


def kfold(rows: int, folds: int, seed: int) -> tuple[Rows, ...]:
    """Deal the shuffled rows into folds, whose sizes differ by one at most."""
    return tuple(scratch.keep(np.sort(part)) for part in np.array_split(_shuffled(rows, seed), folds))


def _others(rows: int, part: Rows) -> Rows:
    """Return all row numbers but those of a part, in rising order."""
    keep = np.ones(rows, bool)
    keep[part] = False
    return scratch.keep(np.flatnonzero(keep))


def _shuffled(rows: int, seed: int) -> Rows:
    return np.random.default_rng([seed, 0xF01D]).permutation(rows)


def _fold_of_groups(order: FoldConstraints, groups: Rows, folds: int, seed: int) -> Rows:
    """Return the fold of each row (n,): groups from large to small, each to the fold that lacks its rows most."""
    names, group = np.unique(groups, return_inverse=True)
    classes = np.zeros(order.rows, np.int64) if order.classes is None else order.classes
    counts = np.zeros((len(names), int(classes.max()) + 1))
    np.add.at(counts, (group, classes), 1)
    shares = counts / np.maximum(counts.sum(0), 1)
    filled = np.zeros((folds, counts.shape[1]))
    sizes = np.zeros(folds)
    fold = np.empty(len(names), np.int64)
    shuffled = np.random.default_rng([seed, 0x6209]).permutation(len(names))
    for g in shuffled[np.argsort(-counts[shuffled].sum(1), kind="stable")]:
        fold[g] = best = np.lexsort((sizes, np.round(filled @ shares[g], 12)))[0]
        filled[best] += shares[g]
        sizes[best] += counts[g].sum()
    return fold[group]


def _in_time(order: FoldConstraints, times: Floats, folds: int) -> list[tuple[Rows, Rows]]:
    """Return earlier rows and test rows of each fold; rows of one time stay together."""
    part = _parts_in_time(times, folds + 1)
    made = []
    for f in range(1, folds + 1):
        earlier, test = np.flatnonzero(part < f), np.flatnonzero(part == f)
        if order.groups is not None:
            earlier = earlier[~np.isin(order.groups[earlier], order.groups[test])]
        made.append((earlier, test))
    return made


def _parts_in_time(times: Floats, parts: int) -> Rows:
    """Return the part of each row (n,), in order of time, of sizes as equal as equal times allow; none is empty."""
    distinct, place, counts = np.unique(times, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    cuts: list[int] = []
    for p in range(1, parts):
        nearest = int(np.argmin(np.abs(ends - len(times) * p / parts))) + 1
        least, most = (cuts[-1] + 1 if cuts else 1), len(distinct) - (parts - p)
        cuts.append(min(max(nearest, least), most))
    return np.asarray(np.searchsorted(np.array(cuts), place, side="right"), np.int64)


def _with_stop(order: FoldConstraints, seen: Rows, test: Rows, share: float, seed: int) -> Split:
    """Set rows to stop on aside: the last ones in time, whole groups, the same share of each class, or any."""
    count = round(share * len(seen))
    if not count:
        return Split(seen, np.empty(0, np.int64), test)
    stop = _stopping(order, seen, count, np.random.default_rng([seed, 0x5709]))
    train = np.setdiff1d(seen, stop, assume_unique=True)
    if order.groups is not None:
        train = train[~np.isin(order.groups[train], order.groups[stop])]
    return Split(train, np.sort(stop), test)


def _stopping(order: FoldConstraints, seen: Rows, count: int, rng: np.random.Generator) -> Rows:
    shuffled = rng.permutation(seen)
    if order.times is not None:
        first = np.sort(order.times[seen])[-count]
        return np.asarray(seen[order.times[seen] >= first])
    if order.groups is not None:
        names, first, sizes = np.unique(order.groups[shuffled], return_index=True, return_counts=True)
        drawn = np.argsort(first)
        enough = int(np.searchsorted(np.cumsum(sizes[drawn]), count)) + 1
        chosen = names[drawn[: min(enough, len(names) - 1)]]
        return seen[np.isin(order.groups[seen], chosen)]
    if order.classes is not None:
        by_class = shuffled[np.argsort(order.classes[shuffled], kind="stable")]
        return by_class[((np.arange(count) + 0.5) * len(seen) / count).astype(np.int64)]
    return shuffled[:count]

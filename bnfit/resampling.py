"""Which rows a member trains on, stops on and is judged on: at random, by class, by group or in time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnfit.errors import DataError

Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Split:
    """Three disjoint sets of row numbers, each in rising order.

    Attributes:
        train: rows that the weights are fitted to.
        stop: rows that pick the epoch; empty without early stopping.
        judge: rows that the member is judged on, seen by neither; empty for a member that trains on all rows.
    """

    train: Rows
    stop: Rows
    judge: Rows

    @property
    def seen(self) -> Rows:
        """The rows that the member has seen in any way."""
        return np.concatenate([self.train, self.stop])


@dataclass(frozen=True)
class Order:
    """What a division of n rows into folds has to respect.

    Attributes:
        rows: number of rows.
        classes: class of each row (n,): every fold gets its share of each, as far as groups allow.
        groups: group of each row (n,): no group is on both sides of a split.
        times: time of each row (n,): a split's judged rows are later than all rows it has seen.
    """

    rows: int
    classes: Rows | None = None
    groups: Rows | None = None
    times: NDArray[np.floating] | None = None

    def only(self, rows: Rows) -> Order:
        """What a division of some of the rows has to respect."""
        return Order(len(rows), _of(self.classes, rows), _of(self.groups, rows), _of(self.times, rows))

    @cached_property
    def most_folds(self) -> int:
        """The most folds that the rows can be divided into; below 2, they cannot be judged at all."""
        if self.times is not None:
            return min(self.rows // 2 - 1, len(np.unique(self.times)) - 1)
        return min(self.rows // 2, self.rows if self.groups is None else len(np.unique(self.groups)))


def _of(values: Any, rows: Rows) -> Any:
    return None if values is None else values[rows]


def choose_folds(order: Order, wanted: int | None, usual: int) -> tuple[int, str]:
    """The number of folds, and a remark where there are fewer than usual.

    Args:
        order: the rows.
        wanted: what the user asked for, if anything.
        usual: the number where the user asked for none.

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
        raise DataError(f"{_counted(order)} are too few for {folds} folds", f"use at most {most} folds (--folds)")
    return most, f"{most} folds instead of {usual}: {_counted(order)} allow no more"


def _counted(order: Order) -> str:
    if order.times is not None and order.rows // 2 - 1 >= len(np.unique(order.times)) - 1:
        return _plural(len(np.unique(order.times)), "point", " in time")
    if order.groups is not None and order.times is None and len(np.unique(order.groups)) < order.rows // 2:
        return _plural(len(np.unique(order.groups)), "group")
    return _plural(order.rows, "row")


def _plural(count: int, noun: str, rest: str = "") -> str:
    return f"{count} {noun}{'s' * (count != 1)}{rest}"


def _needed(order: Order) -> str:
    if order.times is not None:
        return "at least 6 rows at 3 points in time are needed"
    return "at least 4 rows are needed" + (" in 2 groups" if order.groups is not None else "")


def splits(order: Order, folds: int, stop_share: float, seed: int) -> tuple[Split, ...]:
    """One split for each fold.

    With times the table is cut into one part more than folds: the first part is never judged, and each later one is
    judged by members that saw the parts before it.

    Args:
        order: the rows and what to respect.
        folds: how many.
        stop_share: share of the rows not judged that pick the epoch.
        seed: draws folds and stopping rows.

    Raises:
        DataError: a split would have fewer than 2 rows to train on, or none to judge.
    """
    if order.times is not None:
        made = _in_time(order, order.times, folds)
    else:
        made = [(_others(order.rows, fold), fold) for fold in folds_of(order, folds, seed)]
    done = tuple(_with_stop(order, seen, judge, stop_share, seed) for seen, judge in made)
    for number, split in enumerate(done, 1):
        if len(split.train) < 2 or not len(split.judge):
            raise DataError(
                f"fold {number} of {folds} has {_plural(len(split.train), 'row')} to train on and "
                f"{_plural(len(split.judge), 'row')} to judge: too few",
                "use fewer folds (--folds), or other groups or times",
            )
    return done


def everything(order: Order, stop_share: float, seed: int) -> Split:
    """All rows, a share of them set aside for stopping."""
    return _with_stop(order, np.arange(order.rows), np.empty(0, np.int64), stop_share, seed)


def without(rows: int, judge: Rows, stop_share: float, seed: int) -> Split:
    """All rows but those judged, a share of them drawn for stopping."""
    return _with_stop(Order(rows), _others(rows, judge), judge, stop_share, seed)


def holdouts(rows: int, count: int, share: float, stop_share: float, seed: int) -> tuple[Split, ...]:
    """So many splits, each of which judges its own random share of the rows, as the paper's "folds" do.

    Args:
        rows: number of rows.
        count: how many splits; unlike folds, their judged rows overlap.
        share: of the rows, to judge.
        stop_share: of the rest, to set aside as stopping rows.
        seed: draws them.

    Raises:
        DataError: a split would have fewer than 2 rows to train on, or none to judge.
    """
    judged = round(share * rows)
    if judged < 1 or rows - judged - round(stop_share * (rows - judged)) < 2:
        raise DataError(f"{_plural(rows, 'row')}: too few to set {share:.0%} of them apart")
    drawn = (np.random.default_rng([seed, 0x4017, s]).permutation(rows)[:judged] for s in range(count))
    return tuple(without(rows, np.sort(judge), stop_share, seed * count + s) for s, judge in enumerate(drawn))


def folds_of(order: Order, folds: int, seed: int) -> tuple[Rows, ...]:
    """The rows dealt into folds: sizes, and counts of each class, differ by one at most unless groups forbid it."""
    if order.groups is not None:
        fold = _fold_of_groups(order, order.groups, folds, seed)
        return tuple(np.flatnonzero(fold == f) for f in range(folds))
    if order.classes is not None:
        shuffled = _shuffled(order.rows, seed)
        by_class = shuffled[np.argsort(order.classes[shuffled], kind="stable")]
        return tuple(np.sort(by_class[f::folds]) for f in range(folds))
    return kfold(order.rows, folds, seed)


def kfold(rows: int, folds: int, seed: int) -> tuple[Rows, ...]:
    """The shuffled rows dealt into so many folds, whose sizes differ by one at most."""
    return tuple(np.sort(part) for part in np.array_split(_shuffled(rows, seed), folds))


def _others(rows: int, part: Rows) -> Rows:
    """All row numbers but those of a part, in rising order."""
    keep = np.ones(rows, bool)
    keep[part] = False
    return np.flatnonzero(keep)


def _shuffled(rows: int, seed: int) -> Rows:
    return np.random.default_rng([seed, 0xF01D]).permutation(rows)


def _fold_of_groups(order: Order, groups: Rows, folds: int, seed: int) -> Rows:
    """The fold of each row (n,): groups from large to small, each to the fold that lacks its rows most."""
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


def _in_time(order: Order, times: NDArray[np.floating], folds: int) -> list[tuple[Rows, Rows]]:
    """Earlier and judged rows of each fold; rows of one time are never apart."""
    part = _parts_in_time(times, folds + 1)
    made = []
    for f in range(1, folds + 1):
        earlier, judge = np.flatnonzero(part < f), np.flatnonzero(part == f)
        if order.groups is not None:
            earlier = earlier[~np.isin(order.groups[earlier], order.groups[judge])]
        made.append((earlier, judge))
    return made


def _parts_in_time(times: NDArray[np.floating], parts: int) -> Rows:
    """The part of each row (n,), in order of time, of sizes as equal as equal times allow; none is empty."""
    distinct, place, counts = np.unique(times, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    cuts: list[int] = []
    for p in range(1, parts):
        nearest = int(np.argmin(np.abs(ends - len(times) * p / parts))) + 1
        least, most = (cuts[-1] + 1 if cuts else 1), len(distinct) - (parts - p)
        cuts.append(min(max(nearest, least), most))
    return np.asarray(np.searchsorted(np.array(cuts), place, side="right"), np.int64)


def _with_stop(order: Order, seen: Rows, judge: Rows, share: float, seed: int) -> Split:
    """Set rows to stop on aside: the last ones in time, whole groups, the same share of each class, or any."""
    count = round(share * len(seen))
    if not count:
        return Split(seen, np.empty(0, np.int64), judge)
    stop = _stopping(order, seen, count, np.random.default_rng([seed, 0x5709]))
    train = np.setdiff1d(seen, stop, assume_unique=True)
    if order.groups is not None:
        train = train[~np.isin(order.groups[train], order.groups[stop])]
    return Split(train, np.sort(stop), judge)


def _stopping(order: Order, seen: Rows, count: int, rng: np.random.Generator) -> Rows:
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

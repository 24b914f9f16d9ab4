"""Folds that respect classes, groups and time; stopping rows that do so too; and what is said when rows are too few."""

from itertools import pairwise

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given
from hypothesis import strategies as st

from bnfit.errors import DataError
from bnfit.evaluation.splits import FoldConstraints, choose_folds, everything, kfold, splits, without

ROWS = 90
RNG = np.random.default_rng(7)
CLASSES = RNG.permutation(np.repeat([0, 1, 2], [60, 23, 7]))
GROUPS = RNG.integers(0, 12, ROWS)
TIMES = RNG.integers(0, 40, ROWS).astype(float)
ORDERS = {
    "rows": FoldConstraints(ROWS),
    "classes": FoldConstraints(ROWS, CLASSES),
    "groups": FoldConstraints(ROWS, groups=GROUPS),
    "classes and groups": FoldConstraints(ROWS, CLASSES, GROUPS),
    "times": FoldConstraints(ROWS, times=TIMES),
    "classes and times": FoldConstraints(ROWS, CLASSES, times=TIMES),
    "groups and times": FoldConstraints(ROWS, groups=np.floor(TIMES / 4).astype(int), times=TIMES),
}


@pytest.mark.parametrize("stop", [0.0, 0.2])
@pytest.mark.parametrize("name", ORDERS)
def test_no_row_is_in_two_parts_of_a_split_and_none_is_judged_twice(name, stop):
    order = ORDERS[name]
    parts = splits(order, 4, stop, 0)
    for split in parts:
        rows = np.concatenate([split.train, split.stop, split.test])
        assert len(np.unique(rows)) == len(rows)
        assert all(np.array_equal(part, np.sort(part)) for part in (split.train, split.stop, split.test))
        assert (len(split.stop) > 0) == (stop > 0)
    judged = np.concatenate([split.test for split in parts])
    assert len(np.unique(judged)) == len(judged)
    if order.times is None:
        assert len(judged) == ROWS


@pytest.mark.parametrize("name", [name for name in ORDERS if "groups" in name])
def test_no_group_is_on_two_sides(name):
    order = ORDERS[name]
    for split in [*splits(order, 4, 0.2, 3), everything(order, 0.2, 3)]:
        sides = [set(order.groups[part].tolist()) for part in (split.train, split.stop, split.test)]
        assert sum(map(len, sides)) == len(set.union(*sides))


@pytest.mark.parametrize("name", [name for name in ORDERS if "times" in name])
def test_folds_and_stopping_rows_never_look_ahead(name):
    order = ORDERS[name]
    parts = splits(order, 4, 0.2, 3)
    for split in parts:
        assert TIMES[split.train].max() < TIMES[split.stop].min()
        assert TIMES[split.stop].max() < TIMES[split.test].min()
    assert all(TIMES[a.test].max() < TIMES[b.test].min() for a, b in pairwise(parts))
    assert TIMES[parts[-1].test].max() == TIMES.max()


def test_each_window_of_distinct_times_is_as_long_as_the_others_and_expands():
    parts = splits(FoldConstraints(10, times=np.arange(10.0)[::-1]), 4, 0.0, 0)
    assert [split.test.tolist() for split in parts] == [[6, 7], [4, 5], [2, 3], [0, 1]]
    assert [split.train.tolist() for split in parts] == [[8, 9], [6, 7, 8, 9], [4, 5, 6, 7, 8, 9], list(range(2, 10))]


def test_every_fold_gets_its_share_of_each_class():
    parts = splits(ORDERS["classes"], 5, 0.0, 0)
    counts = np.array([np.bincount(CLASSES[split.test], minlength=3) for split in parts])
    assert np.ptp(counts, axis=0).max() <= 1
    assert np.ptp(counts.sum(1)) <= 1
    assert counts.min() >= 1
    plain = [np.bincount(CLASSES[fold], minlength=3) for fold in kfold(ROWS, 5, 0)]
    assert np.ptp(plain, axis=0).max() > 1  # so the test above can fail


def test_groups_are_dealt_so_that_folds_are_alike_in_size_and_classes():
    groups = np.repeat(np.arange(30), 3)
    classes = np.repeat(np.arange(30) % 3 == 0, 3).astype(int)
    parts = splits(FoldConstraints(ROWS, classes, groups), 5, 0.0, 1)
    assert [len(split.test) for split in parts] == [18] * 5
    assert [int(classes[split.test].sum()) for split in parts] == [6] * 5


def test_stopping_rows_have_their_share_of_each_class():
    stop = everything(ORDERS["classes"], 0.2, 0).stop
    assert len(stop) == 18
    assert np.abs(np.bincount(CLASSES[stop], minlength=3) - 0.2 * np.bincount(CLASSES)).max() < 1.5


def test_the_same_seed_gives_the_same_folds_and_another_one_others():
    for order in ORDERS.values():
        one, same, other = (np.concatenate([s.test for s in splits(order, 3, 0.0, seed)]) for seed in (1, 1, 2))
        assert np.array_equal(one, same)
        assert np.array_equal(one, other) == (order.times is not None)


def test_a_plain_split_is_all_rows_but_those_judged():
    split = without(10, np.array([2, 5]), 0.25, 0)
    assert len(split.stop) == 2
    assert sorted([*split.train, *split.stop]) == [0, 1, 3, 4, 6, 7, 8, 9]


@examples(60)
@given(st.lists(st.integers(0, 6), min_size=8, max_size=40), st.integers(2, 4))
def test_parts_in_time_are_never_empty_and_never_split_a_time(times, folds):
    order = FoldConstraints(len(times), times=np.array(times, float))
    if order.most_folds < folds:
        return
    try:
        parts = splits(order, folds, 0.0, 0)
    except DataError:
        return  # fewer than 2 rows before the first fold
    for split in parts:
        assert len(split.test)
        assert order.times[split.train].max() < order.times[split.test].min()


@pytest.mark.parametrize(
    ("order", "wanted", "folds", "note"),
    [
        (FoldConstraints(100), None, 8, ""),
        (FoldConstraints(100), 20, 20, ""),
        (FoldConstraints(10), None, 5, "5 folds instead of 8: 10 rows allow no more"),
        (FoldConstraints(100, groups=np.arange(100) % 3), None, 3, "3 folds instead of 8: 3 groups allow no more"),
        (
            FoldConstraints(100, times=np.arange(100) % 5.0),
            None,
            4,
            "4 folds instead of 8: 5 points in time allow no more",
        ),
    ],
)
def test_folds_are_what_was_asked_for_or_as_many_as_the_rows_allow(order, wanted, folds, note):
    assert choose_folds(order, wanted, 8) == (folds, note)


@pytest.mark.parametrize(
    ("order", "wanted", "message", "hint"),
    [
        (FoldConstraints(3), 8, "3 rows: too few to train and to judge a network", "at least 4 rows are needed"),
        (FoldConstraints(3), None, "3 rows: too few to train and to judge a network", "at least 4 rows are needed"),
        (FoldConstraints(10), 8, "10 rows are too few for 8 folds", "use at most 5 folds (`folds`)"),
        (
            FoldConstraints(20, groups=np.zeros(20, int)),
            2,
            "1 group: too few to train and to judge a network",
            "at least 4 rows are needed in 2 groups",
        ),
        (
            FoldConstraints(20, groups=np.arange(20) % 3),
            4,
            "3 groups are too few for 4 folds",
            "use at most 3 folds (`folds`)",
        ),
        (
            FoldConstraints(20, times=np.arange(20) % 2.0),
            None,
            "2 points in time: too few to train and to judge a network",
            "at least 6 rows at 3 points in time are needed",
        ),
    ],
)
def test_too_few_rows_are_told_what_is_needed(order, wanted, message, hint):
    with pytest.raises(DataError) as caught:
        choose_folds(order, wanted, 8)
    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_groups_that_leave_nothing_earlier_to_train_on_are_refused():
    order = FoldConstraints(40, groups=np.arange(40) % 4, times=np.arange(40.0))
    with pytest.raises(DataError, match="fold 1 of 3 has 0 rows to train on"):
        splits(order, 3, 0.0, 0)

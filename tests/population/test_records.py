"""Jobs on record are not trained again, and what they left is what training leaves, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population import train as training
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.records import recording
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow

RECIPE = RECIPES["default"].changed(epochs=8)
PARTS = splits(FoldConstraints(60), 3, 0.0, 0)


class Shelf:
    """Records in memory."""

    def __init__(self):
        self.kept, self.judged, self.found = {}, [], 0

    def get(self, key):
        self.found += key in self.kept
        return self.kept.get(key)

    def put(self, key, arrays, judged):
        self.kept[key] = {name: array.copy() for name, array in arrays.items()}
        self.judged += judged


@pytest.fixture
def jobs(monkeypatch):
    """The jobs that were trained."""
    done, run_job = [], training.run_job

    def counted(job, *rest):
        done.append(job)
        return run_job(job, *rest)

    monkeypatch.setattr(training, "run_job", counted)
    return done


def members(arm="bn", units=(4, 3), **how):
    return [
        Member(Architecture(units, a, "linear", arm), s, f, f, **how)
        for a in ("tanh", "relu")
        for f, s in enumerate(PARTS)
    ]


def numbers(trained):
    """All that a member has, as arrays."""
    networks = [n for t in trained for n in (t.network, *(stage.network for stage in t.stages))]
    weights = [v for n in networks for layer in n.layers for v in vars(layer).values() if isinstance(v, np.ndarray)]
    rest = [(t.curve, t.judged_curve, t.gamma_raw, t.epoch, t.diverged, t.accuracy_curve) for t in trained]
    return [*weights, *(np.asarray(v, float) for values in rest for v in values if v is not None)]


def same(a, b):
    return len(numbers(a)) == len(numbers(b)) and all(
        np.array_equal(x, y, equal_nan=True) for x, y in zip(numbers(a), numbers(b), strict=True)
    )


@pytest.mark.parametrize("arm", ["bn", "zscore-bn", "bn-input", "raw"])
@pytest.mark.parametrize("recipe", ["default", "paper"])
def test_members_on_record_are_those_that_were_trained(small_table, jobs, arm, recipe):
    how, table, shelf = RECIPES[recipe].changed(epochs=8), Dataset(*small_table), Shelf()
    plain = train(members(arm), table, how)
    count = len(jobs)
    with recording(shelf):
        first = train(members(arm), table, how)
        assert (len(jobs), len(shelf.kept), shelf.found) == (2 * count, count, 0)
        told = []
        again = train(members(arm), Dataset(*small_table), how, on_progress=lambda share, *_: told.append(share))
    assert (len(jobs), shelf.found, told[-1]) == (2 * count, count, 1.0)
    assert same(plain, first)
    assert same(plain, again)
    assert not same(plain, train(members(arm), table, how.changed(epochs=7)))


def test_classes_come_back_too(small_table, jobs):
    x, y = small_table
    table, shelf = Dataset(x, (y > 10).astype(float), "binary_crossentropy"), Shelf()
    with recording(shelf):
        first = train(members(), table, RECIPE)
        count = len(jobs)
        assert same(first, train(members(), table, RECIPE))
    assert len(jobs) == count


def test_members_are_judged_in_the_targets_units(small_table):
    shelf = Shelf()
    with recording(shelf):
        trained = train(members(), Dataset(*small_table), RECIPE)
    assert sorted(one.loss for one in shelf.judged) == pytest.approx(sorted(t.judged_curve[-1] for t in trained))
    assert len({one.network for one in shelf.judged}) == 2


def changes(x, y):
    """What a job depends on, one changed at a time."""
    table = Dataset(x, y)
    yield members(), Dataset(x + 1e-9, y), RECIPE
    yield members(), Dataset(x, y * 2), RECIPE
    yield members(), replace(table, row_weight=np.linspace(0.5, 1.5, len(x))), RECIPE
    yield members("bn-input"), table, RECIPE
    yield members(knots=2), table, RECIPE
    yield [replace(m, seed=m.seed + 1) for m in members()], table, RECIPE
    yield [replace(m, shuffle=m.shuffle + 1) for m in members()], table, RECIPE
    yield [replace(m, split=replace(m.split, train=m.split.train[1:])) for m in members()], table, RECIPE
    yield members(), table, RECIPE.changed(learning_rate=0.02)
    yield members(), table, RECIPE.changed(weight_decay=0.3)
    yield members(), table, RECIPE.changed(momentum=0.5)


def test_any_change_trains_anew(small_table, jobs):
    shelf = Shelf()
    with recording(shelf):
        train(members(), Dataset(*small_table), RECIPE)
        for others, table, recipe in changes(*small_table):
            before = len(jobs)
            train(others, table, recipe)
            assert len(jobs) > before
    assert shelf.found == 0


def test_arrays_of_another_shape_count_as_absent(small_table, jobs):
    shelf = Shelf()
    with recording(shelf):
        first = train(members(), Dataset(*small_table), RECIPE)
        key, arrays = next(iter(shelf.kept.items()))
        count = len(jobs)
        for name, array in arrays.items():
            for bad in (array[:1], array.astype("f8" if array.dtype != np.float64 else "f4"), None):
                shelf.kept[key] = {n: a for n, a in {**arrays, name: bad}.items() if a is not None}
                assert same(first, train(members(), Dataset(*small_table), RECIPE)) or name.split("/")[0].isdigit()
    assert len(jobs) >= count + 2 * len(arrays)


def test_records_hold_in_their_block_alone(small_table):
    shelf = Shelf()
    with recording(shelf), recording(None):
        train(members(), Dataset(*small_table), RECIPE)
    assert not shelf.kept

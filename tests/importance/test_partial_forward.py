"""Predictions with a few columns changed are those of the whole forward pass."""

import numpy as np
import pytest
from random_networks import ARMS, EPSILON, awkward_table, member

from bnfit.importance.partial_forward import Ensemble, in_threads, stacked, switch_of
from bnfit.networks.merge import merge, only_members


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("units", [(5,), (4, 3)])
def test_only_the_changed_columns_differ(rng, arm, units):
    x = awkward_table(rng) if arm != "raw" else rng.normal(size=(60, 4))
    predict = Ensemble([member(rng, x, arm, units) for _ in range(3)])
    switch = switch_of(predict, x)
    for where, values in [([1], x[::-1][:, [1]]), ([0, 3], x[rng.permutation(60)][:, [0, 3]]), ([2], x.mean(0)[[2]])]:
        changed = x.copy()
        changed[:, where] = values
        np.testing.assert_allclose(switch(where, values), predict(changed), rtol=1e-4, atol=1e-4)
    assert np.abs(switch([1], x[::-1][:, [1]]) - predict(x)).max() > 1e-3


def test_rows_in_many_blocks_give_the_same(rng, monkeypatch):
    x = rng.normal(size=(50, 3))
    predict = Ensemble([member(rng, x)])
    whole = switch_of(predict, x)([1], np.zeros(1))
    monkeypatch.setattr("bnfit.importance.partial_forward.NUMBERS", 16)
    np.testing.assert_allclose(switch_of(predict, x)([1], np.zeros(1)), whole, rtol=1e-6)


@pytest.mark.parametrize("numbers", [1 << 17, 30])
def test_a_stack_of_values_gives_what_each_gives(rng, monkeypatch, numbers):
    monkeypatch.setattr("bnfit.importance.partial_forward.NUMBERS", numbers)
    x = rng.normal(size=(20, 3))
    merged = merge([member(rng, x, "bn-input", (4, 3)) for _ in range(2)], x, EPSILON)
    for predict in (Ensemble([member(rng, x, units=(5, 2)), merged]), lambda x: x.sum(1, keepdims=True)):
        switch = switch_of(predict, x)
        for values in (rng.normal(size=(7, 20, 2)), rng.normal(size=(7, 1, 2))):
            each = np.stack([switch([0, 2], of_one) for of_one in values])
            assert each.std(0).min() > 1e-3
            np.testing.assert_allclose(switch([0, 2], values), each, rtol=1e-5, atol=1e-6)


def test_arrays_of_few_rows_are_stacked_and_none_is_left_out(monkeypatch):
    monkeypatch.setattr("bnfit.importance.partial_forward.STACKED_ROWS", 10)
    arrays = [np.full((3, 1), number) for number in range(7)]
    stacks = list(stacked(arrays, 3))
    assert [len(stack) for stack in stacks] == [3, 3, 1]
    np.testing.assert_array_equal(np.concatenate(stacks), arrays)
    assert [len(stack) for stack in stacked(arrays, 1000)] == [1] * 7


def test_any_function_can_be_switched(rng):
    x = rng.normal(size=(10, 2))
    np.testing.assert_allclose(switch_of(lambda x: x.sum(1, keepdims=True), x)([0], np.zeros(1)), x[:, 1:])


@pytest.mark.parametrize("units", [(5,), (4, 3)])
def test_some_members_of_a_merged_network(rng, units):
    x = rng.normal(size=(40, 3))
    merged = merge([member(rng, x, "bn-input", units) for _ in range(5)], x, EPSILON)
    chosen = only_members(merged, [1, 4])
    np.testing.assert_allclose(chosen(x), merged.member_outputs(x)[:, [1, 4]].mean(1), rtol=1e-5, atol=1e-6)


def test_a_single_network_has_no_members_to_choose(rng):
    x = rng.normal(size=(10, 3))
    with pytest.raises(ValueError, match="no members"):
        only_members(member(rng, x), [0])


def test_an_error_in_a_thread_is_heard():
    def fail(position):
        raise RuntimeError(str(position))

    with pytest.raises(RuntimeError):
        in_threads(fail, 2)


def test_rows_are_fewer_where_all_multiplications_would_take_too_long(rng, monkeypatch):
    from bnfit.evaluation.held_out import HeldOut
    from bnfit.importance import explain as explaining

    x = rng.normal(size=(4000, 3))
    predict = Ensemble([member(rng, x, units=(4, 3))])
    assert predict.work == 4 * 3 + 3 + 20 * (4 + 3 + 1)
    fold = HeldOut(predict, x, x[:, :1])
    assert len(explaining.sample_rows(fold, 1, 3).x) == 4000
    monkeypatch.setattr(explaining, "WORK", 2000 * 3 * (explaining.PERMUTATIONS + 2) * predict.work)
    assert len(explaining.sample_rows(fold, 1, 3).x) == 2000
    monkeypatch.setattr(explaining, "WORK", 1)
    assert len(explaining.sample_rows(fold, 1, 3).x) == explaining.FEWEST_ROWS

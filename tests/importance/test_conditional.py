"""Draws of a column given the others."""

import numpy as np
import pytest

from bnfit.evaluation.held_out import HeldOut
from bnfit.importance.ablation import switch_off
from bnfit.importance.conditional import MOST_LEVELS, ConditionalDraws, levels_of, precision_of, residual


def test_the_residual_is_that_of_a_regression_on_the_others(rng):
    x = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3)) * [1, 1e4, 1e-3]
    others = np.c_[x[:, 1:], np.ones(500)]
    wanted = x[:, 0] - others @ np.linalg.lstsq(others, x[:, 0], rcond=None)[0]
    found = residual(x, [0], precision_of(x))[:, 0]
    assert np.corrcoef(found, wanted)[0, 1] > 0.99


def test_shuffling_what_the_others_do_not_explain_leaves_a_copy_without_importance(rng):
    base = rng.normal(size=(3000, 2))
    x = np.c_[base, base[:, 0] + 0.1 * rng.normal(size=3000)]
    w = np.array([[1.0], [1.0], [1.0]])
    off = switch_off(
        [HeldOut(lambda new: new @ w, x, x @ w)],
        [[0], [1], [2]],
        x.mean(0),
        0,
        baselines=("zero", "permute", "conditional"),
    ).squared
    assert off["permute"][0, 0] == pytest.approx(2, rel=0.1)
    assert off["conditional"][0] == pytest.approx([2 * 0.01, 2, 2 * 0.01], rel=0.25)


def test_levels_are_drawn_as_often_as_the_others_say(rng):
    z = rng.normal(size=8000)
    three = np.select([z + 0.7 * rng.logistic(size=8000) < -1, z + 0.7 * rng.logistic(size=8000) < 1], [0, 1], 2)
    x = np.c_[z, np.eye(3)[three]]
    drawn = next(iter(ConditionalDraws(x)(x, [1, 2, 3], [rng.permutation(len(x))])))
    assert set(map(tuple, drawn)) == set(map(tuple, np.eye(3)))
    # shuffled, the mean of z would be 0 in every level
    assert abs(z[three == 0].mean()) > 0.4
    for level in range(3):
        assert drawn[:, level].mean() == pytest.approx((three == level).mean(), abs=0.02)
        assert z[drawn[:, level] == 1].mean() == pytest.approx(z[three == level].mean(), abs=0.06)


@pytest.mark.parametrize("codes", [(0.0, 1.0), (1.0, 2.0), (-3.0, 40.0)])
def test_two_values_however_they_are_written_are_drawn_as_levels(rng, codes):
    z = rng.normal(size=3000)
    x = np.c_[z, np.where(z + rng.logistic(size=3000) > 1, *codes[::-1])]
    drawn = next(iter(ConditionalDraws(x)(x, [1], [rng.permutation(len(x))])))[:, 0]
    assert set(drawn) == set(codes)
    assert np.corrcoef(z, drawn)[0, 1] == pytest.approx(np.corrcoef(z, x[:, 1])[0, 1], abs=0.05)


def test_a_column_that_is_explained_by_another_adds_nothing_and_its_levels_are_kept(rng):
    """A model of the line through a two-valued copy errs no more with the copy drawn anew; shuffled, it does."""
    z = rng.normal(size=(2000, 1))
    copy = (z + 0.3 * rng.logistic(size=(2000, 1)) > 0) * 1.0
    x, y = np.hstack([z, copy]), 3 * z + rng.normal(size=(2000, 1))
    w = np.linalg.lstsq(np.hstack([copy, np.ones_like(copy)]), y, rcond=None)[0]
    fold = HeldOut(lambda new: new[:, 1:] * w[0] + w[1] * np.ones(1), x, y)
    off = switch_off([fold], [[0], [1]], x.mean(0), 0, baselines=("zero", "permute", "conditional")).increases
    assert off["permute"].mean[1] > 2
    assert off["conditional"].mean[0] == pytest.approx(0)


def test_columns_that_have_no_levels_are_told():
    assert levels_of(np.array([[1.0], [1.0], [2.0]])).tolist() == [[1], [2]]
    assert levels_of(np.array([[1.0], [1.5], [2.0]])) is None
    many = np.eye(MOST_LEVELS + 1)
    assert levels_of(many) is None
    assert len(levels_of(many[1:])) == MOST_LEVELS + 1 - 1


@pytest.mark.parametrize("x", [np.ones((5, 1)), np.arange(5.0)[:, None], np.array([[0.0], [1], [0], [1], [1]])])
def test_a_column_without_others_is_shuffled(rng, x):
    order = rng.permutation(5)
    drawn = next(iter(ConditionalDraws(x)(x, [0], [order])))
    assert sorted(drawn[:, 0]) == pytest.approx(sorted(x[:, 0]))

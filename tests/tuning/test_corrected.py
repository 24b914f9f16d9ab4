"""Errors with the selection taken out: what luck gives is taken back, what is real stays."""

import numpy as np
import pytest

from bnfit.evaluation.paired import Units
from bnfit.tuning.corrected import Selection


def of_rows(losses, in_order=False):
    return Selection(losses, Units(np.arange(losses.shape[1]), np.ones(losses.shape[1])), in_order)


def test_equal_predictors_give_back_the_luck_of_the_best(rng):
    """Forty predictors of one true error, 1: the lowest of forty means lies below it, the corrected error at it."""
    own, corrected = [], []
    for draw in range(40):
        losses = rng.chisquare(1, (40, 100))
        selection = of_rows(losses)
        own.append(losses[selection.choose()[0]].mean())
        corrected.append(np.nanmean(selection.corrected(draw)))
    assert np.mean(own) < 0.75
    assert np.mean(corrected) == pytest.approx(1.0, abs=0.06)


def test_a_predictor_that_is_surely_better_needs_no_correction(rng):
    losses = np.vstack([rng.chisquare(1, 200), 5 + rng.chisquare(1, (9, 200))])
    selection = of_rows(losses)
    assert selection.choose() == (0, None)
    np.testing.assert_allclose(selection.corrected(0), losses[0])


def test_the_usual_predictor_wins_ties_only(rng):
    usual = rng.chisquare(1, 400)
    close, better = usual + rng.normal(-0.001, 1.0, 400), usual - 0.5 + 0.1 * rng.normal(size=400)
    close -= close.mean() - usual.mean() + 0.001
    chosen, gain = of_rows(np.stack([usual, close]), in_order=True).choose()
    assert (chosen, gain.mean < gain.se) == (0, True)
    assert of_rows(np.stack([usual, close])).choose()[0] == 1, "without it the lowest error wins"
    chosen, gain = of_rows(np.stack([usual, better]), in_order=True).choose()
    assert chosen == 1
    assert gain.mean == pytest.approx(0.5, abs=0.02)
    assert gain.se == pytest.approx(0.1 / 20, rel=0.1)


def test_each_predictor_has_to_be_better_than_all_before_it(rng):
    first = rng.chisquare(1, 400)
    second = first - 0.5 + 0.1 * rng.normal(size=400)
    third = second + rng.normal(0, 1.0, 400)
    third += second.mean() - third.mean() - 0.001
    for losses in (np.stack([first, second, third]), np.stack([first, third, second])):
        assert of_rows(losses, in_order=True).choose()[0] == 1, "the third is a tie with the second"
    assert of_rows(np.stack([first, second, second - 0.5]), in_order=True).choose()[0] == 2


def test_a_unit_measures_only_what_was_selected_without_it(rng):
    """Of two predictors each is perfect on half of the groups: what a draw prefers is bad on those left out."""
    groups = np.repeat(np.arange(6), 20)
    losses = np.where(np.isin(groups, (0, 1, 2)), [[0.0], [1.0]], [[1.0], [0.0]])
    by_group = Selection(losses, Units(groups, np.ones(120)), False).corrected(0)
    assert np.nanmean(by_group) > 0.55, "a group's own rows do not select for it"
    assert np.ptp(by_group[groups == 0]) == 0, "rows of a group are drawn together"


def test_corrected_errors_are_repeatable(rng):
    losses = rng.chisquare(1, (5, 30))
    np.testing.assert_array_equal(of_rows(losses, True).corrected(3), of_rows(losses, True).corrected(3))

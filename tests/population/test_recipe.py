"""Recipes: what is left open is chosen by the rows, what the user states is kept."""

from __future__ import annotations

import itertools

import pytest

from bnfit.errors import UsageError
from bnfit.population.recipe import RECIPES, TOTAL_DECAY, Recipe, recipe_named


def test_a_few_hundred_rows_get_small_batches_and_many_epochs():
    plan = RECIPES["default"].for_rows(100)
    assert (plan.batch_size, plan.epochs) == (32, 300)


@pytest.mark.parametrize("rows", [100, 3_000, 100_000, 1_000_000])
def test_decay_over_all_steps_is_the_same_whatever_the_rows(rows):
    plan = RECIPES["default"].for_rows(rows)
    steps = -(-rows // plan.batch_size) * plan.epochs
    assert plan.learning_rate * plan.weight_decay * steps == pytest.approx(TOTAL_DECAY)


def test_larger_tables_never_get_more_epochs_or_smaller_batches():
    plans = [RECIPES["default"].for_rows(rows) for rows in (10, 100, 1_000, 10_000, 100_000, 1_000_000)]
    assert all(a.epochs >= b.epochs and a.batch_size <= b.batch_size for a, b in itertools.pairwise(plans))
    assert plans[-1].epochs < plans[0].epochs


def test_what_is_stated_stays():
    plan = RECIPES["default"].changed(epochs=7, batch_size=5, learning_rate=0.5).for_rows(10_000)
    assert (plan.epochs, plan.batch_size, plan.learning_rate) == (7, 5, 0.5)
    paper = RECIPES["paper"].for_rows(100_000)
    assert (paper.epochs, paper.batch_size, paper.weight_decay, paper.optimizer) == (200, 32, 0.0, "sgd")


def test_cosine_falls_from_the_peak_to_nearly_nothing():
    cosine = Recipe("r", schedule="cosine")
    assert cosine.rate_share(0, 100) == 1.0
    assert cosine.rate_share(50, 100) == pytest.approx(0.5)
    assert 0 < cosine.rate_share(99, 100) < 1e-3
    assert {RECIPES["paper"].rate_share(s, 600) for s in (0, 300, 599)} == {1.0}


@pytest.mark.parametrize(
    "change", [{"epochs": 0}, {"batch_size": 0}, {"learning_rate": 0.0}, {"learning_rate": float("nan")}]
)
def test_nonsense_is_refused(change):
    with pytest.raises(UsageError):
        RECIPES["default"].changed(**change)


def test_an_unknown_recipe_names_the_nearest():
    with pytest.raises(UsageError, match="unknown recipe 'papr'") as error:
        recipe_named("papr")
    assert error.value.hint == "did you mean 'paper'?"

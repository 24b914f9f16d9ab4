"""A recipe's hyperparameters stand in one table; what has to name each of them for its types does."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields

import pytest
from typer.main import get_command

from bnfit.cli.app import app
from bnfit.cli.parse import RECIPE_KEYS, recipe
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import UsageError
from bnfit.population.recipe import HYPERPARAMETERS, RECIPES, Recipe
from bnfit.report.leaderboard import AXES
from bnfit.results.search import Curve, LeaderboardRow
from bnfit.tuning.learning_curves import TITLES
from bnfit.tuning.space import RECIPE_AXES, Axes

pytestmark = pytest.mark.slow

NAMES = {p.name for p in HYPERPARAMETERS}


def named(cls):
    return {f.name for f in fields(cls)}


def test_each_is_a_field_an_option_a_column_and_an_argument():
    assert named(Recipe) >= NAMES <= named(LeaderboardRow)
    assert named(Curve) >= {p.name for p in HYPERPARAMETERS if p.curves} == TITLES.keys() & NAMES
    assert inspect.signature(fit_table).parameters.keys() >= NAMES
    assert {*RECIPE_KEYS, "epochs"} == {name.replace("_", "-") for name in NAMES} | {"class-weight"}
    assert {p.title for p in HYPERPARAMETERS} <= {title for title, *_ in AXES}
    for command in ("fit", "search"):
        assert {p.name for p in get_command(app).commands[command].params} >= {"recipe", "epochs"}


def test_a_recipe_is_a_name_and_changes_in_any_order_and_in_several_texts():
    assert recipe(None).name == "default"
    found = recipe(["paper,batch-size=8", "momentum=0.9, class-weight=balanced"], epochs=3)
    assert (found.name, found.class_weight) == ("paper", "balanced")
    assert found.changes == {"epochs": 3, "batch_size": 8, "momentum": 0.9}
    found = recipe(["learning-rate=0.1,1,batch-size=4"], tried=True)
    assert (found.name, found.changes) == ("default", {})
    assert found.axes == {"learning_rates": (0.1, 1.0), "batch_sizes": (4,)}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["papr"], "unknown recipe 'papr'"),
        (["default,momentun=1"], "unknown key of --recipe 'momentun'"),
        (["default,paper"], "--recipe: 'paper' is no change"),
        (["default", "paper"], "--recipe: default and paper are two recipes"),
        (["momentum=0.9,0.99"], "--recipe momentum takes one number, not '0.9,0.99'"),
        (["momentum=0.9", "momentum=0.8"], "--recipe: momentum stands twice"),
        (["class-weight=balanced,none"], "takes one name"),
        (["batch-size=x"], "--recipe batch-size: 'x' is not a positive whole number"),
        (["learning-rate=-1"], "learning rate must be a positive number"),
        (["default,"], "empty value"),
    ],
)
def test_what_is_no_recipe_is_refused(texts, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        recipe(texts)


def test_axes_of_recipes_go_by_their_names_and_unknown_ones_are_refused():
    values = {name: (1,) for name in RECIPE_AXES}
    assert Axes.named(units=(3,), **values) == Axes(units=(3,), recipes=values)
    assert Axes.named(batch_sizes=None) == Axes()
    with pytest.raises(TypeError, match="tempers"):
        Axes.named(tempers=(1,))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"batch_size": 0}, "batch size must be at least 1, not 0"),
        ({"learning_rate": float("inf")}, "learning rate must be a positive number, not inf"),
        ({"weight_decay": -1.0}, "weight decay must be 0 or a positive number, not -1.0"),
        ({"momentum": 1.0}, "momentum must be at least 0 and below 1, not 1.0"),
        ({"epsilon": 0.0}, "epsilon must be a positive number, not 0.0"),
    ],
)
def test_a_value_outside_its_bounds_is_told_with_them(change, words):
    with pytest.raises(UsageError) as error:
        RECIPES["default"].tuned(**change)
    assert error.value.args[0] == words


def test_epsilon_is_that_of_all_normalisations():
    recipe = RECIPES["default"].tuned(epsilon=1e-5, momentum=None)
    assert (recipe.epsilon, recipe.hidden_epsilon, recipe.momentum) == (1e-5, 1e-5, RECIPES["default"].momentum)

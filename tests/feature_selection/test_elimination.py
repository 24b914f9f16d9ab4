"""Choosing columns under a group lasso, fold by fold."""

import numpy as np
import pandas as pd
import pytest
from random_networks import member

from bnfit.api import explain_model
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import UsageError
from bnfit.evaluation.splits import FoldConstraints, Split
from bnfit.feature_selection.elimination import (
    AdditiveScreening,
    ColumnScreening,
    column_priority,
    column_scores,
    eliminate,
    halved_sizes,
    inner_splits,
    round_recipe,
    screen_columns,
    select,
)
from bnfit.networks.architecture import Architecture
from bnfit.networks.layers import BatchNorm
from bnfit.population.column_subsets import stacked, widened
from bnfit.population.recipe import Recipe
from bnfit.schema.dataset import Dataset

QUICK = Recipe("quick", optimizer="adam", epochs=20, batch_size=32, weight_decay=0.0)


def frame(rng, rows=160, columns=8):
    x = rng.uniform(size=(rows, columns))
    return pd.DataFrame(x).rename(columns=lambda c: f"x{c}").assign(y=4 * x[:, 1] - 3 * x[:, -3])


def test_sizes_halve_down_to_one():
    assert halved_sizes(9) == [9, 5, 3, 2, 1]
    assert halved_sizes(1) == [1]


def test_a_widened_network_is_the_same_function_of_its_own_columns_and_of_no_others(rng):
    x = rng.normal(size=(50, 6)) * 5 + 3
    columns = np.array([1, 4])
    table = Dataset(x, x[:, :1])
    narrow = member(rng, x[:, columns], "bn-input", units=(5, 3))
    wide = widened(narrow, columns, 6, table)
    np.testing.assert_allclose(wide(x), narrow(x[:, columns]), atol=1e-6)
    other = x.copy()
    other[:, [0, 2, 3, 5]] = rng.normal(size=(50, 4))
    np.testing.assert_array_equal(wide(other), wide(x))
    other[:, 4] += 1
    assert (wide(other) != wide(x)).any()


def test_only_a_network_with_gamma_can_be_widened(rng):
    x = rng.normal(size=(20, 2))
    with pytest.raises(ValueError, match="BatchNorm"):
        widened(member(rng, x, "raw"), np.array([0, 1]), 3, Dataset(x, x[:, :1]))


def test_a_stacked_table_holds_each_folds_columns_below_each_other():
    x = np.arange(12.0).reshape(4, 3) ** 2
    both = stacked(Dataset(x, x[:, :1], row_weight=np.arange(4.0)), np.array([[0, 1], [1, 2]]))
    np.testing.assert_array_equal(both.x[:4], x[:, :2])
    np.testing.assert_array_equal(both.x[4:], x[:, 1:])
    np.testing.assert_array_equal(both.row_weight, [0, 1, 2, 3, 0, 1, 2, 3])


def test_a_round_takes_the_same_steps_on_any_small_table():
    for rows in (100, 500, 1000):
        recipe = round_recipe(rows)
        assert 200 <= recipe.epochs * -(-rows // recipe.batch_size) <= 320
    assert round_recipe(5000).batch_size == 128


def test_of_rows_with_times_the_latest_are_set_aside(rng):
    times = rng.integers(0, 30, 100).astype(float)
    rows = np.sort(rng.permutation(100)[:80])
    for split in inner_splits(FoldConstraints(100, times=times), rows, 0):
        assert times[split.train].max() < times[split.test].min()
        np.testing.assert_array_equal(np.sort(np.r_[split.train, split.test]), rows)
        assert 0.15 < len(split.test) / 80 < 0.35
    same = inner_splits(FoldConstraints(100, times=np.ones(100)), rows, 0)
    assert all(len(split.test) for split in same)


def test_rows_set_aside_come_from_the_rows_given_and_keep_groups_whole():
    rows = np.arange(10, 70)
    groups = np.arange(100) // 5
    for split in inner_splits(FoldConstraints(100, groups=groups), rows, 0):
        assert np.array_equal(np.sort(np.r_[split.train, split.test]), rows)
        assert not set(groups[split.train]) & set(groups[split.test])
    assert isinstance(split, Split)


def made_round(size, losses):
    importance = np.zeros((2, 4))
    importance[:, :size] = 1 / size
    return ColumnScreening(np.tile(np.arange(size), (2, 1)), importance, np.array(losses), np.array([1.0, 1.0]))


def seen(loss=1.0, entered=(), importance=(0.25,) * 4):
    """A first look of two folds at four columns."""
    taken = np.tile(np.isin(np.arange(4), entered), (2, 1))
    return AdditiveScreening(
        np.tile(np.arange(4), (2, 1)), np.tile(importance, (2, 1)), np.full(2, loss), np.array([1.0, 1.0]), taken
    )


def test_columns_that_entered_come_first_until_networks_predict_better():
    rounds = made_round(3, [1.2, 0.5])
    rounds.importance[:] = [0.5, 0.3, 0.2, 0]
    found = column_priority(rounds, seen(0.9, entered=[2], importance=(0, 0, 1.0, 0)))
    assert np.argsort(-found[0]).tolist() == [2, 0, 1, 3]
    assert found[1] == pytest.approx([0.25, 0.15, 0.2, -1])
    assert column_priority(rounds, seen())[0] == pytest.approx([0.5, 0.3, 0.2, -1])


def test_the_scores_count_the_first_look_by_its_skill():
    networks, look = made_round(2, [0.8, 0.8]), seen(0.6, importance=(0, 0, 1.0, 0))
    assert column_scores([look, networks]) == pytest.approx([0.5 / 3, 0.5 / 3, 2 / 3, 0])


def test_the_fewest_columns_within_one_standard_error_of_the_best_stay():
    rounds = [made_round(4, [0.1, 0.3]), made_round(2, [0.25, 0.26]), made_round(1, [0.9, 0.9])]
    assert select(rounds, seen()).size == 2
    assert select([*rounds[:1], made_round(2, [0.4, 0.41]), rounds[2]], seen()).size == 4


def test_a_round_without_skill_has_no_say_in_the_scores():
    lost = made_round(4, [1.5, 1.5])
    assert column_scores([lost, made_round(2, [0.5, 0.5])]) == pytest.approx([0.5, 0.5, 0, 0])
    assert column_scores([lost, lost]) == pytest.approx([0.25] * 4)


@pytest.mark.slow
def test_the_judged_rows_of_a_fold_do_not_touch_its_choice(rng):
    from bnfit.evaluation.splits import splits

    table, order = frame(rng, 80, 4), FoldConstraints(80)
    x, y = table.drop(columns="y").to_numpy(), table[["y"]].to_numpy()
    folds = splits(order, 2, 0.0, 0)
    changed = y.copy()
    changed[folds[0].test] = rng.normal(size=(len(folds[0].test), 1)) * 100
    architecture = Architecture((4,), "tanh", arm="bn-input")
    parts = [inner_splits(order, split.train, f) for f, split in enumerate(folds)]
    tables = [Dataset(x, values) for values in (y, changed)]
    looks = [screen_columns(table, parts) for table in tables]
    np.testing.assert_array_equal(looks[0].importance[0], looks[1].importance[0])
    assert (looks[0].importance[1] != looks[1].importance[1]).any()
    first, second = (
        eliminate(architecture, table, QUICK, parts, look, 0)[0] for table, look in zip(tables, looks, strict=True)
    )
    np.testing.assert_allclose(first.importance[0], second.importance[0], rtol=0.05)
    assert np.abs(first.importance[1] - second.importance[1]).max() > 0.05


@pytest.mark.slow
def test_fit_sparse_finds_the_two_columns_that_matter(rng):
    report, model = fit_table(frame(rng), "y", sparse=True, folds=4, epochs=40)
    kept = {i.column: i.kept for i in report.explanation.importances}
    assert [column for column, share in kept.items() if share == 1] == ["x1", "x5"]
    score = {i.column: i.score for i in report.explanation.importances}
    assert sorted(score, key=score.get)[-2:] == ["x5", "x1"]
    assert report.explanation.metrics["r2"] > 0.9
    assert isinstance(model.network.layers[0], BatchNorm)
    gone = [k for k, name in enumerate(model.schema.features) if kept[name] == 0]
    assert gone
    assert (model.network.layers[0].gamma[gone] == 0).all()
    assert explain_model(model).importances == report.explanation.importances


def test_an_arm_without_gamma_cannot_choose(rng):
    with pytest.raises(UsageError, match="arm raw"):
        fit_table(frame(rng, 40), "y", sparse=True, arm="raw")

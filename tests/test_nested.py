"""Repeated and nested cross-validation: which rows are where, and the error of a search with nothing to find."""

import numpy as np
import pandas as pd
import pytest

from bnfit.architecture import Architecture
from bnfit.candidates import candidates
from bnfit.errors import DataError
from bnfit.nested import inner_splits
from bnfit.pipeline import search_table
from bnfit.population import Table
from bnfit.recipe import recipe_named
from bnfit.resampling import Order, splits
from bnfit.search import Board, Contest

RNG = np.random.default_rng(5)
NOISE = pd.DataFrame(RNG.normal(size=(40, 3)), columns=list("abc")).assign(y=RNG.normal(size=40))
QUICK = {"layers": (1,), "units": (2, 3, 4, 5), "activations": ("tanh", "relu"), "output_activations": ("linear",)}


def test_inner_splits_keep_away_from_the_rows_that_judge():
    order = Order(50, groups=np.arange(50) // 2)
    for outer in splits(order, 5, 0.0, 0):
        inner = inner_splits(order, outer, 4, 0.25, 1)
        judged = np.concatenate([s.judge for s in inner])
        assert sorted(judged) == list(outer.seen), "every row seen is judged once"
        for split in inner:
            rows = np.concatenate([split.train, split.stop, split.judge])
            assert not np.isin(rows, outer.judge).any()
            assert not np.isin(split.train // 2, split.judge // 2).any(), "groups stay together"


def test_too_few_rows_to_nest_are_refused():
    order = Order(4)
    with pytest.raises(DataError, match="too few rows for a nested"):
        inner_splits(order, splits(order, 2, 0.0, 0)[0], 2, 0.0, 0)


def test_the_standard_error_of_repeats_is_that_of_one():
    table = Table(RNG.normal(size=(20, 2)), RNG.normal(size=(20, 1)))
    parts = splits(Order(20), 4, 0.0, 0)
    said = [np.zeros((len(s.judge), 1)) for s in parts]
    once = Board(table, parts, None).row("", "", 1, said)
    thrice = Board(table, parts * 3, None, 3).row("", "", 1, said * 3)
    assert thrice.cv_mse == pytest.approx(once.cv_mse)
    errors = [float(np.square(table.y[s.judge]).mean()) for s in parts]
    assert once.cv_se == pytest.approx(np.std(errors, ddof=1) / 2)
    assert thrice.cv_se == pytest.approx(np.std(errors * 3, ddof=1) / 2)


def test_the_errors_of_a_ranking_are_those_of_its_rows():
    table = Table(RNG.normal(size=(30, 2)), RNG.normal(size=(30, 1)))
    grid = [Architecture((2,), "tanh"), Architecture((3,), "tanh")]
    recipe = recipe_named("default").changed(epochs=3)
    contest = Contest(table, splits(Order(30), 3, 0.0, 0), 0)
    ranking = contest.ranking(contest.entries(candidates(grid, [recipe])))
    means = [float(np.mean(ranking.errors[i])) for i in ranking.order]
    assert means == pytest.approx([row.cv_mse for row in ranking.rows[:2]])


def test_the_error_of_a_search_is_that_of_what_each_fold_picked():
    report, _ = search_table(NOISE, "y", **QUICK, folds=4, members=1, epochs=20, nested=True)
    nested = report.nested
    assert report.trainings == 8 * (4 + 4 * 4)
    assert len(nested.chosen) == 4
    assert nested.winner == pytest.approx(report.leaderboard[0].cv_mse)
    assert nested.error >= nested.winner, "on noise alone the winner of all rows is the luckiest"
    assert nested.se > 0
    assert "Nested cross-validation" in report.notes[0]
    labels = {f"{row.architecture}, arm {row.arm}" for row in report.leaderboard if row.reference is None}
    assert set(nested.chosen) <= labels


def test_repeats_draw_new_folds_and_average():
    once, _ = search_table(NOISE, "y", **QUICK, folds=3, members=1, epochs=5)
    twice, _ = search_table(NOISE, "y", **QUICK, folds=3, members=1, epochs=5, repeats=2)
    assert (once.trainings, twice.trainings, twice.repeats) == (24, 48, 2)
    first, second = ({r.architecture: r.cv_mse for r in report.leaderboard} for report in (once, twice))
    assert all(first[name] != second[name] for name in first)
    assert once.nested is None

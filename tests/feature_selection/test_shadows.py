"""Columns against shuffled copies: the copies, how often nothing passes for something, and a whole fit."""

import json

import numpy as np
import pandas as pd
import pytest
from report_records import importance

from bnfit.api import explain_model
from bnfit.ensemble.fit_table import fit_table
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.feature_selection.elimination import ROUND_ROWS
from bnfit.feature_selection.shadows import (
    LEVEL,
    add_shadows,
    corrected_maximum,
    false_discovery_rates,
    log_kurtosis,
    rank_test,
    standardise,
    thin_table,
    without_kurtosis,
)
from bnfit.importance.options import ImportanceOptions
from bnfit.model.model import load_model, save_model
from bnfit.report.comparison import shadow_blocks
from bnfit.report.content import blocks_of
from bnfit.report.documents import to_json, to_markdown
from bnfit.report.terminal import to_text
from bnfit.results.shadows import Shadowed, ShadowTest
from bnfit.schema.dataset import Dataset


def test_a_shadow_holds_the_columns_rows_in_another_order_and_its_levels_together(rng):
    level = rng.integers(0, 2, 200)
    x = np.c_[rng.normal(size=200), level, 1 - level]
    found = add_shadows(x, [[0], [1, 2]], 0, 10)
    copies = (len(found.columns) - 2) / 2
    assert copies == 10
    np.testing.assert_array_equal(found.x[:, :3], x)
    assert sorted(p for positions in found.columns for p in positions) == list(range(found.x.shape[1]))
    for number, positions in enumerate(found.columns[2:]):
        copy = found.x[:, list(positions)]
        own = x[:, [[0], [1, 2]][number % 2]]
        np.testing.assert_array_equal(np.sort(copy, axis=0), np.sort(own, axis=0))
        assert (copy != own).any()
        if number % 2:
            np.testing.assert_array_equal(copy.sum(1), 1)
    assert len({tuple(found.x[:, p[0]]) for p in found.columns[2::2]}) == copies


def test_a_large_table_and_its_folds_are_thinned_alike():
    x = np.random.default_rng(0).normal(size=(12_000, 2))
    folds = splits(FoldConstraints(12_000), 3, 0.0, 0)
    table, parts = thin_table(Dataset(x, x[:, :1]), folds)
    assert len(table.x) == ROUND_ROWS
    for part, fold in zip(parts, folds, strict=True):
        assert len(part.train) + len(part.test) == ROUND_ROWS
        for rows, of_all in ((part.train, fold.train), (part.test, fold.test)):
            assert np.isin(table.x[rows, 0], x[of_all, 0]).all()


def test_one_copy_makes_one_shadow_each(rng):
    assert len(add_shadows(rng.normal(size=(30, 50)), [[c] for c in range(50)], 0, 1).columns) == 100


def test_p_is_the_rank_among_the_shadows_and_a_tie_is_no_evidence():
    shadows = np.arange(1.0, 21)
    found = rank_test(["high", "tied", "middle", "none"], np.array([40.0, 20.0, 10.5, 0.0]), shadows, shadows)
    assert [c.p for c in found.columns] == pytest.approx([1 / 21, 2 / 21, 11 / 21, 1])
    assert [c.beyond for c in found.columns] == [True, False, False, False]
    assert [c.score for c in found.columns] == [40, 20, 10.5, 0]
    assert found.bar == 20
    assert found.nothing == ("tied", "middle", "none")


@pytest.mark.parametrize("shadows", [20, 45, 64])
def test_a_column_is_beyond_chance_just_where_its_score_is_above_the_bar(rng, shadows):
    sizes = rng.lognormal(size=(50, 4 + shadows))
    for row in sizes:
        found = rank_test("abcd", row[:4], row[4:], row[4:])
        assert all(c.beyond == (c.score > found.bar) for c in found.columns)


@pytest.mark.parametrize("shadows", [20, 30, 100])
def test_one_column_in_twenty_without_effect_passes(rng, shadows):
    sizes = rng.lognormal(size=(4000, 1 + shadows))
    passed = np.mean([rank_test(["a"], row[:1], row[1:], row[1:]).columns[0].beyond for row in sizes])
    assert LEVEL * 0.55 < passed < LEVEL * 1.25


def test_false_discovery_rates_are_those_of_benjamini_and_hochberg():
    p = np.array([0.01, 0.04, 0.03, 0.5])
    assert false_discovery_rates(p) == pytest.approx([0.04, 0.04 * 4 / 3, 0.04 * 4 / 3, 0.5])
    assert false_discovery_rates(np.array([0.9, 1.0, 0.2])) == pytest.approx([1.0, 1.0, 0.6])
    found = rank_test(["high", "none"], np.array([40.0, 0.0]), np.arange(1.0, 21), np.arange(1.0, 21) / 10)
    assert [c.q for c in found.columns] == pytest.approx([2 / 21, 1])


def test_the_floor_is_the_gamma_that_one_in_twenty_shadows_exceeds():
    gamma = np.arange(100.0)[::-1]
    assert (gamma > rank_test(["a"], np.zeros(1), np.zeros(100), gamma).floor).sum() == 5
    assert rank_test(["a"], np.zeros(1), np.zeros(20), np.zeros(0)).floor is None


def test_what_heavy_tails_cost_is_given_back_and_nothing_else():
    peak = np.tile(np.linspace(0, 3, 30), 2)
    size = np.exp(-0.4 * peak)
    size[0] *= 5
    even = without_kurtosis(size, peak, 30)
    assert even[0] == pytest.approx(5, rel=0.1)
    np.testing.assert_allclose(even[1:], 1, rtol=0.1)
    alike = without_kurtosis(np.arange(1.0, 61), np.ones(60), 30)
    np.testing.assert_allclose(alike / alike[0], np.arange(1.0, 61))


def test_columns_that_every_network_leaves_out_are_alike():
    np.testing.assert_array_equal(without_kurtosis(np.zeros(8), np.linspace(0, 1, 8), 4) > 0, True)
    assert not any(c.beyond for c in rank_test("ab", np.zeros(2), np.zeros(20), np.zeros(0)).columns)


def test_scores_are_in_deviations_of_the_shadows():
    assert standardise(np.array([5.0, 1.0, 3.0]), 1) == pytest.approx([3, -1, 1])
    assert np.isfinite(standardise(np.ones(5), 2)).all()


def test_the_best_of_many_levels_is_lowered_by_their_number(rng):
    assert corrected_maximum(np.array([1.3])) == 1.3
    assert corrected_maximum(np.array([2.3263, 0.0])) == pytest.approx(2.0537, abs=1e-3)  # 1 % becomes 2 %
    assert corrected_maximum(np.array([20.0, 0.0])) == 20
    assert corrected_maximum(np.full(4, -10.0)) < -5
    draws = rng.normal(size=(4000, 5))
    assert np.mean([corrected_maximum(row) > 1.645 for row in draws]) == pytest.approx(0.05, abs=0.012)


def test_the_peak_of_a_rare_level_is_its_kurtosis():
    rare = (np.arange(1000) < 20).astype(float)
    standard = (rare - rare.mean()) / rare.std()
    assert log_kurtosis(standard[:, None], [[0]]) == pytest.approx(np.log(1 / (0.02 * 0.98) - 3))


TEST = ShadowTest(
    (Shadowed("age", 0.5, 0.25, False, 0.25), Shadowed("dose", 4.25, 1 / 21, True, 2 / 21)), 20, 0.05, 1.875
)


def test_a_test_as_text():
    assert (
        to_text(shadow_blocks(TEST, (), 10))
        == """\
Columns against 20 shuffled copies, in the training table
column  score      p      q  beyond chance
──────────────────────────────────────────
dose     4.25  0.048  0.095            yes
age      0.50  0.250  0.250             no
The highest copies reach a score of 1.88; a column without any effect passes in 5 % of tables.
Nothing beyond chance: age"""
    )


def test_many_columns_say_how_many_pass_by_luck_and_where_the_shuffle_test_differs():
    many = ShadowTest(tuple(Shadowed(f"c{k}", 0.0, 0.5, k == 0, 0.5) for k in range(60)), 600, 0.05, 1.0)
    assert "about 3 of 60 columns without any effect pass by luck." in to_text(shadow_blocks(many, (), 10))
    text = to_text(
        shadow_blocks(TEST, [importance("age", verdict="matters"), importance("dose", verdict="unclear")], 10)
    )
    assert "Passes here but not when shuffled: dose. Networks take it up, but do as well" in text
    assert "Passes when shuffled but not here: age." in text
    agreed = [importance("age", verdict="none"), importance("dose", verdict="matters")]
    assert to_text(shadow_blocks(TEST, agreed, 10)) == to_text(shadow_blocks(TEST, (), 10))


@pytest.mark.slow
def test_a_fit_names_the_columns_that_carry_nothing_and_its_file_says_so(tmp_path):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(150, 4))
    table = pd.DataFrame(x, columns=list("abcd")).assign(y=2 * x[:, 1] + 0.5 * rng.normal(size=150))
    report, model = fit_table(table, "y", epochs=5, members=2, units=4, questions=ImportanceOptions(shadow=True))
    found = report.explanation.shadows
    by_name = {c.column: c for c in found.columns}
    assert list(by_name) == ["a", "b", "c", "d"]
    assert by_name["b"].beyond
    assert len(found.nothing) >= 2
    assert f"Nothing beyond chance: {', '.join(found.nothing)}" in to_text(blocks_of(report))
    assert "Nothing beyond chance" in to_markdown(blocks_of(report))
    document = json.loads(to_json(report))["shadows"]
    assert (set(document), document["shadows"]) == ({"columns", "shadows", "level", "bar", "floor"}, 40)
    assert set(document["columns"][0]) == {"column", "score", "p", "beyond", "q"}
    save_model(model, tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    assert explain_model(loaded).shadows == found
    assert explain_model(loaded, table[:50]).shadows == found

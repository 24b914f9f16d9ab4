"""Intervals and p-values: against tables of Student's t, simulated folds, and Holm's own arithmetic."""

import numpy as np
import pytest

from bnfit.evaluation.intervals import (
    bootstrap_interval,
    corrected_interval,
    holm,
    student_probability,
    student_quantile,
)


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    [(1, 12.7062), (2, 4.30265), (3, 3.18245), (7, 2.36462), (9, 2.26216), (19, 2.09302), (30, 2.04227), (99, 1.98422)],
)
def test_students_t_as_printed_in_tables(freedom, quantile):
    assert student_quantile(0.975, freedom) == pytest.approx(quantile, abs=1e-5 * quantile)
    assert student_probability(-quantile, freedom) == pytest.approx(0.025, abs=1e-6)
    assert student_probability(0, freedom) == 0.5
    assert student_probability(np.inf, freedom) == 1


@pytest.mark.parametrize("probability", [0.6, 0.9, 0.975, 0.9995])
def test_quantiles_of_one_and_two_degrees_of_freedom_are_the_closed_forms(probability):
    assert student_quantile(probability, 1) == pytest.approx(np.tan(np.pi * (probability - 0.5)), rel=1e-10)
    two = (2 * probability - 1) / np.sqrt(2 * probability * (1 - probability))
    assert student_quantile(probability, 2) == pytest.approx(two, rel=1e-10)


def test_the_interval_is_the_corrected_one():
    values = np.array([[1.0], [2.0], [4.0], [5.0]])
    low, high, p = corrected_interval(values, trained=75, tested=25)
    half = 3.18245 * np.sqrt((1 / 4 + 1 / 3) * values.var(ddof=1))
    assert (low[0], high[0]) == pytest.approx((3 - half, 3 + half), rel=1e-5)
    assert p[0] == pytest.approx(1 - student_probability(3 * 3.18245 / half, 3), rel=1e-4)


def test_the_interval_covers_the_truth_where_folds_are_correlated_and_the_plain_one_does_not():
    rng, folds, trained, judged, truth = np.random.default_rng(0), 8, 70, 30, 1.0
    share = judged / (trained + judged)  # the correlation that Nadeau and Bengio assume
    common = rng.normal(size=(1, 2000)) * np.sqrt(share)
    values = truth + common + rng.normal(size=(folds, 2000)) * np.sqrt(1 - share)
    low, high, _ = corrected_interval(values, trained, judged)
    plain_low, plain_high, _ = corrected_interval(values, trained, 0)
    covered, plainly = ((a <= truth) & (truth <= b) for a, b in ((low, high), (plain_low, plain_high)))
    assert covered.mean() == pytest.approx(0.95, abs=0.02)
    assert plainly.mean() < 0.85


def test_p_values_of_nothing_are_even_where_folds_are_independent():
    values = np.random.default_rng(1).normal(size=(6, 4000))
    p = corrected_interval(values, 100, 0)[2]
    assert np.quantile(p, [0.05, 0.5, 0.95]) == pytest.approx([0.05, 0.5, 0.95], abs=0.02)


def test_a_column_without_any_effect_has_p_1_and_one_fold_has_no_interval():
    assert corrected_interval(np.zeros((4, 1)), 10, 5)[2] == [1]
    assert all(np.isnan(part).all() for part in corrected_interval(np.ones((1, 3)), 10, 5))


@pytest.mark.parametrize(
    ("p", "adjusted"),
    [
        ([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]),
        ([0.5, 0.9], [1, 1]),
        ([0.02], [0.02]),
        ([], []),
        ([0.01, np.nan, 0.2], [0.02, np.nan, 0.2]),
    ],
)
def test_holm(p, adjusted):
    np.testing.assert_allclose(holm(np.array(p)), adjusted)


def test_the_bootstrap_interval_of_a_mean_is_about_two_standard_errors_wide():
    values = np.random.default_rng(2).normal(size=400)
    low, high = bootstrap_interval(lambda drawn: float(values[drawn].mean()), 400, 0)
    assert high - low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert bootstrap_interval(lambda _: 0.0, 3, 0) is None
    assert bootstrap_interval(lambda _: None, 9, 0) is None

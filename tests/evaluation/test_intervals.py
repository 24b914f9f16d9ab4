"""Intervals and p-values: against tables of Student's t, simulated folds, and Holm's own arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnfit.evaluation.intervals import (
    MANY,
    bootstrap_interval,
    holm,
    holm_factors,
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


def test_the_normal_distribution_takes_over_smoothly():
    for t in (-2.5, 0.3, 1.96, 4.0):
        exact, normal = student_probability(t, MANY - 1), student_probability(t, MANY)
        assert normal == pytest.approx(exact, abs=2e-5)
    assert student_quantile(0.975, MANY) == pytest.approx(1.96790, abs=1e-4)


@given(st.lists(st.floats(1e-6, 0.5), min_size=1, max_size=12), st.sampled_from([0.01, 0.05, 0.2]))
def test_intervals_leave_0_out_just_where_holm_rejects(p, level):
    p = np.array(p)
    rejected = holm(p) < level
    np.testing.assert_array_equal(rejected, p < level / holm_factors(p, level))


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

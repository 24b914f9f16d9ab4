"""Means over rows and their standard errors: closed forms, groups, weights."""

import numpy as np
import pytest

from bnfit.evaluation.paired import Units, mean_of_rows, row_losses, units
from bnfit.evaluation.splits import FoldConstraints


def test_rows_of_equal_weight_have_the_standard_error_of_a_mean(rng):
    values = rng.normal(1.0, 2.0, 50)
    found = mean_of_rows(values, Units(np.arange(50), np.ones(50)))
    assert found.mean == pytest.approx(values.mean())
    assert found.se == pytest.approx(values.std(ddof=1) / np.sqrt(50))


def test_a_row_twice_in_its_group_is_no_more_evidence(rng):
    values = rng.normal(1.0, 2.0, 30)
    once = mean_of_rows(values, Units(np.arange(30), np.ones(30)))
    twice = mean_of_rows(np.repeat(values, 2), Units(np.repeat(np.arange(30), 2), np.ones(60)))
    assert (twice.mean, twice.se, twice.units) == (pytest.approx(once.mean), pytest.approx(once.se), 30)
    as_rows = mean_of_rows(np.repeat(values, 2), Units(np.arange(60), np.ones(60)))
    assert as_rows.se < 0.8 * once.se, "the test could fail"


def test_rows_of_weight_0_do_not_count(rng):
    values = rng.normal(size=40)
    weight = np.r_[np.ones(20), np.zeros(20)]
    half = mean_of_rows(values[:20], Units(np.arange(20), weight[:20]))
    whole = mean_of_rows(values, Units(np.arange(40), weight))
    assert (half.mean, half.se, half.units) == (pytest.approx(whole.mean), pytest.approx(whole.se), whole.units)


def test_p_is_that_of_the_t_test():
    """Student (1908): the sleep data's ten differences have t = 4.0621, p = 0.001416 one-sided."""
    sleep = np.array([1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4])
    assert mean_of_rows(sleep, Units(np.arange(10), np.ones(10))).p == pytest.approx(0.001416, abs=1e-6)
    assert mean_of_rows(-sleep, Units(np.arange(10), np.ones(10))).p == pytest.approx(1 - 0.001416, abs=1e-6)


def test_p_where_nothing_varies():
    of = Units(np.arange(5), np.ones(5))
    assert [mean_of_rows(np.full(5, value), of).p for value in (1.0, 0.0, -1.0)] == [0.0, 1.0, 1.0]
    assert mean_of_rows(np.ones(1), Units(np.zeros(1, int), np.ones(1))).p == 1.0


def test_units_are_groups_or_blocks_in_time_or_rows(rng):
    rows = rng.permutation(30)[:25]
    groups = units(FoldConstraints(30, groups=np.arange(30) // 3), rows, None)
    by_unit, by_group = (of[:, None] == of for of in (groups.of_row, rows // 3))
    np.testing.assert_array_equal(by_unit, by_group)
    times = units(FoldConstraints(30, times=np.arange(30.0)), rows, None)
    assert sorted(set(times.of_row)) == list(range(5)), "√25 blocks"
    in_order = times.of_row[np.argsort(rows)]
    assert (np.diff(in_order) >= 0).all(), "blocks are runs in time"
    assert len(units(FoldConstraints(30), rows, None).sizes) == 25


def test_losses_of_rows():
    y, y_pred = np.array([[1.0], [0.0]]), np.array([[0.75], [0.5]])
    assert row_losses(y, y_pred, classes=False).tolist() == [0.0625, 0.25]
    np.testing.assert_allclose(row_losses(y, y_pred, classes=True), -np.log([0.75, 0.5]))

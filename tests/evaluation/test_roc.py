"""Receiver operating characteristics, against scikit-learn's and by hand."""

import numpy as np
import pytest

from bnfit.evaluation.metrics import area_under_roc
from bnfit.evaluation.roc import FEWEST_POINTS, MOST_NUMBERS, MOST_POINTS, roc_curves, roc_points, thinned


@pytest.mark.parametrize("digits", [1, 12])
def test_points_are_those_of_scikit_learn(rng, digits):
    from sklearn.metrics import roc_curve

    truth, weight = rng.random(300) < 0.4, rng.uniform(0.5, 2, 300)
    score = np.round(truth * 0.3 + rng.random(300), digits)
    false, true = roc_points(truth, score, weight)
    wanted = roc_curve(truth, score, sample_weight=weight, drop_intermediate=False)
    np.testing.assert_allclose(false, wanted[0], atol=1e-12)
    np.testing.assert_allclose(true, wanted[1], atol=1e-12)
    assert np.trapezoid(true, false) == pytest.approx(area_under_roc(truth, score, weight))


def test_leaving_points_out_on_straight_lines_keeps_the_curve(rng):
    truth = np.array([1, 1, 0, 1, 0, 0], bool)
    false, true = thinned(*roc_points(truth, -np.arange(6.0), np.ones(6)), 100)
    assert false.tolist() == pytest.approx([0, 0, 1 / 3, 1 / 3, 1])
    assert true.tolist() == pytest.approx([0, 2 / 3, 2 / 3, 1, 1])


def test_a_long_curve_keeps_its_ends_and_nearly_its_area(rng):
    y = np.eye(2)[(rng.random(20_000) < 0.3).astype(int)]
    score = np.clip(0.3 * y[:, 1] + rng.random(20_000), 0, 1.3) / 1.3
    (curve,) = roc_curves(y, np.c_[1 - score, score], ("no", "yes"))
    assert 100 < len(curve.false_positive) <= MOST_POINTS
    assert (curve.false_positive[0], curve.true_positive[0]) == (0, 0)
    assert (curve.false_positive[-1], curve.true_positive[-1]) == (1, 1)
    assert np.trapezoid(curve.true_positive, curve.false_positive) == pytest.approx(curve.area, abs=1e-3)
    assert curve.area == pytest.approx(1 - 0.5 * 0.7**2, abs=0.01)


def test_each_of_three_classes_has_one_against_the_rest_and_one_without_rows_has_none(rng):
    y = np.eye(4)[rng.integers(3, size=500)]
    probability = rng.dirichlet(np.ones(4), size=500)
    curves = roc_curves(y, probability, tuple("abcd"))
    assert [c.name for c in curves] == ["a", "b", "c"]
    for c, curve in enumerate(curves):
        assert curve.area == pytest.approx(area_under_roc(y[:, c] > 0, probability[:, c], np.ones(500)))


def test_many_classes_have_few_points_each(rng):
    y = np.eye(300)[np.arange(6_000) % 300]
    curves = roc_curves(y, rng.dirichlet(np.ones(300), size=6_000), tuple(map(str, range(300))))
    assert len(curves) == 300
    assert max(len(c.false_positive) for c in curves) == MOST_NUMBERS // 300 > FEWEST_POINTS

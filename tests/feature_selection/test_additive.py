"""The first look: curves and their chance, against textbook values and tables with known columns."""

import numpy as np
import pytest

from bnfit.feature_selection.additive import DEGREE, NOTHING, curves, fit_additive, normal_score, orthonormal

ROWS = np.arange(400)
PARTS = [(ROWS[:300], ROWS[300:]), (ROWS[100:], ROWS[:100])]


def test_the_curves_are_legendre_polynomials_of_the_ranks_whatever_the_columns_scale(rng):
    x = rng.permutation(50).astype(float)
    found = curves(np.c_[x, np.exp(x)])
    place = (2 * x + 1) / 50 - 1
    np.testing.assert_allclose(found[0, :, 0], place, rtol=1e-5)
    np.testing.assert_allclose(found[0, :, 1], (3 * place**2 - 1) / 2, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(found[0], found[1])


def test_a_column_of_two_values_has_one_curve():
    basis, freedom = orthonormal(curves(np.c_[ROWS % 2, ROWS]))
    assert freedom.tolist() == [1, DEGREE]
    np.testing.assert_allclose(basis[1] @ basis[1].T, np.eye(DEGREE), atol=1e-4)
    np.testing.assert_allclose(np.abs(basis[0]).max(0), 0.05, rtol=1e-5)


@pytest.mark.parametrize(("chi_square", "freedom", "score"), [(12.592, 6, 1.645), (22.458, 6, 3.09), (3.841, 1, 1.645)])
def test_the_normal_score_has_the_tail_that_tables_print(chi_square, freedom, score):
    found = normal_score(np.array([chi_square]), np.array([float(freedom)]), np.array([freedom]))
    assert found == pytest.approx([score], abs=0.05)


def test_nothing_to_explain_is_no_evidence():
    assert normal_score(np.array([0.0]), np.array([0.0]), np.array([3])) == [NOTHING]
    assert normal_score(np.array([0.0]), np.array([0.0]), np.array([0])) == [NOTHING]


def test_curves_without_a_slope_enter_and_stand_ins_do_not(rng):
    x = rng.normal(size=(400, 5))
    x[:, 1] = 0.9 * x[:, 0] + np.sqrt(0.19) * x[:, 1]
    y = 2 * x[:, 0] + np.square(x[:, 2]) + 0.2 * rng.normal(size=400)
    found = fit_additive(x, y[:, None], PARTS)
    assert found.entered[[0, 2]].all()
    assert found.gain[[0, 2]].min() > 20 * found.gain[[1, 3, 4]].max()
    assert found.loss < 0.1 * found.reference


def test_what_no_column_says_alone_is_not_seen(rng):
    x = rng.uniform(-1, 1, size=(400, 4))
    found = fit_additive(x, (x[:, [0]] * x[:, [1]] > 0).astype(float), PARTS)
    assert not found.entered.any()
    assert found.loss == pytest.approx(found.reference)


def test_one_table_in_twenty_without_effect_lets_a_column_enter(rng):
    entered = [
        fit_additive(rng.normal(size=(120, 8)), rng.normal(size=(120, 1)), [(ROWS[:100], ROWS[100:120])]).entered.any()
        for _ in range(300)
    ]
    assert np.mean(entered) < 0.1


def test_a_constant_target_leaves_everything_out(rng):
    found = fit_additive(rng.normal(size=(400, 3)), np.ones((400, 1)), PARTS)
    assert not found.entered.any()
    assert (found.gain == 0).all()

"""Two-sample tests: as SciPy's, and right as often as they say."""

import numpy as np
import pytest
from scipy import stats

from bnfit.evaluation.two_samples import chi_square_p, homogeneity_p, kolmogorov_p, proportions_p


@pytest.mark.parametrize(("rows", "others"), [(20, 30), (100, 400), (5000, 300)])
@pytest.mark.parametrize("scaled", [0.2, 0.6, 1.0, 1.36, 2.0])
def test_kolmogorov_is_that_of_scipy(rows, others, scaled):
    distance = scaled * np.sqrt((rows + others) / (rows * others))
    exact = stats.distributions.kstwo.sf(distance, round(rows * others / (rows + others)))
    assert kolmogorov_p(distance, rows, others) == pytest.approx(exact, abs=0.04)


def test_kolmogorov_ends():
    assert kolmogorov_p(0.0, 10, 10) == 1.0
    assert kolmogorov_p(1.0, 1000, 1000) < 1e-100


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 200])
def test_chi_square_is_that_of_scipy(freedom):
    for share in (0.5, 0.9, 0.99, 0.9999):
        value = stats.chi2.ppf(share, freedom)
        assert chi_square_p(value, freedom) == pytest.approx(1 - share, rel=0.03, abs=1e-4)


def test_proportions_are_those_of_the_corrected_two_by_two_table():
    table = np.array([[30, 70], [90, 110]])
    found = stats.chi2_contingency(table, correction=True).pvalue
    assert proportions_p(0.3, 100, 0.45, 200) == pytest.approx(found, rel=1e-6)
    assert proportions_p(0.0, 50, 0.0, 70) == 1.0


def test_homogeneity_is_that_of_scipy_where_no_class_is_rare():
    counts, others = np.array([40.0, 30.0, 60.0]), np.array([200.0, 250.0, 220.0])
    assert homogeneity_p(counts, others) == pytest.approx(stats.chi2_contingency([counts, others]).pvalue, rel=1e-6)


def test_rare_classes_count_together():
    many = np.ones(50)
    # one row of each of 50 classes: against other 50 ones nothing can be said
    assert homogeneity_p(np.r_[many, 0 * many], np.r_[0 * many, many]) == 1.0
    # together they are half of the rows here, and none there
    assert homogeneity_p(np.r_[50.0, many], np.r_[500.0, 0 * many]) < 1e-10


@pytest.mark.parametrize("rows", [10, 40, 300])
def test_a_test_errs_as_often_as_it_says(rng, rows):
    p = np.array(
        [
            homogeneity_p(rng.multinomial(rows, [0.5, 0.3, 0.2]), rng.multinomial(200, [0.5, 0.3, 0.2]))
            for _ in range(2000)
        ]
    )
    assert (p < 0.05).mean() < 0.07

"""Twelve significant digits: the decimal that Python writes, for numbers of any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnfit.model.digits import to_digits


def digits_of(value):
    return len(repr(value).split("e")[0].replace("-", "").replace(".", "").strip("0"))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_it_is_the_nearest_decimal_of_twelve_digits(values):
    for value, rounded in zip(values, to_digits(np.array(values)).tolist(), strict=True):
        wanted = float(f"{value:.11e}")
        # where the next digits are 5000, the product's own rounding may decide
        assert rounded == pytest.approx(wanted, rel=1.1e-11 if "5000" in f"{value:.16e}" else 0, abs=0)
        assert digits_of(rounded) <= 12 or not np.isfinite(rounded)


def test_what_has_few_digits_and_what_is_no_number_stays():
    values = [0.0, -0.0, 1.5, -0.1, 1e22, 5e-324, 1e-30, 123456789012.0, np.inf, -np.inf, np.nan]
    rounded = to_digits(np.array(values))
    np.testing.assert_array_equal(rounded, values)
    assert np.signbit(rounded[1])
    assert to_digits(np.empty((0, 2))).shape == (0, 2)
    assert to_digits(np.array([[2 / 3], [1e15 / 3]])).tolist() == [[0.666666666667], [333333333333000.0]]

"""Thinning: never more rows than asked for, evenly spaced, the first among them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnfit.arrays import at_most, pick


@given(st.integers(0, 3_000), st.integers(1, 500))
def test_rows_are_as_many_as_asked_for_and_evenly_spaced(rows, most):
    found = at_most(np.arange(rows), most)
    assert len(found) == min(rows, most)
    gaps = np.diff(found)
    assert found.size == 0 or found[0] == 0
    assert gaps.size == 0 or (gaps.min() >= 1 and gaps.max() - gaps.min() <= 1)


def test_a_small_array_is_not_copied():
    x = np.zeros((4, 2))
    assert at_most(x, 4) is x


@pytest.mark.parametrize(("rows", "most", "kept"), [(5, 2, [0, 2]), (6, 4, [0, 1, 3, 4])])
def test_axes_beyond_the_first_stay(rows, most, kept):
    x = np.arange(rows * 3).reshape(rows, 3)
    np.testing.assert_array_equal(at_most(x, most), x[kept])


def test_rows_of_nothing_are_nothing():
    assert pick(None, np.array([0])) is None
    assert pick(np.arange(4), np.array([2, 0])).tolist() == [2, 0]
    assert pick(np.arange(4), slice(1, None, 2)).tolist() == [1, 3]

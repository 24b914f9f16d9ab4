"""Groups of columns, by name and by correlation."""

import numpy as np
import pytest

from bnfit.errors import DataError, UsageError
from bnfit.importance.groups import closeness, grouped, linked
from bnfit.importance.options import ImportanceOptions

RNG = np.random.default_rng(7)
X = RNG.normal(size=(400, 4))
X[:, 2] = X[:, 0] + 0.2 * X[:, 2]
NAMES, COLUMNS = ("a", "b", "c"), [[0], [1, 3], [2]]


def test_columns_that_correlate_are_one_group_and_named_ones_come_first():
    found = grouped(ImportanceOptions(groups={"mine": ("b", "a")}, correlated=0.9), NAMES, COLUMNS, X)
    assert found == {"mine": [1, 0], "a + c": [0, 2]}


def test_closeness_is_the_largest_correlation_of_what_columns_became():
    size = closeness(X, COLUMNS)
    assert size.shape == (3, 3)
    assert size[0, 2] == pytest.approx(abs(np.corrcoef(X[:, 0], X[:, 2])[0, 1]))


def test_a_chain_of_close_pairs_is_one_group():
    close = np.eye(5, dtype=bool)
    for a, b in ((0, 3), (3, 4)):
        close[a, b] = close[b, a] = True
    assert linked(close) == [[0, 3, 4]]


def test_what_cannot_be_asked():
    with pytest.raises(DataError, match="'x' is no input"):
        grouped(ImportanceOptions(groups={"g": ("a", "x")}), NAMES, COLUMNS, X)
    with pytest.raises(UsageError, match="between 0 and 1"):
        ImportanceOptions(correlated=1.5)
    with pytest.raises(UsageError, match="unknown baseline"):
        ImportanceOptions(("off",))

"""`--where`: which rows stay, and what is not understood."""

from __future__ import annotations

import pandas as pd
import pytest

from bnfit.errors import UsageError
from bnfit.table.where import keep_rows

FRAME = pd.DataFrame(
    {
        "a": pd.array(["1", "2", None, "4"], dtype="str"),
        "b": [4.0, 2.0, 1.0, 0.5],
        "sex at birth": pd.array(["f", "m", "f", None], dtype="str"),
    }
)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        ("a >= b", [1, 3]),
        ("a < 2", [0]),
        ("b == 2.0 or b == 1", [1, 2]),
        ("a - 1 > b / 2 and b < 3", [3]),
        ("not a >= b", [0, 2]),
        ("1 < b <= 4", [0, 1]),
        ("`sex at birth` == 'f'", [0, 2]),
        ("`sex at birth` != 'f'", [1]),
        ("a * 2 == 2 * a", [0, 1, 3]),
        ("-b < -1.5", [0, 1]),
        ("(a < 2) or (b < 1)", [0, 3]),
    ],
)
def test_rows_for_which_the_condition_holds_stay(expression, kept):
    assert keep_rows(FRAME, expression).nonzero()[0].tolist() == kept


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("A >= b", "column 'A' not found in t.csv; did you mean 'a'?"),
        ("a >", "cannot read the condition 'a >'"),
        ("a", "is not true or false for a row"),
        ("a + 1", "is not true or false for a row"),
        ("`sex at birth", "a backtick is not closed"),
        ("`sex at birth` > 3", "column 'sex at birth' holds text and cannot be compared with 3, a number"),
        ("`sex at birth` + 1 > 3", "calculates with text"),
        ("a.sum() > 3", "cannot use 'a.sum()'"),
        ("__import__('os').getcwd() == 'x'", "cannot use"),
        ("[b for b in a] == 3", "cannot use"),
        ("a and b", "'a' is neither true nor false"),
        ("b ** 2 > 3", "cannot use 'b ** 2'"),
    ],
)
def test_what_is_no_condition_is_refused_with_a_reason(expression, said):
    with pytest.raises(UsageError) as error:
        keep_rows(FRAME, expression, "t.csv")
    assert said in error.value.message
    assert error.value.exit_code == 2

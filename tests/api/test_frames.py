"""Tables in memory: frames, arrays, dictionaries, values as a target."""

import numpy as np
import pandas as pd
import pytest

from bnfit.errors import DataError, UsageError
from bnfit.table.frames import frame_of, has_names, numbers_in, table_of, with_column
from bnfit.table.source import Source
from bnfit.table.types import ReadOptions

FRAME = pd.DataFrame({"a": [1, 2], "b": ["u", "v"]})


@pytest.mark.parametrize(
    ("data", "names", "kinds"),
    [
        (FRAME, ["a", "b"], "iO"),
        (FRAME["a"], ["a"], "i"),
        ({"a": [1, 2], "b": [0.5, np.nan]}, ["a", "b"], "if"),
        (np.zeros((2, 3)), ["x0", "x1", "x2"], "fff"),
        ([[1, 2], [3, 4]], ["x0", "x1"], "ii"),
        (np.array([[1, "u"], [2.5, None]], dtype=object), ["x0", "x1"], "fO"),
        (np.array([(1, 2.5)], dtype=[("a", int), ("b", float)]), ["a", "b"], "if"),
    ],
)
def test_what_is_in_memory_becomes_a_frame(data, names, kinds):
    frame = frame_of(data)
    assert list(frame) == names
    assert "".join(kind.kind for kind in frame.dtypes) == kinds


@pytest.mark.parametrize(
    "data", [object(), 5, np.zeros(5), np.zeros((2, 2, 2)), np.zeros((2, 2), complex), [[1], [2, 3]]]
)
def test_what_is_no_table_is_refused(data):
    with pytest.raises(UsageError, match="is no table"):
        frame_of(data)


def test_a_frame_is_returned_as_it_is_and_a_source_too():
    assert frame_of(FRAME) is FRAME
    source = Source(FRAME)
    assert table_of(source) is source


def test_options_of_files_are_refused_for_a_frame():
    with pytest.raises(UsageError, match="`header` says how a file is written"):
        table_of(FRAME, reading=ReadOptions(header=False))
    assert len(table_of(FRAME, reading=ReadOptions(decimal=",")).frame) == 2


def test_rows_are_kept_by_a_condition():
    assert list(table_of(FRAME, "a > 1").frame["b"]) == ["v"]
    with pytest.raises(DataError, match="no row of the table satisfies"):
        table_of(FRAME, "a > 2")


def test_only_names_that_the_user_gave_are_names():
    assert all(map(has_names, [FRAME, {"a": [1]}, "table.csv", np.zeros(2, [("a", float)])]))
    assert not any(map(has_names, [np.zeros((2, 2)), [[1, 2]]]))


def test_numbers_are_told_by_their_type():
    frame = pd.DataFrame({"a": [1], "b": [True], "c": ["u"], "d": [0.5], "e": pd.Timestamp("2020-01-01")})
    assert numbers_in(frame) == ["a", "d"]


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (np.array([1, 2]), "y"),
        ([1, 2], "y"),
        (np.array([[1], [2]]), "y"),
        (pd.Series([1, 2], [7, 8], name="goal"), "goal"),
        (pd.Series([1, 2], name="a"), "y"),
    ],
)
def test_values_become_the_last_column(values, name):
    source, found = with_column(Source(FRAME), values, "y")
    assert found == name
    assert list(source.frame)[:2] == ["a", "b"]
    assert list(source.frame[name]) == [1, 2]


def test_a_name_that_is_taken_gets_longer():
    assert with_column(Source(pd.DataFrame({"y": [1], "y_": [2]})), [3], "y")[1] == "y__"


@pytest.mark.parametrize("values", [[1], [1, 2, 3], np.zeros((2, 2))])
def test_values_must_be_one_for_each_row(values):
    with pytest.raises(DataError, match="one value for each of the 2 rows"):
        with_column(Source(FRAME), values, "y")

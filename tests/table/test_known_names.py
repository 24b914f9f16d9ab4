"""A header that holds the names that were asked for, whatever it looks like, and rows shorter than their header."""

import numpy as np
import pandas as pd
import pytest

from bnfit.errors import DataError, UsageError
from bnfit.table.column_names import require_columns, require_known
from bnfit.table.reader import read_chunks, read_table
from bnfit.table.types import ReadOptions

QUESTIONS = [
    "On a scale from one to five, how satisfied are you with the place where you live now?",
    "Which of the following statements describes best what you did in the last seven days?",
    "How many hours did you spend on the way to work and back last week, in round numbers?",
]
ANSWERS = [["very much", "I worked from home", "none"], ["not at all", "I was on holiday", "some"]] * 20


def write(path, *rows, delimiter=","):
    quoted = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in rows]
    path.write_text("".join(delimiter.join(row) + "\n" for row in quoted))
    return path


def read(path, *names, **options):
    return read_table(path, ReadOptions(**options).expecting(names))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_questions_are_the_header_where_the_target_is_one_of_them(tmp_path, delimiter):
    path = write(tmp_path / "survey.csv", QUESTIONS, *ANSWERS, delimiter=delimiter)
    assert read_table(path).rows == 41  # nothing tells them from answers
    table = read(path, QUESTIONS[1])
    assert (list(table.frame), table.rows) == (QUESTIONS, 40)
    assert [len(piece.frame.columns) for piece in read_chunks(path, ReadOptions().expecting(QUESTIONS), 7)] == [3] * 6


def test_numbers_are_the_header_where_they_are_asked_for(tmp_path):
    path = write(tmp_path / "wide.csv", ["1", "2", "3"], *(map(str, row) for row in np.arange(30).reshape(10, 3) / 7))
    assert read_table(path).rows == 11
    assert read(path, "3", "1").rows == 10


def test_a_row_further_down_is_the_header_and_what_stands_above_is_told(tmp_path):
    path = write(tmp_path / "t.csv", ["b", "c", "d"], ["a", "b", "c"], *ANSWERS)
    table = read(path, "a", "c")
    assert (list(table.frame), table.rows) == (["a", "b", "c"], 40)
    assert "1 line above the table left out" in table.notes


def test_names_that_are_not_all_there_change_nothing(tmp_path):
    path = write(tmp_path / "survey.csv", QUESTIONS, *ANSWERS)
    pd.testing.assert_frame_equal(read(path, QUESTIONS[0], "age").frame, read_table(path).frame)
    assert read(path, QUESTIONS[0], header=False).rows == 41


def test_units_below_known_names_are_no_part_of_them(tmp_path):
    path = write(tmp_path / "t.csv", ["dose", "urea"], ["mg", "mg/dL"], *([str(i), str(i * i)] for i in range(20)))
    assert list(read_table(path).frame) == ["dose mg", "urea mg/dL"]
    table = read(path, "urea")
    assert (list(table.frame), table.rows) == (["dose", "urea"], 20)
    assert table.notes == ("line 2 was read as part of the header and left out",)
    assert list(read(path, "urea mg/dL").frame) == ["dose mg", "urea mg/dL"]


def test_a_hint_names_the_header_where_no_row_of_names_was_found():
    with pytest.raises(UsageError) as caught:
        require_known(["age"], ["column_1", "column_2"], "survey.csv")
    assert caught.value.hint.endswith("if the first row names them, state `header=True`")
    with pytest.raises(DataError, match="state `header=True`"):
        require_columns(["age"], ["column_1", "column_2"], "survey.csv")
    with pytest.raises(UsageError) as caught:
        require_known(["age"], ["weight", "column_2"], "survey.csv")
    assert "header" not in caught.value.hint


@pytest.mark.parametrize("lacking", [1, 2, 5])
def test_rows_shorter_than_the_header_end_in_empty_cells(tmp_path, lacking):
    names = [f"question_{i}" for i in range(12)]
    rows = [[str(i * k % 7) for k in range(1, 13 - lacking)] for i in range(30)]
    table = read_table(write(tmp_path / "t.csv", names, *rows))
    assert (list(table.frame), table.rows, table.rejected) == (names, 30, ())
    assert table.frame[names[:-lacking]].to_numpy().tolist() == rows
    assert table.frame[names[-lacking:]].isna().all(axis=None)
    told = f"line 1 names 12 columns, the rows have {12 - lacking} cells: 'question_{12 - lacking}'"
    assert table.notes[0].startswith(told)
    assert table.frame.dtypes.nunique() == 1

"""Texts that are read as missing: where they are, where they are levels and classes, and that both are told."""

import numpy as np
import pandas as pd
import pytest

from bnfit.api import load_table
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.text_cells import plain_floats, text_cells
from bnfit.schema.types import SchemaOptions
from bnfit.table.cell_types import WORDS
from bnfit.table.reader import read_table
from bnfit.table.types import ReadOptions
from bnfit.table.where import keep_rows


def frame_of(rows=60, **columns):
    repeated = {name: pd.Series(list(np.resize(cells, rows)), dtype="str") for name, cells in columns.items()}
    return pd.DataFrame({"x": np.arange(rows) % 7 + 0.5, **repeated})


def told(schema, about):
    return [warning for warning in schema.notes if about in warning]


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        (["None", "minor", "major"], ("None", "major", "minor")),
        (["NA", "DE", "FR", "IT"], ("DE", "FR", "IT", "NA")),
        (["yes", "no", "unknown"], ("no", "unknown", "yes")),
        (["0", "1", "ND"], ("0", "1", "ND")),
        (["pos", "neg", "n/a"], ("n/a", "neg", "pos")),
    ],
)
def test_a_frequent_text_for_missing_is_a_class_of_the_target(cells, classes):
    frame = frame_of(y=cells)
    schema = infer_schema(frame, "y")
    assert schema.classes == classes
    assert told(schema, "is a class; if it means that no value is known, state `na`")
    codes = schema.encode_target(frame)
    assert [classes[code] for code in codes] == frame["y"].tolist()
    assert Schema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(
    ("cells", "gone", "classes"),
    [
        (["a", "b"] * 29 + ["NA", "b"], "'NA' (1 rows)", ("a", "b")),  # rare
        (["a", "b", "NaN"] * 20, "'NaN' (20 rows)", ("a", "b")),  # only programs write so
        (["yes", "no", "NA"] * 20, "'NA' (20 rows)", ("no", "yes")),  # yes and no are all that there is
        (["yes", "no", "?"] * 20, "'?' (20 rows)", ("no", "yes")),
        (["0", "1", "NA"] * 20, "'NA' (20 rows)", ("0", "1")),
        (["1.5", "2.5", "ND", "3"] * 15, "'ND' (15 rows)", ()),
    ],
)
def test_other_texts_for_missing_leave_rows_of_the_target_out_and_are_counted(cells, gone, classes):
    schema = infer_schema(frame_of(y=cells), "y")
    assert schema.classes == classes
    assert told(schema, f"target 'y': {gone} read as missing")


@pytest.mark.parametrize("word", sorted(WORDS))
def test_a_stated_category_keeps_every_word(word):
    frame = frame_of(kind=["a", "b", word], y=["1", "2", "4", "3.5"])
    schema = infer_schema(frame, "y", SchemaOptions(types={"kind": "category"}))
    kind = schema.columns[1]
    assert (set(kind.levels), kind.missing) == ({"a", "b", word}, False)
    assert schema.encode(frame).filled == {}
    plain = infer_schema(frame, "y")
    assert (set(plain.columns[1].levels), plain.columns[1].missing) == ({"a", "b"}, True)
    assert told(plain, f"read as missing: {word!r} in 'kind' (20); `types` of category keeps")
    assert plain.encode(frame).filled == {"kind": 20}
    target = infer_schema(frame, "kind", SchemaOptions(types={"kind": "category"}))
    assert set(target.classes) == {"a", "b", word}


def test_stated_texts_for_missing_stand_for_the_usual_ones(tmp_path):
    path = tmp_path / "t.csv"
    frame_of(country=["NA", "DE", "??", ""], age=["1", "NA", "3", "4", "5"], y=["1", "2", "4"]).to_csv(
        path, index=False
    )
    source = load_table(str(path), None, ReadOptions(na=("??",)))
    country, age = infer_schema(source.frame, "y", place=source.place, words=source.words).columns[1:3]
    assert (country.levels, country.missing) == (("DE", "NA"), True)
    assert (age.kind, age.missing) == ("number", True)  # no number is called NA
    source = load_table(str(path))
    country = infer_schema(source.frame, "y", place=source.place, words=source.words).columns[1]
    assert country.levels == ("??", "DE")


def test_numbers_with_words_for_missing_read_as_before():
    cells = pd.Series(["1", "NA", None, "2.5", "null"], dtype="str")
    np.testing.assert_array_equal(plain_floats(cells), [1, np.nan, np.nan, 2.5, np.nan])
    np.testing.assert_array_equal(plain_floats(cells.astype(object)), [1, np.nan, np.nan, 2.5, np.nan])
    assert plain_floats(pd.Series(["1", "NA", "x"], dtype="str")) is None
    comma = pd.Series(["1,5", "NA"], dtype="str")
    np.testing.assert_array_equal(plain_floats(comma, ","), [1.5, np.nan])
    assert text_cells(cells).missing.tolist() == [False, True, True, False, True]
    assert text_cells(cells, ("NA",)).missing.tolist() == [False, False, True, False, True]


def test_the_reader_leaves_texts_as_they_are_written(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1.50,NA\n,None\n3,-\n")
    frame = read_table(tmp_path / "t.csv").frame
    cells = frame.astype(object).where(frame.notna(), None)
    assert cells.to_numpy().tolist() == [["1.50", "NA"], [None, "None"], ["3", "-"]]


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ("n > 1", [2]),
        ("n < 5", [0, 2]),
        ("country == 'NA'", [1]),
        ("country != 'DE'", [2]),
        ("country != 'NA'", [0, 2]),
        ("country == 'DE' or country == 'NA'", [0, 1]),
        ("not country == 'DE'", [1, 2, 3]),
    ],
)
def test_conditions_know_words_for_missing(condition, rows):
    frame = pd.DataFrame({"n": ["1", "NA", "2.5", None], "country": ["DE", "NA", "FR", None]}, dtype="str")
    assert np.flatnonzero(keep_rows(frame, condition)).tolist() == rows

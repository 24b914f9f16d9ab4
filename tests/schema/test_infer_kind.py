"""What columns are taken for, and what they become."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from bnfit.errors import DataError, UsageError
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.types import SchemaOptions


def frame_of(cells, rows=None, name="a"):
    """A text frame of one column and a target."""
    rows = len(cells) if rows is None else rows
    y = [str(v) for v in np.arange(rows) ** 2 + 0.5]
    keep = pd.Series([str(v) for v in np.arange(rows) * 1.25], dtype="str")
    return pd.DataFrame({name: pd.Series(cells, dtype="str"), "keep": keep, "y": pd.Series(y, dtype="str")})


def column_of(cells, name="a", **options):
    return infer_schema(frame_of(cells, name=name), "y", SchemaOptions(**options)).columns[0]


@pytest.mark.parametrize(
    ("name", "cells", "kind", "use"),
    [
        ("a", ["yes", "No"] * 10, "boolean", "input"),
        ("a", ["T", "F"] * 10, "boolean", "input"),
        ("a", ["y", "n", "?", None] * 5, "boolean", "input"),
        ("a", ["0", "1"] * 10, "number", "input"),
        ("a", ["yes", "no", "maybe", "no"] * 5, "category", "input"),
        ("a", ["red", "blue"] * 10, "category", "input"),
        ("a", ["01234", "99999", "01234", "10115"] * 5, "category", "input"),
        ("a", ["x"] * 20, "constant", "left out"),
        ("a", ["5", "5.0"] * 10, "constant", "left out"),
        ("a", ["2020-01-01"] * 20, "constant", "left out"),
        ("a", [None] * 20, "empty", "left out"),
        ("a", ["", "NA"] * 10, "empty", "left out"),
        ("a", ["5", None] * 10, "category", "input"),
        ("id", [str(i) for i in range(20)], "identifier", "left out"),
        ("customerID", [str(i * 7 % 101) for i in range(20)], "identifier", "left out"),
        ("Unnamed: 0", [str(i) for i in range(20)], "identifier", "left out"),
        ("column_1", [str(i * 3) for i in range(20)], "number", "input"),
        ("atomic number", [str(i * 3) for i in range(20)], "number", "input"),
        ("dose", [str(i * 3) for i in range(20)], "number", "input"),
        ("humid", [str(i * 3) for i in range(20)], "number", "input"),
        ("a", [f"K{i:04d}" for i in range(20)], "identifier", "left out"),
        ("a", [f"the patient {i} was seen and sent home" for i in range(20)], "text", "left out"),
        ("a", [f"2020-01-{i + 1:02d}" for i in range(20)], "datetime", "input"),
        ("a", [f"202001{i + 1:02d}" for i in range(20)], "datetime", "input"),
        ("a", [f"{i}:30" for i in range(20)], "datetime", "input"),
        ("a", [str(2000 + i) for i in range(20)], "number", "input"),
    ],
)
def test_kinds(name, cells, kind, use):
    column = column_of(cells, name=name)
    assert (column.kind, column.use) == (kind, use)
    assert column.reason


def test_categories_levels_rare_unseen_and_missing():
    cells = ["red"] * 40 + ["blue"] * 30 + ["green"] * 26 + ["cyan", "teal"] + [None] * 2
    schema = infer_schema(frame_of(cells), "y", SchemaOptions(features=("a",)))
    assert schema.features == ("a=blue", "a=green", "a=red", "a=(other)", "a is missing")
    assert schema.origins == (0, 0, 0, 0, 0)
    later = pd.DataFrame({"a": ["red", "teal", "mauve", None]})
    encoded = schema.encode(later)
    assert encoded.x.tolist() == [[0, 0, 1, 0, 0], [0, 0, 0, 1, 0], [0, 0, 0, 1, 0], [0, 0, 0, 0, 1]]
    assert encoded.unseen == {"a": 1}
    assert encoded.filled == {"a": 1}


def test_without_rare_or_missing_levels_unknown_cells_are_all_zeros():
    schema = infer_schema(frame_of(["u", "v", "t"] * 7), "y", SchemaOptions(features=("a",)))
    encoded = schema.encode(pd.DataFrame({"a": ["u", "w", None]}))
    assert encoded.x.tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    assert (encoded.unseen, encoded.filled) == ({"a": 1}, {"a": 1})


def test_two_levels_make_one_column_and_what_is_neither_is_their_share():
    schema = infer_schema(frame_of(["u", "v", "u", "u"] * 5), "y", SchemaOptions(features=("a",)))
    assert schema.features == ("a=v",)
    encoded = schema.encode(pd.DataFrame({"a": ["u", "v", "w", None]}))
    assert encoded.x.tolist() == [[0], [1], [0.25], [0.25]]
    assert (encoded.unseen, encoded.filled) == ({"a": 1}, {"a": 1})
    assert Schema.from_json(schema.to_json()) == schema


def test_numbers_as_a_stated_category_are_the_same_level_however_written():
    schema = infer_schema(frame_of(["1", "2", "10"] * 7), "y", SchemaOptions(types={"a": "category"}, features=("a",)))
    assert schema.features == ("a=1", "a=2", "a=10")
    for cells in (pd.Series(["1.0", "10"], dtype="str"), pd.Series([1, 10]), pd.Series([1.0, 10.0])):
        assert schema.encode(pd.DataFrame({"a": cells})).x.tolist() == [[1, 0, 0], [0, 0, 1]]


def test_at_most_a_thousand_levels_get_columns():
    schema = infer_schema(frame_of([f"l{i % 1100}" for i in range(1100 * 30)]), "y", SchemaOptions(features=("a",)))
    assert len(schema.columns[0].levels) == 1000
    assert len(schema.features) == 1001


def test_booleans_read_any_words_for_yes_and_no():
    schema = infer_schema(frame_of(["yes", "No"] * 10), "y", SchemaOptions(features=("a",)))
    for cells in (["YES", "false", "1", "f"], [True, False, True, False], [1, 0, 1, 0]):
        assert schema.encode(pd.DataFrame({"a": cells})).x[:, 0].tolist() == [1, 0, 1, 0]
    with pytest.raises(DataError, match="column 'a' holds 'maybe' in row 2: neither yes nor no"):
        schema.encode(pd.DataFrame({"a": ["yes", "maybe"]}))


def test_dates_become_a_year_and_the_cycles_they_cover():
    cells = pd.date_range("2019-01-01", periods=1200, freq="17h").strftime("%Y-%m-%d %H:%M").tolist()
    schema = infer_schema(frame_of(cells), "y", SchemaOptions(features=("a",)))
    parts = ["year", *(f"{wave} of {cycle}" for cycle in ("year", "week", "day") for wave in ("sin", "cos"))]
    assert schema.features == tuple(f"a ({part})" for part in parts)
    assert set(schema.origins) == {0}
    x = schema.encode(pd.DataFrame({"a": ["1970-01-01 06:00"]})).x[0]
    turn = 2 * math.pi * 0.25
    expected = [1970 + 0.25 / 365.2425]
    for period in (365.2425, 7, 1):
        expected += [math.sin(turn / period), math.cos(turn / period)]
    assert x == pytest.approx(expected, abs=1e-12)


def test_cycles_that_training_does_not_cover_are_left_out():
    week = [f"2020-01-{i + 1:02d}" for i in range(9)] * 3
    assert column_of(week).parts == ("year",)
    monthly = [f"{2000 + i // 12}-{i % 12 + 1:02d}-01" for i in range(48)]
    assert column_of(monthly).parts == ("year", "sin of year", "cos of year")
    assert column_of([f"{i:02d}:15" for i in range(20)]).parts == ("hour", "sin of day", "cos of day")
    assert column_of([f"{i * 5}:15" for i in range(20)]).parts == ("hour",)


def test_stated_kinds_hold():
    assert column_of([str(i) for i in range(20)], name="id", types={"id": "number"}).use == "input"
    assert column_of([str(i) for i in range(20)], name="id", features=("id",)).use == "input"
    assert column_of([f"K{i}" for i in range(20)], types={"a": "category"}).use == "input"
    assert column_of([str(i) for i in range(20)], types={"a": "text"}).use == "left out"
    with pytest.raises(DataError, match="column 'a' holds text: 'red'"):
        column_of(["1", "red"] * 10, types={"a": "number"})
    with pytest.raises(DataError, match="stated to be datetime"):
        column_of(["1", "red"] * 10, types={"a": "datetime"})
    with pytest.raises(UsageError, match="unknown kind 'float'"):
        column_of(["1", "2"] * 10, types={"a": "float"})


def test_unused_columns_are_not_judged():
    frame = frame_of([*(str(i) for i in range(30)), "bad"])
    with pytest.raises(DataError):
        infer_schema(frame, "y")
    schema = infer_schema(frame, "y", SchemaOptions(drop=("a",)))
    assert schema.columns[0].use == "left out"
    assert schema.features == ("keep",)


def test_no_input_left_says_why():
    with pytest.raises(DataError, match="no column is left") as caught:
        infer_schema(frame_of(["x"] * 20).drop(columns="keep"), "y")
    assert "'a' (constant: 'x' in every row)" in caught.value.hint


@pytest.mark.parametrize(
    "options",
    [
        SchemaOptions(features=("y",)),
        SchemaOptions(drop=("y",)),
        SchemaOptions(features=("a",), drop=("a",)),
        SchemaOptions(roles={"y": "weight"}),
        SchemaOptions(roles={"a": "weight", "keep": "weight"}),
        SchemaOptions(roles={"a": "colour"}),
        SchemaOptions(task="clustering"),
    ],
)
def test_requests_that_do_not_go_together(options):
    with pytest.raises(UsageError):
        infer_schema(frame_of(["1", "2"] * 10), "y", options)


def test_a_key_with_repeats_and_an_unused_wish_are_warned_of():
    schema = infer_schema(frame_of(["1", "2"] * 10, name="patient_id"), "y")
    assert any("'patient_id' is called like a key" in warning for warning in schema.warnings)
    schema = infer_schema(frame_of([f"K{i}" for i in range(20)]), "y", SchemaOptions(features=("a", "keep")))
    assert any("'a' was asked for but is left out: identifier" in warning for warning in schema.notes)


def test_equal_column_names_are_an_error():
    frame = pd.DataFrame([[1.0, 2.0, 3.0], [2.0, 1.0, 5.0]], columns=["a", "a", "y"])
    with pytest.raises(DataError, match="column 'a' occurs twice"):
        infer_schema(frame, "y")


def test_column_names_that_are_numbers_work_as_text():
    frame = pd.DataFrame(np.arange(12.0).reshape(6, 2) ** 2)
    schema = infer_schema(frame, "1")
    assert schema.features == ("0",)
    assert schema.encode(frame).x[:, 0].tolist() == frame[0].tolist()


def test_odd_typed_columns():
    frame = frame_of(["1"] * 20)
    frame["span"] = pd.to_timedelta(np.arange(20), unit="min")
    frame["nullable"] = pd.array([1, None] * 10, dtype="Int64")
    frame["lists"] = [[i % 2] for i in range(20)]
    frame["mixed"] = [1, "2", 3.5, None] * 5
    frame["labels"] = pd.Categorical([1, 2] * 10)
    schema = infer_schema(frame, "y")
    kinds = {column.name: (column.kind, column.use) for column in schema.columns}
    assert kinds["span"] == ("number", "input")
    assert schema.encode(frame).x[1, schema.features.index("span")] == 60.0
    assert kinds["nullable"] == ("category", "input")
    assert kinds["lists"] == ("category", "input")
    assert kinds["mixed"] == ("number", "input")
    assert kinds["labels"] == ("category", "input")


def test_arrow_types_encode_as_numpy_types_do():
    pyarrow = pytest.importorskip("pyarrow")
    n = 40
    moments = pd.Series(pd.date_range("2020-01-01", periods=n, freq="13h")).where(np.arange(n) % 7 > 0)
    words = pd.Series(["u", "v"] * 20, dtype="str")
    frame = pd.DataFrame({"d": moments, "i": np.arange(n) % 7, "b": np.arange(n) % 2 == 0, "s": words})
    frame["y"] = np.arange(n) ** 2.0
    arrow = frame.convert_dtypes(dtype_backend="pyarrow")
    arrow["days"] = arrow["d"].astype(pd.ArrowDtype(pyarrow.date32()))
    frame["days"] = frame["d"].dt.normalize()
    schema = infer_schema(frame, "y")
    assert infer_schema(arrow, "y") == schema
    assert np.array_equal(schema.encode(arrow).x, schema.encode(frame).x)

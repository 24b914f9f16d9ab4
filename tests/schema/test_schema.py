"""The schema of numeric tables: exact numbers, errors that name the cell, JSON both ways."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnfit.errors import DataError, ModelFileError, UsageError
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.types import SchemaOptions
from bnfit.table.place import Place


def text_frame(**columns):
    """A frame as the reader gives it: text, None for a missing cell."""
    return pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})


def test_numeric_table_end_to_end():
    frame = text_frame(PP=["1", None, "3"], one=["7", "7", "7"], Ueq=["1.5", "2", "4"])
    schema = infer_schema(frame, "Ueq")
    assert schema.task == "regression"
    assert schema.features == ("PP", "PP is missing")
    assert schema.origins == (0, 0)
    assert [(row["name"], row["kind"], row["use"]) for row in schema.report()] == [
        ("PP", "number", "input"),
        ("one", "constant", "left out"),
        ("Ueq", "number", "target"),
    ]
    encoded = schema.encode(frame)
    assert encoded.x.tolist() == [[1.0, 0.0], [2.0, 1.0], [3.0, 0.0]]
    assert encoded.filled == {"PP": 1}
    assert schema.encode_target(frame).tolist() == [1.5, 2.0, 4.0]


@given(st.lists(st.floats(-1e150, 1e150), min_size=2, max_size=20, unique=True))
def test_a_float_written_with_repr_reads_back_exactly(values):
    frame = text_frame(a=[repr(v) for v in values], y=[str(i) for i in range(len(values))])
    typed = pd.DataFrame({"a": values, "y": np.arange(len(values))})
    assert infer_schema(frame, "y").encode(frame).x[:, 0].tolist() == values
    assert infer_schema(typed, "y").encode(typed).x[:, 0].tolist() == values


def test_unknown_names_are_usage_errors_with_the_nearest_name():
    frame = text_frame(PP=["1", "2"], Ueq=["1", "2"])
    with pytest.raises(UsageError, match=r"column 'ueq' not found in data.csv; did you mean 'Ueq'\?"):
        infer_schema(frame, "ueq", place=Place("data.csv"))
    with pytest.raises(UsageError, match="column 'weight' not found"):
        infer_schema(frame, "Ueq", SchemaOptions(drop=("weight",)))


def test_text_in_a_numeric_target_names_the_cell():
    frame = text_frame(PP=["1", "2", "3", "4"], Ueq=["1", "2", "abc", "5"])
    with pytest.raises(DataError, match=r"column 'Ueq' holds text: 'abc' in line 7 of data.csv"):
        infer_schema(frame, "Ueq", place=Place("data.csv", np.array([5, 6, 7, 8])))


def test_an_unreadable_cell_at_predict_time_names_the_cell():
    frame = text_frame(PP=["1", "2"], Ueq=["1", "2"])
    schema = infer_schema(frame, "Ueq")
    with pytest.raises(DataError, match=r"column 'PP' holds text: 'abc' in line 9 of new.csv"):
        schema.encode(text_frame(PP=["1", "abc"]), place=Place("new.csv", np.array([8, 9])))


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
def test_numbers_beyond_float64_are_errors(cell):
    frame = text_frame(PP=["1", cell, "3"], Ueq=["1", "2", "3"])
    with pytest.raises(DataError, match=r"column 'PP' holds .* in row 2"):
        infer_schema(frame, "Ueq")


def test_missing_columns_are_shown_as_a_diff_and_order_does_not_matter():
    frame = text_frame(PP=["1", "2"], UF=["5", "6"], Ueq=["1", "2"])
    schema = infer_schema(frame, "Ueq")
    assert schema.encode(frame[["UF", "PP"]]).x.tolist() == [[1.0, 5.0], [2.0, 6.0]]
    with pytest.raises(DataError) as caught:
        schema.check(text_frame(pp=["1"], UF=["1"], Ueq=["3"]))
    assert "- 'PP' expected, not found; did you mean 'pp'?" in str(caught.value)
    assert "+ 'pp' found, not expected" in str(caught.value)
    assert "Ueq" not in str(caught.value)


def test_rows_without_a_target_are_counted_and_can_be_left_out():
    frame = text_frame(PP=["1", "2", "9"], Ueq=["1", "2", None])
    schema = infer_schema(frame, "Ueq")
    assert "1 row" in schema.notes[0]
    assert schema.labelled(frame).tolist() == [True, True, False]
    with pytest.raises(DataError, match="no value in row 3"):
        schema.encode_target(frame)


def test_json_round_trip_and_nonsense():
    frame = text_frame(PP=["1", None, "3"], Ueq=["1.5", "2", "4"])
    schema = infer_schema(frame, "Ueq")
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))) == schema
    with pytest.raises(ModelFileError):
        Schema.from_json({"columns": 3})


def test_the_emphasis_of_classes_is_kept_and_one_that_fits_no_class_refused():
    schema = replace(infer_schema(text_frame(x=list("1234"), y=list("abab")), "y"), emphasis=(0.5, 2.0))
    plain = schema.to_json()
    assert Schema.from_json(json.loads(json.dumps(plain))) == schema
    for wrong in ([1.0], [1.0, 0.0], [1.0, "2"], [1.0, float("nan")], 3):
        with pytest.raises(ModelFileError, match="emphasis"):
            Schema.from_json({**plain, "emphasis": wrong})

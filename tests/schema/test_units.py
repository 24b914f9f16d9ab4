"""Numbers with a unit behind them: one unit throughout a column, and no other later."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bnfit.errors import DataError, ModelFileError
from bnfit.schema.infer import infer_schema
from bnfit.schema.numbers import find_formats, parse_texts
from bnfit.schema.schema import Schema
from bnfit.schema.types import SchemaOptions
from bnfit.schema.units import common_unit
from bnfit.table.place import Place


def frame_of(cells):
    y = [str(v) for v in np.arange(len(cells)) ** 2 + 0.5]
    return pd.DataFrame({"a": pd.Series(cells, dtype="str"), "y": pd.Series(y, dtype="str")})


def schema_of(cells, **options):
    return infer_schema(frame_of(cells), "y", SchemaOptions(**options))


@pytest.mark.parametrize(
    ("cells", "unit", "values"),
    [
        (["65.3 kg", "70 kg", "-1 kg"], "kg", [65.3, 70, -1]),
        (["65kg", "7.5kg"], "kg", [65, 7.5]),
        (["1,5 mm", "12,25 mm"], "mm", [1.5, 12.25]),
        (["1.234,5 km", "1 km"], "km", [1234.5, 1]),
        (["1,234 lbs", "12 lb", "1,000 lbs"], "lbs", [1234, 12, 1000]),
        (["36.6 °C", "-3 °C"], "°C", [36.6, -3]),
        (["5.1 mg/dL", "6 mg/dL"], "mg/dL", [5.1, 6]),
        (["90 mL/min/1.73m2", "15.5 mL/min/1.73m2"], "mL/min/1.73m2", [90, 15.5]),
        (["5.1 x10^9/L", "6 x10^9/L"], "x10^9/L", [5.1, 6]),
        (["3 m2", "4.5 m2"], "m2", [3, 4.5]),
        (["3 m³/h", "4,5 m³/h"], "m³/h", [3, 4.5]),
        (["1 year", "2 years", "30 years"], "years", [1, 2, 30]),
        (["5 µg", "7 \u03bcg"], "µg", [5, 7]),
        (["3\u00a0km", "4 km"], "km", [3, 4]),
        (["1e3 Hz", "2.5E-1 Hz"], "Hz", [1000, 0.25]),
        (["23.4 kmpl", "19 kmpl"], "kmpl", [23.4, 19]),
        (["2 sq ft", "4 sq ft"], "sq ft", [2, 4]),
    ],
)
def test_one_unit_throughout_is_a_column_of_numbers(cells, unit, values):
    assert common_unit(cells) == unit
    parsed, odd = parse_texts(cells, find_formats(cells)[0])
    assert parsed.tolist() == values
    assert not odd.any()
    schema = schema_of([*cells, "?", cells[0]])
    assert schema.columns[0].reason.startswith("number (")
    assert f"in {unit})" in schema.columns[0].reason
    assert schema.encode(frame_of(cells)).x[:, 0].tolist() == values


@pytest.mark.parametrize(
    "cells",
    [
        ["A4 3", "B2 1", "A4 7"],
        ["3 A4", "5 A4"],
        ["1st", "2nd", "3rd"],
        ["4th", "5th"],
        ["10 AM", "3 PM", "4 PM"],
        ["007 A", "008 A"],
        ["12A", "12B", "14C"],
        ["5 of 10", "3 of 10"],
        ["3-4 kg", "5-6 kg"],
        ["5 kg", "11 lb", "2 kg", "3 lb", "9 st", "1 st"],
        ["2020-Q1", "2020Q2"],
        ["5d 3h", "6d 1h"],
        ["kg", "m"],
        ["?", "-"],
    ],
)
def test_what_only_looks_like_a_unit_is_none(cells):
    formats = find_formats(cells)
    assert not formats or parse_texts(cells, formats[0])[1].any()
    assert schema_of(cells * 10, types={"a": "category"}).columns[0].kind == "category"


@pytest.mark.parametrize("cell", ["5 g", "5", "5 mg/dL", "mg", "5 MG", "5 mg mg"])
def test_another_unit_or_none_in_a_later_file_is_a_bad_cell(cell):
    schema = schema_of([f"{v} mg" for v in (5, 10, 20)] * 5)
    later = frame_of(["5 mg", cell, "7mg"])
    place = Place("new.csv", np.array([2, 3, 4]))
    with pytest.raises(DataError, match=rf"column 'a' holds .*: '{cell}' in line 3 of new.csv"):
        schema.encode(later, place)
    assert schema.encode(later.drop(index=1)).x.tolist() == [[5], [7]]
    with pytest.raises(DataError, match="a number unlike the others: '5'"):
        schema.encode(pd.DataFrame({"a": [5.0]}))


def test_a_few_cells_in_another_unit_are_named_in_training():
    with pytest.raises(DataError, match=r"column 'a' holds a number unlike the others: '143 lb' in row 31"):
        schema_of([*(f"{v}.5 kg" for v in range(30)), "143 lb"])


def test_levels_with_a_unit_stay_as_they_are_written():
    schema = schema_of(["5 mg", "10 mg"] * 10, types={"a": "category"})
    assert schema.columns[0].levels == ("10 mg", "5 mg")


def test_a_target_with_a_unit_is_a_number():
    frame = pd.DataFrame({"x": np.arange(20) ** 2.0, "y": [f"{v},5 kg" for v in range(20)]})
    schema = infer_schema(frame, "y")
    assert schema.task == "regression"
    assert schema.encode_target(frame).tolist() == [v + 0.5 for v in range(20)]


def test_the_unit_is_in_the_file_of_the_model():
    schema = schema_of(["65.3 kg", "70 kg"] * 5)
    data = json.loads(json.dumps(schema.to_json()))
    assert Schema.from_json(data) == schema
    data["columns"][0]["number"]["unit"] = "k" * 21
    with pytest.raises(ModelFileError):
        Schema.from_json(data)

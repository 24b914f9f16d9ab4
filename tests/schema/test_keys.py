"""Row numbers and keys are no inputs, whatever they are called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.schema.infer import infer_schema
from bnfit.schema.keys import counts_rows
from bnfit.schema.types import LeftOut, SchemaOptions
from bnfit.table.place import NOWHERE, Place
from bnfit.table.source import load_table


def numbered(name="rownames", numbers=range(1, 21), **columns):
    """A text frame of row numbers, a number and a target."""
    rows = np.arange(len(numbers))
    cells = {name: list(numbers), "x": (rows * 7 % 11) / 4, **columns, "y": rows * 5 % 13 + 0.5}
    return pd.DataFrame({key: pd.Series([str(v) for v in values], dtype="str") for key, values in cells.items()})


@pytest.mark.parametrize("name", ["rownames", "X", "S.No", "obs", "V1", "Customer Number", "Sl. No.", "", "Zeile"])
@pytest.mark.parametrize("first", [0, 1])
def test_row_numbers_are_left_out_whatever_their_name(name, first):
    schema = infer_schema(numbered(name, range(first, 20 + first)), "y")
    column = schema.columns[0]
    assert (column.kind, column.use, column.left_out) == ("identifier", "left out", LeftOut.ROW_NUMBER)
    assert schema.features == ("x",)


@pytest.mark.parametrize(
    "numbers",
    [
        range(2, 22),  # such as years from 1990 on: only a count from 0 or 1 counts rows
        range(1990, 2010),
        range(20, 0, -1),
        range(0, 40, 2),
        [*range(1, 20), 21],
        [2, 1, *range(3, 21)],
        [v + 0.5 for v in range(20)],
    ],
)
def test_other_rising_numbers_are_inputs(numbers):
    assert infer_schema(numbered("t", numbers), "y").features == ("t", "x")


@pytest.mark.parametrize("kind", ["int64", "float64", "Int32"])
def test_typed_row_numbers_are_left_out(kind):
    frame = numbered().assign(rownames=pd.Series(range(1, 21), dtype=kind))
    assert infer_schema(frame, "y").features == ("x",)


def test_row_numbers_with_a_fraction_of_zero_are_left_out():
    assert infer_schema(numbered(numbers=[f"{i}.0" for i in range(20)]), "y").features == ("x",)


@pytest.mark.parametrize(
    "options",
    [
        SchemaOptions(types={"rownames": "number"}),
        SchemaOptions(features=("rownames", "x")),
        SchemaOptions(keys=False),
    ],
)
def test_row_numbers_that_are_asked_for_are_inputs(options):
    assert infer_schema(numbered(), "y", options).features == ("rownames", "x")
    assert infer_schema(numbered("id"), "y", SchemaOptions(keys=False)).features == ("id", "x")


def test_row_numbers_may_be_the_time():
    schema = infer_schema(numbered(), "y", SchemaOptions(roles={"rownames": "time"}))
    assert schema.column_for("time") is not None
    assert schema.features == ("x",)


def test_the_only_input_stays():
    schema = infer_schema(numbered().drop(columns="x"), "y")
    assert schema.features == ("rownames",)
    assert any("no other input is left" in warning for warning in schema.notes)
    schema = infer_schema(numbered(x=["u"] * 20), "y")
    assert schema.features == ("rownames",)


def test_a_handful_of_rows_may_be_numbered_by_what_was_done():
    assert infer_schema(numbered(numbers=range(1, 10)), "y").features == ("rownames", "x")


def test_rows_without_a_target_count_too():
    frame = numbered()
    frame.loc[[0, 3, 11], "y"] = None
    assert infer_schema(frame, "y").features == ("x",)


def test_rows_that_a_condition_left_out_count_too(tmp_path):
    file = tmp_path / "t.csv"
    numbered(numbers=range(1, 41)).to_csv(file, index=False)
    source = load_table(str(file), "x > 0.5")
    assert len(source.frame) < 40
    assert infer_schema(source.frame, "y", place=source.place).features == ("x",)


def test_parts_of_a_table_may_each_count_anew(tmp_path):
    for part in "ab":
        numbered(numbers=range(1, 21)).to_csv(tmp_path / f"{part}.csv", index=False)
    source = load_table(str(tmp_path / "*.csv"))
    assert infer_schema(source.frame, "y", place=source.place).features == ("x",)


def test_a_column_that_keeps_its_distance_from_line_numbers_is_no_count():
    years = np.arange(1990.0, 2010.0)
    assert not counts_rows(years, Place("t.csv", np.arange(2, 22)))
    assert not counts_rows(np.full(20, 3.0), NOWHERE)
    assert counts_rows(np.arange(5.0, 25.0), Place("t.csv", np.arange(6, 26)))

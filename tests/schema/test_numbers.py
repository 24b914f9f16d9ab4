"""Numbers as people write them, and what a column's other cells say about an ambiguous one."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.prepare import prepare
from bnfit.errors import DataError, UsageError
from bnfit.schema.infer import infer_schema
from bnfit.schema.numbers import choose_format, find_formats, parse_texts, read_numbers
from bnfit.schema.text_cells import plain_floats, text_cells
from bnfit.schema.types import Column, NumberFormat, SchemaOptions
from bnfit.table.place import Place
from bnfit.table.reader import read_table
from bnfit.table.source import load_table


def text_frame(**columns):
    return pd.DataFrame({name: pd.Series(cells, dtype="str") for name, cells in columns.items()})


def target(rows):
    return [str(v) for v in np.arange(rows) ** 2 + 0.5]


def read(cells, **options):
    """The values of an input column, and the schema."""
    frame = text_frame(a=cells, y=target(len(cells)))
    schema = infer_schema(frame, "y", SchemaOptions(**options))
    assert schema.inputs[0].kind == "number"
    return schema.encode(frame).x[:, 0].tolist(), schema


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,234.5", "2", "-1,000,000"], [1234.5, 2, -1e6]),
        (["1.234,5", "2", "3.000.000"], [1234.5, 2, 3e6]),
        (["1,5", "2", "-3,25"], [1.5, 2, -3.25]),
        ([",5", "2", "3,"], [0.5, 2, 3]),
        (["1 234,5", "2\u00a0000", "3\u202f000\u202f000"], [1234.5, 2000, 3e6]),
        (["1'234.5", "2’000", "7"], [1234.5, 2000, 7]),
        (["12,34,567", "1,00,000", "3"], [1234567, 100000, 3]),
        (["$1,234.50", "($3)", "-$4", "$-5", "6"], [1234.5, -3, -4, -5, 6]),
        (["1.234,50 €", "3 €", "4€"], [1234.5, 3, 4]),
        (["EUR 5", "USD 6", "EUR 7"], None),
        (["12%", "0.5 %", "-3%"], [12, 0.5, -3]),
        (["12%", "0.5", "-3%"], None),
        (["(12)", "+3", "−4"], [-12, 3, -4]),
        (["1e5", "1E-3", "+2.5e+2"], [1e5, 1e-3, 250]),
        (["1,234E+03", "2,5E-01", "1,000E+00"], [1234, 0.25, 1]),
        (["1,234E+03", "2,345E+03"], [1234, 2345]),
        (["1.234e3", "2.345e3"], [1234, 2345]),
        (["0,123", "0,456", "0,789"], [0.123, 0.456, 0.789]),
        (["1234,567", "2,345", "3"], [1234.567, 2.345, 3]),
        (["1_000", "2_000", "3_000"], None),
        (["١", "٢", "٣"], None),
        (["--5", "+-3", "(-4)"], None),
        (["1.2.3", "1.2.4", "1.3.5"], None),
        (["1,23,4", "1,2", "2,33"], None),
    ],
)
def test_number_formats(cells, values):
    formats = find_formats(cells)
    parsed, odd = parse_texts(cells, choose_format(formats, ".")) if formats else (None, np.ones(1, dtype=bool))
    assert odd.any() == (values is None)
    if values is not None:
        assert parsed.tolist() == values
        assert read(cells)[0] == values


def test_what_is_ambiguous_is_decided_by_the_column_then_the_file_then_the_user():
    assert read(["1,234", "2,345", "7"])[0] == [1234, 2345, 7]
    assert "'a': ',' is read as a mark between thousands" in read(["1,234", "2,345", "7"])[1].notes[0]
    assert read(["1,234", "2,34", "7"])[0] == [1.234, 2.34, 7]
    assert read(["1,234", "2,345", "7"], decimal=",")[0] == [1.234, 2.345, 7]
    assert read(["1,234", "2,345", "7"], decimal=",")[1].notes == ()
    assert read(["1.234", "2.345", "7"])[0] == [1.234, 2.345, 7]
    german = text_frame(a=["1,234", "2,345", "7"], b=["1.234", "5", "2.000"], c=["1,5", "2", "3"], y=["1", "4", "9"])
    schema = infer_schema(german, "y")
    assert schema.encode(german).x.tolist() == [[1.234, 1234, 1.5], [2.345, 5, 2], [7, 2000, 3]]
    mixed = german.assign(d=["1.5", "2.25", "3"])
    assert infer_schema(mixed, "y").encode(mixed).x[0].tolist() == [1234, 1.234, 1.5, 1.5]


@pytest.mark.parametrize("clear", ["0,5", "1,234E+03", "1.234,5", "2,5 kg", "-0,123", "7,25%"])
def test_a_clear_decimal_comma_decides_for_the_whole_file(clear):
    frame = text_frame(a=["1,234", "2,345", "7,001"], b=[clear] * 2 + [clear.replace("2", "3")], y=["1", "4", "9"])
    schema = infer_schema(frame, "y", SchemaOptions(features=("a",)))
    assert schema.encode(frame).x[:, 0].tolist() == [1.234, 2.345, 7.001]
    assert schema.notes == ()
    against = frame.assign(c=["1.5", "2.25", "3"])
    assert infer_schema(against, "y", SchemaOptions(features=("a",))).encode(frame).x[0].tolist() == [1234]


def test_semicolons_between_cells_make_a_decimal_comma_likelier_and_that_is_said():
    comma = text_frame(a=["1,234", "2,345", "7,001"], y=["1", "4", "9"])
    for delimiter, value in ((";", 1.234), (",", 1234), ("", 1234)):
        schema = infer_schema(comma, "y", delimiter=delimiter)
        assert schema.encode(comma).x[0].tolist() == [value]
        how = "the decimal mark" if delimiter == ";" else "a mark between thousands"
        assert schema.notes == (f"column 'a': ',' is read as {how}; if it is not, state `decimal`",)
    point = text_frame(a=["1.234", "2.345", "7.001"], y=["1", "4", "9"])
    assert infer_schema(point, "y", delimiter=";").encode(point).x[0].tolist() == [1.234]
    both = comma.assign(b=["1.5", "2.25", "3"])
    assert infer_schema(both, "y", delimiter=";").encode(both).x[0].tolist() == [1234, 1.5]
    stated = infer_schema(comma, "y", SchemaOptions(decimal="."), delimiter=";")
    assert stated.encode(comma).x[0].tolist() == [1234]
    assert stated.notes == ()


def test_a_stated_decimal_does_not_override_clear_cells():
    assert read(["1.5", "2.25", "7"], decimal=",")[0] == [1.5, 2.25, 7]
    with pytest.raises(UsageError, match="unknown decimal mark ';'"):
        read(["1", "2"], decimal=";")


def test_the_format_of_the_training_holds_for_single_cells_later():
    _, schema = read(["1.234,5", "2", "3.000"])
    later = text_frame(a=["1.234", "7", "0,5"])
    assert schema.encode(later).x[:, 0].tolist() == [1234, 7, 0.5]
    assert schema.encode(later.iloc[:1]).x[:, 0].tolist() == [1234]
    with pytest.raises(DataError, match=r"column 'a' holds a number unlike the others: '12%' in line 5 of b.csv"):
        schema.encode(text_frame(a=["12%"]), place=Place("b.csv", np.array([5])))
    _, percent = read(["12%", "13%", "20%"])
    with pytest.raises(DataError, match="unlike the others: '12'"):
        percent.encode(text_frame(a=["12"]))


@pytest.mark.parametrize("code", ["\\N", "-", "?", "unknown", "n.a.", "#DIV/0!", "NA", "nan", "", "  "])
def test_texts_that_mean_missing_count_as_missing(code):
    frame = text_frame(a=["1", code, "3", "5"], y=target(4))
    schema = infer_schema(frame, "y")
    encoded = schema.encode(frame)
    assert encoded.x.tolist() == [[1, 0], [3, 1], [3, 0], [5, 0]]
    assert encoded.filled == {"a": 1}
    assert "1 missing: the mean" in schema.columns[0].reason


def test_missing_codes_are_said():
    assert "'?' read as missing" in read(["1", "?", "3"])[1].columns[0].reason


def test_missing_at_predict_time_only_is_the_mean_and_counted():
    _, schema = read(["1", "2", "6"])
    encoded = schema.encode(text_frame(a=["1", None, "?"]))
    assert encoded.x.tolist() == [[1], [3], [3]]
    assert encoded.filled == {"a": 2}


def test_mostly_numbers_with_an_odd_cell_is_an_error_unless_levels_repeat():
    many = [str(i) for i in range(30)]
    frame = text_frame(a=[*many, "<5", "<5"], y=target(32))
    with pytest.raises(DataError, match=r"'a' holds text: '<5' in line 32 of data.csv \(and 1 more\)") as caught:
        infer_schema(frame, "y", place=Place("data.csv", np.arange(2, 34)))
    assert "`na='<5'`" in caught.value.hint
    frame = text_frame(a=["1", "2", "3", "4+"] * 10, y=target(40))
    assert infer_schema(frame, "y").features == ("a=1", "a=2", "a=3", "a=4+")


@pytest.mark.parametrize("marked", [10, 60])
def test_marks_among_many_numbers_are_an_error_and_not_a_level(marked):
    cells = [str(i * 0.1) for i in range(40)] + ["<0.5"] * marked
    with pytest.raises(DataError, match=r"column 'a' holds text: '<0.5' in row 41"):
        read(cells)
    with pytest.raises(DataError, match=r"column 'y' holds text: '<0.5' in row 41"):
        infer_schema(text_frame(a=[str(i * i) for i in range(len(cells))], y=cells), "y")


def test_codes_of_which_many_happen_to_be_numbers_are_no_error():
    cells = [f"{300000 + i * 7}" if i % 4 else f"A/5 {i}" for i in range(80)]
    frame = text_frame(a=cells, b=target(80), y=target(80))
    assert infer_schema(frame, "y").columns[0].kind == "identifier"


def test_without_arrow_memory_numbers_read_the_same():
    cells = ["1", " 2", "+3", "1e3", ".5"]
    objects = pd.Series(cells, dtype=object)
    assert plain_floats(objects).tolist() == [1, 2, 3, 1000, 0.5]
    for odd in ("1_0", "١", "inf", "1e999"):
        assert plain_floats(pd.Series(["1", odd], dtype=object)) is None
        assert plain_floats(pd.Series(["1", odd], dtype="str")) is None
    frame = pd.DataFrame({"a": objects, "y": np.arange(5) ** 2})
    assert infer_schema(frame, "y").encode(frame).x[:, 0].tolist() == [1, 2, 3, 1000, 0.5]


def test_a_mean_of_numbers_that_can_just_be_squared():
    values, schema = read(["1.5e149", "1.6e149", "1.7e149"])
    assert schema.columns[0].fill[0] == pytest.approx(1.6e149)
    assert values == [1.5e149, 1.6e149, 1.7e149]


def test_formats_are_told_apart_by_their_fields():
    assert find_formats(["$1,234.50", "($3)"]) == [NumberFormat(".", ",", False, "$")]
    assert {number.decimal for number in find_formats(["1,234", "5"])} == {".", ","}
    assert find_formats(["red", "blue", "3"]) == []


@pytest.mark.parametrize("storage", ["str", object])
@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1,5", "-2", None, "3e2", "0,25"], [1.5, -2, np.nan, 300, 0.25]),
        (["1.234", "2,5"], [1234, 2.5]),  # a point is a mark between thousands here
        (["1.234.567,5", "2"], [1234567.5, 2]),
    ],
)
def test_decimal_commas_are_read_the_same_way_in_any_company(storage, cells, values):
    spec = Column("a", "number", "input", number=NumberFormat(",", "."))
    column = pd.Series(cells, dtype=storage)
    np.testing.assert_array_equal(read_numbers(column, spec, Place()), values)
    for cell, value in zip(cells, values, strict=True):
        np.testing.assert_array_equal(read_numbers(pd.Series([cell], dtype=storage), spec, Place()), [value])


@pytest.mark.parametrize("cell", ["1,2,3", "1.5", "x", "1e999", "inf", "1,5 €"])
def test_what_is_no_number_with_a_decimal_comma_is_an_error(cell):
    spec = Column("a", "number", "input", number=NumberFormat(","))
    with pytest.raises(DataError):
        read_numbers(pd.Series(["1,5", cell], dtype="str"), spec, Place())


@pytest.mark.parametrize(("delimiter", "value"), [(";", 1.234), ("\t", 1234)])
def test_the_delimiter_of_a_file_reaches_its_columns(tmp_path, delimiter, value):
    lines = [["dose", "kind", "y"], *([f"{i},{234 + i}", "ab"[i % 2], str(i * 7 % 20)] for i in range(1, 21))]
    (tmp_path / "t.csv").write_text("\n".join(delimiter.join(line) for line in lines))
    prepared = prepare(load_table(str(tmp_path / "t.csv")), "y", SchemaOptions())
    assert prepared.dataset.x[0, 0] == pytest.approx(value + (0.001 if value < 2 else 1))
    assert "; if it is not, state `decimal`" in prepared.notes[0]


def test_backslash_n_of_database_exports_is_missing_also_where_backslashes_escape(tmp_path):
    for text in ("a,b\n1,\\N\n\\N,x\n2,z\n", 'a,b\n1,\\N\n\\N,"say \\"x\\""\n2,z\n'):
        (tmp_path / "t.csv").write_text(text)
        frame = read_table(tmp_path / "t.csv").frame
        assert [text_cells(frame[name]).missing.tolist() for name in "ab"] == [
            [False, True, False],
            [True, False, False],
        ]


@pytest.mark.parametrize("cell", ["1e300", "-1e307", "1e151", "1E+200"])
def test_a_number_whose_square_is_no_number_is_refused_where_it_stands(cell):
    frame = pd.DataFrame({"a": [*map(str, range(20)), cell], "b": ["1.5", "2.5", "4"] * 7, "y": range(21)})
    with pytest.raises(
        DataError, match=f"column 'a' holds '{re.escape(cell)}' in line 22 of a.csv: its square is no finite"
    ):
        infer_schema(frame, "y", place=Place("a.csv", np.arange(2, 23)))
    with pytest.raises(DataError, match="column 'y' holds"):
        infer_schema(frame.rename(columns={"a": "y", "y": "a"}), "y")


def test_numbers_that_can_be_squared_are_taken():
    frame = pd.DataFrame({"a": [*map(str, range(20)), "1e149"], "y": np.arange(21) ** 1.5})
    assert [column.name for column in infer_schema(frame, "y").inputs] == ["a"]

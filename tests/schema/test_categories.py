"""Levels, classes and groups are compared as texts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.schema.categories import alike
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.types import SchemaOptions
from bnfit.table.place import NOWHERE, Place

ACCOUNTS = [f"74024538135149773{i}" for i in range(3)]


def table(name="a", cells=(), y=None):
    """A frame of one column (text unless it is a Series), a number and a target."""
    column = cells if isinstance(cells, pd.Series) else pd.Series(list(cells), dtype="str")
    rows = np.arange(len(column))
    frame = pd.DataFrame({name: column, "keep": (rows * 7 % 11) / 4, "y": rows * 5 % 13 + 0.5})
    return frame if y is None else frame.assign(y=pd.Series(list(y), dtype="str"))


def schema_of(cells, kind="category", place=NOWHERE):
    types = {} if kind is None else {"a": kind}
    return infer_schema(table(cells=cells), "y", SchemaOptions(types=types), place)


@pytest.mark.parametrize(
    "texts",
    [
        ["3.1", "3.10", "3.9"],
        ["1", "1.0", "2"],
        ["1.5", "1.50", "2.5"],
        ["1e3", "1000", "7"],
        ["007", "7", "8"],
        ACCOUNTS,
        [f"{2**53}", f"{2**53 + 1}"],
        [f"-{2**60}", f"-{2**60 + 1}", "5"],
        ["0.1", "0.1000000000000000055", "0.2"],
    ],
)
def test_codes_that_float64_does_not_tell_apart_are_levels_of_their_own(texts):
    schema = schema_of(texts * 10)
    assert sorted(schema.columns[0].levels) == sorted(texts)
    x = schema.encode(table(cells=texts)).x[:, :-1]
    assert len(np.unique(x, axis=0)) == len(texts)
    assert (x.shape[1] == 1) == (len(texts) == 2)
    assert Schema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(
    ("trained", "later"),
    [
        (["1", "2", "10"], ["1.0", "2.00", "1e1"]),
        (["1.0", "2.0", "10.0"], ["1", "2", "10"]),
        (["10%", "20%"], ["10 %", "20.0%"]),
        (["1,5", "2,5"], ["1,50", "02,5"]),
        (["5", "70"], pd.Series([5.0, 70.0])),
        (["5", "70"], pd.Series([5, 70], dtype="Int64")),
    ],
)
def test_levels_that_are_numbers_are_found_however_written_later(trained, later):
    schema = schema_of(trained * 8)
    assert schema.columns[0].levels == tuple(trained)
    encoded = schema.encode(table(cells=later))
    columns = np.eye(len(trained)) if len(trained) > 2 else [[0], [1]]
    np.testing.assert_array_equal(encoded.x[:, : len(trained) if len(trained) > 2 else 1], columns)
    assert not encoded.unseen


@pytest.mark.parametrize("kind", ["int64", "Int64", "uint64"])
def test_typed_whole_numbers_beyond_float64_are_levels(kind):
    codes = pd.Series([int(account) for account in ACCOUNTS] * 10, dtype=kind)
    for stated in ("category", None):
        assert schema_of(codes, stated).columns[0].levels == tuple(ACCOUNTS)
    assert schema_of(ACCOUNTS * 10).encode(table(cells=codes[:3])).x[:, :3].tolist() == np.eye(3).tolist()


def test_ids_beyond_float64_are_no_constant_and_no_number():
    assert schema_of(ACCOUNTS * 10, None).columns[0].levels == tuple(ACCOUNTS)
    unique = schema_of([f"7402453813514{i:05d}" for i in range(40)], None).columns[0]
    assert (unique.kind, unique.use) == ("identifier", "left out")
    assert schema_of([f"{i}000000000000000000" for i in range(1, 21)], None).columns[0].kind == "number"


def test_parts_that_write_levels_otherwise_hold_the_same_levels():
    cells = [*["7", "12", "30"] * 6, *["7.0", "12.0", "30.0"] * 4]
    parts = Place("part?.csv", np.arange(30), "line", np.array(["a"] * 18 + ["b"] * 12, object))
    schema = schema_of(cells, place=parts)
    assert schema.columns[0].levels == ("7", "12", "30")
    assert schema.encode(table(cells=cells)).x[:, :3].sum(0).tolist() == [10, 10, 10]
    mixed = ["3.1", "3.10", "3.9"] * 10
    assert len(schema_of(mixed, place=parts).columns[0].levels) == 3


def test_a_level_in_every_row_is_a_constant_however_parts_write_it():
    parts = Place("part?.csv", np.arange(20), "line", np.array(["a"] * 10 + ["b"] * 10, object))
    assert schema_of(["5"] * 10 + ["5.0"] * 10, place=parts).columns[0].kind == "constant"
    assert schema_of(["5"] * 20).columns[0].kind == "constant"


@pytest.mark.parametrize(
    ("texts", "classes"),
    [
        (["10%", "20%", "5%"], ("5%", "10%", "20%")),
        (["$10", "$9"], ("$9", "$10")),
        (["1.0", "0.0"], ("0.0", "1.0")),
        (["3.1", "3.10", "3.9"], ("3.1", "3.10", "3.9")),
        (ACCOUNTS, tuple(ACCOUNTS)),
    ],
)
def test_labels_are_classes_as_written(texts, classes):
    frame = table(cells=["u", "v"] * 15, y=(texts * 30)[:30])
    schema = infer_schema(frame, "y", SchemaOptions(task="classification"))
    assert schema.classes == classes
    assert [classes[code] for code in schema.encode_target(frame)] == frame["y"].tolist()


def test_labels_beyond_float64_are_classes_unless_stated():
    frame = table(cells=["u", "v"] * 15, y=ACCOUNTS * 10)
    schema = infer_schema(frame, "y")
    assert schema.classes == tuple(ACCOUNTS)
    assert any("differ beyond 2^53" in warning for warning in schema.notes)


@pytest.mark.parametrize(
    ("cells", "groups"),
    [
        (["12", "7", "12.0", "7.0"] * 6, 2),
        (["P1", "P2", "P3", "P1"] * 6, 3),
        (["3.1", "3.10", "3.9", "3.1"] * 6, 3),
        (["v2.0", "v2", "1.2.0", "1.2"] * 6, 4),
        ([*ACCOUNTS, ACCOUNTS[0]] * 6, 3),
    ],
)
def test_groups_are_codes_too(cells, groups):
    frame = table(cells=cells)
    schema = infer_schema(frame, "y", SchemaOptions(roles={"a": "group"}))
    assert len(np.unique(schema.role("group", frame))) == groups


def test_lookalikes_are_named_and_count_as_different():
    assert alike(["New York", "Bonn", "new york", "NewYork", "12", "12.0", "bonn "]) == [
        ("12", "12.0"),
        ("Bonn", "bonn "),
        ("New York", "NewYork", "new york"),
    ]
    cells = ["North", "north", "South", "East", "so uth"] * 6
    schema = schema_of(cells, None)
    assert len(schema.columns[0].levels) == 5
    assert "column 'a': 'North' and 'north', 'South' and 'so uth' differ in case, blanks" in schema.notes[0]
    for frame, options in (
        (table(cells=["u", "v"] * 15, y=["Yes, often", "yes, often", "no"] * 10), SchemaOptions()),
        (table("y2", cells=["P1", "p1", "P2"] * 10), SchemaOptions(roles={"y2": "group"})),
    ):
        schema = infer_schema(frame, "y", options)
        assert any("differ in case, blanks or '.0' only" in warning for warning in schema.notes)
    assert not any("differ in case" in w for w in infer_schema(table(cells=["12", "12.0"] * 9), "y").notes)

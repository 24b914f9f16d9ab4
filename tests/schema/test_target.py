"""Tasks, classes, roles, and columns that give the target away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.errors import DataError, UsageError
from bnfit.schema.infer import infer_schema
from bnfit.schema.types import SchemaOptions
from bnfit.table.place import Place


def frame_of(target, **more):
    n = len(target)
    a = np.random.default_rng(0).normal(size=n).round(6)
    return pd.DataFrame({"a": a, **more, "y": pd.Series(target)})


@pytest.mark.parametrize(
    ("cells", "options", "task", "classes"),
    [
        (["1.5", "2.5", "3.5", "9"] * 5, {}, "regression", ()),
        (["1,5", "2,5", "3,5", "9"] * 5, {}, "regression", ()),
        (["0", "1"] * 10, {}, "binary", ("0", "1")),
        (["0", "1"] * 10, {"task": "regression"}, "regression", ()),
        (["2", "10", "1"] * 10, {"task": "classification"}, "multiclass", ("1", "2", "10")),
        (["2", "10", "1"] * 10, {"types": {"y": "category"}}, "multiclass", ("1", "2", "10")),
        (["yes", "no"] * 10, {}, "binary", ("no", "yes")),
        (["Yes", "No"] * 10, {"task": "regression"}, "regression", ()),
        (["dog", "cat"] * 10, {}, "binary", ("cat", "dog")),
        (["dog", "cat", "cow"] * 10, {}, "multiclass", ("cat", "cow", "dog")),
        (["1", "2", "x", "y", "z"] * 10, {}, "multiclass", ("1", "2", "x", "y", "z")),
    ],
)
def test_tasks(cells, options, task, classes):
    frame = frame_of(cells)
    schema = infer_schema(frame, "y", SchemaOptions(**options))
    assert (schema.task, schema.classes) == (task, classes)
    y = schema.encode_target(frame)
    if task == "regression":
        assert y.dtype == np.float64
    else:
        assert y.dtype == np.int64
        assert [classes[code] for code in y] == cells


@pytest.mark.parametrize(
    ("cells", "options", "message"),
    [
        (["5"] * 20, {}, "target 'y' is 5 in every row"),
        (["x"] * 20, {}, "target 'y' is x in every row"),
        ([None] * 20, {}, "target 'y' has no value in any row"),
        (["1"] * 20, {"task": "classification"}, "target 'y' is 1 in every row"),
        (["yes", "no"] * 10, {"types": {"y": "number"}}, "column 'y' holds text: 'yes' in row 1"),
        (["1", "2", "abc", "4"] * 5, {}, r"column 'y' holds text: 'abc' in row 3 \(and 4 more\)"),
        (["dog", "cat"] * 10, {"task": "regression"}, "column 'y' holds text: 'dog' in row 1"),
        ([f"n{i}" for i in range(20)], {}, "target 'y' has 20 different values in 20 rows: too many"),
        ([f"2020-01-{i + 1:02d}" for i in range(20)], {}, "holds dates"),
        (["1", "inf", "3", "4"] * 5, {}, "holds 'inf' in row 2: no finite"),
        ([], {}, "has no value in any row"),
    ],
)
def test_targets_that_cannot_be_learned(cells, options, message):
    with pytest.raises(DataError, match=message):
        infer_schema(frame_of(pd.Series(cells, dtype="str")), "y", SchemaOptions(**options))


def test_a_target_of_an_impossible_type():
    with pytest.raises(UsageError, match="cannot be of type datetime"):
        infer_schema(frame_of(["1", "2"] * 5), "y", SchemaOptions(types={"y": "datetime"}))


def test_a_class_with_one_row_and_whole_numbers_are_warned_of():
    schema = infer_schema(frame_of(["dog", "cat"] * 10 + ["cow"]), "y")
    assert "class 'cow' of 'y' with one row" in schema.notes[0]
    schema = infer_schema(frame_of(["3", "4", "5"] * 10), "y")
    assert schema.task == "regression"
    assert "unless `task=classification`" in schema.notes[0]


def test_a_class_that_training_did_not_have():
    schema = infer_schema(frame_of(["dog", "cat"] * 10), "y")
    with pytest.raises(DataError, match="target 'y' holds 'cow' in row 2, a class that training did not have"):
        schema.encode_target(frame_of(["dog", "cow"]))


@pytest.mark.parametrize("cells", [["dog", "cat", None] * 10, ["1.5", "2", None] * 10, ["yes", "no", "?"] * 10])
def test_rows_without_a_target_are_left_out_of_everything(cells):
    frame = frame_of(cells, b=[1.0, 3.0, 1e9] * 10)
    schema = infer_schema(frame, "y")
    assert "10 rows without a value of 'y' left out" in schema.notes
    assert schema.columns[1].fill == (2.0,)
    there = schema.labelled(frame)
    assert there.tolist() == [True, True, False] * 10
    assert len(schema.encode_target(frame[there])) == 20
    with pytest.raises(DataError, match="target 'y' has no value in row 3"):
        schema.encode_target(frame)


def test_errors_keep_their_lines_when_rows_are_left_out():
    frame = frame_of(["1", None, "3", "5"], b=pd.Series(["1", "2", "inf", "4"], dtype="str"))
    with pytest.raises(DataError, match=r"column 'b' holds 'inf' in line 13 of d.csv"):
        infer_schema(frame, "y", place=Place("d.csv", np.array([11, 12, 13, 14])))


def test_roles():
    frame = frame_of(
        [str(v) for v in np.arange(6.0) ** 2],
        w=["1", "0", "2", "1", "1", "1"],
        g=["u", "v", None, "u", "v", None],
        t=["2020-01-02", "2020-01-01", "2020-01-03", "2020-01-04", "2020-01-05", "2020-01-06"],
    )
    schema = infer_schema(frame, "y", SchemaOptions(roles={"w": "weight", "g": "group", "t": "time"}))
    assert schema.features == ("a",)
    assert schema.role("weight", frame).tolist() == [1, 0, 2, 1, 1, 1]
    groups = schema.role("group", frame)
    assert len(set(groups.tolist())) == 3
    assert groups[:3].tolist() == groups[3:].tolist()
    assert np.argsort(schema.role("time", frame)).tolist() == [1, 0, 2, 3, 4, 5]
    assert infer_schema(frame[["a", "y"]], "y").role("time", frame) is None


@pytest.mark.parametrize(
    ("role", "cells", "message"),
    [
        ("weight", ["1", "-1", "1", "1"], "weight column 'r' has a negative value in row 2"),
        ("weight", ["1", None, "1", "1"], "weight column 'r' has no value in row 2"),
        ("weight", ["0"] * 4, "weight column 'r' is 0 in every row"),
        ("weight", ["1", "x", "z", "1"], "column 'r' holds text: 'x'"),
        ("time", ["1", "soon", "2", "3"], "column 'r' holds text: 'soon'"),
        ("time", ["1", None, "2", "3"], "time column 'r' has no value in row 2"),
    ],
)
def test_roles_that_do_not_serve(role, cells, message):
    frame = frame_of(["1", "4", "9", "16"], r=pd.Series(cells, dtype="str"))
    with pytest.raises(DataError, match=message):
        infer_schema(frame, "y", SchemaOptions(roles={"r": role}))


def test_columns_that_give_the_target_away():
    rng = np.random.default_rng(1)
    y = rng.normal(size=200)
    frame = frame_of(y, scaled=5e9 - y * 1e-3, noisy=y + rng.normal(size=200) * 0.1)
    schema = infer_schema(frame, "y")
    assert [w for w in schema.warnings if "gives the target away" in w] == [
        "column 'scaled' gives the target away: the target follows from it, to rounding"
    ]
    kinds = rng.choice(["u", "v", "w"], 200)
    frame = frame_of(kinds, code=[{"u": "A", "v": "B", "w": "C"}[k] for k in kinds], other=rng.choice(["A", "B"], 200))
    schema = infer_schema(frame, "y")
    assert [w for w in schema.warnings if "gives the target away" in w] == [
        "column 'code' gives the target away: each of its values goes with one class only"
    ]

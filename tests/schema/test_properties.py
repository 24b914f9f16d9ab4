"""What holds for any table: each row for itself, JSON both ways, text and typed alike, dirt never a traceback."""

from __future__ import annotations

import copy
import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from example_counts import examples
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bnfit.errors import BnfitError, ModelFileError
from bnfit.schema.categories import level_keys
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema

WORDS = st.sampled_from(["red", "blue", "green", "dark red", "Ω", "4+"])
MOMENTS = st.datetimes(min_value=pd.Timestamp("1900-01-01"), max_value=pd.Timestamp("2100-01-01"))
TYPED = {
    "float": st.floats(-1e149, 1e149),
    "whole": st.integers(-(10**15), 10**15),
    "digit": st.integers(0, 3),
    "flag": st.booleans(),
    "moment": MOMENTS,
    "word": WORDS,
}
DIRT = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        ["1,5", "1.234,5", "$3", "5%", "-", "yes", "no", "inf", "1e999", "12:30", "2020-01-05", "05/06/2020"]
    ),
    st.none(),
)


@st.composite
def typed_frames(draw):
    """A frame of typed columns, some with gaps, and a target of numbers."""
    n = draw(st.integers(4, 30))
    columns = {}
    for name in draw(st.lists(st.sampled_from(sorted(TYPED)), min_size=1, max_size=4, unique=True)):
        values = draw(st.lists(TYPED[name], min_size=n, max_size=n))
        gaps = draw(st.lists(st.integers(0, n - 1), max_size=3))
        series = pd.Series([None if i in gaps else value for i, value in enumerate(values)])
        columns[name] = series if name not in ("whole", "digit") else series.astype("Int64")
    return pd.DataFrame({**columns, "keep": np.arange(n) * 1.5, "y": np.arange(n) ** 2.0})


def as_text(frame):
    """The frame as it comes back from a CSV file."""
    file = io.StringIO(frame.to_csv(index=False))
    return pd.read_csv(file, dtype="str", keep_default_na=False, na_values=[""])


def dirty_frame(cells):
    n = len(cells)
    y = pd.Series([str(v * v) for v in range(n)], dtype="str")
    return pd.DataFrame({"a": pd.Series(cells, dtype="str"), "keep": y + ".5", "y": y})


def outcome(work):
    """What the work gives, or the text of its clean error."""
    try:
        return work(), ""
    except BnfitError as problem:
        return None, str(problem)


def by_value(schema):
    """The schema with levels that are numbers named by their values: a text file may write 0.0, where a float has 0."""
    columns = [replace(c, levels=tuple(level_keys(c.levels, c.number))) if c.numeric else c for c in schema.columns]
    return replace(schema, columns=tuple(columns))


def infer_or_skip(frame):
    try:
        return infer_schema(frame, "y")
    except BnfitError:
        assume(False)


ONE_VALUE = pd.DataFrame({"float": [None, 0.0, 0.0, 0.0], "keep": np.arange(4) * 1.5, "y": np.arange(4) ** 2.0})


@examples(60)
@given(typed_frames())
@example(ONE_VALUE)
@example(ONE_VALUE.assign(float=pd.to_datetime(ONE_VALUE.float)))
def test_typed_columns_and_their_text_encode_the_same(frame):
    text = as_text(frame)
    typed, plain = infer_schema(frame, "y"), infer_schema(text, "y")
    assert by_value(typed).features == by_value(plain).features
    assert [c.kind for c in typed.columns] == [c.kind for c in plain.columns]
    x = typed.encode(frame).x
    assert np.isfinite(x).all()
    assert np.array_equal(x, plain.encode(text).x)
    assert np.array_equal(x, typed.encode(text).x)
    assert np.array_equal(x, plain.encode(frame).x)


HUGE = pd.DataFrame({"float": [0.0] * 20 + [9e149] * 2 + [-9e149] * 2, "keep": np.arange(24) * 1.5, "y": np.arange(24)})


@examples(60)
@given(typed_frames(), st.booleans())
@example(HUGE, False)
def test_each_row_is_encoded_for_itself(frame, text):
    frame = as_text(frame) if text else frame
    schema = infer_schema(frame, "y")
    together = schema.encode(frame)
    alone = [schema.encode(frame.iloc[i : i + 1]) for i in range(len(frame))]
    np.testing.assert_allclose(np.vstack([row.x for row in alone]), together.x, rtol=1e-14, atol=1e-15)
    assert sum(sum(row.filled.values()) for row in alone) == sum(together.filled.values())


@examples(150)
@given(st.lists(DIRT, min_size=4, max_size=25))
def test_any_cells_make_a_schema_or_a_clean_error_and_encode_row_by_row(cells):
    frame = dirty_frame(cells)
    schema = infer_or_skip(frame)
    together = schema.encode(frame)
    assert together.x.shape == (len(frame), len(schema.features))
    assert np.isfinite(together.x).all()
    assert not together.unseen
    alone = np.vstack([schema.encode(frame.iloc[i : i + 1]).x for i in range(len(frame))])
    np.testing.assert_allclose(alone, together.x, rtol=1e-14, atol=1e-15)
    back = Schema.from_json(json.loads(json.dumps(schema.to_json())))
    assert back == schema
    assert np.array_equal(back.encode(frame).x, together.x)


@examples(100)
@given(st.lists(DIRT, min_size=4, max_size=25), st.lists(DIRT, min_size=1, max_size=5))
def test_any_later_cells_are_encoded_or_a_clean_error(cells, later):
    schema = infer_or_skip(dirty_frame(cells))
    encoded, problem = outcome(lambda: schema.encode(dirty_frame(later)))
    assert np.isfinite(encoded.x).all() if encoded else "column 'a'" in problem


@examples(60)
@given(st.lists(DIRT, min_size=4, max_size=25))
def test_any_target_is_learned_or_a_clean_error(cells):
    frame = dirty_frame(cells)
    schema, problem = outcome(lambda: infer_schema(frame, "a"))
    assert schema or "'a'" in problem
    if schema:
        there = schema.labelled(frame)
        y = schema.encode_target(frame[there])
        assert len(np.unique(y)) == len(schema.classes) if schema.classes else np.isfinite(y).all()


JUNK = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text(max_size=3), st.just([]), st.just({}))


@examples(150)
@given(st.data())
def test_damaged_json_is_refused_or_still_encodes(data):
    frame = pd.DataFrame(
        {
            "n": ["1,5", "2", None, "4"] * 3,
            "c": ["u", "v", "v", "u"] * 3,
            "d": [f"2020-01-{i + 1:02d}" for i in range(12)],
            "y": ["p", "q", "r"] * 4,
        }
    )
    whole = infer_schema(frame, "y").to_json()
    damaged = copy.deepcopy(whole)
    spot = damaged
    while True:
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(spot[key], dict | list) or not spot[key] or data.draw(st.booleans()):
            break
        spot = spot[key]
    spot[key] = data.draw(JUNK)
    try:
        schema = Schema.from_json(damaged)
    except ModelFileError:
        return
    outcome(lambda: (schema.encode(frame), schema.encode_target(frame)))


@pytest.mark.parametrize(
    "nonsense", [None, [], {}, 3, {"columns": [], "task": "binary", "classes": [], "warnings": []}]
)
def test_nonsense_is_no_schema(nonsense):
    with pytest.raises(ModelFileError):
        Schema.from_json(nonsense)

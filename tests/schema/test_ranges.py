"""Where training has been, and what lies beyond it."""

import numpy as np
import pandas as pd
import pytest
from example_counts import examples
from hypothesis import example, given
from hypothesis import strategies as st

from bnfit.errors import ModelFileError
from bnfit.schema.infer import infer_schema
from bnfit.schema.ranges import outside, shown_value, with_range
from bnfit.schema.schema import Schema
from bnfit.schema.types import Column

KIND = Column("x", "number", "input")


def ranged(values):
    return with_range(KIND, np.asarray(values, float))


def share_outside(column, values):
    found = outside(column, values)
    return 0.0 if found is None else found.rows.mean()


def test_of_even_values_a_quarter_of_the_range_is_the_margin():
    column = ranged(np.linspace(10, 20, 101))
    assert column.span == (10, 20)
    assert column.limits == (7.5, 22.5)
    found = outside(column, np.array([7.4, 7.6, np.nan, 15, 22.4, 30]))
    assert found.rows.tolist() == [True, False, False, False, False, True]
    assert (found.least, found.most) == (7.4, 30)
    assert outside(column, np.array([8.0, np.nan])) is None


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda rng, n: rng.normal(size=n), 0.01),
        (lambda rng, n: rng.uniform(size=n), 0.01),
        (lambda rng, n: np.exp(rng.normal(size=n)), 0.01),
        (lambda rng, n: rng.binomial(1, 0.1, n), 0.01),
        (lambda rng, n: rng.exponential(size=n), 0.08),
        (lambda rng, n: rng.standard_t(3, n), 0.08),
        (lambda rng, n: rng.poisson(2, n), 0.08),
    ],
)
def test_new_rows_of_the_same_kind_are_rarely_outside(rng, draw, most):
    """60 columns, 120 training rows; long tails are told from mistakes less well."""
    shares = [share_outside(ranged(draw(rng, 120)), draw(rng, 5000).astype(float)) for _ in range(180)]
    assert 1 - (1 - np.mean(shares)) ** 60 < most


@pytest.mark.parametrize("scale", [0.01, 100.0])
@pytest.mark.parametrize(
    "draw",
    [lambda rng: rng.normal(50, 8, 120), lambda rng: rng.uniform(30, 220, 120), lambda rng: rng.gamma(9, 5, 120)],
)
def test_a_mistaken_unit_is_outside(rng, draw, scale):
    values = draw(rng)
    assert share_outside(ranged(values), values * scale) == 1


@examples(50)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
@example([3002399751580326.0, 3002399751580326.0, 3002399751580328.0])
def test_no_training_value_is_outside_and_limits_are_finite(values):
    column = ranged(values)
    low, high = column.limits
    assert np.isfinite(column.limits).all()
    assert low <= column.span[0] <= column.span[1] <= high
    assert outside(column, np.array(values)) is None


def test_missing_values_alone_have_no_range():
    assert ranged([np.nan, np.nan]).limits == ()
    assert outside(KIND, np.array([1e300])) is None


def test_encoding_tells_what_is_outside_of_each_column():
    days = pd.date_range("2024-01-01", periods=60).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"day": days, "n": np.arange(60.0) % 13, "kind": list("abc") * 20, "y": np.arange(60.0) ** 2})
    schema = infer_schema(frame, "y")
    assert schema.encode(frame).outside == {}
    new = pd.DataFrame({"day": ["2024-02-01", "2027-02-01", None], "n": [900.0, 3, -900], "kind": ["a", "d", "b"]})
    found = schema.encode(new).outside
    assert {name: cells.rows.tolist() for name, cells in found.items()} == {
        "day": [False, True, False],
        "n": [True, False, True],
        "kind": [False, True, False],
    }
    assert (found["n"].least, found["n"].most, found["kind"].least) == (-900, 900, None)
    day = schema.columns[0]
    assert [shown_value(day, value) for value in (*day.span, found["day"].most)] == [days[0], days[-1], "2027-02-01"]
    assert Schema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(("value", "order", "text"), [(0.5, "clock", "12:00:00"), (1.25, "ymd", "1970-01-02 06:00:00")])
def test_times_are_shown_as_people_write_them(value, order, text):
    assert shown_value(Column("t", "datetime", "input", order=order), value) == text


@pytest.mark.parametrize("ends", [[1.0], [2.0, 1.0], [0, float("inf")], "ab", [None, 1.0]])
def test_a_damaged_range_is_refused(ends):
    frame = pd.DataFrame({"x": np.arange(9.0), "y": np.arange(9.0) ** 2})
    data = infer_schema(frame, "y").to_json()
    data["columns"][0]["limits"] = ends
    with pytest.raises(ModelFileError):
        Schema.from_json(data)

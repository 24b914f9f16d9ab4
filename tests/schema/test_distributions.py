"""What is kept of a column's training values, and the way of other values back to them."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bnfit.errors import ModelFileError
from bnfit.schema.categories import MISSING, UNSEEN
from bnfit.schema.distributions import POINTS, describe_levels, describe_values, with_values
from bnfit.schema.encode import encode_cells, read_cells
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.transport import brought_back, training_quantile
from bnfit.schema.types import Column


def number(values):
    return with_values(Column("x", "number", "input", fill=(0.0,)), values)


def levels(counts, rare=0, missing=0):
    rows = sum(counts) + rare + missing
    names = tuple("abcdefgh"[: len(counts)])
    distribution = describe_levels(counts, rare, rows)
    return Column("c", "category", "input", levels=names, rare=("z",) * bool(rare), distribution=distribution)


def test_few_values_are_kept_with_their_shares():
    found = describe_values(np.array([1.0, 2.0, 2.0, 5.0, np.nan]))
    assert (found.rows, found.missing, found.mean) == (5, 0.2, 2.5)
    assert (found.points, found.below, found.upto) == ((1.0, 2.0, 5.0), (0.0, 0.25, 0.75), (0.25, 0.75, 1.0))


def test_many_values_are_kept_as_quantiles(rng):
    values = rng.lognormal(size=5000)
    found = describe_values(values)
    assert len(found.points) == POINTS
    assert found.below == found.upto == ()
    assert np.allclose(found.points, np.quantile(values, (np.arange(POINTS) + 0.5) / POINTS))


def test_a_value_that_is_repeated_has_a_share_of_its_own(rng):
    values = np.r_[np.zeros(600), rng.uniform(1, 2, 400)]
    found = describe_values(values)
    assert (found.points[0], found.below[0], found.upto[0]) == (0.0, 0.0, 0.6)
    assert np.isclose(training_quantile(found, np.array([0.3, 0.59])), 0).all()


@pytest.mark.parametrize("values", [np.array([np.nan, np.nan]), np.array([1e308, -1e308, 1.5e308])])
def test_what_cannot_be_described_is_not(values):
    assert describe_values(values) is None


@given(arrays.arrays(float, st.integers(1, 80), elements=st.floats(-1e6, 1e6) | st.just(np.nan) | st.just(3.0)))
def test_a_schema_with_a_distribution_survives_its_file(values):
    column = replace(number(values), use="input")
    target = Column("y", "number", "target")
    schema = Schema((column, target), "regression")
    assert Schema.from_json(schema.to_json()) == schema


@pytest.mark.parametrize(
    "damage",
    [
        {"points": [2.0, 1.0]},
        {"below": [0.1]},
        {"rows": 0},
        {"sd": -1.0},
        {"missing": 1.5},
        {"shares": [0.5]},
        {"upto": [1.0, 0.5, 0.2], "below": [0.0, 0.5, 0.6]},
        {"mean": "x"},
        {"rows": 1.5},
        {"more": 1},
        {"points": []},
    ],
)
def test_a_damaged_distribution_is_refused(damage):
    schema = Schema((number(np.array([1.0, 2.0, 2.0, 5.0])), Column("y", "number", "target")), "regression")
    document = schema.to_json()
    document["columns"][0]["distribution"] |= damage
    with pytest.raises(ModelFileError, match="damaged"):
        Schema.from_json(document)


def test_cells_are_encoded_as_rows_are(rng):
    frame = pd.DataFrame(
        {
            "n": ["1.5", "2", "", "4"] * 5,
            "c": ["a", "b", "", "c"] * 5,
            "d": ["2020-01-01", "2020-03-05", "2021-01-01", ""] * 5,
            "b": ["yes", "no", "yes", ""] * 5,
            "y": rng.normal(size=20).astype(str),
        }
    )
    schema = infer_schema(frame, "y")
    blocks = [encode_cells(column, read_cells(column, frame[column.name])) for column in schema.inputs]
    assert np.array_equal(np.hstack(blocks), schema.encode(frame).x)


@pytest.mark.parametrize("draw", ["normal", "lognormal", "exponential"])
def test_values_of_the_same_distribution_hardly_move(rng, draw):
    column = number(getattr(rng, draw)(size=4000))
    here = getattr(rng, draw)(size=4000)
    back = brought_back(column, here, rng)
    middle = np.abs(here - np.median(here)) < np.quantile(np.abs(here - np.median(here)), 0.95)
    spread = np.subtract(*np.quantile(here, [0.75, 0.25]))
    assert np.abs(back - here)[middle].max() < 0.25 * spread


@pytest.mark.parametrize("shift", [lambda v: v + 3, lambda v: 10 * v, lambda v: -2 * v, np.exp])
def test_shifted_values_come_back(rng, shift):
    column = number(rng.normal(size=4000))
    here = rng.normal(size=4000)
    back = brought_back(column, shift(here), rng)
    probabilities = np.linspace(0.02, 0.98, 20)
    found, known = np.quantile(back, probabilities), training_quantile(column.distribution, probabilities)
    assert np.allclose(found, known, atol=0.1)


def test_the_order_of_values_stays(rng):
    column = number(rng.normal(size=500))
    here = rng.lognormal(size=300)
    assert (np.diff(brought_back(column, here, rng)[np.argsort(here)]) >= -1e-12).all()


def test_discrete_values_move_as_few_rows_as_it_takes(rng):
    column = number(np.repeat([0.0, 1.0, 2.0], [50, 30, 20]))
    here = rng.permutation(np.repeat([0.0, 1.0, 2.0], [700, 100, 200]))
    back = brought_back(column, here, rng)
    assert np.bincount(back.astype(int)).tolist() == [500, 300, 200]
    assert (back != here).sum() == 200


def test_missing_cells_get_values_where_there_are_too_many(rng):
    column = number(np.r_[rng.normal(size=900), np.full(100, np.nan)])
    here = np.where(rng.random(1000) < 0.4, np.nan, rng.normal(size=1000))
    back = brought_back(column, here, rng)
    assert np.isnan(back).sum() == 100
    assert abs(np.nanmean(back)) < 0.15


def test_values_get_lost_where_too_few_are_missing(rng):
    column = number(np.r_[rng.normal(size=500), np.full(500, np.nan)])
    assert np.isnan(brought_back(column, rng.normal(size=100), rng)).sum() == 50


def test_levels_that_are_too_frequent_give_up_rows(rng):
    column = levels([60, 30, 10])
    here = rng.permutation(np.repeat([0.0, 1.0, 2.0], [30, 60, 10]))
    back = brought_back(column, here, rng)
    assert np.bincount(back.astype(int)).tolist() == [60, 30, 10]
    assert (back != here).sum() == 30


def test_unknown_levels_become_known_ones_and_missing_ones_stay_where_training_had_them(rng):
    column = levels([50, 20], rare=10, missing=20)
    here = np.r_[np.full(50, UNSEEN, float), np.zeros(50)]
    back = brought_back(column, here, rng)
    assert not (back == UNSEEN).any()
    assert (back[50:] == 0).all()
    assert set(np.unique(back[:50])) <= {1.0, 2.0, float(MISSING)}

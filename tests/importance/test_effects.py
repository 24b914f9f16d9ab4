"""Effects of columns against closed forms of networks that add them up."""

import numpy as np
import pandas as pd
import pytest
from random_networks import trained

from bnfit.importance.effects import POINTS, effects_of
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import column_positions
from bnfit.schema.types import SchemaOptions


def encoded(frame, **options):
    schema = infer_schema(frame, "y", SchemaOptions(**options))
    return schema, schema.encode(frame).x


def plain(k):
    return BatchNorm(np.ones(k), np.zeros(k), np.zeros(k), np.ones(k), 0.0)


def test_of_a_line_the_effect_is_the_line_around_its_mean(rng):
    frame = pd.DataFrame({"a": rng.normal(3, 2, 400), "b": rng.exponential(size=400), "y": rng.normal(size=400)})
    schema, x = encoded(frame)
    network = Network((plain(2), Dense(np.array([[2.0], [-0.5]]), np.ones(1))))
    first, second = effects_of(network, schema, x, (), np.array([4.0, 1.0]))
    assert (first.column, second.column, first.se, first.of) == ("a", "b", None, "")
    assert len(first.at) == POINTS
    assert np.diff(first.change) == pytest.approx(2 * np.diff(first.at), rel=1e-3)
    assert np.diff(second.change) == pytest.approx(-0.5 * np.diff(second.at), rel=1e-3, abs=1e-5)
    inside = np.interp(x[:, 0], first.at, first.change)
    assert abs(inside.mean()) < 0.02 * inside.std()


def test_correlated_columns_keep_their_own_effects(rng):
    """Shuffling would leave the data; differences between neighbouring values do not."""
    a = rng.normal(size=2000)
    frame = pd.DataFrame({"a": a, "b": a + 0.1 * rng.normal(size=2000), "y": a})
    schema, x = encoded(frame)
    layers = (plain(2), Dense(np.array([[1.0, 0.0], [0.0, 30.0]]), np.array([0.0, -120.0])), Activation("relu"))
    network = Network((*layers, Dense(np.array([[1.0], [1.0]]), np.zeros(1))))
    effect = effects_of(network, schema, x, (), None)[1]
    assert effect.column == "b"
    assert np.ptp(effect.change) < 0.01  # 30 (b - 4) begins where no row is


def test_levels_stand_by_their_effect_and_two_levels_too(rng):
    place = rng.choice(["north", "south", "west"], 300, p=[0.5, 0.3, 0.2])
    side = rng.choice(["left", "right"], 300)
    frame = pd.DataFrame({"place": place, "side": side, "y": rng.normal(size=300)})
    schema, x = encoded(frame)
    weights = {"place=north": 1.0, "place=south": 3.0, "place=west": -2.0, "side=right": 5.0}
    network = Network((plain(4), Dense(np.array([[weights[f]] for f in schema.features]), np.zeros(1))))
    by_column = {effect.column: effect for effect in effects_of(network, schema, x, (), None)}
    found = by_column["place"]
    assert found.levels == ("west", "north", "south")
    assert np.diff(found.change) == pytest.approx([3, 2], rel=1e-4)
    assert by_column["side"].levels == ("left", "right")
    assert np.diff(by_column["side"].change) == pytest.approx([5], rel=1e-4)


def test_gaps_are_no_values_and_dates_have_no_effect(rng):
    values = np.where(rng.random(200) < 0.3, np.nan, rng.normal(10, 1, 200))
    days = pd.date_range("2020-01-01", periods=200).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"a": values, "day": days, "y": rng.normal(size=200)})
    schema, x = encoded(frame)
    network = Network((plain(x.shape[1]), Dense(np.ones((x.shape[1], 1)), np.zeros(1))))
    (effect,) = effects_of(network, schema, x, (), None)
    assert effect.column == "a"
    assert min(effect.at) == pytest.approx(np.nanmin(values), rel=1e-5)
    assert np.diff(effect.change) == pytest.approx(np.diff(effect.at), rel=1e-3)


@pytest.mark.parametrize(("output", "outputs", "of"), [("linear", 1, {""}), ("softmax", 3, {"u", "v", "w"})])
def test_a_merged_model_has_the_mean_of_its_members_effects_with_errors(output, outputs, of):
    network, x = trained(arm="bn-input", count=4, output=output, outputs=outputs)
    classes = np.array(["u", "v", "w"])[np.arange(len(x)) % 3] if outputs == 3 else np.arange(len(x)) + 0.5
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=classes)
    schema, x = encoded(frame, features=tuple("abcd"))
    assert column_positions(schema) == [[0], [1], [2], [3]]
    merged = effects_of(network, schema, x, (0, 0, 1, 1), None)
    whole = effects_of(Network((*network.layers, Activation("linear"))), schema, x, (), None)
    assert {effect.of for effect in merged} == of
    assert len(merged) == 4 * outputs
    for one, other in zip(merged, whole, strict=True):
        assert one.change == pytest.approx(other.change, rel=1e-3, abs=1e-3 * max(map(abs, other.change)))
        assert other.se is None
        assert one.se is not None
        assert max(one.se) > 0

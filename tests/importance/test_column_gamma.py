"""γ of columns, its standard error and what belongs to it, against closed forms."""

import numpy as np
import pandas as pd
import pytest
from random_networks import trained

from bnfit.importance.column_gamma import direction_of, gamma_of_columns, gamma_of_mean, inputs_of, jackknifed
from bnfit.networks.gamma import calibrate, per_column, steps_between
from bnfit.networks.layers import Activation, BatchNorm, Dense, Network
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import column_positions
from bnfit.schema.types import SchemaOptions

WRITTEN = {
    "0 and 1": lambda yes: yes.astype(int),
    "1 and 2": lambda yes: yes + 1,
    "yes and no": lambda yes: np.where(yes, "yes", "no"),
    "two levels": lambda yes: np.where(yes, "treated", "control"),
    "three levels": lambda yes: np.where(yes, "treated", np.where(np.arange(len(yes)) % 2, "placebo", "waiting")),
}


def encoded(frame, **options):
    """The schema of a frame with the target `y`, and its rows."""
    schema = infer_schema(frame, "y", SchemaOptions(**options))
    return schema, schema.encode(frame).x


def linear(x, weights):
    """A network with BatchNormalization first that computes x @ weights."""
    norm = BatchNorm(np.ones(x.shape[1]), np.zeros(x.shape[1]), x.mean(0), x.var(0), 0.0)
    return Network((norm, Dense(weights[:, None] * x.std(0)[:, None], np.zeros(1))))


@pytest.mark.parametrize("written", WRITTEN)
def test_one_effect_has_one_gamma_however_its_column_is_written(rng, written):
    yes = rng.random(200) < 0.3
    number = rng.normal(size=200)
    frame = pd.DataFrame({"a": WRITTEN[written](yes), "b": number, "y": 2.0 * yes + number})
    schema, x = encoded(frame)
    weights = np.array([2.0 if name in ("a", "a=treated") else float(name == "b") for name in schema.features])
    if schema.features[0].startswith("a=control"):
        weights[0] = -2.0
    found = gamma_of_columns(linear(x, weights), schema, x, ())
    assert found.gamma == pytest.approx([2 * yes.std(), number.std()], rel=1e-6)
    assert found.total == pytest.approx(found.gamma, rel=0.1)


def test_parts_of_a_column_count_with_their_covariance(rng):
    values = rng.normal(5, 2, 300)
    gaps = rng.random(300) < 0.2
    frame = pd.DataFrame({"a": np.where(gaps, np.nan, values), "b": rng.normal(size=300), "y": values})
    schema, x = encoded(frame)
    weights = np.array([1.5, -4.0, 0.0])
    found = gamma_of_columns(linear(x, weights), schema, x, ())
    assert found.gamma[0] == pytest.approx((x[:, :2] @ weights[:2]).std())
    assert found.straightness[0] == pytest.approx(1)
    assert found.rising[0] == 1


def test_a_step_between_two_values_counts_though_it_has_no_slope_at_either(rng):
    frame = pd.DataFrame({"a": np.repeat([0, 1], [60, 40]), "b": rng.normal(size=100), "y": rng.normal(size=100)})
    schema, x = encoded(frame)
    norm = BatchNorm(np.ones(2), np.zeros(2), np.zeros(2), np.ones(2), 0.0)
    step = Dense(np.array([[200.0], [0.0]]), np.array([-100.0]))
    network = Network((norm, step, Activation("sigmoid"), Dense(np.array([[3.0]]), np.zeros(1))))
    assert steps_between(network, x, 0, 0, 1) == pytest.approx(3)
    two_valued = inputs_of(schema, x).two_valued
    assert two_valued == [0]
    calibrated, gamma = calibrate(network, x, two_valued)
    assert gamma[0] == pytest.approx(3)
    assert calibrate(network, x)[1][0] < 1e-20
    assert np.abs(calibrated.layers[0].gamma[0]) == pytest.approx(3)
    np.testing.assert_allclose(calibrated(x), network(x), atol=1e-6)
    found = gamma_of_columns(network, schema, x, ())
    # the layer counts in its own deviation, which is 1 here
    assert found.gamma[0] == pytest.approx(3)
    assert (found.straightness[0], found.rising[0]) == (pytest.approx(1), 1)


def test_columns_of_one_input_have_the_gamma_of_the_layer():
    network, x = trained(arm="bn-input")
    frame = pd.DataFrame(x, columns=list("abcd")).assign(y=np.arange(len(x)) + 0.5)
    schema, x = encoded(frame, features=tuple("abcd"))
    found = gamma_of_columns(network, schema, x, (0, 1, 2))
    assert found.gamma == pytest.approx(np.abs(network.layers[0].gamma), rel=1e-5)
    assert found.gamma == pytest.approx(per_column(calibrate(network, x)[1], column_positions(schema)))


def test_gamma_of_a_mean_is_not_the_mean_of_gammas(rng):
    frame = pd.DataFrame({"a": rng.normal(size=50), "y": rng.normal(size=50)})
    schema, x = encoded(frame)
    up, down = linear(x, np.array([2.0])), linear(x, np.array([-2.0]))
    assert gamma_of_mean([up, down], schema, x) == pytest.approx([0])
    assert gamma_of_mean([up, up], schema, x) == pytest.approx(2 * x.std(0))


def test_directions():
    x = np.linspace(-1, 1, 101)
    frame = pd.DataFrame({"a": x, "b": x[::-1] ** 3, "y": x})
    schema, x = encoded(frame, features=("a", "b"))
    norm = BatchNorm(np.ones(2), np.zeros(2), np.zeros(2), np.ones(2), 0.0)
    square = (norm, Dense(np.array([[1.0, -1.0], [0.0, 0.0]]), np.zeros(2)), Activation("relu"))
    both = gamma_of_columns(Network((*square, Dense(np.ones((2, 1)), np.zeros(1)))), schema, x, ())
    assert direction_of("number", both.rising[0]) == "both"
    assert abs(both.straightness[0]) < 0.05
    down = gamma_of_columns(linear(x, np.array([-1.0, 0.0])), schema, x, ())
    assert [direction_of("number", rising) for rising in down.rising] == ["down", None]
    assert direction_of("category", np.nan) == "levels"


def test_the_jackknife_of_means_is_the_standard_error_of_their_mean(rng):
    """Members that only differ by the rows of their fold: leaving one out is what Tukey's formula assumes."""
    draws = rng.normal(size=(4000, 160))
    parts = draws.reshape(4000, 8, 20)
    without = (parts.sum((1, 2), keepdims=True)[..., 0] - parts.sum(2)) / 140
    folds = np.repeat(np.arange(8), 2)
    found = jackknifed(np.repeat(without.T, 2, axis=0), folds)
    assert np.square(found).mean() == pytest.approx(1 / 160, rel=0.05)


def test_what_members_of_a_fold_differ_by_is_not_magnified(rng):
    """With no difference between folds the error of the mean is that of the seeds."""
    folds = np.repeat(np.arange(8), 4)
    kinds = 100.0 * (np.arange(32) % 4)[:, None]
    found = jackknifed(kinds + rng.normal(size=(32, 2000)), folds)
    expected = 1 / 32
    magnified = 49 / 8 / 4
    assert np.square(found).mean() < magnified / 3
    assert np.median(found) < 2 * expected**0.5
    uneven = jackknifed(rng.normal(size=(31, 2000)), folds[1:])
    assert np.median(uneven) < 2 * expected**0.5


def test_the_share_of_the_variance_is_bounded_where_the_distribution_tells(rng):
    shapes = {"normal": rng.normal(size=3000), "uniform": rng.uniform(size=3000), "skewed": rng.exponential(size=3000)}
    frame = pd.DataFrame({**shapes, "two": rng.integers(0, 2, 3000), "y": rng.normal(size=3000)})
    schema, x = encoded(frame)
    weights = np.array([1.0, 2.0, 0.5, 0.5])
    bound = gamma_of_columns(linear(x, weights), schema, x, ()).bound
    shares = np.square(weights * x.std(0)) / (x @ weights).var()
    assert bound[:2] == pytest.approx(shares[:2] * [1, 12 / np.pi**2], rel=0.02)
    assert np.isnan(bound[2:]).all()

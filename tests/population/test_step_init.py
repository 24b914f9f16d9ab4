"""Units that start as steps, and the choice between kinds of members."""

import numpy as np
import pandas as pd
import pytest

from bnfit.api import predict_table
from bnfit.ensemble.base_learners import (
    Averaged,
    BaseLearner,
    averaged_label,
    averaged_note,
    usual_base_learners,
)
from bnfit.ensemble.fit_table import fit_table
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population.members import Member, start
from bnfit.population.recipe import RECIPES
from bnfit.population.step_init import MOST_UNITS, STEEPEST, stepped, steps
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow


def test_steps_lie_at_quantiles_and_rise_over_the_gap_between_their_neighbours():
    x = np.linspace(0, 1, 901)[:, None] ** 2
    found = steps(x, 8)
    places = np.quantile(x[:, 0], np.arange(10) / 9)
    assert [column for column, _, _ in found] == [0] * 8
    np.testing.assert_allclose([place for _, place, _ in found], places[1:-1])
    np.testing.assert_allclose([s for _, _, s in found], np.minimum(STEEPEST, 2 / (places[2:] - places[:-2])))


def test_few_values_get_steps_between_them_and_two_values_none():
    x = np.c_[np.tile([0.0, 1.0], 30), np.tile([0.0, 1.0, 3.0], 20)]
    assert steps(x, 8) == [(1, 0.5, 1.0), (1, 2.0, 0.5)]
    assert steps(x[:, :1], 8) == []


def test_many_columns_get_fewer_steps_each():
    x = np.random.default_rng(1).normal(size=(500, 30))
    found = steps(x, 8)
    assert len(found) == 30 * 3 <= MOST_UNITS
    assert len(steps(np.tile(x, 10), 8)) == MOST_UNITS


def test_the_last_units_become_the_steps():
    kernel = np.full((2, 5), 7.0)
    made, bias = stepped(kernel, [(0, 0.5, 2.0), (1, -1.0, 4.0)], 3)
    np.testing.assert_array_equal(made[:, :3], 7)
    np.testing.assert_array_equal(made[:, 3:], [[2, 0], [0, 4]])
    np.testing.assert_array_equal(bias, [[0, 0, 0, -1, 4]])
    assert (kernel == 7).all()


def test_a_member_with_knots_starts_with_them_and_its_first_layer_does_not_decay():
    rng = np.random.default_rng(2)
    x = np.exp(2 * rng.normal(size=(80, 2)))
    table, parts = Dataset(x, rng.normal(size=(80, 1))), splits(FoldConstraints(80), 4, 0.0, 0)
    still = RECIPES["default"].changed(epochs=3, learning_rate=1e-12, weight_decay=1e11)
    architecture = Architecture((20, 4), "tanh", arm="bn-input")
    plain, knotted = (Member(architecture, parts[0], 0, 0, knots=k) for k in (0, 8))
    rows = x[parts[0].train]
    first = start(knotted, 2, 1, (rows - rows.mean(0)) / rows.std(0))
    assert first.keys() == {"kernel0", "kernel1", "kernel2", "bias0"}
    assert (np.count_nonzero(first["kernel0"], axis=0) == [2] * 4 + [1] * 16).all()
    kept, decayed = (t.network.layers[1].kernel for t in train([knotted, plain], table, still))
    np.testing.assert_allclose(kept, first["kernel0"], rtol=1e-4, atol=1e-5)
    assert np.abs(decayed).max() < 0.9 * np.abs(start(plain, 2, 1)["kernel0"]).max()


def test_the_base_learners_of_fit():
    x = np.random.default_rng(3).normal(size=(300, 2))
    smooth, stepped_ = usual_base_learners(Architecture((64, 64), "tanh", arm="bn-input"), x)
    assert smooth == BaseLearner(Architecture((64, 64), "silu", arm="bn-input"))
    assert stepped_ == BaseLearner(Architecture((80, 64), "tanh", arm="bn-input"), 8)
    whole, early = Averaged(smooth, 16, 300, 300), Averaged(stepped_, 16, 18, 300)
    assert averaged_note([whole], chosen=False) == ()
    assert averaged_note([Averaged(smooth, 16, 18, 300)], chosen=False) == (
        "networks of 64-64 silu after 18 of 300 epochs did best on unseen rows",
    )
    assert averaged_note([whole, early], chosen=True) == (
        "networks of 64-64 silu after 300 of 300 epochs and of 80-64 tanh, started with steps after 18 of 300 epochs "
        "together did best on unseen rows",
    )
    assert averaged_label([whole, early]) == "64-64 silu + 80-64 tanh"
    assert averaged_label([early, early]) == "80-64 tanh"


@pytest.mark.parametrize("wanted", ["silu", "tanh"])
def test_fit_takes_the_kind_that_does_better_on_unseen_rows(wanted):
    rng = np.random.default_rng(4)
    x = rng.uniform(-1, 1, (240, 3))
    bent, steep = 2 * x[:, 0] * x[:, 1] + x[:, 2], 2.0 * (x[:, 0] > 0.2) + 1.0 * (x[:, 1] > 0.5)
    y = (bent if wanted == "silu" else steep) + 0.05 * rng.normal(size=240)
    frame = pd.DataFrame(x, columns=["a", "b", "c"]).assign(y=y)
    report, model = fit_table(frame, "y", epochs=60, folds=3)
    assert report.architecture.endswith(wanted)
    assert report.members in (18, 36)
    assert any(f"{report.architecture}" in note and "did best" in note for note in report.explanation.notes)
    error = np.mean(np.square(predict_table(model, frame)[0].prediction - y))
    assert error < report.explanation.metrics["mse"] * 1.2
    assert fit_table(frame, "y", epochs=5, folds=3, members=3, units=8)[0].architecture == "8-8-8 tanh"

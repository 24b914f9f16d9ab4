"""The contest of a search: what competes, what is saved, and what its errors are."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from bnfit.api import predict_table, save_model
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import UsageError
from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.schema.dataset import Dataset
from bnfit.schema.types import SchemaOptions
from bnfit.tuning.ranking import Scorer
from bnfit.tuning.search_table import search_table

pytestmark = pytest.mark.slow

QUICK = {"epochs": 12, "folds": 3, "members": 6}
SMALL = {"layers": (1,), "units": (3, 5), "activations": ("tanh", "relu"), "output_activations": ("linear",)}


@pytest.fixture(scope="module")
def steps():
    """A table that plain `fit` is ahead on, and no line."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(150, 3))
    y = 3 * (x[:, 0] > 0) + np.sign(x[:, 1]) + 0.2 * rng.normal(size=150)
    return pd.DataFrame(x, columns=list("abc")).assign(y=y)


@pytest.fixture(scope="module")
def noisy():
    """A table on which means of different networks are better than any of them."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(150, 3))
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.7 * rng.normal(size=150)
    return pd.DataFrame(x, columns=list("abc")).assign(y=y)


def row_of(report, reference):
    return next(row for row in report.leaderboard if row.reference == reference)


def test_the_row_of_fit_is_what_plain_fit_reports(steps):
    fit, plain = fit_table(steps, "y", **QUICK)
    report, model = search_table(steps, "y", **QUICK, strategy="random", trials=2, save="fit")
    row = row_of(report, "fit")
    assert (report.saved.team, report.saved.why, row.saved) == ("fit", "asked", True)
    assert report.fit.explanation.metrics == fit.explanation.metrics
    assert report.fit.architecture == fit.architecture
    assert row.r2 == pytest.approx(fit.explanation.metrics["r2"])
    new = steps.assign(a=steps.a + 0.1)
    pd.testing.assert_frame_equal(predict_table(model, new)[0], predict_table(plain, new)[0])


def test_named_layers_are_kept_to_and_fit_is_a_reference(steps):
    report, _ = search_table(steps, "y", **QUICK, **SMALL)
    assert row_of(report, "fit").cv_mse > 0
    assert report.saved.team in ("candidate", "ensemble")
    assert all(part.split()[0] in ("3", "5", "1", "2") for part in report.fit.architecture.split(" + "))
    with pytest.raises(UsageError, match="keeps to the layers"):
        search_table(steps, "y", **QUICK, **SMALL, save="fit")


def test_an_ensemble_is_one_stock_model_whose_error_is_its_row(noisy, tmp_path):
    wide = {**SMALL, "units": (12, 16, 20), "weight_decays": (0.0,)}
    report, model = search_table(noisy, "y", **{**QUICK, "epochs": 100}, **wide, save="ensemble")
    assert (report.saved.team, report.saved.why) == ("ensemble", "asked")
    row = row_of(report, "ensemble")
    assert row.saved
    assert row.r2 == pytest.approx(report.fit.explanation.metrics["r2"])
    assert report.fit.members > 3, "more than the members of one candidate"
    assert {i.gamma is None for i in report.fit.explanation.importances} == {False}
    save_model(model, tmp_path / "m.keras")
    keras = tf.keras.models.load_model(tmp_path / "m.keras")
    by_keras = np.asarray(keras(noisy[list("abc")].to_numpy()))[:, 0]
    np.testing.assert_allclose(predict_table(model, noisy)[0].prediction, by_keras, rtol=1e-4, atol=1e-4)
    assert isinstance(keras.layers[1], tf.keras.layers.BatchNormalization)


def test_classes_and_groups_and_weights_make_ensembles_too(steps):
    frame = steps.assign(y=np.where(steps.y > 1, "high", np.where(steps.y < -1, "low", "mid")))
    frame = frame.assign(who=np.arange(150) // 5, w=np.linspace(0.5, 2, 150))
    options = SchemaOptions(roles={"w": "weight", "who": "group"})
    small = {**SMALL, "output_activations": None}
    report, model = search_table(frame, "y", options=options, **QUICK, **small, save="ensemble")
    assert report.saved.team in ("ensemble", "candidate")
    assert report.fit.explanation.metrics["log_loss"] < report.fit.explanation.reference["log_loss"]
    found = predict_table(model, frame.drop(columns="y"))[0]
    np.testing.assert_allclose(found.filter(like="probability").sum(axis=1), 1, rtol=1e-6)


def test_in_time_no_ensemble_is_made_of_members_that_test(steps):
    frame = steps.assign(day=np.arange(150))
    options = SchemaOptions(roles={"day": "time"})
    report, _ = search_table(frame, "y", options=options, **QUICK, **SMALL)
    assert not [row for row in report.leaderboard if row.reference == "ensemble"]
    assert report.saved.team == "candidate"
    with pytest.raises(UsageError, match="no ensemble can be made"):
        search_table(frame, "y", options=options, **QUICK, **SMALL, save="ensemble")


def test_single_networks_compete_too(steps):
    report, _ = search_table(steps, "y", epochs=12, folds=3, members=1, **SMALL)
    assert report.saved.team == "candidate"
    assert report.fit.members == 1
    with pytest.raises(UsageError, match="more than one member"):
        search_table(steps, "y", epochs=12, folds=3, members=1, save="ensemble")


def test_the_papers_recipe_saves_a_candidate(steps):
    report, _ = search_table(steps, "y", **QUICK, **SMALL, recipe="paper", learning_rates=(1e-3,))
    assert (report.saved.team, report.saved.why) == ("candidate", "asked")
    saved = [row for row in report.leaderboard if row.saved]
    assert len(saved) == 1
    assert saved[0].architecture == report.fit.architecture


def test_a_search_is_repeatable(steps):
    first, second = (search_table(steps, "y", **QUICK, **SMALL)[0] for _ in range(2))
    assert first.leaderboard == second.leaderboard
    assert (first.saved, first.corrected) == (second.saved, second.corrected)


def test_noise_has_no_skill_and_its_corrected_error_is_no_lower(rng):
    frame = pd.DataFrame(rng.normal(size=(80, 4)), columns=list("abcd")).assign(y=rng.normal(size=80))
    report, _ = search_table(frame, "y", **QUICK, units=(2, 3, 4, 5), layers=(1,), save="candidate")
    assert not report.fit.explanation.skilled
    assert report.corrected.error > report.corrected.own
    assert report.corrected.compared == 4 * 3 * 2


def test_repeats_draw_new_folds_and_average(steps):
    once, _ = search_table(steps, "y", **QUICK, **SMALL)
    twice, _ = search_table(steps, "y", **QUICK, **SMALL, repeats=2)
    assert (once.trainings, twice.trainings, twice.repeats) == (12, 24, 2)
    first, second = (
        {r.architecture: r.cv_mse for r in report.leaderboard if r.reference is None} for report in (once, twice)
    )
    assert all(first[name] != second[name] for name in first)


def test_the_standard_error_of_repeats_is_that_of_one(rng):
    table = Dataset(rng.normal(size=(20, 2)), rng.normal(size=(20, 1)))
    parts = splits(FoldConstraints(20), 4, 0.0, 0)
    said = [np.zeros((len(s.test), 1)) for s in parts]
    once = Scorer(table, parts).row("", "", 1, said)
    thrice = Scorer(table, parts * 3, 3).row("", "", 1, said * 3)
    assert thrice.cv_mse == pytest.approx(once.cv_mse)
    errors = [float(np.square(table.y[s.test]).mean()) for s in parts]
    assert once.cv_se == pytest.approx(np.std(errors, ddof=1) / 2)
    assert thrice.cv_se == pytest.approx(np.std(errors * 3, ddof=1) / 2)

"""The plain functions behind the commands, on data frames."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bnfit.api import explain_model, predict_table
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import DataError, UsageError
from bnfit.model.model import load_model, save_model
from bnfit.networks.layers import BatchNorm
from bnfit.networks.positions import input_layer
from bnfit.tuning.search_table import search_table

pytestmark = pytest.mark.slow

NETWORK = {"layers": 1, "units": 16}
"""A stated network is trained as it is: the folds choose nothing but its mixture with a linear model."""


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(90, 4)) * [10, 1, 0.01, 1000] + [100, 0, 1, -5000]
    y = x[:, 0] * 0.5 + 4 * np.tanh(x[:, 1]) + 200 * x[:, 2] + rng.normal(size=90)
    return pd.DataFrame(x, columns=["big", "bent", "tiny", "noise"]).assign(y=y)


@pytest.fixture(scope="module")
def fitted(frame):
    return fit_table(frame, "y", **NETWORK, epochs=150, folds=5, members=10, seed=3)


def test_the_error_is_honest_and_the_noise_column_matters_least(fitted):
    explanation = fitted[0].explanation
    assert explanation.metrics["r2"] > 0.8
    assert explanation.reference["r2"] == pytest.approx(0, abs=0.05)
    gamma = {i.column: i.gamma for i in explanation.importances}
    assert min(gamma, key=gamma.get) == "noise"
    assert max(gamma, key=gamma.get) == "big"


def test_errors_are_out_of_fold(frame, fitted):
    report, model = fitted
    folds = np.array(model.folds_of(frame.drop(columns="y").to_numpy(), frame[["y"]].to_numpy()))
    assert sorted(np.unique(folds)) == [0, 1, 2, 3, 4]
    outputs = model.network.member_outputs(frame.drop(columns="y").to_numpy())[:, :, 0]
    unseen = np.array([outputs[r, np.array(model.member_folds()) == f].mean() for r, f in enumerate(folds)])
    assert report.explanation.metrics["mse"] == pytest.approx(np.mean(np.square(unseen - frame.y)), rel=1e-4)
    in_sample = np.mean(np.square(outputs.mean(1) - frame.y))
    assert in_sample < 0.9 * report.explanation.metrics["mse"], "the test must be able to fail"


def test_the_gamma_in_the_file_is_the_importance(fitted):
    report, model = fitted
    _, layer = input_layer(model.network)
    np.testing.assert_allclose(np.abs(layer.gamma), [i.gamma for i in report.explanation.importances], rtol=1e-6)
    assert not layer.beta.any()


def test_saved_statistics_are_those_of_all_rows(frame, fitted):
    _, layer = input_layer(fitted[1].network)
    assert isinstance(layer, BatchNorm)
    np.testing.assert_allclose(layer.mean, frame.drop(columns="y").mean(), rtol=1e-6)
    np.testing.assert_allclose(layer.variance, frame.drop(columns="y").var(ddof=0), rtol=1e-6)


def test_the_same_seed_gives_the_same_file_byte_for_byte(tmp_path, frame, fitted):
    again = fit_table(frame, "y", **NETWORK, epochs=150, folds=5, members=10, seed=3)[1]
    other = fit_table(frame, "y", **NETWORK, epochs=150, folds=5, members=10, seed=4)[1]
    for name, model in (("a", fitted[1]), ("b", again), ("c", other)):
        save_model(model, tmp_path / f"{name}.keras")
    a, b, c = ((tmp_path / f"{name}.keras").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_a_loaded_model_predicts_and_explains_as_the_trained_one(tmp_path, frame, fitted):
    save_model(fitted[1], tmp_path / "m.keras")
    loaded = load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(predict_table(loaded, frame)[0], predict_table(fitted[1], frame)[0])
    assert explain_model(loaded) == explain_model(fitted[1])
    assert zipfile.ZipFile(tmp_path / "m.keras").testzip() is None
    document = json.loads(zipfile.ZipFile(tmp_path / "m.keras").read("bnfit.json"))
    assert {"schema", "versions", "recipe", "explanation", "curves"} <= document.keys()


def test_explaining_the_training_table_repeats_the_out_of_fold_errors(frame, fitted):
    report, model = fitted
    fresh = explain_model(model, frame.sample(frac=1, random_state=0))
    assert fresh.metrics == pytest.approx(report.explanation.metrics, rel=1e-4)
    assert fresh.reference == pytest.approx(report.explanation.reference, rel=1e-4, abs=1e-9)
    for then, now in zip(report.explanation.importances, fresh.importances, strict=True):
        assert now.mspe_zero == pytest.approx(then.mspe_zero, rel=1e-3)


def test_a_file_without_rows_holds_no_target_and_no_key_and_says_all_else(tmp_path, frame, fitted):
    _, model = fitted
    texts, loaded = {}, {}
    for keep in (True, False):
        save_model(model, tmp_path / f"{keep}.keras", keep_rows=keep)
        texts[keep] = zipfile.ZipFile(tmp_path / f"{keep}.keras").read("bnfit.json").decode()
        loaded[keep] = load_model(tmp_path / f"{keep}.keras")
    targets = [str(value) for value in frame.y]
    assert all(text in texts[True] for text in targets), "the test must be able to fail"
    assert not any(text in texts[False] for text in targets)
    documents = {keep: json.loads(text) for keep, text in texts.items()}
    assert documents[True].keys() - documents[False].keys() == {"rows", "out_of_fold"}
    assert documents[False] == {key: documents[True][key] for key in documents[False]}
    assert explain_model(loaded[False]) == explain_model(loaded[True])
    np.testing.assert_array_equal(predict_table(loaded[False], frame)[0], predict_table(loaded[True], frame)[0])


def test_without_rows_in_the_file_nobody_claims_that_the_table_is_new(frame, fitted):
    _, model = fitted
    assert explain_model(model, frame).origin.kind == "refolded_rows"
    assert explain_model(model.without_rows(), frame).origin.kind == "unknown_rows"
    notes = {
        kept.metadata.rows is not None: predict_table(kept, frame)[1].notes for kept in (model, model.without_rows())
    }
    assert notes[True] == ("90 rows are among those that the model was trained on: the errors flatter it",)
    (remark,) = notes[False]
    assert remark.startswith("whether the model was trained on any of these rows is not known")
    assert predict_table(model.without_rows(), frame.drop(columns="y"))[1].notes == ()


def test_explain_says_where_fit_told_another_error_of_the_same_rows(frame, fitted):
    _, model = fitted
    told = model.metadata.explanation
    metrics = told.metrics
    changed = replace(told, metrics={**metrics, "mse": 1.2 * metrics["mse"]})
    other = replace(model, metadata=replace(model.metadata, explanation=changed))
    said = f"fit measured MSE {1.2 * metrics['mse']:.4g} on these rows"
    assert any(note.startswith(said) for note in explain_model(other, frame).notes)
    assert not any("fit measured" in note for note in explain_model(other, frame.head(80)).notes)
    assert not any("fit measured" in note for note in explain_model(model, frame).notes)


def test_copies_of_a_row_are_judged_as_in_training(frame):
    copied = pd.concat([frame, frame.head(30)], ignore_index=True)
    report, model = fit_table(copied, "y", layers=1, units=4, epochs=20, folds=3, members=3)
    folds = model.folds_of(copied.drop(columns="y").to_numpy(), copied[["y"]].to_numpy())
    assert (folds[:30] != folds[90:]).any()
    fresh = explain_model(model, copied.sample(frac=1, random_state=0))
    assert fresh.metrics == pytest.approx(report.explanation.metrics, rel=1e-4)
    assert [n for n in report.explanation.warnings if n.startswith("30 of 120 rows are copies of others: ")]
    assert not [n for n in fit_table(frame, "y", epochs=1, layers=1)[0].explanation.warnings if "copies" in n]


def test_equal_rows_are_no_copies_where_columns_have_few_values(frame):
    few = pd.DataFrame({"a": np.arange(60) % 2, "b": np.arange(60) % 3, "y": np.arange(60) % 4 * 1.5})
    assert not [n for n in fit_table(few, "y", epochs=1, layers=1)[0].explanation.warnings if "copies" in n]


def test_a_target_far_from_0_is_predicted_as_one_near_it(frame):
    settings = {"layers": 1, "units": 4, "epochs": 20, "folds": 2, "members": 2}
    models = [fit_table(frame.assign(y=frame.y + offset), "y", **settings)[1] for offset in (0, 1e6)]
    near, away = (predict_table(model, frame)[0].prediction for model in models)
    sd = frame.y.std()
    np.testing.assert_allclose(away - 1e6, near, atol=1e-5 * sd)
    near, away = (np.array(model.metadata.out_of_fold.predicted) for model in models)
    np.testing.assert_allclose(away - 1e6, near, atol=1e-4 * sd)
    assert near.std() > 0.1 * sd


def test_explaining_new_rows_uses_all_members(frame, fitted):
    new = frame.assign(big=frame.big + 1.5)
    fresh = explain_model(fitted[1], new)
    said = predict_table(fitted[1], new)[0].prediction
    assert fresh.metrics["mse"] == pytest.approx(np.mean(np.square(said - new.y)), rel=1e-4)


def test_columns_are_matched_by_name_and_rows_stand_alone(frame, fitted):
    all_rows = predict_table(fitted[1], frame)[0].prediction.to_numpy()
    mixed = frame[["y", "noise", "tiny", "bent", "big"]].iloc[::-1].reset_index(drop=True)
    np.testing.assert_allclose(predict_table(fitted[1], mixed)[0].prediction.to_numpy()[::-1], all_rows, rtol=1e-6)
    one = predict_table(fitted[1], frame.iloc[[7]].drop(columns="y"), keep=["noise"])[0]
    assert list(one.columns) == ["noise", "prediction"]
    np.testing.assert_allclose(one.prediction, all_rows[7], rtol=1e-6)


def test_a_missing_column_is_shown_as_a_diff(frame, fitted):
    with pytest.raises(DataError) as error:
        predict_table(fitted[1], frame.rename(columns={"tiny": "Tiny"}))
    assert "'tiny'" in str(error.value)
    assert "'Tiny'" in str(error.value)


def test_one_member_is_a_plain_network_with_its_hidden_norms(frame):
    report, model = fit_table(frame, "y", arm="bn", units=3, members=1, epochs=20, folds=3)
    kinds = [type(layer).__name__ for layer in model.network.layers]
    assert kinds == ["BatchNorm", "Dense", "BatchNorm", "Activation", "Dense"]
    assert (report.members, report.folds) == (1, 3)


def test_search_ranks_marks_and_saves_the_best_with_batch_normalisation_first(frame):
    report, model = search_table(
        frame, "y", layers=(1,), units=(2, 4), activations=("tanh",), output_activations=("linear", "relu"),
        arms=("bn", "zscore", "raw"), epochs=60, folds=3, seed=1,
    )  # fmt: skip
    candidates = [row for row in report.leaderboard if row.reference is None]
    assert report.trainings == 12 * 3
    assert [row.rank for row in candidates] == list(range(1, 13))
    errors = [row.cv_mse for row in candidates if row.cv_mse is not None]
    assert errors == sorted(errors)
    assert [row.best for row in candidates].index(True) == 0
    small = next(row for row in candidates if row.smallest)
    assert small.cv_mse <= candidates[0].cv_mse + candidates[0].cv_se
    assert all(
        row.weights >= small.weights for row in candidates if row.cv_mse <= candidates[0].cv_mse + candidates[0].cv_se
    )
    saved = next(row for row in candidates if row.saved)
    assert saved == next(row for row in candidates if row.arm == "bn"), "no candidate of one layer joins another here"
    assert {row.arm for row in report.by_arm} == {"bn", "zscore", "raw"}
    assert [row.reference for row in report.leaderboard[12:]] == ["fit", "mean", "linear"]
    assert input_layer(model.network)[0] == 0


def test_the_linear_reference_is_least_squares_on_the_same_folds(frame):
    from bnfit.evaluation.reference_models import least_squares

    x, y = frame.drop(columns="y").to_numpy(), frame[["y"]].to_numpy()
    plane = x @ [[1.0], [2.0], [3.0], [0.001]] + 5
    np.testing.assert_allclose(least_squares(x, plane), [[1.0], [2.0], [3.0], [0.001], [5.0]], rtol=1e-6)
    residual = np.c_[x, np.ones(len(x))] @ least_squares(x, y) - y
    np.testing.assert_allclose(residual.mean(), 0, atol=1e-8)


def test_too_few_rows_and_wrong_numbers_are_refused(frame):
    with pytest.raises(DataError, match="too few"):
        fit_table(frame.head(6), "y", folds=5)
    with pytest.raises(UsageError, match="members"):
        fit_table(frame, "y", folds=5, members=3)
    with pytest.raises(UsageError, match="did you mean 'noise'"):
        fit_table(frame, "noisy")
    with pytest.raises(UsageError, match="epochs"):
        fit_table(frame, "y", epochs=0)

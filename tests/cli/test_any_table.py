"""Classes, weights, groups, time and dirty files through the real command and the plain functions, end to end."""

import csv
import json

import numpy as np
import pandas as pd
import pytest
from command_line import bnfit, python

from bnfit.api import explain_model, predict_table
from bnfit.ensemble.fit_table import fit_table, inspect_table
from bnfit.errors import DataError, UsageError
from bnfit.results.origin import Origin
from bnfit.schema.types import SchemaOptions
from bnfit.tuning.search_table import search_table

pytestmark = pytest.mark.slow

ROWS = 180
SMALL = {"layers": 1, "units": 4, "epochs": 20, "folds": 3, "members": 3}


def patients():
    """A class of three by two numbers and a category; some ages are missing."""
    rng = np.random.default_rng(3)
    age, bmi = rng.normal(50, 10, ROWS), rng.normal(25, 3, ROWS)
    site = rng.choice(["north", "south", "east"], ROWS)
    score = (age - 50) / 5 + 2.0 * (site == "north")
    risk = np.where(score > 1.5, "high", np.where(bmi > 25, "mid", "low"))
    frame = pd.DataFrame({"patient": [f"p{k}" for k in range(ROWS)], "age": age.round(1), "bmi": bmi.round(2)})
    frame.loc[::17, "age"] = np.nan
    return frame.assign(
        site=site, clinic=[f"c{k % 15}" for k in range(ROWS)], day=np.arange(ROWS), w=1 + np.arange(ROWS) % 3, risk=risk
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("any")
    text = patients().to_csv(index=False, sep=";", decimal=",", na_rep="?")
    lines = text.splitlines()
    lines.insert(90, "p0;1;2")
    (folder / "risk.csv").write_text("\n".join(lines) + "\n", encoding="utf-16")
    return folder


@pytest.fixture(scope="module")
def fitted(folder):
    words = [
        "--target",
        "risk",
        "--na",
        "?",
        "--drop",
        "clinic,day,w",
        "--layers",
        1,
        "--units",
        6,
        "--epochs",
        20,
        "--folds",
        3,
    ]
    words += ["--recipe", "batch-size=6"]
    return bnfit("fit", "risk.csv", *words, "--json", cwd=folder)


def test_a_class_of_three_with_categories_and_gaps_is_learned_from_the_file_as_it_came(fitted):
    assert fitted.returncode == 0, fitted.stderr
    document = json.loads(fitted.stdout)
    assert document["task"] == "multiclass"
    assert document["architecture"] == "6 tanh, softmax output"
    assert set(document["metrics"]) == {"log_loss", "brier", "ece", "accuracy", "balanced_accuracy", "roc_auc"}
    assert document["metrics"]["log_loss"] < 0.8 * document["reference"]["log_loss"]
    assert document["metrics"]["accuracy"] > 0.7 > document["reference"]["accuracy"]
    assert [i["column"] for i in document["importances"]] == ["age", "bmi", "site"]
    age = document["importances"][0]
    assert age["mspe_intact"] == pytest.approx(document["metrics"]["brier"], rel=1e-6)
    assert age["log_loss_intact"] == pytest.approx(document["metrics"]["log_loss"], rel=1e-6)
    assert age["log_loss_zero"] > age["log_loss_intact"]
    assert document["confusion"]["classes"] == ["high", "low", "mid"]
    counts = np.array(document["confusion"]["counts"])
    assert counts.sum(1).tolist() == patients()["risk"].value_counts().sort_index().tolist()
    assert np.trace(counts) / ROWS == pytest.approx(document["metrics"]["accuracy"])


def test_what_was_found_in_the_table_is_in_the_document(fitted):
    document = json.loads(fitted.stdout)
    assert (document["schema"]["rows"], document["schema"]["rejected"], document["rejected"]) == (ROWS, 1, 1)
    assert {c["name"]: (c["kind"], c["use"]) for c in document["schema"]["columns"]} == {
        "patient": ("identifier", "left out"),
        "age": ("number", "input"),
        "bmi": ("number", "input"),
        "site": ("category", "input"),
        "clinic": ("category", "left out"),
        "day": ("number", "left out"),
        "w": ("number", "left out"),
        "risk": ("category", "target"),
    }
    assert document["rejected_rows"][0]["line"] == 91
    assert fitted.stderr.splitlines()[0].startswith("rejected: risk.csv, line 91, column ")
    assert any("'patient' left out: identifier" in note for note in document["notes"])


def test_the_file_says_the_same_again_with_and_without_the_table(fitted, folder):
    fit = json.loads(fitted.stdout)
    carried = json.loads(bnfit("explain", "model.keras", "--json", cwd=folder).stdout)
    afresh = json.loads(bnfit("explain", "model.keras", "risk.csv", "--na", "?", "--json", cwd=folder).stdout)
    assert carried["confusion"] == afresh["confusion"] == fit["confusion"]
    assert carried["metrics"] == fit["metrics"]
    assert afresh["metrics"] == pytest.approx(fit["metrics"], rel=1e-4)
    assert (afresh["rows"], afresh["rejected"]) == (ROWS, 1)
    text = bnfit("explain", "model.keras", cwd=folder).stdout
    assert "verdict  zero-out Brier  log loss +  γ rank" in text
    assert "Rows of each class, and what they were taken for\n      high  low  mid\n" in text


def test_the_saved_model_puts_out_classes_and_probabilities(fitted, folder):
    (folder / "new.csv").write_text("site,bmi,age\nnorth,20,70\neast,30,40\n")
    done = bnfit("predict", "model.keras", "new.csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(done.stdout.splitlines()))
    assert [row["prediction"] for row in rows] == ["high", "mid"]
    for row in rows:
        assert sum(float(row[f"probability_{c}"]) for c in ("high", "low", "mid")) == pytest.approx(1, abs=1e-5)


def test_a_dry_run_writes_and_trains_nothing(folder):
    before = sorted(path.name for path in folder.iterdir())
    code = "import sys, runpy\nsys.argv = ['bnfit', 'fit', 'risk.csv', '--target', 'risk', '--dry-run', '--json']\n"
    code += "try:\n    runpy.run_module('bnfit', run_name='__main__')\n"
    code += "finally:\n    print(sorted({'tensorflow', 'keras'} & set(sys.modules)), file=sys.stderr)\n"
    done = python("-c", code, timeout=300, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "[]"
    document = json.loads(done.stdout)
    assert (document["schema"]["rows"], document["schema"]["rejected"]) == (ROWS, 1)
    assert (document["task"], document["classes"]) == ("multiclass", ["high", "low", "mid"])
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_search_ranks_classes_by_log_loss_against_shares_and_logistic_regression():
    frame = patients().drop(columns=["patient", "clinic", "day", "w"])
    grid = {"layers": [1], "units": [2, 5], "activations": ["tanh"], "arms": ["bn", "raw"]}
    report, _ = search_table(frame, "risk", **grid, folds=3, members=3, epochs=20)
    candidates = [row for row in report.leaderboard if row.reference is None]
    assert [row.rank for row in candidates] == [1, 2, 3, 4]
    assert [row.cv_log_loss for row in candidates] == sorted(row.cv_log_loss for row in candidates)
    assert all(row.architecture.endswith("softmax output") for row in candidates)
    _, mean, linear = report.leaderboard[4:]
    assert (mean.reference, linear.reference) == ("mean", "linear")
    shares = frame["risk"].value_counts(normalize=True).to_numpy()
    assert mean.cv_log_loss == pytest.approx(-(shares * np.log(shares)).sum(), rel=0.02)
    assert mean.cv_mse == pytest.approx((1 - np.square(shares).sum()) / 3, rel=0.02)
    assert linear.cv_log_loss < 0.7 * mean.cv_log_loss
    assert linear.cv_accuracy > mean.cv_accuracy


def two_classes():
    frame = patients()[["age", "bmi", "clinic", "day", "w"]]
    return frame.assign(ill=np.where(frame["bmi"] > 27, "yes", "no"))


def test_two_classes_have_one_probability_and_the_class_weight_lifts_the_rare_one():
    frame = two_classes()[["age", "bmi", "ill"]]
    plain, model = fit_table(frame, "ill", **SMALL)
    assert plain.architecture == "4 tanh, sigmoid output"
    assert model.network(model.schema.encode(frame.head(2)).x).shape == (2, 1)
    lifted, _ = fit_table(frame, "ill", class_weight="balanced", **SMALL)
    found = [report.explanation.confusion.counts[1][1] for report in (plain, lifted)]
    said = [sum(row[1] for row in report.explanation.confusion.counts) for report in (plain, lifted)]
    assert said[1] > said[0]
    assert found[1] >= found[0]


@pytest.fixture(scope="module", params=["two", "weighed"])
def balanced(request):
    """A table of rare classes, its options, and the report and the model of a balanced training."""
    rng = np.random.default_rng(11)
    number = rng.choice(3, 400, p=[0.88, 0.12, 0.0] if request.param == "two" else [0.8, 0.14, 0.06])
    x = rng.normal(size=(400, 2)) + 1.8 * np.eye(3)[number][:, 1:]
    frame = pd.DataFrame(x, columns=["a", "b"]).assign(y=np.array(["usual", "rare", "rarest"])[number])
    frame["w"] = rng.integers(1, 4, 400)
    options = SchemaOptions(roles={"w": "weight"}) if request.param == "weighed" else SchemaOptions(drop=("w",))
    return frame, options, *fit_table(frame, "y", options=options, class_weight="balanced", **(SMALL | {"epochs": 60}))


def test_balanced_classes_are_judged_by_probabilities_at_their_shares(balanced):
    frame, options, report, _ = balanced
    found = report.explanation
    assert found.metrics["roc_auc"] > 0.8
    assert found.metrics["log_loss"] < found.reference["log_loss"]
    assert found.skilled
    assert "no better than a constant guess" not in found.agreement.sentence
    assert found.reference["roc_auc"] == 0.5
    plain = fit_table(frame, "y", options=options, **(SMALL | {"epochs": 60}))[0].explanation
    assert found.metrics["balanced_accuracy"] > plain.metrics["balanced_accuracy"] + 0.05
    assert any("every class counts alike" in note for note in found.notes)


def test_the_model_of_balanced_classes_gives_probabilities_at_their_shares_and_decides_with_the_emphasis(balanced):
    frame, _, report, model = balanced
    weight = frame["w"] if model.schema.column_for("weight") else np.ones(len(frame))
    predicted, judged = predict_table(model, frame)
    classes = list(model.schema.classes)
    probability = predicted[[f"probability_{name}" for name in classes]].to_numpy()
    share = np.array([weight[frame["y"] == name].sum() for name in classes]) / weight.sum()
    assert np.average(probability, axis=0, weights=weight) == pytest.approx(share, abs=0.04)
    np.testing.assert_array_equal(predicted["prediction"], np.array(classes)[(probability / share).argmax(1)])
    assert (predicted["prediction"] != np.array(classes)[probability.argmax(1)]).any(), "the test must be able to fail"
    right = predicted["prediction"].to_numpy() == frame["y"].to_numpy()
    assert judged.metrics["accuracy"] == pytest.approx(np.average(right, weights=weight))
    afresh = explain_model(model, frame)
    assert afresh.confusion == report.explanation.confusion
    assert afresh.metrics == pytest.approx(report.explanation.metrics, rel=1e-4)


def test_a_search_ranks_balanced_classes_by_probabilities_at_their_shares(balanced):
    frame, options, *_ = balanced
    search = {"layers": (1,), "units": (4,), "activations": ("tanh",), "arms": ("bn-input",), "epochs": 40, "folds": 3}
    report, model = search_table(frame, "y", options=options, class_weight="balanced", members=3, **search)
    first, _, shares, logistic = report.leaderboard
    assert first.cv_log_loss < shares.cv_log_loss
    assert first.cv_log_loss < logistic.cv_log_loss + 0.1
    assert shares.cv_accuracy == pytest.approx((frame["y"] == "usual").mean(), abs=0.05)
    assert len(model.schema.emphasis) == len(model.schema.classes)


def test_a_table_of_one_class_is_explained_without_skill():
    frame = two_classes()[["age", "bmi", "ill"]]
    _, model = fit_table(frame, "ill", **SMALL)
    ill = explain_model(model, frame[frame["ill"] == "yes"].assign(age=51.5))
    assert "roc_auc" not in ill.metrics
    assert ill.reference["log_loss"] == 0
    assert "no better than a constant guess" in ill.agreement.sentence


def test_weights_of_rows_steer_the_training_and_the_errors():
    frame = pd.DataFrame({"x": np.tile([0.0, 1.0], 30), "y": np.tile([1.0, 3.0], 30)})
    frame["y"] += np.where(np.arange(60) % 4 < 2, 10.0, 0.0)  # of every two equal rows one is 10 more
    frame["w"] = np.where(np.arange(60) % 4 < 2, 3.0, 1.0)
    options = SchemaOptions(roles={"w": "weight"})
    report, model = fit_table(
        frame, "y", options=options, layers=1, units=4, epochs=300, folds=3, members=1, batch_size=60
    )
    at = model.network(np.array([[0.0], [1.0]]))[:, 0]
    assert at == pytest.approx([8.5, 10.5], abs=0.4)  # the weighted means
    assert report.explanation.metrics["mse"] == pytest.approx(100 * 0.75 * 0.25, rel=0.25)
    assert [c.name for c in model.schema.inputs] == ["x"]


def test_a_table_to_explain_is_weighted_where_it_holds_the_weights():
    frame = two_classes()[["age", "bmi", "w"]]
    report, model = fit_table(frame, "bmi", options=SchemaOptions(roles={"w": "weight"}), **SMALL)
    assert explain_model(model, frame).metrics["mse"] == pytest.approx(report.explanation.metrics["mse"], rel=1e-4)
    without = explain_model(model, frame.drop(columns="w"))
    assert "no column 'w' with weights: all rows count alike" in without.notes
    assert without.metrics["mse"] != pytest.approx(report.explanation.metrics["mse"], rel=1e-4)


def test_rows_of_weight_0_are_as_if_they_were_not_there():
    frame = two_classes()[["age", "bmi"]].fillna(50.0)
    more = pd.concat([frame, frame.assign(bmi=1e6).head(20)], ignore_index=True).assign(w=[1.0] * ROWS + [0.0] * 20)
    one, _ = fit_table(frame, "bmi", **SMALL)
    two, _ = fit_table(more, "bmi", options=SchemaOptions(roles={"w": "weight"}), **SMALL)
    assert two.explanation.metrics == pytest.approx(one.explanation.metrics)
    assert "20 of 200 rows weigh nothing and are left out" in two.explanation.notes


def test_a_group_is_judged_by_members_that_never_saw_any_of_it():
    """A column that says which group a row is of explains the target, but not that of a new group."""
    rng = np.random.default_rng(0)
    marks = np.repeat([f"g{k}" for k in range(30)], 6)
    frame = pd.DataFrame({"mark": marks, "z": rng.normal(size=180), "group": marks})
    frame["y"] = np.repeat(rng.normal(size=30), 6)
    how = {"layers": 1, "units": 8, "epochs": 60, "folds": 5, "members": 5}
    leaky, _ = fit_table(frame.drop(columns="group"), "y", **how)
    honest, model = fit_table(frame, "y", options=SchemaOptions(roles={"group": "group"}), **how)
    assert leaky.explanation.metrics["r2"] > 0.3 > 0.1 > honest.explanation.metrics["r2"]
    assert "the 30 groups of 'group' stay together in a fold" in honest.explanation.notes
    assert [c.name for c in model.schema.inputs] == ["mark", "z"]


def test_in_time_the_first_rows_judge_nothing_and_the_saved_model_is_trained_on_all_rows():
    frame = two_classes()[["age", "bmi", "day"]].assign(day=pd.date_range("2024-01-01", periods=ROWS).astype(str))
    options = SchemaOptions(roles={"day": "time"})
    report, model = fit_table(frame.sample(frac=1, random_state=0), "bmi", options=options, **SMALL)
    assert report.explanation.rows == ROWS * 3 // 4
    assert report.explanation.origin == Origin("later_rows")
    assert any("trained on all rows" in note for note in report.explanation.notes)
    assert model.member_folds() == ()
    assert model.network.member_outputs(np.zeros((1, 2))).shape[1] == 3
    afresh = explain_model(model, frame)
    assert f"{ROWS} of the {ROWS} rows were trained on, so the errors flatter the model" in afresh.warnings


def test_a_small_table_gets_fewer_folds_and_a_rare_class_a_note():
    frame = pd.DataFrame({"x": np.arange(12.0), "y": ["a"] * 9 + ["b"] * 3})
    report, _ = fit_table(frame, "y", epochs=2)
    assert (report.folds, report.members) == (6, 18)
    assert "6 folds instead of 8: 12 rows allow no more" in report.explanation.notes
    assert report.explanation.warnings[0].startswith("class 'b' has 3 rows, fewer than the 6 folds")


def test_options_that_do_not_go_with_the_target_are_refused():
    frame = two_classes()
    with pytest.raises(UsageError, match="output activation relu does not make probabilities"):
        fit_table(frame, "ill", output_activation="relu")
    with pytest.raises(UsageError, match="output activation linear, relu does not"):
        search_table(frame, "ill", output_activations=["linear", "relu"])
    with pytest.raises(UsageError, match="class weights need classes, and 'bmi' is a number"):
        fit_table(frame, "bmi", class_weight="balanced")
    with pytest.raises(UsageError, match="unknown class weight 'even'"):
        fit_table(frame, "ill", class_weight="even")
    with pytest.raises(DataError, match="weight column 'bmi' has a negative value in row 1"):
        inspect_table(frame.assign(bmi=-frame["bmi"]), "ill", options=SchemaOptions(roles={"bmi": "weight"}))

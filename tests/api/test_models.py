"""`bnfit.Model` and the functions on model files, with models of random weights."""

import pickle
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from random_models import mixed_table, model_of
from report_records import EXPLANATION, SEARCH

import bnfit
from bnfit.api import predict_table
from bnfit.model.metadata import FitSummary, Metadata, SearchSummary
from bnfit.model.model import Model as Core


@pytest.fixture(scope="module", params=["number", "two", "three"])
def held(request):
    """A table with its model."""
    table = mixed_table(target=request.param)
    core = model_of(table)
    means = tuple(core.schema.encode(table).x.mean(0).tolist())
    return table, bnfit.Model(replace(core, metadata=replace(core.metadata, means=means)))


def known(**changes):
    """A model whose file says something."""
    model = model_of(mixed_table(40))
    return bnfit.Model(Core(model.network, model.schema, Metadata(**changes)))


def test_predictions_are_those_of_the_core(held):
    table, model = held
    frame, _ = predict_table(model.core, table)
    np.testing.assert_array_equal(model.predict(table), frame["prediction"])
    pd.testing.assert_frame_equal(bnfit.predict(model, table), frame)


def test_probabilities_stand_in_the_order_of_the_classes(held):
    table, model = held
    if model.task == "regression":
        with pytest.raises(bnfit.UsageError, match="'y' is a number"):
            model.predict_proba(table)
        return
    found = model.predict_proba(table)
    assert found.shape == (len(table), len(model.classes))
    np.testing.assert_allclose(found.sum(1), 1, rtol=1e-6)
    assert [model.classes[c] for c in found.argmax(1)] == list(model.predict(table))


def test_a_frame_keeps_its_index_and_the_columns_that_are_asked_for(held):
    table, model = held
    found = bnfit.predict(model, table[::-3], keep="kind")
    assert list(found.index) == list(table.index[::-3])
    assert list(found)[:2] == ["kind", "prediction"]


def test_the_stated_decimal_mark_is_followed_in_explaining(held, tmp_path):
    table, model = held
    table.to_csv(tmp_path / "point.csv", index=False)
    text = pd.read_csv(tmp_path / "point.csv", dtype=str, keep_default_na=False)
    numbers = [name for name in ("x", "dose", "y") if text[name].str.contains(r"\d").any()]
    text[numbers] = text[numbers].apply(lambda cells: cells.str.translate(str.maketrans(".,", ",.")))
    text.to_csv(tmp_path / "comma.csv", index=False, sep=";")
    point = model.explain(tmp_path / "point.csv")
    assert model.explain(tmp_path / "comma.csv", decimal=",").metrics == point.metrics
    assert model.explain(text, decimal=",").metrics == point.metrics
    with pytest.raises(bnfit.DataError, match="unlike the others"):
        model.explain(tmp_path / "comma.csv")


def test_a_file_and_its_frame_are_predicted_alike(held, tmp_path):
    table, model = held
    table.to_csv(tmp_path / "table.csv", index=False)
    np.testing.assert_array_equal(model.predict(tmp_path / "table.csv"), model.predict(table))


def test_a_file_is_predicted_into_a_file(held, tmp_path):
    table, model = held
    table.to_csv(tmp_path / "table.csv", index=False)
    report = bnfit.predict(model, tmp_path / "table.csv", output=tmp_path / "out.parquet", keep=["id"])
    assert repr(report).startswith("200 rows predicted")
    assert set(report.metrics) > {"accuracy"} or set(report.metrics) > {"r2"}
    assert list(pd.read_parquet(tmp_path / "out.parquet"))[:2] == ["id", "prediction"]
    with pytest.raises(bnfit.UsageError, match="exists"):
        bnfit.predict(model, tmp_path / "table.csv", output=tmp_path / "out.parquet")
    with pytest.raises(bnfit.UsageError, match="`output` is for a table in a file"):
        bnfit.predict(model, table, output=tmp_path / "other.csv")


def test_a_model_survives_pickling(held):
    table, model = held
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(table), model.predict(table))


def test_a_model_says_what_it_is(held):
    _, model = held
    assert (model.target, model.columns) == ("y", ("x", "dose", "kind", "smoker", "day"))
    assert (
        model.classes
        == {"number": (), "two": ("ill", "well"), "three": ("high", "low", "mid")}[
            {"regression": "number", "binary": "two", "multiclass": "three"}[model.task]
        ]
    )
    assert repr(model) == "<bnfit.Model of y>"


def test_errors_are_value_errors_and_name_parameters(held):
    table, model = held
    with pytest.raises(ValueError, match="'dose' expected, not found"):
        model.predict(table.drop(columns="dose"))
    with pytest.raises(bnfit.UsageError, match="`nodes` needs a table"):
        model.explain(nodes=True)
    with pytest.raises(bnfit.UsageError, match="`where` needs a table"):
        bnfit.explain(model, where="x > 1")
    with pytest.raises(bnfit.UsageError, match="`target` needs a table"):
        bnfit.explain("model.keras", target="y")
    with pytest.raises(bnfit.UsageError, match="`features` goes with `target`"):
        bnfit.explain(model, features="x")
    with pytest.raises(bnfit.UsageError, match="`interval` must be a number"):
        bnfit.predict(model, table, interval="wide")
    with pytest.raises(bnfit.UsageError, match="no leaderboard"):
        _ = model.leaderboard
    for error in (bnfit.DataError, bnfit.UsageError):
        assert issubclass(error, ValueError)
        assert not issubclass(error, SystemExit)


def test_a_file_that_is_no_model_is_refused(tmp_path):
    (tmp_path / "m.keras").write_text("hello")
    with pytest.raises(bnfit.ModelFileError, match="this is no Keras model"):
        bnfit.load_model(tmp_path / "m.keras")


def test_rows_that_cannot_be_read_are_warned_of(tmp_path):
    table = mixed_table(40)
    path = tmp_path / "table.csv"
    table.to_csv(path, index=False)
    path.write_text(path.read_text() + "one cell\n")
    model = bnfit.Model(model_of(table))
    with pytest.warns(UserWarning, match="1 row is left out of .*table.csv, unreadable: line 42: 1 cells"):
        assert len(model.predict(path)) == 40
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(table)


def test_a_table_is_explained_with_its_rows(held):
    table, model = held
    found = model.explain(table, baseline="permute", group_columns={"both": ["x", "dose"]})
    frame = found.to_frame()
    assert set(frame["column"]) == set(model.columns)
    assert frame["gamma"].is_monotonic_decreasing
    assert {"permute_increase", "permute_low", "permute_high", "permute_p"} < set(frame)
    assert list(found.groups.to_frame()["column"]) == ["both"]
    statistics = found.statistics.to_frame()
    assert list(dict.fromkeys(statistics["column"])) == list(frame["column"])
    assert set(statistics["input"]) == set(model.core.schema.features)


def test_what_a_file_says_is_told_without_a_table():
    fit = FitSummary("y", "3-3 tanh", "bn", 80, 5, 5, "default", 0)
    model = known(explanation=EXPLANATION, fit=fit, search=SearchSummary(SEARCH.leaderboard))
    assert repr(model) == "<bnfit.Model of y by 3-3 tanh, r2 0.912>"
    assert model.metrics == EXPLANATION.metrics
    assert list(model.importances.to_frame()["column"]) == ["Upos [mg]", "U120", "Upre"]
    assert list(model.leaderboard.to_frame()["rank"].dropna()) == [1, 2, 3, 4]
    assert model.leaderboard.plot().axes
    assert model.plot().axes
    assert "Model: 3-3 tanh, arm bn;" in repr(model.report)


def test_a_model_that_bnfit_did_not_train_shows_what_was_measured():
    model = known(explanation=EXPLANATION)
    assert "Importance of the columns" in repr(model.report)
    with pytest.raises(bnfit.ModelFileError, match="are not measured"):
        _ = known().importances

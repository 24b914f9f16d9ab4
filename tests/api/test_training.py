"""`bnfit.fit` and `bnfit.search`, on tables of every form."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

import bnfit

pytestmark = pytest.mark.slow

TINY = {"layers": 1, "units": 2, "epochs": 2, "folds": 2, "members": 2}


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2)).round(6)
    return pd.DataFrame({"x0": x[:, 0], "x1": np.arange(40) + 7, "x2": x[:, 1], "y": x[:, 0].round(6)})


@pytest.fixture(scope="module")
def model(frame):
    return bnfit.fit(frame, "y", types={"x1": "number"}, **TINY)


def content(model, folder):
    """What the model's file says, without what depends on the table's form."""
    path = folder / "model.keras"
    model.save(path, force=True)
    with zipfile.ZipFile(path) as archive:
        document = json.loads(archive.read("bnfit.json"))
        return document, archive.read("model.weights.h5")


def test_a_file_and_its_frame_give_the_same_model(frame, model, tmp_path):
    frame.to_csv(tmp_path / "table.csv", index=False)
    assert content(bnfit.fit(tmp_path / "table.csv", "y", **TINY), tmp_path) == content(model, tmp_path)


def test_a_frame_and_an_array_give_the_same_model(frame, model, tmp_path):
    named = content(bnfit.fit(frame.to_numpy(), "x3", **TINY), tmp_path)
    by_values = bnfit.fit(frame[["x0", "x1", "x2"]].to_numpy(), frame["y"], **TINY)
    assert content(by_values, tmp_path) == content(model, tmp_path)
    assert named[1] == content(model, tmp_path)[1]
    np.testing.assert_array_equal(by_values.predict(frame[["x0", "x1", "x2"]].to_numpy()), model.predict(frame))


def test_the_index_of_a_frame_does_not_matter(frame, model, tmp_path):
    odd = frame.set_axis(np.arange(40) % 7, axis=0)
    assert content(bnfit.fit(odd, "y", types={"x1": "number"}, **TINY), tmp_path) == content(model, tmp_path)
    np.testing.assert_array_equal(model.predict(odd), model.predict(frame))


def test_nothing_of_an_array_is_taken_for_a_key(model):
    assert model.columns == ("x0", "x1", "x2")
    keys = np.arange(40)[:, None] + [[0, 100]]
    assert bnfit.fit(keys, keys[:, 0] % 5, **TINY).columns == ("x0", "x1")


def test_a_saved_model_predicts_the_same(frame, model, tmp_path):
    model.save(tmp_path / "m.keras", no_rows=True)
    loaded = bnfit.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))
    assert loaded.core.metadata.rows is None
    with pytest.raises(bnfit.UsageError, match="exists"):
        model.save(tmp_path / "m.keras")


def test_a_training_tells_what_it_found(frame, model):
    assert repr(model.report).startswith("y: off by ")
    assert "\nModel: 2 tanh, arm bn-input; " in repr(model.report)
    assert model.metrics.keys() > {"r2"}
    assert model.importances.to_frame()["gamma"].is_monotonic_decreasing
    assert bnfit.explain(model, frame, nodes=False).metrics.keys() > {"mse"}
    assert model.plot().axes


def test_a_search_returns_its_best_model_with_the_leaderboard(frame, tmp_path):
    axes = {"layers": 1, "units": [1, 2], "activation": "tanh", "output_activation": "linear", "arm": "bn-input"}
    model = bnfit.search(frame, "y", **axes, epochs=2, folds=2)
    board = model.leaderboard.to_frame()
    assert board["rank"].tolist()[:2] == [1, 2]
    assert "\nSearch for y: 2 candidates\n" in repr(model.report)
    assert model.leaderboard.plot().axes
    model.save(tmp_path / "m.keras")
    assert bnfit.load_model(tmp_path / "m.keras").leaderboard.to_frame().equals(board)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"target": "z"}, bnfit.UsageError, "column 'z' not found"),
        ({"layers": 0}, bnfit.UsageError, "`layers` must be a whole number of at least 1, not 0"),
        ({"arm": "bnn"}, bnfit.UsageError, "unknown arm 'bnn'"),
        ({"learning_rate": -1}, bnfit.UsageError, "learning rate must be a positive number"),
        ({"class_weight": "balanced"}, bnfit.UsageError, "class weights need classes"),
        ({"header": True}, bnfit.UsageError, "`header` says how a file is written"),
        ({"data": "nowhere.csv"}, bnfit.DataError, "no such file: 'nowhere.csv'"),
        ({"data": 5}, bnfit.UsageError, "int is no table"),
        ({"target": np.arange(39)}, bnfit.DataError, "one value for each of the 40 rows"),
        ({"target": np.arange(40), "where": "x0 > 0"}, bnfit.UsageError, "`where` leaves rows out"),
        ({"folds": 30}, bnfit.DataError, "40 rows are too few for 30 folds"),
        ({"where": "x0 > 99"}, bnfit.DataError, "no row of the table satisfies 'x0 > 99'"),
    ],
)  # fmt: skip
def test_bad_input_is_a_value_error_that_names_the_parameter(frame, change, error, message):
    with pytest.raises(error, match=message):
        bnfit.fit(**{"data": frame, "target": "y", **change})

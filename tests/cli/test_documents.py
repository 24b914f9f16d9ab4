"""Every command's `--json` output is what the JSON Schema says, no key more and none less."""

import json

import numpy as np
import pandas as pd
import pytest
from command_line import exit_code
from json_documents import breaches

pytestmark = pytest.mark.slow

TINY = ["--epochs", "6", "--folds", "3", "--layers", "1", "--members", "3"]
GRID = ["--epochs", "4", "--folds", "3", "--layers", "1", "--units", "2,3", "--members", "1"]
GRID += ["--activation", "tanh", "--output-activation", "linear"]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """A folder with a table of numbers and one of classes, each with a row that cannot be read."""
    folder = tmp_path_factory.mktemp("documents")
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(60, 3)), columns=list("abc")).round(4)
    frame["kind"] = rng.choice(["x", "y"], 60)
    frame.assign(y=3 * frame.a + frame.b).to_csv(folder / "numbers.csv", index=False)
    frame.assign(y=np.where(frame.a > 0, "yes", "no")).to_csv(folder / "classes.csv", index=False)
    for name in ("numbers.csv", "classes.csv"):
        with (folder / name).open("a") as file:
            file.write("1,2\n")
    return folder


@pytest.fixture
def document(tables, monkeypatch, capsys):
    """Runs a command with `--json` in that folder and returns its document, which must keep to the schema."""
    monkeypatch.chdir(tables)
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")

    def run(kind, *words):
        assert exit_code(*words, "--json") == 0, capsys.readouterr().err
        found = json.loads(capsys.readouterr().out)
        assert not breaches(found, kind)
        return found

    return run


def trained(document, table, name, *more):
    return document("fit", "fit", table, "--target", "y", *TINY, "-o", name, "--force", *more)


def test_fit_and_explain_of_numbers(document):
    asked = ["--group-columns", "both=a,b", "--baseline", "permute,conditional"]
    fitted = trained(document, "numbers.csv", "numbers.keras", "--shadow", *asked)
    assert fitted["shadows"]["columns"]
    assert [group["column"] for group in fitted["groups"]] == ["both"]
    assert (fitted["rejected"], fitted["schema"]["rejected"]) == (1, 1)
    assert "rejected" not in document("explain", "explain", "numbers.keras")
    told = document("explain", "explain", "numbers.keras", "numbers.csv", *asked)
    assert (told["rejected"], told["confusion"], told["compare"]) == (1, None, None)


def test_fit_and_explain_of_classes_and_nodes(document):
    more = ["--arm", "bn", "--units", "3"]
    assert trained(document, "classes.csv", "classes.keras", *more)["confusion"]["classes"] == ["no", "yes"]
    assert document("explain", "explain", "classes.keras")["confusion"]
    trained(document, "numbers.csv", "one.keras", *more, "--members", "1")
    assert document("explain", "explain", "one.keras", "numbers.csv", "--show", "nodes")["nodes"]


def test_predict_with_the_rows_and_to_a_file(document):
    trained(document, "numbers.csv", "predicting.keras")
    rows = document("predict", "predict", "predicting.keras", "numbers.csv", "--keep", "kind")["predictions"]
    assert len(rows) == 60
    assert "predictions" not in document(
        "predict", "predict", "predicting.keras", "numbers.csv", "-o", "p.csv", "--force"
    )


def test_search_of_numbers_with_all_that_can_be_asked(document):
    words = ["numbers.csv", "--target", "y", *GRID, "-o", "searched.keras", "--force", "--curves"]
    found = document("search", "search", *words)
    assert found["curves"]
    assert found["saved"]["team"] in ("candidate", "ensemble")
    assert found["corrected"]["compared"] >= 1


def test_random_search_of_classes(document):
    words = ["--strategy", "random", "--trials", "2", "--epochs", "4", "--folds", "2", "--members", "1"]
    found = document("search", "search", "classes.csv", "--target", "y", *words, "-o", "drawn.keras", "--force")
    assert (found["curves"], found["strategy"]) == ([], "random")


@pytest.mark.parametrize("command", ["fit", "search"])
def test_dry_run(document, command):
    assert document("dry_run", command, "classes.csv", "--target", "y", "--dry-run")["classes"] == ["no", "yes"]


def test_study(document):
    words = ["--features", "a,b,c", "--folds", "2", "--repeats", "1", "--layers", "1", "--units", "2"]
    choices = ["--activation", "tanh", "--output-activation", "linear", "-o", "studied", "--force"]
    assert document("study", "study", "numbers.csv", "--target", "y", *words, *choices)["files"]

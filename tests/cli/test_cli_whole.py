"""The whole program on real tables: what is printed, what is saved, and what bad input does."""

import csv
import json
import zipfile
from pathlib import Path

import pytest
from command_line import bnfit, python

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "sample_data" / "dialysis.csv"
COLUMNS = ["Upre", "U120", "Upos", "PP", "UF"]
GRID = ["--layers", "1", "--units", "2,3", "--activation", "tanh", "--output-activation", "linear", "--folds", "3"]
HEAVY = ["tensorflow", "keras", "matplotlib"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("whole")


@pytest.fixture(scope="module")
def searched(folder):
    return bnfit("search", TABLE, "--target", "Ueq", *GRID, "--epochs", "20", "--json", cwd=folder)


@pytest.fixture(scope="module")
def fitted(folder):
    words = ["--layers", "1", "--units", "4", "--activation", "tanh", "--epochs", "40", "--folds", "4", "-o"]
    return bnfit("fit", TABLE, "--target", "Ueq", *words, "my fit.keras", cwd=folder)


def test_search_prints_one_document_and_saves_the_winner(searched, folder):
    assert searched.returncode == 0, searched.stderr
    document = json.loads(searched.stdout)
    board = [row for row in document["leaderboard"] if row["reference"] is None]
    assert {row["architecture"] for row in board} == {"2 tanh", "3 tanh"}
    assert [row["rank"] for row in board] == [1, 2]
    assert board[0]["cv_mse"] <= board[1]["cv_mse"]
    assert {row["reference"] for row in document["leaderboard"]} == {None, "mean", "linear", "fit"}
    assert document["trainings"] == 6
    assert [i["column"] for i in document["importances"]] == COLUMNS
    assert document["metrics"]["mse"] > 0
    assert document["model"] == "model.keras"
    assert (folder / "model.keras").stat().st_size > 0


def test_search_says_what_it_will_train_and_what_to_run_next(searched):
    assert searched.stderr.splitlines() == [
        "training 6 networks",
        "saved model.keras; next: bnfit explain model.keras",
    ]


def test_fit_prints_the_skill_and_the_importances(fitted):
    assert fitted.returncode == 0, fitted.stderr
    assert "predict the mean" in fitted.stdout
    table = fitted.stdout.split("Importance of the columns; ")[1].split("Remarks")[0]
    rows = [line for line in table.splitlines()[3:] if not line.startswith("*")]
    assert sorted(line.split()[0] for line in rows if line) == sorted(COLUMNS)
    assert fitted.stderr == "saved 'my fit.keras'; next: bnfit explain 'my fit.keras'\n"


def test_explain_repeats_what_fit_measured_and_shows_statistics(fitted, folder):
    explained = bnfit("explain", "my fit.keras", "--json", cwd=folder)
    assert explained.returncode == 0, explained.stderr
    document = json.loads(explained.stdout)
    with TABLE.open(newline="") as file:
        weights = [float(row["PP"]) for row in csv.DictReader(file)]
    statistics = {s["column"]: s for s in document["statistics"]}
    assert statistics["PP"]["mean"] == pytest.approx(sum(weights) / len(weights), rel=1e-6)
    text = bnfit("explain", "my fit.keras", "--show", "statistics", cwd=folder).stdout
    verdict, tables, remarks = (fitted.stdout.split("\n\n")[k].strip() for k in (0, 1, -1))
    assert verdict.split("\nModel: ")[0] in text
    assert tables in text
    assert remarks in text
    assert "moving mean" in text


@pytest.mark.parametrize("command", ["fit", "search"])
def test_no_rows_leaves_single_rows_out_of_the_file_but_not_out_of_the_figure(command, folder):
    axes = ["--layers", "1", "--units", "2", "--activation", "tanh", "--folds", "2", "--members", "2", "--epochs", "2"]
    words = [*axes, "--no-rows", "--plot", f"{command}.svg", "-o", f"{command}.keras"]
    done = bnfit(command, TABLE, "--target", "Ueq", *words, cwd=folder)
    assert done.returncode == 0, done.stderr
    document = json.loads(zipfile.ZipFile(folder / f"{command}.keras").read("bnfit.json"))
    assert {"explanation", "errors"} <= document.keys()
    assert not {"rows", "out_of_fold"} & document.keys()
    assert ("120 rows" in (folder / f"{command}.svg").read_text(encoding="utf-8")) == (command == "fit")


def test_explain_with_the_training_table_judges_each_row_by_members_that_never_saw_it(fitted, folder):
    with_data = bnfit("explain", "my fit.keras", TABLE, "--json", cwd=folder)
    assert with_data.returncode == 0, with_data.stderr
    document = json.loads(with_data.stdout)
    without = json.loads(bnfit("explain", "my fit.keras", "--json", cwd=folder).stdout)
    assert document["rows"] == 120
    assert document["metrics"]["mse"] == pytest.approx(without["metrics"]["mse"], rel=1e-5)


def test_explain_measures_on_the_rows_that_are_asked_for(fitted, folder):
    heavy = json.loads(bnfit("explain", "my fit.keras", TABLE, "--where", "PP > 73", "--json", cwd=folder).stdout)
    light = json.loads(bnfit("explain", "my fit.keras", TABLE, "--where", "PP <= 73", "--json", cwd=folder).stdout)
    assert heavy["rows"] + light["rows"] == 120
    assert heavy["metrics"]["mse"] != light["metrics"]["mse"]


def test_predict_needs_no_target_and_no_order_of_columns(fitted, folder):
    with TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    shuffled = ["UF", "Upos", "id", "PP", "Upre", "U120"]
    lines = [",".join(shuffled), *(",".join({**row, "id": f"p{k}"}[c] for c in shuffled) for k, row in enumerate(rows))]
    whole = bnfit("predict", "my fit.keras", TABLE, cwd=folder)
    other = bnfit("predict", "my fit.keras", "-", "--keep", "id", cwd=folder, input="\n".join(lines) + "\n")
    assert (whole.returncode, other.returncode) == (0, 0), whole.stderr + other.stderr
    predicted = list(csv.DictReader(other.stdout.splitlines()))
    assert [row["id"] for row in predicted] == [f"p{k}" for k in range(120)]
    assert [row["prediction"] for row in predicted] == [
        row["prediction"] for row in csv.DictReader(whole.stdout.splitlines())
    ]
    error = [float(p["prediction"]) - float(row["Ueq"]) for p, row in zip(predicted, rows, strict=True)]
    assert sum(e * e for e in error) / 120 < 300


@pytest.mark.parametrize(
    ("words", "heavy"),
    [(("explain", "my fit.keras"), [*HEAVY, "pandas", "pyarrow"]), (("predict", "my fit.keras", str(TABLE)), HEAVY)],
)
def test_explain_and_predict_load_no_more_than_they_need(fitted, folder, words, heavy):
    code = (
        "import sys, runpy\n"
        f"sys.argv = ['bnfit', *{words!r}]\n"
        "try:\n    runpy.run_module('bnfit', run_name='__main__')\n"
        f"finally:\n    print('loaded:', *(set({heavy!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    done = python("-c", code, timeout=300, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "loaded:"


BAD = {
    "missing": ("fit nowhere.csv --target Ueq", 3, "nowhere.csv"),
    "empty": ("fit empty.csv --target Ueq", 3, "empty"),
    "target": ("fit good.csv --target ueq", None, "did you mean 'Ueq'"),
    "text target": ("fit text.csv --target y", 3, "y"),
    "few rows": ("fit few.csv --target y --folds 5", 3, ""),
    "output": ("fit good.csv --target Ueq -o there.keras", 2, "there.keras"),
    "no model": ("explain good.csv", 3, "good.csv"),
    "columns": ("predict model.keras few.csv", 3, "Upre"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_a_line_or_two_and_nothing_half_written(searched, folder, case):
    good = TABLE.read_text()
    files = {
        "good.csv": good,
        "empty.csv": "",
        "text.csv": "x,y\n" + "".join(f"{k},{'word' if k % 2 else 3}\n" for k in range(60)),
        "few.csv": "x,y\n1,2\n2,3\n3,5\n",
        "there.keras": "mine",
    }
    for name, content in files.items():
        (folder / name).write_text(content)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    words, code, said = BAD[case]
    output = [] if "-o" in words or not words.startswith("fit") else ["-o", "new.keras"]
    done = bnfit(*words.split(), *output, cwd=folder)
    assert done.returncode in ((2, 3) if code is None else (code,)), done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("bnfit: error: ")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before

"""Numbers under stress, through the real commands: scales, offsets, columns that repeat each other, and few rows.

Every warning of NumPy is an error here, as in all tests, and would end a command with 70.
"""

import json

import numpy as np
import pandas as pd
import pytest
from command_line import exit_code

pytestmark = pytest.mark.slow

ROWS = 101
SMALL = ("--folds", 3, "--members", 3, "--epochs", 120, "--quiet", "--force")


def table(rows=ROWS):
    rng = np.random.default_rng(3)
    x = rng.normal(size=(rows, 3))
    frame = pd.DataFrame(x, columns=list("abc"))
    return frame.assign(y=3 * x[:, 0] + np.tanh(2 * x[:, 1]) + 0.1 * rng.normal(size=rows))


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Fit a table, predict it and explain the model by the commands; return R² and the number of rows."""
    monkeypatch.chdir(tmp_path)

    def fit(frame, *more, target="y"):
        frame.to_csv("t.csv", index=False)
        assert (exit_code("fit", "t.csv", "--target", target, *SMALL, "--json", *more)) == 0, capfd.readouterr().err
        out, err = capfd.readouterr()
        assert "Warning" not in err
        for words in (
            ("predict", "model.keras", "t.csv"),
            ("explain", "model.keras", "t.csv"),
            ("explain", "model.keras"),
        ):
            assert exit_code(*words) == 0
            said, err = capfd.readouterr()
            assert "Warning" not in err
            assert "nan" not in said.lower().split()
        found = json.loads(out)
        return found["metrics"].get("r2"), found["rows"]

    return fit


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """R² of the table as it is."""
    folder = tmp_path_factory.mktemp("usual")
    table().to_csv(folder / "t.csv", index=False)
    from bnfit.api import fit_table, load_table

    report, _ = fit_table(load_table(str(folder / "t.csv")), "y", folds=3, members=3, epochs=120)
    found = report.explanation.metrics["r2"]
    assert found > 0.9
    return found


@pytest.mark.parametrize("scale", [1e-9, 1e-4, 1e4, 1e9])
def test_the_unit_of_columns_and_target_changes_nothing(run, usual, scale):
    frame = table()
    found, _ = run(frame.assign(a=frame["a"] * scale, b=frame["b"] / scale, y=frame["y"] * scale))
    assert found == pytest.approx(usual, abs=0.02)


@pytest.mark.parametrize("offset", [1e3, 1e5, -1e5])
def test_an_offset_of_many_standard_deviations_changes_little(run, usual, offset):
    frame = table()
    found, _ = run(frame.assign(a=frame["a"] + offset, b=frame["b"] - offset, y=frame["y"] + offset))
    assert found == pytest.approx(usual, abs=0.03)


def test_columns_that_repeat_each_other_do_no_harm(run, usual):
    frame = table()
    twice = frame.assign(a2=frame["a"], sum=frame["a"] + frame["b"], minus=-frame["c"])
    assert run(twice)[0] == pytest.approx(usual, abs=0.05)


@pytest.mark.parametrize("spread", [1e-3, 1e-7])
def test_nearly_constant_columns_do_no_harm(run, usual, spread):
    frame = table()
    nearly = 1.0 + spread * (np.arange(ROWS) % 2)
    lone = np.where(np.arange(ROWS) == 50, 7.0, 0.0)
    assert run(frame.assign(nearly=nearly, lone=lone))[0] == pytest.approx(usual, abs=0.1)


@pytest.mark.parametrize("size", [1e100, 1e149])
def test_numbers_near_the_bound_are_trained_on(run, size):
    frame = table()
    found, _ = run(frame.assign(a=frame["a"] * size, y=frame["y"] * size**0.5 / 10))
    assert found > 0.8


def test_small_targets_are_trained_on(run):
    assert run(table().assign(y=table()["y"] * 1e-70))[0] > 0.8


@pytest.mark.parametrize("rows", [5, 6, 9])
def test_few_rows(run, rows):
    assert run(table(rows), "--folds", 2)[1] == rows


@pytest.mark.parametrize("rows", [21, 22])
def test_a_batch_of_two(run, rows):
    assert run(table(rows), "--recipe", "paper,batch-size=2", "--epochs", 5)[1] == rows


def test_a_rare_class_is_in_one_fold_alone(run):
    frame = table()
    frame["y"] = np.where(np.arange(ROWS) < 3, "rare", np.where(frame["y"] > 0, "more", "less"))
    assert run(frame)[1] == ROWS


def test_one_class_in_a_fold_of_groups(run):
    frame = table(60)
    frame["y"] = np.where(np.arange(60) < 20, "first", "second")
    frame["g"] = np.arange(60) // 20
    assert run(frame, "--group", "g")[1] == 60


@pytest.mark.parametrize(
    ("cell", "code"), [("1e300", 3), ("-1e307", 3), ("1e999", 3), ("1e-320", 0), ("-0.0", 0), ("1e70", 0)]
)
@pytest.mark.parametrize("column", ["a", "y"])
def test_an_extreme_cell_is_refused_by_line_and_column_or_trained_on(tmp_path, monkeypatch, capfd, cell, code, column):
    monkeypatch.chdir(tmp_path)
    frame = table(40).astype(str)
    frame.loc[7, column] = cell
    frame.to_csv("t.csv", index=False)
    assert exit_code("fit", "t.csv", "--target", "y", *SMALL, "--epochs", 3) == code
    err = capfd.readouterr().err
    assert "Warning" not in err
    assert code == 0 or ("line 9" in err and f"'{column}'" in err and cell in err)


@pytest.mark.parametrize(("scale", "advice"), [("1e90", "larger unit"), ("1e-90", "smaller unit"), ("1e-310", "")])
def test_a_target_of_which_no_errors_can_be_measured_is_refused(tmp_path, monkeypatch, capfd, scale, advice):
    monkeypatch.chdir(tmp_path)
    frame = table(40)
    frame.assign(y=frame["y"] * float(scale)).to_csv("t.csv", index=False)
    assert exit_code("fit", "t.csv", "--target", "y", *SMALL) == 3
    err = capfd.readouterr().err
    assert "Warning" not in err
    assert advice in err
    assert len(err.splitlines()) <= 2

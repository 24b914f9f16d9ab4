"""Figures are files of the right kind that name what they show, checked before any work and equal for equal results."""

import json
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from bnfit.errors import UsageError
from bnfit.figures import check_plot, draw, write_plot
from bnfit.figures.files import rendered
from bnfit.figures.importances import SHOWN
from bnfit.figures.style import LONGEST_NAME
from bnfit.results import (
    Agreement,
    Confusion,
    Explanation,
    FitReport,
    Importance,
    LeaderboardRow,
    SearchReport,
)

STARTS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF"}


def importance(name, gamma):
    return Importance(name, gamma, gamma / 2, gamma / 10, 1.0, 1.0 + gamma**2, 1.0 + gamma, 1.0 + 2 * gamma, 0.5)


def explanation(columns=("Upre", "U120", "Upos", "PP", "UF")):
    importances = tuple(importance(name, 1.0 + 0.5 * k) for k, name in enumerate(columns))
    metrics = {"mse": 40.0, "rmse": 6.3, "mae": 5.0, "r2": 0.9}
    return Explanation(metrics, metrics, importances, Agreement(None, None, None, ""), (), 30, "out-of-fold rows")


FIT = FitReport("Ueq", "6 tanh", "bn", 87, 2, 2, "default", 0, explanation(), 1.0)
FACTS = {
    "curves": [{"loss": [9.0, 4.0, 1.0], "judged_loss": [10.0, 6.0, None]}] * 2,
    "out_of_fold": {"true": [1.0, 2.0, 3.0], "predicted": [1.1, 2.2, 2.7]},
}
ROWS = (
    LeaderboardRow(1, "6 tanh", "bn", 87, 31.0, 2.5, 0.9, best=True),
    LeaderboardRow(2, "6-6 relu > relu", "raw", 85, 400.0, 90.0, 0.1),
    LeaderboardRow(None, "2 relu", "raw", 15, None, None, None, diverged=True),
    LeaderboardRow(None, "linear", "", 6, 35.0, 2.0, 0.9, reference="linear"),
)
SEARCH = SearchReport(ROWS, ROWS[:2], 15, 5, "default", 0, 1.0, FIT)


def svg(result, facts=FACTS):
    return rendered(draw(result, facts), "svg").decode()


@pytest.mark.parametrize("form", STARTS)
@pytest.mark.parametrize("result", [FIT, SEARCH, explanation()], ids=["fit", "search", "explain"])
def test_a_figure_is_a_file_of_the_kind_its_ending_says(tmp_path, result, form):
    path = tmp_path / f"figure.{form.upper()}"
    write_plot(path, result, FACTS, force=False)
    assert path.read_bytes().startswith(STARTS[form])


def test_the_same_result_is_drawn_as_the_same_bytes():
    assert svg(FIT) == svg(FIT)


@pytest.mark.parametrize("name", ["plot.gif", "plot", "plot.svgz", ".png"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(UsageError, match="no kind of figure"):
        check_plot(tmp_path / name, force=True)


def test_a_figure_is_replaced_only_on_request(tmp_path):
    path = tmp_path / "a.png"
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        check_plot(path, force=False)
    with pytest.raises(UsageError, match="exists"):
        write_plot(path, FIT, FACTS, force=False)
    assert path.read_text() == "mine"
    check_plot(path, force=True)


def test_fit_shows_curves_and_predictions():
    text = svg(FIT)
    for words in ("training rows", "rows not trained on", "true Ueq", "predicted Ueq", "R² 0.900"):
        assert words in text


def test_fit_without_curves_and_predictions_says_so():
    text = svg(FIT, {})
    assert "no curves are known" in text
    assert "too large" in text


def test_fit_on_classes_shows_the_counts_of_each():
    confusion = Confusion(("benign", "malign"), ((417, 3), (5, 218)))
    report = replace(FIT, task="binary", explanation=replace(explanation(), confusion=confusion))
    text = svg(report)
    for words in ("benign", "malign", ">417<", ">218<"):
        assert words in text


def test_search_names_architectures_arms_and_references_and_counts_the_diverged():
    text = svg(SEARCH)
    for words in ("6 tanh", "6-6 relu &gt; relu", "arm bn", "arm raw", "linear", "1 diverged"):
        assert words in text


def test_explain_names_every_column_of_a_small_table():
    text = svg(explanation())
    for name in ("Upre", "U120", "Upos", "PP", "UF"):
        assert text.count(f">{name}<") == 2, "once beside its bar, once beside its point"


def test_explain_names_the_columns_that_matter_most_of_a_wide_table():
    text = svg(explanation([f"a rather long column name {k:03}" for k in range(200)]))
    named = re.findall(r">(a rather long column name[^<]*)<", text)
    assert f"the {SHOWN} of 200 columns" in text
    assert all(len(name) <= LONGEST_NAME for name in named)
    wide = svg(explanation([f"c{k:03}" for k in range(200)]))
    assert all(f">c{k:03}<" in wide for k in range(200 - SHOWN, 200))
    assert not any(f">c{k:03}<" in wide for k in range(200 - SHOWN))


def test_names_are_drawn_as_they_are():
    text = svg(explanation(["$x_1$", "a<b", "c\x07d", "größe"]))
    for words in ("$x_1$", "a&lt;b", "c\N{REPLACEMENT CHARACTER}d", "größe"):
        assert words in text


def test_a_model_without_gamma_has_a_figure_too():
    plain = explanation()
    rows = tuple(replace(i, gamma=None, gamma_raw=None, gamma_sd=None) for i in plain.importances)
    assert "no γ" in svg(replace(plain, importances=rows))


def test_values_of_very_different_size_and_nonsense_can_be_drawn():
    base = importance("x", 1.0)
    rows = tuple(
        replace(base, column=str(k), mspe_zero=v) for k, v in enumerate([1e12, 2.0, 0.5, 3.0, 1.5, float("inf")])
    )
    assert svg(replace(explanation(), importances=rows))


def test_nothing_is_drawn_before_it_is_asked_for():
    code = "import sys, bnfit.cli.app; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_fit_draws_what_it_saves_and_explain_draws_it_again(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    lines = ["a,b,y", *(f"{r[0]},{r[1]},{r[0] + 2 * r[1]}" for r in x)]
    (tmp_path / "t.csv").write_text("\n".join(lines))

    def bnfit(*words):
        return subprocess.run(
            [sys.executable, "-m", "bnfit", *words], cwd=tmp_path, capture_output=True, text=True, check=False
        )

    short = ("--epochs", "3", "--folds", "2", "--members", "2", "--units", "2")
    done = bnfit("fit", "t.csv", "--target", "y", *short, "--plot", "p.svg", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["folds"] == 2
    assert "predicted y" in (tmp_path / "p.svg").read_text()
    refused = bnfit("explain", "model.keras", "--plot", "p.svg")
    assert (refused.returncode, "exists" in refused.stderr) == (2, True)
    assert bnfit("explain", "model.keras", "--plot", "p.svg", "--force").returncode == 0
    assert ">a<" in (tmp_path / "p.svg").read_text()
    assert bnfit("fit", "t.csv", "--target", "y", "-o", "n.keras", "--plot", "p.txt").returncode == 2
    assert not (tmp_path / "n.keras").exists()

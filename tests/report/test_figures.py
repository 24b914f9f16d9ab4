"""Figures are files of the right kind that name what they show, checked before any work and equal for equal results."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from functools import partial

import command_line
import numpy as np
import pytest
from report_records import candidate, explanation, fit, importance, search

from bnfit.errors import UsageError
from bnfit.report.figures.explain import SHOWN, explain_figure
from bnfit.report.figures.fit import loss_band
from bnfit.report.figures.save import check_plot, draw, rendered, write_plot
from bnfit.report.figures.style import LONGEST_NAME
from bnfit.results.effects import Effect
from bnfit.results.explanation import Confusion
from bnfit.results.fit import LossCurves, OutOfFoldPredictions
from bnfit.results.roc import RocCurve

STARTS = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml", "pdf": b"%PDF"}


def explained(columns=("Upre", "U120", "Upos", "PP", "UF")):
    return explanation(importance(name, 1.0 + 0.5 * k) for k, name in enumerate(columns))


FIT = fit(explained(), architecture="6 tanh", weights=87)
KEPT = (
    (LossCurves((9.0, 4.0, 1.0), (10.0, 6.0, None)),) * 2,
    OutOfFoldPredictions((1.0, 2.0, 3.0), (1.1, 2.2, 2.7)),
)
ROWS = (
    candidate("6 tanh", 31.0, rank=1, best=True),
    candidate("6-6 relu, relu output", 400.0, rank=2, arm="raw", cv_se=90.0),
    candidate("2 relu", None, arm="raw"),
    candidate("linear", 35.0, arm="", reference="linear"),
)
SEARCH = search(ROWS, FIT, by_arm=ROWS[:2])


def svg(result, kept=KEPT):
    return rendered(draw(result, *kept), "svg").decode()


@pytest.mark.parametrize("form", STARTS)
@pytest.mark.parametrize("result", [FIT, SEARCH, explained()], ids=["fit", "search", "explain"])
def test_a_figure_is_a_file_of_the_kind_its_ending_says(tmp_path, result, form):
    path = tmp_path / f"figure.{form.upper()}"
    write_plot(path, result, *KEPT, force=False)
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
        write_plot(path, FIT, *KEPT, force=False)
    assert path.read_text() == "mine"
    check_plot(path, force=True)


def test_fit_shows_curves_and_predictions():
    text = svg(FIT)
    for words in ("training rows", "rows not trained on", "true Ueq", "predicted Ueq", "R² 0.900"):
        assert words in text


def test_what_a_training_does_not_know_has_no_panel():
    text = svg(FIT, ())
    for words in ("Loss by epoch", "Predicted against true", "How the prediction"):
        assert words not in text
    assert "γ ± se" in text


def test_fit_shows_error_importances_and_effects_in_one_figure():
    line = Effect("U120", (1.0, 2.0), (), (-2.0, 2.0), (0.5, 0.5))
    text = svg(replace(FIT, explanation=replace(FIT.explanation, effects=(line,), target="Ueq")))
    for words in ("Loss by epoch", "γ ± se", "Error with the column switched off", "changes along the columns"):
        assert words in text


def test_fit_on_classes_shows_the_counts_of_each():
    confusion = Confusion(("benign", "malign"), ((417, 3), (5, 218)))
    roc = (RocCurve("malign", 0.987, (0.0, 0.1, 1.0), (0.0, 0.9, 1.0)),)
    report = replace(FIT, task="binary", explanation=replace(explained(), confusion=confusion, roc=roc))
    for text in (svg(report), svg(report.explanation)):
        assert "ROC curves" in text
        assert "malign: 0.987" in text
    text = svg(report)
    for words in ("benign", "malign", ">417<", ">218<"):
        assert words in text


def test_of_many_classes_the_curves_of_those_told_apart_worst_are_drawn():
    roc = tuple(RocCurve(f"class{k}", 0.5 + k / 100, (0.0, 1.0), (0.0, 1.0)) for k in range(20))
    text = svg(replace(explained(), roc=roc))
    assert "the 7 worst of 20 classes" in text
    assert "class6: 0.560" in text
    assert "class7:" not in text


def test_search_names_architectures_arms_and_references_and_counts_the_diverged():
    text = svg(SEARCH)
    for words in ("6 tanh", "6-6 relu, relu output", "arm bn", "arm raw", "linear", "1 diverged"):
        assert words in text


def test_explain_names_every_column_of_a_small_table():
    text = svg(explained())
    for name in ("Upre", "U120", "Upos", "PP", "UF"):
        assert text.count(f">{name}<") == 2, "once beside its bar, once beside its point"


def test_explain_draws_the_effects_that_are_known():
    line = Effect("U120", (1.0, 2.0), (), (-2.0, 2.0), (0.5, 0.5))
    levels = Effect("place", (), ("west", "north"), (-1.5, 1.5), of="ill")
    text = svg(replace(explained(), effects=(line, levels)))
    assert "changes along the columns" in text
    for words in ("place", "west", "north", "ill"):
        assert f">{words}<" in text
    assert "changes along the columns" not in svg(explained())


def test_an_error_at_a_0_that_is_off_the_data_squeezes_nothing():
    found = explained().importances

    def widest(**changes):
        columns = tuple(replace(i, mspe_zero=1e9 if k == 0 else i.mspe_zero, **changes) for k, i in enumerate(found))
        figure = explain_figure(replace(explained(), importances=columns))
        return max(axes.get_xlim()[1] for axes in figure.axes)

    assert widest(zero_is_off=True) < 1e6
    assert widest() > 1e8, "the same cell counts where 0 is on the data"


def test_explain_names_the_columns_that_matter_most_of_a_wide_table():
    text = svg(explained([f"a rather long column name {k:03}" for k in range(200)]))
    named = re.findall(r">(a rather long column name[^<]*)<", text)
    assert f"the {SHOWN} of 200 columns" in text
    assert all(len(name) <= LONGEST_NAME for name in named)
    wide = svg(explained([f"c{k:03}" for k in range(200)]))
    assert all(f">c{k:03}<" in wide for k in range(200 - SHOWN, 200))
    assert not any(f">c{k:03}<" in wide for k in range(200 - SHOWN))


def test_names_are_drawn_as_they_are():
    text = svg(explained(["$x_1$", "a<b", "c\x07d", "größe"]))
    for words in ("$x_1$", "a&lt;b", "c\N{REPLACEMENT CHARACTER}d", "größe"):
        assert words in text


def test_a_model_without_gamma_has_a_figure_too():
    plain = explained()
    rows = tuple(replace(i, gamma=None, gamma_raw=None, gamma_se=None) for i in plain.importances)
    assert "no γ" in svg(replace(plain, importances=rows))


def test_values_of_very_different_size_and_nonsense_can_be_drawn():
    base = importance("x", 1.0)
    rows = tuple(
        replace(base, column=str(k), mspe_zero=v) for k, v in enumerate([1e12, 2.0, 0.5, 3.0, 1.5, float("inf")])
    )
    assert svg(replace(explained(), importances=rows))


def test_nothing_is_drawn_before_it_is_asked_for():
    code = "import sys, bnfit.cli.app; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.slow
def test_fit_draws_what_it_saves_and_explain_draws_it_again(tmp_path):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(40, 2))
    lines = ["a,b,y", *(f"{r[0]},{r[1]},{r[0] + 2 * r[1]}" for r in x)]
    (tmp_path / "t.csv").write_text("\n".join(lines))

    bnfit = partial(command_line.bnfit, cwd=tmp_path)

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


def test_the_band_of_losses_skips_epochs_without_one_and_members_that_ended():
    epochs, low, median, high = loss_band([[4.0, None, 1.0], [8.0]])
    assert epochs.tolist() == [1, 3]
    assert np.column_stack([low, median, high]).tolist() == [pytest.approx([4.4, 6.0, 7.6]), [1.0, 1.0, 1.0]]
    assert not len(loss_band([[None]])[0])
    assert not len(loss_band([])[0])

"""Losses by epoch of a search, for each way of normalising and training."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from report_records import SEARCH

from bnfit.report.content import blocks_of
from bnfit.report.curves import epochs_shown
from bnfit.report.documents import to_json
from bnfit.report.figures.search import search_figure
from bnfit.report.terminal import to_text
from bnfit.results.search import Curve
from bnfit.tuning.search_table import search_table

pytestmark = pytest.mark.slow

RNG = np.random.default_rng(2)
X = RNG.normal(size=(60, 3))
CLASSES = pd.DataFrame(X, columns=list("abc")).assign(y=np.where(X[:, 0] + 0.3 * X[:, 1] > 0, "yes", "no"))
QUICK = {"layers": (1,), "units": (3, 4), "activations": ("tanh",), "folds": 3, "members": 1, "epochs": 60}
WAY = ("bn", "layer", 8, 0.01, 0.99, None)
CURVE = Curve("rate 0.01", *WAY, (4.0, 2.0, 1.0), (5.0, 3.0, None), (), 6, 0)
LOST = replace(CURVE, value="rate 9", learning_rate=9.0, loss=(), judged_loss=(), diverged=6)


@pytest.fixture(scope="module")
def report():
    ways = {"norms": ("batch:after", "none"), "learning_rates": (0.1, 1e-5)}
    return search_table(CLASSES, "y", **QUICK, **ways, curves=True)[0]


def test_there_is_a_curve_for_each_way_and_all_its_architectures_and_folds(report):
    names = [curve.value for curve in report.curves]
    assert names == [f"norm {norm}, rate {rate}" for norm in ("batch:after", "none") for rate in ("0.1", "1e-05")]
    assert {(curve.trainings, curve.diverged, len(curve.loss)) for curve in report.curves} == {(6, 0, 60)}


def test_curves_say_how_the_networks_learned(report):
    fast, still = report.curves[2:]
    assert fast.loss[-1] < 0.8 * fast.loss[0]
    assert still.loss[-1] > fast.loss[-1]
    assert fast.accuracy[-1] > 0.8
    rows = [row for row in report.leaderboard if row.norm == "none" and row.learning_rate == 0.1]
    error = np.mean([row.cv_log_loss for row in rows])
    assert 0.5 * fast.judged_loss[-1] < error < fast.judged_loss[-1] + 1e-6, "a linear model beside it helps"


def test_without_the_option_there_are_none_and_one_way_has_one_curve():
    report, _ = search_table(CLASSES, "y", **QUICK)
    assert report.curves == ()
    assert "by epoch" not in to_text(blocks_of(report))


def test_curves_as_text_and_json():
    result = replace(SEARCH, curves=(CURVE, LOST))
    text = to_text(blocks_of(result))
    assert (
        """\
Training loss by epoch
mean over trainings      1      2      3
─────────────────────────────────────────────────────────
rate 0.01            4.000  2.000  1.000
rate 9                   –      –      –  6 of 6 diverged
"""
        in text
    )
    assert "Accuracy" not in text
    assert json.loads(to_json(result))["curves"][0]["judged_loss"] == [5.0, 3.0, None]


def test_few_epochs_are_shown_and_the_first_and_last_are_among_them():
    assert epochs_shown(4) == [1, 2, 3, 4]
    for last in (11, 200, 300, 10_000):
        shown = epochs_shown(last)
        assert (shown[0], shown[-1]) == (1, last)
        assert len(shown) <= 10


def test_a_figure_with_curves_has_panels_for_them(report):
    figure = search_figure(report)
    assert len(figure.axes) == 6
    # three percentiles of each of the four ways, and how far they lie apart
    assert [len(axes.lines) for axes in figure.axes[2:]] == [4, 4, 12, 4]
    assert "Accuracy" in figure.axes[3].get_title(loc="left")
    lost = search_figure(replace(SEARCH, curves=(LOST,)))
    assert [axes.texts[0].get_text() for axes in lost.axes[2:]] == ["every training diverged"] * 2

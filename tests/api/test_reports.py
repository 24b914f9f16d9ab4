"""Results as data frames, figures, text and HTML."""

from dataclasses import replace

import pytest
from report_records import BOARD, EXPLANATION, FIT, FULL, NODES, SEARCH, importance, prediction

from bnfit.api.reports import Explanation, Importances, Leaderboard, Nodes, Prediction, Statistics, Training
from bnfit.report.blocks import Grid, Line
from bnfit.report.content import blocks_of
from bnfit.report.html.blocks import to_html
from bnfit.report.terminal import to_text
from bnfit.results.effects import Effect

EXPLAINED = Explanation(EXPLANATION, ("Upre", "U120"))


def html(shown):
    """What a notebook asks for."""
    return getattr(shown, "_repr_html_")()  # noqa: B009 - the name is the notebook's


def test_importances_are_sorted_by_gamma():
    frame = EXPLAINED.importances.to_frame()
    assert list(frame["column"]) == ["Upos [mg]", "U120", "Upre"]
    assert list(frame["gamma"]) == [14.3, 6.21, 2.5]
    assert list(frame) == [
        *("column", "gamma", "gamma_raw", "gamma_se"),
        *("mspe_intact", "mspe_zero", "mspe_mean", "mspe_permute", "mean_error_zero"),
        *("verdict", "direction", "straightness", "total", "zero_is_off"),
    ]
    assert EXPLAINED.to_frame().equals(frame)


def test_columns_without_a_gamma_come_last_by_their_error():
    rows = [importance("a", None, mspe_zero=2.0), importance("b", 0.5), importance("c", None, mspe_zero=3.0)]
    frame = Importances(EXPLANATION, tuple(rows)).to_frame()
    assert list(frame["column"]) == ["b", "c", "a"]
    assert frame["gamma"].isna().tolist() == [False, True, True]
    assert "gamma" in Importances(EXPLANATION, tuple(rows[::2])).to_frame()


def test_an_increase_that_was_asked_for_has_columns():
    frame = Importances(FULL, FULL.importances).to_frame()
    assert frame["permute_increase"].tolist() == [2.0, 2.0, 2.0]
    assert "zero_increase" not in frame
    group = Importances(replace(FULL, baselines=("conditional",)), FULL.groups).to_frame().iloc[0]
    assert (group["conditional_low"], group["conditional_high"], group["conditional_p"]) == (0.5, 1.5, 0.01)


def test_statistics_stand_in_the_order_of_importance():
    frame = EXPLAINED.statistics.to_frame()
    assert frame.to_dict("list") == {
        "input": ["U120", "Upre"],
        "column": ["U120", "Upre"],
        "mean": [0.0123456, 149.25],
        "sd": [1e-9, 33.14],
    }
    assert len(Statistics(replace(EXPLANATION, statistics=()), ()).to_frame()) == 0


def test_the_leaderboard_stands_by_rank_with_the_references_last():
    shuffled = replace(SEARCH, leaderboard=BOARD[::-1])
    frame = Leaderboard(shuffled).to_frame()
    assert frame["rank"].tolist()[:4] == [1, 2, 3, 4]
    assert frame["reference"].tolist()[4:] == ["linear", "mean"]
    assert frame["architecture"].tolist()[0] == "3-3 tanh"
    assert "cv_log_loss" not in frame


def test_nodes_are_sorted_by_gamma():
    nodes = (*NODES, replace(NODES[0], node=1, gamma=0.9))
    assert Nodes(nodes).to_frame()["node"].tolist() == [1, 2]


@pytest.mark.parametrize(
    "shown",
    [EXPLAINED, Training(FIT), Training(SEARCH), EXPLAINED.importances, Leaderboard(SEARCH)],
    ids=lambda shown: type(shown).__name__,
)
def test_a_result_is_drawn(shown):
    figure = shown.plot()
    assert figure.axes
    assert type(figure).__module__ == "matplotlib.figure"


@pytest.mark.parametrize(
    ("shown", "result"), [(EXPLAINED, EXPLANATION), (Training(FIT), FIT), (Training(SEARCH), SEARCH)]
)
def test_a_report_shows_itself_as_the_command_prints_it(shown, result):
    assert repr(shown) == to_text(blocks_of(result))
    assert html(shown) == to_html(blocks_of(result))


def test_a_table_shows_itself_as_its_frame():
    table = EXPLAINED.importances
    assert repr(table) == table.to_frame().to_string()
    assert html(table).count("<tr") == 4
    assert "Upos [mg]" in html(table)


def test_a_prediction_tells_its_errors():
    shown = Prediction(prediction({"mse": 2.0}))
    assert shown.metrics == {"mse": 2.0}
    assert repr(shown).startswith("1 row predicted")


def test_html_shows_text_as_text():
    blocks = [
        Line("<b> & co", "heading"),
        Line("plain"),
        Line("look", "note"),
        Grid(("a", "n"), (("<x>", "1\x1b"), ("y", "")), strong=frozenset({0})),
    ]
    assert to_html(blocks) == (
        "<h4>&lt;b&gt; &amp; co</h4>\n<p>plain</p>\n<p><em>look</em></p>\n"
        '<table>\n<thead>\n<tr><th>a</th><th style="text-align: right">n</th></tr>\n</thead>\n<tbody>\n'
        "<tr><td><strong>&lt;x&gt;</strong></td>"
        '<td style="text-align: right"><strong>1\N{REPLACEMENT CHARACTER}</strong></td></tr>\n'
        '<tr><td>y</td><td style="text-align: right"></td></tr>\n</tbody>\n</table>'
    )


def test_effects_have_a_row_for_each_point():
    line = Effect("U120", (1.0, 2.0), (), (-2.0, 2.0), (0.5, 0.25))
    levels = Effect("place", (), ("west", "north"), (-1.5, 1.5))
    frame = replace(EXPLAINED, result=replace(EXPLAINED.result, effects=(line, levels))).effects.to_frame()
    assert list(frame) == ["column", "at", "change", "se"]
    assert frame["at"].tolist() == [1.0, 2.0, "west", "north"]
    assert frame["change"].tolist() == [-2.0, 2.0, -1.5, 1.5]

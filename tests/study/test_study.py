"""The study: its splits, its intervals and findings by hand, and the whole command on a small table."""

import csv
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import report_records

from bnfit.errors import DataError, UsageError
from bnfit.evaluation.splits import holdouts
from bnfit.networks.architecture import Architecture
from bnfit.report.figures.network_diagram import layers_of
from bnfit.study.drawing import relation
from bnfit.study.run import chosen
from bnfit.study.summary import INCREASE, MEAN_ERROR, correlated, findings, interval
from bnfit.study.tables import as_csv, as_json
from bnfit.study.write import check_study
from bnfit.tuning.ranking import Ranking

pytestmark = pytest.mark.slow

FIGURES = (
    "figure_1_networks",
    "figure_2_distributions",
    "figure_3_raw_input",
    "figure_4_zscored_input",
    "figure_5_hidden_nodes",
    "figure_6_default_recipe",
    "figure_7_repeats",
)
TABLES = ("grid", "settings", "correlations", "correlations_by_repeat", "columns", "nodes", "table_2")


def test_holdouts_are_the_papers_splits_of_109_rows():
    made = holdouts(109, 10, 0.2, 0.2, 0)
    assert len(made) == 10
    for split in made:
        assert (len(split.train), len(split.stop), len(split.test)) == (70, 17, 22)
        assert sorted(np.concatenate([split.train, split.stop, split.test])) == list(range(109))
    assert len({tuple(split.test) for split in made}) == 10
    assert {tuple(s.test) for s in holdouts(109, 10, 0.2, 0.2, 1)}.isdisjoint(tuple(s.test) for s in made)


def test_without_validation_the_same_rows_are_judged():
    pairs = zip(holdouts(109, 3, 0.2, 0.2, 5), holdouts(109, 3, 0.2, 0.0, 5), strict=True)
    for apart, whole in pairs:
        np.testing.assert_array_equal(apart.test, whole.test)
        np.testing.assert_array_equal(np.sort(apart.seen), whole.train)


def test_too_few_rows_for_holdouts_are_refused():
    with pytest.raises(DataError, match="2 rows: too few"):
        holdouts(2, 1, 0.2, 0.0, 0)


def test_the_interval_of_a_mean_is_students():
    low, mean, high = interval([1.0, 2.0, 3.0])
    assert (mean, high - mean, mean - low) == (
        2.0,
        pytest.approx(4.30265 / math.sqrt(3)),
        pytest.approx(4.30265 / math.sqrt(3)),
    )
    assert interval([5.0]) == (None, 5.0, None)
    assert interval([]) == (None, None, None)


def test_correlations_are_taken_within_repeats_and_without_what_diverged():
    gammas = np.array([[[1.0, 2.0], [3.0, np.nan]], [[1.0, 2.0], [3.0, 4.0]]])
    errors = np.array([[[2.0, 4.0], [6.0, 1.0]], [[8.0, 6.0], [4.0, 2.0]]])
    found = correlated("columns", "raw", INCREASE, gammas, errors, 0)
    assert found.draws == pytest.approx((1.0, -1.0))
    assert found.mean == pytest.approx(0.0)


def test_a_correlation_is_also_told_without_each_column_and_within_columns():
    """Three columns of γ 1, 2, 9 whose errors grow with γ between them, and fall with it within each."""
    between = np.array([1.0, 2.0, 9.0])
    wiggle = np.linspace(-0.1, 0.1, 10)[None, :, None] * np.ones((2, 10, 3))
    found = correlated("columns", "raw", INCREASE, between + wiggle, between - wiggle, 0, ("a", "b", "c"))
    assert found.mean > 0.99
    assert found.within == pytest.approx(-1)
    assert list(found.without) == ["a", "b", "c"]
    by_hand = [np.corrcoef((between[:2] + w).ravel(), (between[:2] - w).ravel())[0, 1] for w in wiggle[..., :2]]
    assert found.without["c"] == pytest.approx(np.mean(by_hand))
    assert correlated("nodes", "raw", INCREASE, between + wiggle, between - wiggle, 0).without == {}


def test_what_diverged_is_left_out_within_columns():
    gammas = np.array([[[1.0, 5.0], [3.0, np.nan], [2.0, 7.0]]])
    found = correlated("columns", "raw", INCREASE, gammas, 2 * gammas, 0, ("a", "b"))
    assert found.within == pytest.approx(1)


def test_one_repeat_gets_its_interval_from_its_splits():
    rng = np.random.default_rng(0)
    gammas = rng.uniform(size=(1, 10, 5))
    found = correlated("columns", "raw", INCREASE, gammas, gammas + rng.normal(size=gammas.shape), 0)
    assert -1 < found.low < found.mean < found.high < 1
    assert correlated("columns", "raw", INCREASE, gammas[:, :1], gammas[:, :1], 0).low is None


def correlations(raw, calibrated, by_mean_error):
    return (
        report_records.correlated("raw", INCREASE, raw),
        report_records.correlated("calibrated", INCREASE, calibrated),
        report_records.correlated("raw", MEAN_ERROR, by_mean_error),
    )


SETTINGS = tuple(
    report_records.setting(key, mse, correlations(*values))
    for key, mse, values in (
        ("paper-raw", 106.0, (0.45, 0.77, 0.6)),
        ("paper-zscore", 106.0, (0.4, 0.7, 0.05)),
        ("default-raw", 90.0, (0.7, 0.92, 0.7)),
        ("default-zscore", 90.0, (0.6, 0.85, 0.1)),
    )
)


def test_findings_say_what_the_numbers_say():
    chance, calibration, recipe, standardised, skill = findings(SETTINGS, 95.0)
    assert "by 0.45 (95 % CI 0.35 to 0.55)" in chance
    assert "from 0.40 to 0.80, and 1 of 2 reach the 0.68" in chance
    assert "0.77" in calibration
    assert "in 2 of 2 repeats. So much of" in calibration
    assert "the paper's claim holds" in recipe
    assert "gives 0.05" in standardised
    assert "its measure loses" in standardised
    assert "No network beats" not in skill


def test_findings_name_the_column_that_carries_the_correlation():
    raw = replace(correlations(0.76, 0.9, 0.1)[0], within=0.55, without={"Upre": 0.79, "Upos": 0.41, "UF": 0.8})
    found = findings((replace(SETTINGS[0], correlations=(raw, *SETTINGS[0].correlations[1:])),), 95.0)
    (carried,) = [sentence for sentence in found if sentence.startswith("Without")]
    assert carried.startswith("Without Upos the raw γ's 0.76 is 0.41, and within columns, their means taken out, 0.55")


def test_findings_do_not_claim_what_the_numbers_do_not_say():
    weak = tuple(replace(s, correlations=correlations(0.4, 0.3, 0.3)) for s in SETTINGS)
    _, calibration, recipe, standardised, skill = findings(weak, 80.0)
    assert "is not what weakens" in calibration
    assert "only in part" in recipe
    assert "no great difference" in standardised
    assert "No network beats the straight line" in skill


def test_findings_without_numbers_say_nothing():
    empty = tuple(replace(s, mse=None, correlations=()) for s in SETTINGS)
    assert len(findings(empty, 80.0)) == 1


def test_the_network_to_study_has_the_papers_shape_where_the_grid_has_it():
    grid = [Architecture((4,), "tanh"), Architecture((6,), "relu"), Architecture((6,), "tanh", "linear", "zscore")]
    assert chosen(Ranking((), (2, 0, 1), 0), grid) == grid[1]
    assert chosen(Ranking((), (0,), 0), grid) == grid[0]


def test_the_layers_drawn_are_the_papers():
    titles = [(title.replace("\n", ""), width) for title, width, *_ in layers_of(Architecture((6,), "sigmoid"), 5)]
    assert titles == [("columns", 5), ("BatchNorm", 5), ("Dense", 6), ("BatchNorm", 6), ("sigmoid", 6), ("Dense", 1)]


def test_tables_leave_out_what_does_not_exist():
    rows = [{"a": 1.5, "b": float("nan"), "c": None}, {"a": float("inf"), "b": "x,y", "c": True}]
    assert as_csv(rows).decode() == 'a,b,c\n1.5,,\n,"x,y",True\n'
    assert json.loads(as_json(rows)) == [{"a": 1.5, "b": None, "c": None}, {"a": None, "b": "x,y", "c": True}]


def test_a_folder_with_content_is_kept(tmp_path):
    check_study(tmp_path, False)
    check_study(tmp_path / "new", False)
    (tmp_path / "report.md").write_text("")
    check_study(tmp_path, True)
    (tmp_path / "mine").write_text("")
    with pytest.raises(UsageError, match="holds what is not replaced: 'mine'\n"):
        check_study(tmp_path, True)
    for path, message in (
        (tmp_path, "not empty"),
        (tmp_path / "mine", "not a folder"),
        (tmp_path / "a/b", "no folder"),
    ):
        with pytest.raises(UsageError, match=message):
            check_study(path, False)


@pytest.fixture(scope="module")
def studied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("study")
    table = Path(__file__).parents[2] / "sample_data" / "dialysis.csv"
    words = ("study", str(table), "--target", "Ueq", "--layers", "1,2", "--units", "6", "--activation", "sigmoid")
    words += ("--output-activation", "linear", "--folds", "2", "--repeats", "2", "-o", "out", "--json")

    def bnfit(*more):
        return subprocess.run(
            [sys.executable, "-m", "bnfit", *words, *more], cwd=folder, capture_output=True, text=True, check=False
        )

    return folder / "out", bnfit(), bnfit()


def test_the_command_writes_every_table_and_figure(studied):
    out, done, _ = studied
    assert done.returncode == 0, done.stderr
    expected = {f"{t}.{e}" for t in TABLES for e in ("csv", "json")} | {
        f"{f}.{e}" for f in FIGURES for e in ("svg", "png")
    }
    assert {path.name for path in out.iterdir()} == expected | {"study.json", "report.md"}
    assert all((out / f"{name}.png").read_bytes().startswith(b"\x89PNG") for name in FIGURES)
    for name in FIGURES[:4]:
        text = (out / f"{name}.svg").read_text()
        assert all(f">{column}<" in text for column in ("Upre", "U120", "Upos", "PP", "UF")), name
    assert ">node 6<" in (out / "figure_5_hidden_nodes.svg").read_text()


def test_the_command_reports_what_the_tables_hold(studied):
    out, done, _ = studied
    said = json.loads(done.stdout)
    assert (said["rows"], said["splits"], said["repeats"], said["trainings"]) == (120, 10, 2, 2 * 4 * 2 + 4 * 20)
    with open(out / "columns.csv", newline="") as file:
        rows = [row for row in csv.DictReader(file) if (row["setting"], row["repeat"]) == ("paper-raw", "1")]
    assert len(rows) == 10 * 5
    gamma, zero, intact = (np.array([float(r[k]) for r in rows]) for k in ("gamma", "mspe_zero", "mspe_intact"))
    by_hand = np.corrcoef(gamma, zero - intact)[0, 1]
    found = next(
        c
        for c in said["settings"][0]["correlations"]
        if (c["over"], c["gamma"], c["error"]) == ("columns", "calibrated", INCREASE)
    )
    assert found["draws"][0] == pytest.approx(by_hand)
    report = (out / "report.md").read_text()
    assert report.startswith("# Study of Ueq")
    assert all(f"({name}.svg)" in report for name in FIGURES)


def test_raw_and_zscored_input_are_judged_on_the_same_networks_error(studied):
    """The default recipe trains one population for both: switched off at raw 0 and at the mean, intact alike."""
    out, _, _ = studied
    settings = {row["key"]: row for row in json.loads((out / "settings.json").read_text())}
    assert settings["default-raw"]["mse"] == pytest.approx(settings["default-zscore"]["mse"], rel=1e-6)
    columns = json.loads((out / "columns.json").read_text())
    zero, mean = ([r["mspe_zero"] for r in columns if r["setting"] == key] for key in ("default-raw", "default-zscore"))
    assert zero != pytest.approx(mean)


def test_a_study_is_not_replaced_without_force(studied):
    _, _, again = studied
    assert again.returncode == 2
    assert "not empty" in again.stderr


def test_classes_are_refused(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("a,y\n" + "\n".join(f"{k},{'uv'[k % 2]}" for k in range(20)))
    done = subprocess.run(
        [sys.executable, "-m", "bnfit", "study", str(table), "--target", "y", "-o", str(tmp_path / "o")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (2, 3)
    assert not (tmp_path / "o").exists()


def test_a_relation_has_lines_where_they_exist_and_leaves_out_what_diverged():
    gamma = np.array([[1.0, 2.0, 5.0], [2.0, 2.0, np.nan], [4.0, 2.0, 6.0]])
    error = np.array([[3.0, 1.0, 2.0], [5.0, 4.0, 3.0], [9.0, 2.0, 1.0]])
    found = relation("γ", gamma, "MSPE", error)
    first, constant, last = found.lines
    assert np.ravel(first) == pytest.approx([1.0, 4.0, 3.0, 9.0])
    assert constant is None
    assert np.ravel(last) == pytest.approx([5.0, 6.0, 2.0, 1.0])
    known = np.isfinite(gamma)
    assert found.correlation == pytest.approx(np.corrcoef(gamma[known], error[known])[0, 1])
    slope, offset = np.polyfit(gamma[known], error[known], 1)
    assert np.ravel(found.line) == pytest.approx([1.0, 6.0, slope + offset, 6 * slope + offset])

"""Gates: their grammar, their names, and what they compare."""

import re
import shlex
from dataclasses import replace

import pytest
from command_line import bnfit
from documents import ROOT, blocks, make_folder, make_models
from hypothesis import given
from hypothesis import strategies as st
from report_records import CLASSES, EXPLANATION, FIT, SEARCH, prediction

from bnfit.errors import UsageError
from bnfit.report.gates import COMPARISONS, METRICS, check_names, figures, gate_line, names_of, parse_gate
from bnfit.results.search import CorrectedError


@pytest.mark.parametrize(
    ("expression", "known", "passed"),
    [
        ("r2 < 0.8", {"r2": 0.9}, True),
        ("r2<0.8", {"r2": 0.7}, False),
        ("r2 <= .8", {"r2": 0.8}, False),
        ("mse > 1e2", {"mse": 100.0}, True),
        ("mse >= 1e2", {"mse": 100.0}, False),
        ("rejected == 0", {"rejected": 0.0}, False),
        ("gamma[a] < gamma[b]", {"gamma[a]": 1.0, "gamma[b]": 2.0}, False),
        ("gamma[a b] < gamma['c]d']", {"gamma[a b]": 3.0, "gamma[c]d]": 2.0}, True),
        ("mse > 1.05 * base.mse", {"mse": 2.2, "base.mse": 2.0}, False),
        ("mse > 1.05*base.mse", {"mse": 2.05, "base.mse": 2.0}, True),
        ("r2.low < -0.5", {"r2.low": -1.0}, False),
        ("worse-than-linear", {"worse-than-linear": 1.0}, False),
        ("worse-than-linear", {"worse-than-linear": 0.0}, True),
        ("r2 < 0.8", {"r2": None}, False),
        ("r2 < r2.low", {"r2": 1.0}, False),
    ],
)
def test_a_gate_passes_where_its_condition_does_not_hold_and_is_known(expression, known, passed):
    assert parse_gate(expression).check(known).passed is passed


@pytest.mark.parametrize(
    "expression", ["", "r2", "r2 <", "< 0.8", "r2 = 0.8", "r2 < 0.8 or mse > 1", "2 < 3", "r2 < x y"]
)
def test_what_is_no_condition_is_wrong_usage(expression):
    with pytest.raises(UsageError, match="is no condition"):
        parse_gate(expression)


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.sampled_from(sorted(COMPARISONS)))
def test_a_gate_compares_as_python_does(value, bound, how):
    found = parse_gate(f"mae {how} {bound!r}").check({"mae": value})
    assert (found.value, found.bound) == (value, bound)
    assert found.passed is not eval(f"{value!r} {how} {bound!r}")


def test_names_belong_to_the_task_and_the_columns():
    names = names_of("regression", ["Upos"], ["rejected"])
    check_names([parse_gate("gamma[Upos] < r2.high"), parse_gate("rejected > 0")], names)
    for wrong, hint in (("accuracy < 1", "there are mse"), ("gamma[upos] < 1", r"did you mean 'gamma\[Upos\]'")):
        with pytest.raises(UsageError, match=hint):
            check_names([parse_gate(wrong)], names)
    assert "base.log_loss" in names_of("multiclass", [], [], base=True)
    assert "log_loss.low" not in names_of("multiclass", [], []), "a prediction has no intervals"


def test_each_report_has_its_figures():
    found = figures(EXPLANATION, 0.25)
    assert (found["mse"], found["rmse.low"], found["gamma[U120]"], found["rejected"]) == (31.2, 4.5, 6.21, 0.25)
    fits = [replace(FIT, linear_gain=gain, linear_gain_se=1.0) for gain in (3.0, 1.0)]
    assert [figures(fit)["worse-than-linear"] for fit in fits] == [1.0, 0.0]
    assert figures(FIT)["worse-than-linear"] is None
    assert figures(replace(SEARCH, corrected=CorrectedError(33.5, 2.25, 31.25, 6)))["corrected"] == 33.5
    told = prediction({"mse": 4.0}, rows=8, rejected=2, unpredicted=3, outside_share=0.5, base={"mse": 2.0})
    expected = {"mse": 4.0, "base.mse": 2.0, "outside": 0.5, "rejected": 0.5}
    assert figures(told) == expected
    assert figures(replace(EXPLANATION, base={"mse": 1.0}))["base.mse"] == 1.0


def test_the_metrics_are_those_of_the_reports():
    assert set(EXPLANATION.metrics) <= set(METRICS["regression"])
    assert set(CLASSES.metrics) == set(METRICS["classes"])


def test_a_line_has_both_sides():
    gate = parse_gate("r2 < 0.8")
    assert gate_line(gate.check({"r2": 0.9})) == "gate passed: r2 < 0.8 (0.9000, bound 0.8000)"
    assert gate_line(gate.check({"r2": 0.7})) == "gate failed: r2 < 0.8 (0.7000, bound 0.8000)"
    assert gate_line(gate.check({})) == "gate failed: r2 < 0.8 (not measured)"


@pytest.mark.slow
def test_the_jobs_of_the_document_run(tmp_path):
    make_folder(tmp_path)
    make_models(tmp_path)
    lines = [
        line for block in blocks("yaml", documents=[ROOT / "docs" / "gates.md"]) for line in block.text.splitlines()
    ]
    commands = [found[1] for line in lines if (found := re.search(r"(?:run|entry): (bnfit .*)", line))]
    assert len(commands) == 3
    for command in commands:
        done = bnfit(*shlex.split(command)[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "gate passed" in done.stderr

"""bnfit's importances beside other packages': closed forms, agreement within noise, and what is said without them."""

import json

import numpy as np
import pandas as pd
import pytest
from report_records import importance, increase

from bnfit.api import explain_model
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import UsageError
from bnfit.evaluation.held_out import HeldOut
from bnfit.importance import compare as comparing
from bnfit.importance.ablation import switch_off
from bnfit.importance.compare import compared, mean_shap, sklearn_permutation
from bnfit.importance.options import ImportanceOptions
from bnfit.report.comparison import comparison_blocks
from bnfit.report.content import blocks_of
from bnfit.report.documents import to_json
from bnfit.report.terminal import to_text
from bnfit.results.explanation import ComparedColumn, Comparison

WEIGHTS = np.array([2.0, -1.0, 0.0])
RNG = np.random.default_rng(8)
X = RNG.normal(size=(4000, 3)) * [1.0, 3.0, 1.0]
COLUMNS = [[0], [1], [2]]


def linear(x):
    return x @ WEIGHTS[:, None]


def test_scikit_learns_importance_is_the_closed_form_and_bnfits_own():
    pytest.importorskip("sklearn")
    fold = HeldOut(linear, X, linear(X))
    found = sklearn_permutation(fold, COLUMNS, 0)
    np.testing.assert_allclose(found, 2 * np.square(WEIGHTS) * X.var(0), rtol=0.03)
    ours = switch_off([fold], COLUMNS, X.mean(0), 1).squared
    np.testing.assert_allclose(found, ours["permute"][0] - ours.intact[0], rtol=0.03)


def test_all_that_a_column_was_encoded_to_is_shuffled_together(rng):
    pytest.importorskip("sklearn")
    level = rng.integers(0, 2, 500)
    x = np.c_[level, 1 - level, rng.normal(size=500)].astype(float)
    fold = HeldOut(lambda x: np.abs(x[:, [0]] + x[:, [1]] - 1), x, np.zeros((500, 1)))
    assert sklearn_permutation(fold, [[0, 1], [2]], 0) == pytest.approx([0, 0])
    assert sklearn_permutation(fold, [[0], [1], [2]], 0)[:2].min() > 0.4


def test_the_mean_shap_value_of_a_line_is_its_weight_times_the_mean_distance():
    pytest.importorskip("shap")
    wide = X[:50] - X[:50].mean(0)
    found = mean_shap(HeldOut(linear, wide, linear(wide)), COLUMNS, 0, rows=50)
    np.testing.assert_allclose(found, np.abs(WEIGHTS) * np.abs(wide).mean(0), rtol=1e-6, atol=1e-9)


def test_without_either_package_a_plain_message_says_what_to_do(monkeypatch):
    monkeypatch.setattr(comparing, "installed", lambda package: False)
    with pytest.raises(UsageError, match="neither is installed") as raised:
        compared((), (), (), 0)
    assert raised.value.exit_code == 2
    assert "pip install scikit-learn shap" in str(raised.value.hint)


def test_what_is_not_installed_is_named_and_left_out(monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(comparing, "installed", lambda package: package == "sklearn")
    importances = [
        importance(n, g, increases=(increase("permute", i),))
        for n, g, i in [("a", 2.0, 8.0), ("b", 3.0, 18.0), ("c", 0.0, 0.0)]
    ]
    found = compared(importances, [HeldOut(linear, X, linear(X))], COLUMNS, 0)
    assert found.missing == ("shap",)
    assert [c.shap for c in found.columns] == [None] * 3
    assert found.spearman["sklearn"] == pytest.approx(1)
    assert found.spearman["shap"] is None
    assert to_text(comparison_blocks(found, "MSPE", 10)).endswith("shap is not installed: pip install shap")


COMPARISON = Comparison(
    (ComparedColumn("age", 0.5, 1.25, 1.5, 0.25), ComparedColumn("dose", 2.0, 8.5, None, 0.75)),
    {"permute": 1.0, "sklearn": None, "shap": 0.875},
)


def test_a_comparison_as_text():
    assert (
        to_text(comparison_blocks(COMPARISON, "MSPE", 10))
        == """\
The same rows by other packages
column      γ  rank  MSPE + shuffled  rank  scikit-learn  rank  mean |SHAP|  rank
─────────────────────────────────────────────────────────────────────────────────
dose    2.000     1           +8.500     1             –     –       0.7500     1
age     0.500     2           +1.250     2        +1.500     1       0.2500     2
Rank correlation with γ over columns: MSPE + shuffled 1.00, mean |SHAP| 0.88"""
    )


@pytest.mark.slow
def test_a_model_is_compared_on_a_table_and_a_file_alone_is_not(rng, monkeypatch):
    pytest.importorskip("sklearn")
    monkeypatch.setattr(comparing, "installed", lambda package: package == "sklearn")
    table = pd.DataFrame(X[:150], columns=["a", "b", "c"]).assign(y=linear(X[:150])[:, 0] + rng.normal(size=150))
    _, model = fit_table(table, "y", epochs=60, members=4, units=8)
    found = explain_model(model, table, questions=ImportanceOptions(compare=True))
    ours = [next(e.increase for e in i.increases if e.baseline == "permute") for i in found.importances]
    theirs = [c.sklearn for c in found.compare.columns]
    assert [c.permute for c in found.compare.columns] == ours
    np.testing.assert_allclose(theirs, ours, atol=0.15 * max(ours))
    document = json.loads(to_json(found))["compare"]
    assert set(document["columns"][0]) == {"column", "gamma", "permute", "sklearn", "shap"}
    assert "The same rows by other packages" in to_text(blocks_of(found))
    with pytest.raises(UsageError, match="importances of other packages"):
        explain_model(model, None, questions=ImportanceOptions(compare=True))

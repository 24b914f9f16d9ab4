"""Temperature scaling of class probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.api import explain_model, predict_table
from bnfit.ensemble.fit_table import fit_table
from bnfit.ensemble.stacking_weights import OutOfFold, choose_weights
from bnfit.evaluation.reference_models import logistic_weights, ridge_weights

pytestmark = pytest.mark.slow


def chosen_temperature(logits, y, weight=None):
    return choose_weights([OutOfFold((logits,), None, y, weight)], classes=True)[-1].temperature


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("factor", [0.5, 1.0, 3.0])
def test_logits_that_are_too_sure_by_a_factor_get_that_factor(classes, factor):
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20_000, 1, classes)) * 2
    if classes == 1:
        y = (rng.random((20_000, 1)) < 1 / (1 + np.exp(-logits[:, 0]))).astype(float)
    else:
        shares = np.exp(logits[:, 0]) / np.exp(logits[:, 0]).sum(1, keepdims=True)
        y = np.eye(classes)[[rng.choice(classes, p=share) for share in shares]]
    assert chosen_temperature(logits * factor, y) == pytest.approx(factor, rel=0.08)


def test_rows_of_weight_0_do_not_count():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2_000, 2, 1)) * 4
    y = (rng.random((2_000, 1)) < 0.5).astype(float)
    weight = np.r_[np.ones(1_000), np.zeros(1_000)]
    half = chosen_temperature(logits[:1_000], y[:1_000])
    assert chosen_temperature(logits, y, weight) == half


def test_a_noisy_class_target_gets_honest_probabilities():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(240, 6))
    y = np.where(rng.random(240) < 1 / (1 + np.exp(-2 * x[:, 0])), "yes", "no")
    frame = pd.DataFrame(x, columns=list("abcdef")).assign(y=y)
    report, model = fit_table(frame, "y", layers=2, units=32, epochs=150, folds=4, members=8)
    metrics, reference = report.explanation.metrics, report.explanation.reference
    assert metrics["log_loss"] < reference["log_loss"]
    assert explain_model(model, frame).metrics["log_loss"] == pytest.approx(metrics["log_loss"], rel=0.05)
    predicted = predict_table(model, frame)[0]
    np.testing.assert_allclose(predicted.probability_no + predicted.probability_yes, 1, rtol=1e-6)


def test_two_predictors_with_independent_errors_share_by_their_variances():
    """The weights that minimise the variance of (1 - w) a + w b are in the ratio of the other's variance."""
    rng = np.random.default_rng(3)
    truth = rng.normal(size=(40_000, 1))
    for own, other, share in ((1.0, 1.0, 0.5), (1.0, 2.0, 0.2), (2.0, 1.0, 0.8), (1.0, 0.0, 1.0)):
        members = (truth + own * rng.normal(size=truth.shape))[:, None]
        fold = OutOfFold((members,), truth + other * rng.normal(size=truth.shape), truth, None)
        assert [w.linear_share for w in choose_weights([fold, fold], classes=False)] == pytest.approx([share] * 3)


def test_the_rows_of_a_fold_do_not_choose_for_it():
    rng = np.random.default_rng(4)
    truth = rng.normal(size=(100, 1))
    good, bad = truth[:, None], truth[:, None] + 5
    only_members, only_linear = OutOfFold((good,), bad[:, 0], truth, None), OutOfFold((bad,), good[:, 0], truth, None)
    weights = choose_weights([only_members, only_linear], classes=False)
    assert [w.linear_share for w in weights[:2]] == [1.0, 0.0]
    assert choose_weights([only_members, only_members], classes=False)[0].linear_share == 0.0


def test_logits_of_a_linear_model_can_win():
    rng = np.random.default_rng(5)
    logits = 2 * rng.normal(size=(5_000, 1))
    y = (rng.random((5_000, 1)) < 1 / (1 + np.exp(-logits))).astype(float)
    noise = OutOfFold((4 * rng.normal(size=(5_000, 2, 1)),), logits * 2, y, None)
    weights = choose_weights([noise, noise], classes=True)[0]
    assert weights.linear_share == 1.0
    assert weights.temperature == pytest.approx(2.0, rel=0.08)


@pytest.mark.parametrize("classes", [False, True])
def test_on_a_linear_table_the_model_is_not_worse_than_a_linear_one(classes):
    rng = np.random.default_rng(6)
    x = rng.normal(size=(4_300, 6))
    y = x @ rng.normal(size=6) + 2 * rng.normal(size=4_300)
    target = np.where(y > 0, "yes", "no") if classes else y
    whole = pd.DataFrame(x, columns=list("abcdef")).assign(y=target)
    frame, new = whole[:300], whole[300:].reset_index(drop=True)
    report, model = fit_table(frame, "y", layers=2, units=32, epochs=60, folds=4, members=8)
    error = "log_loss" if classes else "mse"
    assert report.linear_share > 0.3
    # two members judge a row, eight predict a new one: the bound is that of new rows
    assert report.explanation.metrics[error] < 1.05 * report.explanation.linear[error]
    truth = np.eye(2)[(y > 0).astype(int)] if classes else y[:, None]
    weights = (logistic_weights if classes else ridge_weights)(x[:300], truth[:300])
    linear = x[300:] @ weights[:-1] + weights[-1]
    if classes:
        linear = -np.log((np.exp(linear) * truth[300:]).sum(1) / np.exp(linear).sum(1))
    else:
        linear = np.square(linear - truth[300:])[:, 0]
    assert explain_model(model, new).metrics[error] < 1.03 * linear.mean()
    kind = "logistic" if classes else "linear"
    share = f"the model is {round(100 * report.linear_share)} % {kind} regression"
    assert any(note.startswith(share) for note in report.explanation.notes)
    assert explain_model(model, frame).metrics[error] == pytest.approx(report.explanation.metrics[error], rel=1e-3)
    alone = fit_table(frame, "y", layers=2, units=32, epochs=60, folds=4, members=1)[0]
    assert alone.linear_share == 0

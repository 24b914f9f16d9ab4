"""Temperature scaling of class probabilities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.calibration import best_temperature
from bnfit.pipeline import explain_model, fit_table, predict_table


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
    assert best_temperature([logits * factor], [y], [None]) == pytest.approx(factor, rel=0.08)


def test_rows_of_weight_0_do_not_count():
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(2_000, 2, 1)) * 4
    y = (rng.random((2_000, 1)) < 0.5).astype(float)
    weight = np.r_[np.ones(1_000), np.zeros(1_000)]
    half = best_temperature([logits[:1_000]], [y[:1_000]], [None])
    assert best_temperature([logits], [y], [weight]) == half


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

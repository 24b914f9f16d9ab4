"""The linear model beside the network: measured on the same folds, and named where it is better."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.assemble import linear_note
from bnfit.ensemble.fit_table import fit_table
from bnfit.evaluation.reference_models import LINEAR_ROWS, linear_metrics, linear_rows
from bnfit.evaluation.splits import kfold, without
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow


def test_least_squares_is_judged_out_of_fold():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    y = x @ [[2.0], [-1.0], [0.5]] + 3 + rng.normal(size=(60, 1))
    splits = [without(60, fold, 0.0, 0) for fold in kfold(60, 4, 0)]
    errors = []
    for split in splits:
        design = np.c_[np.ones(60), x]
        coefficients = np.linalg.solve(
            design[split.train].T @ design[split.train], design[split.train].T @ y[split.train]
        )
        errors.append(np.square(design[split.test] @ coefficients - y[split.test]))
    found = linear_metrics(Dataset(x, y), splits)
    assert found["mse"] == pytest.approx(np.concatenate(errors).mean(), rel=1e-9)
    assert 0.5 < found["r2"] < 1


def test_it_is_fitted_to_evenly_spaced_rows_of_a_long_table():
    few, many = np.arange(LINEAR_ROWS), np.arange(3 * LINEAR_ROWS // 2)
    assert linear_rows(few[::-1]).tolist() == few.tolist()
    assert len(linear_rows(many)) == LINEAR_ROWS
    assert set(np.diff(linear_rows(many))) == {1, 2}


def test_it_is_named_only_where_it_is_better():
    assert linear_note({"mse": 2.0}, {"mse": 1.0}) == ()
    assert linear_note({"mse": 1.0}, {"mse": 2.0}) == (
        "linear regression reaches MSE 1 on the same rows, less than the model's 2: a linear model may be enough here",
    )
    assert "logistic regression reaches log-loss 0.1" in linear_note({"log_loss": 0.1}, {"log_loss": 0.2})[0]


def test_fit_says_so_on_a_linear_table_and_not_on_a_bent_one():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 2))
    plane = pd.DataFrame(x, columns=["a", "b"]).assign(y=3 * x[:, 0] - x[:, 1] + 0.5 * rng.normal(size=120))
    bowl = plane.assign(y=x[:, 0] ** 2 + x[:, 1] ** 2)
    for frame, said in ((plane, True), (bowl, False)):
        report = fit_table(frame, "y", folds=4, members=8)[0]
        assert report.linear["mse"] > 0
        assert any("linear regression reaches" in note for note in report.explanation.notes) == said

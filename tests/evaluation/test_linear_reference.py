"""The linear model beside the network: measured on the same folds, and named where it is better."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bnfit.ensemble.fit_table import fit_table
from bnfit.ensemble.linear_beside import LinearBeside, compare_linear, linear_note
from bnfit.evaluation import reference_models
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.paired import Difference
from bnfit.evaluation.reference_models import LINEAR_ROWS, linear_metrics, linear_reference, linear_rows
from bnfit.evaluation.splits import FoldConstraints, kfold, splits, without
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


def beside(gain, skilled=True, name="mse"):
    return LinearBeside({name: 1.0}, Difference(gain, 0.5, 60), skilled)


def test_it_is_named_only_where_it_is_better_and_has_skill():
    assert linear_note(beside(-1.0)) == ()
    assert linear_note(beside(1.0, skilled=False)) == ()
    assert linear_note(beside(1.0)) == (
        "linear regression reaches MSE 1 on the same rows, 1 ± 0.5 less than the model: "
        "a linear model may be enough here",
    )
    assert "logistic regression reaches log-loss 1 on" in linear_note(beside(0.2, name="log_loss"))[0]


def test_the_difference_is_paired_by_rows():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, 1))
    y = x + rng.normal(size=(60, 1))
    splits = [without(60, fold, 0.0, 0) for fold in kfold(60, 4, 0)]
    held_out = [HeldOut(lambda new: 0.9 * new, x[s.test], y[s.test]) for s in splits]
    for table, skilled in ((Dataset(x, y), True), (Dataset(x, rng.permutation(y)), False)):
        found = compare_linear(
            table, splits, [replace(h, y=table.y[s.test]) for h, s in zip(held_out, splits, strict=True)]
        )
        rows = np.concatenate([s.test for s in splits])
        linear = np.concatenate([linear_reference(table, s) for s in splits])
        losses = (np.square(0.9 * x[rows] - table.y[rows]) - np.square(linear - table.y[rows]))[:, 0]
        assert found.gain.mean == pytest.approx(losses.mean())
        assert found.gain.se == pytest.approx(losses.std(ddof=1) / 60**0.5)
        assert found.skilled == skilled
        assert found.metrics == linear_metrics(table, splits)


def test_fit_says_so_on_a_linear_table_and_not_on_a_bent_one():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(120, 2))
    plane = pd.DataFrame(x, columns=["a", "b"]).assign(y=3 * x[:, 0] - x[:, 1] + 0.5 * rng.normal(size=120))
    bowl = plane.assign(y=x[:, 0] ** 2 + x[:, 1] ** 2)
    for frame, said in ((plane, True), (bowl, False)):
        report = fit_table(frame, "y", folds=4, members=8)[0]
        assert report.explanation.linear["mse"] > 0
        assert any("linear regression reaches" in note for note in report.explanation.notes) == said


def test_the_same_fold_is_fitted_once_and_others_are_not_taken_for_it(rng, monkeypatch):
    table = Dataset(rng.normal(size=(40, 2)), rng.normal(size=(40, 1)))
    first, second = splits(FoldConstraints(40), 2, 0.0, 0)
    wanted = [linear_reference(replace(table), split) for split in (first, second)]
    found = linear_reference(table, first)
    found[:] = 0  # a caller's copy
    np.testing.assert_array_equal(linear_reference(table, second), wanted[1])
    monkeypatch.setattr(reference_models, "least_squares", lambda *_: pytest.fail("fitted again"))
    np.testing.assert_array_equal(linear_reference(table, first), wanted[0])

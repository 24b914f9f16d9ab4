"""Prediction intervals: order statistics by hand, coverage on new rows, and the command's columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.api import predict_table
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import DataError, UsageError
from bnfit.evaluation.conformal import KEPT, half_width, kept_errors


@pytest.mark.parametrize(("level", "size"), [(0.5, 5.0), (0.9, 9.0), (0.1, 1.0), (0.85, 9.0)])
def test_the_reach_is_an_order_statistic(level, size):
    kept = kept_errors(np.array([-3.0, 1, 2, -4, 5, 6, -7, 8, 9]))  # rank ceil(10 · level)
    assert half_width(kept, level) == size


def test_a_level_that_the_rows_cannot_bear_is_refused_with_the_largest_one():
    with pytest.raises(DataError, match="9 training rows are too few") as error:
        half_width(kept_errors(np.arange(9.0)), 0.95)
    assert "0.9" in error.value.hint
    for level in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(UsageError, match="between 0 and 1"):
            half_width(kept_errors(np.arange(9.0)), level)


def test_many_errors_are_kept_by_order_statistics_that_never_narrow_the_interval():
    errors = np.random.default_rng(0).normal(size=25_001)
    kept = kept_errors(errors)
    assert (kept.count, len(kept.sizes)) == (25_001, KEPT)
    for level in (0.5, 0.8, 0.9, 0.99):
        exact = np.sort(np.abs(errors))[int(np.ceil(25_002 * level)) - 1]
        assert exact <= half_width(kept, level) * (1 + 1e-6) < exact * 1.02


@pytest.mark.slow
def test_new_rows_lie_inside_as_often_as_the_level_says():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(2_300, 3))
    frame = pd.DataFrame(x, columns=list("abc")).assign(y=2 * x[:, 0] + np.sin(2 * x[:, 1]) + rng.normal(size=2_300))
    model = fit_table(frame.head(300), "y", epochs=40)[1]
    for level in (0.5, 0.9):
        out = predict_table(model, frame.tail(2_000).drop(columns="y"), interval=level)[0]
        inside = ((out.low <= frame.y.tail(2_000)) & (frame.y.tail(2_000) <= out.high)).mean()
        assert inside == pytest.approx(level, abs=0.07)
        np.testing.assert_allclose(out.high - out.prediction, out.prediction - out.low, rtol=1e-5)


@pytest.mark.slow
def test_classes_have_no_interval():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "y": ["u", "v"] * 30})
    model = fit_table(frame, "y", layers=1, units=2, epochs=2, folds=2, members=2)[1]
    with pytest.raises(UsageError, match="`interval` is for numbers"):
        predict_table(model, frame, interval=0.9)

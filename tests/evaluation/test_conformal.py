"""Prediction intervals and sets: order statistics by hand, coverage on new rows, and the command's columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.api import predict_table
from bnfit.ensemble.fit_table import fit_table
from bnfit.errors import DataError, UsageError
from bnfit.evaluation.conformal import (
    KEPT,
    interval_of,
    least_probability,
    scores_of_classes,
    scores_of_numbers,
    sets_of,
)


def alike(errors, weight=None):
    """Scores of errors on rows that are all alike, so that they have no scale."""
    rows = len(errors)
    return scores_of_numbers(np.zeros((rows, 1)), np.zeros(rows), errors, np.arange(rows) % 3, weight)


def uneven(rng, rows):
    """Rows whose errors are large where the first of two columns is, with skewed ones."""
    x = rng.normal(size=(rows, 2))
    errors = (rng.exponential(size=rows) - 0.7) * np.exp(0.8 * x[:, 0])
    return x, rng.normal(size=rows), errors


@pytest.mark.parametrize(("level", "low", "high"), [(0.5, -4.0, 7.0), (0.8, -5.0, 9.0), (0.1, 1.0, 3.0)])
def test_the_ends_are_order_statistics_of_signed_errors(level, low, high):
    errors = np.array([-5.0, 9, -4, 7, 1, 2, 3, 6, -1])  # ranks floor(10 (1 - level) / 2) from either end
    assert (
        interval_of(alike(errors), level) == (sorted(errors)[int(10 * (1 - level) / 2 + 1e-9) - 1], high) == (low, high)
    )


def test_a_level_that_the_rows_cannot_bear_is_refused_with_the_largest_one():
    with pytest.raises(DataError, match="9 training rows are too few") as error:
        interval_of(alike(np.arange(9.0)), 0.95)
    assert "0.8`" in error.value.hint
    with pytest.raises(DataError, match="9 training rows are too few") as error:
        least_probability(scores_of_classes(np.ones((9, 1)), np.ones((9, 1))), 0.95)
    assert "0.9`" in error.value.hint
    for level in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(UsageError, match="between 0 and 1"):
            interval_of(alike(np.arange(9.0)), level)


def test_many_errors_are_kept_by_order_statistics_that_never_narrow_the_interval(rng):
    errors = rng.normal(size=25_001)
    kept = alike(errors)
    assert (kept.count, len(kept.scores), kept.scale) == (25_001, KEPT, None)
    ordered = np.sort(errors)
    for level in (0.5, 0.8, 0.9, 0.99):
        rank = int(np.floor(25_002 * (1 - level) / 2))
        low, high = interval_of(kept, level)
        assert 1.03 * ordered[rank - 1] < low <= ordered[rank - 1] * (1 - 1e-6)
        assert ordered[-rank] * (1 - 1e-6) <= high < 1.03 * ordered[-rank]


def test_weights_count_as_rows_written_more_than_once(rng):
    errors, weight = rng.normal(size=400), rng.integers(1, 4, 400).astype(float)
    repeated = interval_of(alike(np.repeat(errors, weight.astype(int))), 0.8)
    assert interval_of(alike(errors, weight), 0.8) == pytest.approx(repeated, abs=0.1)
    assert alike(errors, weight).count < 400
    assert interval_of(alike(errors, np.exp(errors)), 0.8) != pytest.approx(repeated, abs=0.3)


def test_errors_that_grow_with_a_column_have_a_scale_and_cover_alike_everywhere(rng):
    x, predicted, errors = uneven(rng, 600)
    kept = scores_of_numbers(x, predicted, errors, np.arange(600) % 6)
    assert kept.scale is not None
    new, said, off = uneven(rng, 20_000)
    low, high = interval_of(kept, 0.9)
    size = kept.scale(new, said)
    inside = (size * low <= off) & (off <= size * high)
    quiet = new[:, 0] < np.median(new[:, 0])
    assert inside[quiet].mean() == pytest.approx(0.9, abs=0.04)
    assert inside[~quiet].mean() == pytest.approx(0.9, abs=0.04)
    below = off < size * low
    assert below.mean() == pytest.approx(0.05, abs=0.03)
    plain = interval_of(alike(errors), 0.9)
    assert ((plain[0] <= off) & (off <= plain[1]))[quiet].mean() > 0.96


def test_errors_alike_everywhere_have_no_scale(rng):
    with_scale = 0
    for _ in range(20):
        x = rng.normal(size=(200, 3))
        kept = scores_of_numbers(x, rng.normal(size=200), rng.normal(size=200), np.arange(200) % 8)
        with_scale += kept.scale is not None
    assert with_scale <= 2
    exact = scores_of_numbers(rng.normal(size=(50, 2)), rng.normal(size=50), np.zeros(50), np.arange(50) % 5)
    assert exact.scale is None
    assert interval_of(exact, 0.9) == (0, 0)


def test_sets_hold_the_true_class_as_often_as_the_level_says(rng):
    logits = 1.5 * rng.normal(size=(20_400, 3))
    probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    true = np.array([rng.choice(3, p=p) for p in probability])
    kept = scores_of_classes(np.eye(3)[true[:400]], probability[:400])
    for level in (0.5, 0.8, 0.95):
        sets = sets_of(probability[400:], least_probability(kept, level), "abc")
        inside = np.mean(["abc"[t] in s.split("|") for t, s in zip(true[400:], sets, strict=True)])
        assert inside >= level - 0.03
        assert level < 0.6 or inside <= level + 0.03  # below, the most probable class alone holds more


def test_a_set_names_the_most_probable_first_and_is_never_empty():
    probability = np.array([[0.2, 0.5, 0.3], [0.9, 0.05, 0.05], [0.34, 0.33, 0.33]])
    assert sets_of(probability, 0.3, ["u", "v", "w"]) == ["v|w", "u", "u|v|w"]
    assert sets_of(probability, 0.95, ["u", "v", "w"]) == ["v", "u", "u"]


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


@pytest.mark.slow
def test_classes_have_sets(rng):
    frame = pd.DataFrame({"a": rng.normal(size=60), "y": ["u", "v"] * 30})
    model = fit_table(frame, "y", layers=1, units=2, epochs=2, folds=2, members=2)[1]
    out = predict_table(model, frame, interval=0.9)[0]
    assert list(out) == ["prediction", "probability_u", "probability_v", "set"]
    assert set(out["set"]) <= {"u", "v", "u|v", "v|u"}
    assert (out["set"].str.contains("|", regex=False)).mean() > 0.5  # nothing tells the classes apart

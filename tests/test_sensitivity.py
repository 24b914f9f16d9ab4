"""Switching columns off, against closed forms for a linear predictor."""

import numpy as np
import pytest

from bnfit.metrics import both_classes, classification_metrics
from bnfit.sensitivity import Judge, switch_off

RNG = np.random.default_rng(2)
X = RNG.normal(size=(200, 3)) * [1.0, 5.0, 0.2] + [0.0, 3.0, 1.0]
Y = (X @ [2.0, -1.0, 4.0] + RNG.normal(size=200))[:, None]
COLUMNS = [[0], [1, 2]]


def least_squares(x, y, weight=None):
    """Without an intercept, so that the residuals are orthogonal to every column and nothing else."""
    root = np.ones((len(x), 1)) if weight is None else np.sqrt(weight)[:, None]
    w = np.linalg.lstsq(x * root, y * root, rcond=None)[0]
    return w, lambda new: new @ w


def test_zero_out_of_least_squares_raises_the_error_by_the_mean_square_of_what_is_lost():
    w, predict = least_squares(X, Y)
    off = switch_off([Judge(predict, X, Y)], [[0], [1], [2]], X.mean(0), 0).squared
    assert off.zero[0] - off.intact[0] == pytest.approx(np.square(w[:, 0]) * np.square(X).mean(0))
    assert off.mean.shape == off.permute.shape == (1, 3)


def test_columns_of_one_origin_are_switched_off_together():
    w, predict = least_squares(X, Y)
    off = switch_off([Judge(predict, X, Y)], COLUMNS, X.mean(0), 0).squared
    assert off.zero[0, 1] - off.intact[0] == pytest.approx(np.square(X[:, 1:] @ w[1:]).mean())


def test_weights_count_as_rows_written_more_than_once():
    weight = RNG.integers(1, 4, 200)
    rows = np.repeat(np.arange(200), weight)
    _, predict = least_squares(X, Y, weight.astype(float))
    weighted = switch_off([Judge(predict, X, Y, weight.astype(float))], COLUMNS, X.mean(0), 0)
    repeated = switch_off([Judge(predict, X[rows], Y[rows])], COLUMNS, X.mean(0), 0)
    for name in ("intact", "zero", "mean"):
        assert getattr(weighted.squared, name) == pytest.approx(getattr(repeated.squared, name))
    assert weighted.mean_error_zero == pytest.approx(repeated.mean_error_zero)
    assert weighted.sizes == pytest.approx(repeated.sizes)
    plain = switch_off([Judge(predict, X, Y)], COLUMNS, X.mean(0), 0)
    assert weighted.squared.zero != pytest.approx(plain.squared.zero)


def test_of_probabilities_the_squared_error_is_the_brier_score_and_the_log_loss_stands_beside_it():
    y = (X[:, :1] > 0).astype(float)

    def predict(x):
        return 1 / (1 + np.exp(-x[:, :1]))

    off = switch_off([Judge(predict, X, y)], COLUMNS, X.mean(0), 0, classes=True)
    metrics = classification_metrics(both_classes(y), both_classes(predict(X)))
    assert off.squared.intact[0] == pytest.approx(metrics["brier"])
    assert off.log_loss.intact[0] == pytest.approx(metrics["log_loss"])
    assert off.log_loss.zero[0] == pytest.approx([np.log(2), metrics["log_loss"]])
    assert off.log_loss.permute[0, 0] > off.log_loss.zero[0, 0]
    assert switch_off([Judge(predict, X, y)], COLUMNS, X.mean(0), 0).log_loss is None

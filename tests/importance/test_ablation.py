"""Switching columns off, against closed forms for a linear predictor."""

import numpy as np
import pytest

from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.metrics import both_classes, classification_metrics
from bnfit.importance.ablation import REPLACEMENTS, increases, precision_of, residual, switch_off
from bnfit.results.baselines import BASELINES
from bnfit.results.explanation import Importance

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
    off = switch_off([HeldOut(predict, X, Y)], [[0], [1], [2]], X.mean(0), 0).squared
    assert off["zero"][0] - off.intact[0] == pytest.approx(np.square(w[:, 0]) * np.square(X).mean(0))
    assert off["mean"].shape == off["permute"].shape == (1, 3)


def test_columns_of_one_origin_are_switched_off_together():
    w, predict = least_squares(X, Y)
    off = switch_off([HeldOut(predict, X, Y)], COLUMNS, X.mean(0), 0).squared
    assert off["zero"][0, 1] - off.intact[0] == pytest.approx(np.square(X[:, 1:] @ w[1:]).mean())


def test_weights_count_as_rows_written_more_than_once(rng):
    weight = rng.integers(1, 4, 200)
    rows = np.repeat(np.arange(200), weight)
    _, predict = least_squares(X, Y, weight.astype(float))
    weighted = switch_off([HeldOut(predict, X, Y, weight.astype(float))], COLUMNS, X.mean(0), 0)
    repeated = switch_off([HeldOut(predict, X[rows], Y[rows])], COLUMNS, X.mean(0), 0)
    assert weighted.squared.intact == pytest.approx(repeated.squared.intact)
    for name in ("zero", "mean"):
        assert weighted.squared[name] == pytest.approx(repeated.squared[name])
    assert weighted.mean_error_zero == pytest.approx(repeated.mean_error_zero)
    assert weighted.sizes == pytest.approx(repeated.sizes)
    plain = switch_off([HeldOut(predict, X, Y)], COLUMNS, X.mean(0), 0)
    assert weighted.squared["zero"] != pytest.approx(plain.squared["zero"])


def test_of_probabilities_the_squared_error_is_the_brier_score_and_the_log_loss_stands_beside_it():
    y = (X[:, :1] > 0).astype(float)

    def predict(x):
        return 1 / (1 + np.exp(-x[:, :1]))

    off = switch_off([HeldOut(predict, X, y)], COLUMNS, X.mean(0), 0, classes=True)
    metrics = classification_metrics(both_classes(y), both_classes(predict(X)))
    assert off.squared.intact[0] == pytest.approx(metrics["brier"])
    assert off.log_loss.intact[0] == pytest.approx(metrics["log_loss"])
    assert off.log_loss["zero"][0] == pytest.approx([np.log(2), metrics["log_loss"]])
    assert off.log_loss["permute"][0, 0] > off.log_loss["zero"][0, 0]
    assert switch_off([HeldOut(predict, X, y)], COLUMNS, X.mean(0), 0).log_loss is None


def test_shuffling_raises_the_error_of_a_true_linear_model_by_twice_what_the_column_carries(rng):
    x = rng.normal(size=(4000, 3)) * [1, 2, 0.5]
    w = np.array([[1.0], [-2.0], [3.0]])
    off = switch_off([HeldOut(lambda new: new @ w, x, x @ w)], [[0], [1], [2]], x.mean(0), 0).squared
    assert off["permute"][0] == pytest.approx(2 * np.square(w[:, 0]) * x.var(0), rel=0.05)


def test_shuffling_what_the_others_do_not_explain_leaves_a_copy_without_importance(rng):
    base = rng.normal(size=(3000, 2))
    x = np.c_[base, base[:, 0] + 0.1 * rng.normal(size=3000)]
    w = np.array([[1.0], [1.0], [1.0]])
    off = switch_off(
        [HeldOut(lambda new: new @ w, x, x @ w)],
        [[0], [1], [2]],
        x.mean(0),
        0,
        baselines=("zero", "permute", "conditional"),
    ).squared
    assert off["permute"][0, 0] == pytest.approx(2, rel=0.1)
    assert off["conditional"][0] == pytest.approx([2 * 0.01, 2, 2 * 0.01], rel=0.25)


def test_the_residual_is_that_of_a_regression_on_the_others(rng):
    x = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 3)) * [1, 1e4, 1e-3]
    others = np.c_[x[:, 1:], np.ones(500)]
    wanted = x[:, 0] - others @ np.linalg.lstsq(others, x[:, 0], rcond=None)[0]
    found = residual(x, [0], precision_of(x))[:, 0]
    assert np.corrcoef(found, wanted)[0, 1] > 0.99


def test_increases_over_folds_are_corrected_and_adjusted():
    _, predict = least_squares(X, Y)
    folds = [HeldOut(predict, X[f::4], Y[f::4], trained=150) for f in range(4)]
    off = switch_off(folds, [[0], [1], [2]], X.mean(0), 0)
    found = increases(off, folds)
    assert set(found) == {"zero", "mean", "permute"}
    mean, low, high, p = found["zero"]
    assert mean == pytest.approx((off.squared["zero"] - off.squared.intact[:, None]).mean(0))
    assert (low < mean).all()
    assert (high > mean).all()
    assert (p < 0.05).all()
    alone = increases(off, [HeldOut(predict, X[f::4], Y[f::4]) for f in range(4)])["zero"]
    assert (alone[2] - alone[1] < high - low).all()


def test_every_baseline_is_computed_and_has_its_fields():
    assert tuple(REPLACEMENTS) == tuple(BASELINES)
    fields = set(Importance.__dataclass_fields__)
    assert {f"{measure}_{name}" for measure in ("mspe", "log_loss") for name in BASELINES} <= fields

"""Switching columns off, against closed forms for a linear predictor."""

from dataclasses import replace

import numpy as np
import pytest

from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.intervals import holm, holm_factors, student_probability, student_quantile
from bnfit.evaluation.metrics import both_classes, classification_metrics
from bnfit.importance.ablation import REPLACEMENTS, switch_off
from bnfit.importance.column_tests import increases, verdict
from bnfit.results.baselines import BASELINES
from bnfit.results.explanation import Importance, Increase

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


def differences(predict, column, x=X, y=Y):
    """Paired differences of the squared error of each row with a column at 0."""
    off = x.copy()
    off[:, column] = 0
    return (np.square(predict(off) - y) - np.square(predict(x) - y))[:, 0]


def test_an_increase_is_tested_by_rows_with_students_t():
    _, predict = least_squares(X, Y)
    x, y = X[:16], Y[:16]
    folds = [HeldOut(predict, x[f::4], y[f::4], trained=12) for f in range(4)]
    found = increases(switch_off(folds, [[0], [1], [2]], x.mean(0), 0), folds)
    assert set(found) == {"zero", "mean", "permute"}
    test, n = found["zero"], len(x)
    rows = np.stack([differences(predict, column, x, y) for column in range(3)])
    error = 1.25 * rows.std(1, ddof=1) / np.sqrt(n)
    np.testing.assert_allclose(test.mean, rows.mean(1))
    p = np.array([1 - student_probability(t, n - 1) for t in rows.mean(1) / error])
    np.testing.assert_allclose(test.p, holm(p), atol=1e-12)
    half = [student_quantile(1 - 0.05 / k, n - 1) for k in holm_factors(p, 0.05)] * error
    np.testing.assert_allclose(test.high - test.mean, half)
    np.testing.assert_allclose(test.mean - test.low, half)
    fresh = [HeldOut(predict, x[f::4], y[f::4]) for f in range(4)]
    alone = increases(switch_off(fresh, [[0]], x.mean(0), 0), fresh)["zero"]
    assert (alone.high - alone.mean)[0] == pytest.approx(student_quantile(0.95, n - 1) * error[0] / 1.25)


def test_groups_and_weights_count_as_what_they_are():
    _, predict = least_squares(X, Y)
    groups, weight = np.arange(len(X)) % 17, np.random.default_rng(1).integers(1, 4, len(X)).astype(float)
    fold = HeldOut(predict, X, Y, weight, unit=groups)
    test = increases(switch_off([fold], [[0], [1], [2]], X.mean(0), 0), [fold])["zero"]
    rows = differences(predict, 1)
    mean = np.average(rows, weights=weight)
    sums = np.bincount(groups, (rows - mean) * weight)
    error = np.sqrt(17 / 16 * np.square(sums).sum()) / weight.sum()
    assert test.mean[1] == pytest.approx(mean)
    assert (test.high - test.mean)[1] / error == pytest.approx(student_quantile(1 - 0.05 / 3, 16), rel=0.5)
    copies = np.repeat(np.arange(len(X)), 8)
    copied = HeldOut(predict, X[copies], Y[copies], unit=copies)
    plain = HeldOut(predict, X, Y)
    one, eight = (increases(switch_off([f], [[0]], X.mean(0), 0), [f])["zero"] for f in (plain, copied))
    assert eight.low[0] == pytest.approx(one.low[0]), "copies of a row say no more than the row"
    bare = increases(switch_off([replace(copied, unit=None)], [[0]], X.mean(0), 0), [copied])["zero"]
    assert bare.low[0] > one.low[0]


def test_nulls_that_are_constant_in_a_group_do_not_pass_as_they_would_by_rows():
    """The model has learned an effect of the group by heart: rows of one group err together."""
    rng = np.random.default_rng(3)
    found = np.zeros(2)
    for _ in range(200):
        groups = np.repeat(np.arange(20), 8)
        z = rng.normal(size=20)[groups][:, None]
        y = rng.normal(size=20)[groups][:, None] + 0.3 * rng.normal(size=(160, 1))
        for k, unit in enumerate((groups, None)):
            fold = HeldOut(lambda x: 0.5 * x, z, y, unit=unit)
            found[k] += increases(switch_off([fold], [[0]], z.mean(0), 0), [fold])["mean"].p[0] < 0.05
    assert found[0] / 200 < 0.08
    assert found[1] / 200 < 1
    assert found[1] > 2 * found[0], "by rows nulls pass"


def test_one_row_or_one_group_has_no_test_and_no_effect_has_p_1():
    _, predict = least_squares(X, Y)
    single = HeldOut(predict, X, Y, unit=np.zeros(len(X), int))
    test = increases(switch_off([single], [[0]], X.mean(0), 0), [single])["zero"]
    assert all(np.isnan(part).all() for part in (test.low, test.high, test.p))
    blind = HeldOut(lambda x: np.zeros((len(x), 1)), X, Y)
    assert increases(switch_off([blind], [[0]], X.mean(0), 0), [blind])["permute"].p == [1]


@pytest.mark.parametrize(
    ("low", "high", "p", "verdict_"),
    [(0.1, 0.9, 0.01, "matters"), (-0.1, 0.009, 0.5, "none"), (-0.1, 0.011, 0.5, "unclear"), (None, None, None, None)],
)
def test_a_verdict_says_what_the_rows_bear(low, high, p, verdict_):
    assert verdict(Increase("permute", 0.0, low, high, p), reference=1.0) == verdict_


def test_every_baseline_is_computed_and_has_its_fields():
    assert tuple(REPLACEMENTS) == tuple(BASELINES)
    fields = set(Importance.__dataclass_fields__)
    assert {f"{measure}_{name}" for measure in ("mspe", "log_loss") for name in BASELINES} <= fields

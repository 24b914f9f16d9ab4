"""Metrics against closed forms and hand cases; references against what they must be."""

import numpy as np
import pytest

from bnfit.evaluation.metrics import (
    CONFIDENCE_BINS,
    both_classes,
    calibration_error,
    chance_calibration_error,
    classification_metrics,
    confidence_sums,
    confusion,
    constant_metrics,
    decided,
    regression_metrics,
)
from bnfit.evaluation.reference_models import (
    PENALTIES,
    constant_prediction,
    least_squares,
    logistic_probability,
    logistic_weights,
    ridge_weights,
)

RNG = np.random.default_rng(1)
Y = np.eye(3)[RNG.integers(0, 3, 50)]
P = RNG.dirichlet([1, 1, 1], 50)


def test_log_loss_and_brier_are_the_textbook_formulas():
    y, p = np.array([[1.0], [0.0], [1.0], [0.0]]), np.array([[0.9], [0.2], [0.4], [0.5]])
    metrics = classification_metrics(both_classes(y), both_classes(p))
    assert metrics["log_loss"] == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.5]).mean())
    assert metrics["brier"] == pytest.approx(np.mean([0.01, 0.04, 0.36, 0.25]))
    assert metrics["accuracy"] == 0.75
    assert metrics["balanced_accuracy"] == 0.75


def test_the_class_shares_have_the_entropy_for_log_loss_and_an_area_of_one_half():
    shares = Y.mean(0)
    metrics = classification_metrics(Y, np.broadcast_to(shares, Y.shape))
    assert metrics["log_loss"] == pytest.approx(-(shares * np.log(shares)).sum())
    assert metrics["roc_auc"] == 0.5
    assert metrics["balanced_accuracy"] == pytest.approx(1 / 3)


def test_the_area_under_the_curve_of_a_hand_case():
    # positives 0.8, 0.4, 0.4; negatives 0.6, 0.4, 0.1: of 9 pairs 3 + 1.5 + 1.5 stand right, ties counting half
    y = np.array([1.0, 1, 1, 0, 0, 0])[:, None]
    p = np.array([0.8, 0.4, 0.4, 0.6, 0.4, 0.1])[:, None]
    assert classification_metrics(both_classes(y), both_classes(p))["roc_auc"] == pytest.approx(6 / 9)


def test_there_is_no_area_with_one_class():
    assert "roc_auc" not in classification_metrics(np.eye(2)[[1, 1]], np.full((2, 2), 0.5))


def test_weights_of_two_count_as_rows_written_twice(rng):
    weight = rng.integers(1, 4, 50)
    twice = np.repeat(np.arange(50), weight)
    weighted = classification_metrics(Y, P, weight.astype(float))
    assert weighted == pytest.approx(classification_metrics(Y[twice], P[twice]))
    assert weighted != pytest.approx(classification_metrics(Y, P))
    y, p, g = P[:, 0], P[:, 1], P[:, 2]
    assert regression_metrics(y, p, g, weight.astype(float)) == pytest.approx(
        regression_metrics(y[twice], p[twice], g[twice])
    )


def test_confusion_counts_true_classes_down_and_said_ones_across():
    y = np.eye(3)[[0, 0, 1, 2, 2]]
    p = np.eye(3)[[0, 1, 1, 0, 2]]
    assert confusion(y, p).tolist() == [[1, 1, 0], [0, 1, 0], [1, 0, 1]]
    assert confusion(np.array([[1.0], [0.0]]), np.array([[0.7], [0.9]])).tolist() == [[0, 1], [0, 1]]


def test_an_emphasis_moves_what_is_decided_and_no_probability():
    y, p = np.eye(2)[[0, 0, 0, 1]], np.array([[0.95, 0.05], [0.9, 0.1], [0.7, 0.3], [0.7, 0.3]])
    emphasis = (4 / 6, 4 / 2)  # a quarter of the rows is of the second class: it is taken from a quarter on
    assert decided(p).tolist() == [0, 0, 0, 0]
    assert decided(p, emphasis).tolist() == [0, 0, 1, 1]
    assert confusion(y, p, emphasis).tolist() == [[2, 1], [0, 1]]
    plain, moved = classification_metrics(y, p), classification_metrics(y, p, None, emphasis)
    assert moved["balanced_accuracy"] == pytest.approx(5 / 6)
    assert plain["balanced_accuracy"] == 0.5
    kept = ("log_loss", "brier", "ece", "roc_auc")
    assert [moved[name] for name in kept] == [plain[name] for name in kept]


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_class_shares_of_other_folds_have_an_area_of_one_half(rng, classes):
    y = np.eye(classes)[rng.integers(0, classes, 90)]
    folds = rng.permutation(90) % 7
    shares = np.stack([y[folds != fold].mean(0) for fold in folds])
    assert classification_metrics(y, shares)["roc_auc"] < 0.45, "the test must be able to fail"
    assert constant_metrics(y, shares) == {**classification_metrics(y, shares), "roc_auc": 0.5}
    assert "roc_auc" not in constant_metrics(y[:, :1] * [[1, 0]] + [[0, 0]], shares[:, :2])


def test_linear_least_squares_finds_a_line_and_heeds_weights(rng):
    x = rng.normal(size=(30, 2))
    y = x @ [[2.0], [-1.0]] + 3
    assert least_squares(x, y) == pytest.approx(np.array([[2.0], [-1.0], [3.0]]))
    y[0] += 100
    weight = np.r_[0.0, np.ones(29)]
    assert least_squares(x, y, weight) == pytest.approx(np.array([[2.0], [-1.0], [3.0]]))


@pytest.mark.parametrize("outputs", [1, 3])
def test_logistic_regression_is_where_its_gradient_is_zero(rng, outputs):
    x = rng.normal(size=(200, 4))
    classes = (x[:, 0] + rng.logistic(size=200) > 0).astype(int) + (outputs == 3) * (x[:, 1] > 0.5)
    y = np.eye(3)[classes] if outputs == 3 else classes[:, None].astype(float)
    weight = rng.uniform(0.5, 2, 200)
    p = logistic_probability(logistic_weights(x, y, weight), x, outputs)
    assert p.shape == y.shape
    # the free intercept makes the weighted mean of the probabilities that of the classes
    assert np.average(p, axis=0, weights=weight) == pytest.approx(constant_prediction(y, weight), abs=1e-4)
    # the ridge is weak: the weighted residuals are nearly orthogonal to the columns
    assert np.abs(x.T @ ((p - y) * weight[:, None])).max() < 3
    assert np.abs(x.T @ ((constant_prediction(y) - y) * weight[:, None])).max() > 10


def test_logistic_regression_stays_finite_on_classes_that_can_be_told_apart():
    x = np.linspace(-1, 1, 40)[:, None]
    p = logistic_probability(logistic_weights(x, (x > 0).astype(float)), x, 1)
    assert np.isfinite(p).all()
    assert ((p > 0.5) == (x > 0)).all()


@pytest.mark.parametrize("weight", [None, np.arange(1.0, 13)])
def test_a_ridge_of_more_columns_than_rows_is_that_of_their_principal_axes(rng, weight):
    x, new, y = rng.normal(size=(12, 30)), rng.normal(size=(5, 30)), rng.normal(size=(12, 2))
    axes = np.linalg.svd(np.vstack([x, np.ones((1, 30))]))[2][:12].T  # as many as there are rows
    x = x @ axes @ axes.T
    few, many = ridge_weights(x @ axes, y, weight), ridge_weights(x, y, weight)
    np.testing.assert_allclose(new @ many[:-1] + many[-1], new @ axes @ few[:-1] + few[-1], rtol=1e-6, atol=1e-9)
    assert np.ptp(new @ many[:-1]) > 0.01


def test_ridge_regression_takes_the_penalty_with_the_lowest_generalised_cross_validation_error():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 12))
    y = x[:, :1] + 3 * rng.normal(size=(40, 1)) + 7
    centred, target = x - x.mean(0), y - y.mean(0)
    errors, found = [], []
    for penalty in 40 * PENALTIES:
        hat = centred @ np.linalg.solve(centred.T @ centred + penalty * np.eye(12), centred.T)
        errors.append(np.square(target - hat @ target).sum() / (40 - 1 - np.trace(hat)) ** 2)
        found.append(np.linalg.solve(centred.T @ centred + penalty * np.eye(12), centred.T @ target))
    best = int(np.argmin(errors))
    assert 0 < best < len(PENALTIES) - 1
    weights = ridge_weights(x, y)
    np.testing.assert_allclose(weights[:-1], found[best], rtol=1e-8)
    assert weights[-1] == pytest.approx(y.mean(0) - x.mean(0) @ found[best])
    twice = np.r_[np.full(20, 2.0), np.zeros(20)]
    np.testing.assert_allclose(ridge_weights(x, y, twice), ridge_weights(x[:20].repeat(2, 0), y[:20].repeat(2, 0)))


def test_with_groups_the_ridge_takes_the_penalty_with_the_lowest_error_on_groups_left_out(rng):
    groups = np.repeat(np.arange(10), 6) * 7
    of_group = rng.normal(size=(10, 6))[groups // 7]
    x = np.c_[of_group, rng.normal(size=(60, 2))]
    y = 0.5 * x[:, -1:] + 2 * rng.normal(size=(10, 1))[groups // 7] + 0.3 * rng.normal(size=(60, 1))
    errors, found = np.zeros(len(PENALTIES)), []
    for p, penalty in enumerate(PENALTIES):
        for group in (None, *np.unique(groups)):
            rest = groups != group if group is not None else np.ones(60, bool)
            a, b = x[rest] - x[rest].mean(0), y[rest] - y[rest].mean(0)
            kernel = np.linalg.solve(a.T @ a + rest.sum() * penalty * np.eye(8), a.T @ b)
            if group is None:
                found.append(kernel)
            else:
                off = (x[~rest] - x[rest].mean(0)) @ kernel + y[rest].mean(0) - y[~rest]
                errors[p] += np.square(off).sum()
    best = int(errors.argmin())
    np.testing.assert_allclose(ridge_weights(x, y, groups=groups)[:-1], found[best], rtol=1e-7, atol=1e-10)
    by_rows = ridge_weights(x, y)[:-1]
    assert np.abs(by_rows[:6]).sum() > 2 * np.abs(found[best][:6]).sum()
    assert ridge_weights(x, y, groups=np.zeros(60, int)) == pytest.approx(ridge_weights(x, y))


def test_perfect_calibration_shows_an_error_on_few_rows(rng):
    confidence = rng.uniform(0.5, 1, 200)
    shown = [calibration_error(confidence_sums(rng.random(200) < confidence, confidence)) for _ in range(400)]
    assert chance_calibration_error(confidence) == pytest.approx(np.mean(shown), rel=0.08)
    assert chance_calibration_error(np.ones(50)) == 0
    assert chance_calibration_error(rng.uniform(0.5, 1, 20_000)) < 0.2 * np.mean(shown)


def test_the_expected_calibration_error_is_the_gap_between_confidence_and_accuracy():
    y = np.eye(2)[np.r_[np.zeros(7, int), np.ones(3, int)]]
    sure = np.tile([0.9, 0.1], (10, 1))  # right in 7 of 10 cases at confidence 0.9
    assert classification_metrics(y, sure)["ece"] == pytest.approx(0.2)
    assert classification_metrics(y, np.tile([0.7, 0.3], (10, 1)))["ece"] == pytest.approx(0)
    weight = np.r_[np.ones(7), np.full(3, 0.0)]
    assert classification_metrics(y, sure, weight)["ece"] == pytest.approx(0.1)
    two = np.r_[sure, np.tile([0.55, 0.45], (10, 1))]  # two bins: gaps of 0.2 and 0.15, weighted by their rows
    assert classification_metrics(np.r_[y, y], two)["ece"] == pytest.approx((0.2 + 0.15) / 2)


def test_bins_of_confidence_are_of_equal_width_and_gaps_within_one_cancel():
    edge = 1 / CONFIDENCE_BINS
    y = np.eye(2)[[0, 1]]  # one right, one wrong
    inside = np.array([[10.1 * edge, 1 - 10.1 * edge], [10.9 * edge, 1 - 10.9 * edge]])
    assert classification_metrics(y, inside)["ece"] == pytest.approx(abs(0.5 - 10.5 * edge))
    apart = np.array([[10.9 * edge, 1 - 10.9 * edge], [11.1 * edge, 1 - 11.1 * edge]])
    assert classification_metrics(y, apart)["ece"] == pytest.approx(((1 - 10.9 * edge) + 11.1 * edge) / 2)

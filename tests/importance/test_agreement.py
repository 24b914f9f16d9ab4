"""What is said of columns: disagreements with their likely reasons, and columns without evidence."""

from dataclasses import replace

import numpy as np
import pytest
import report_records
from report_records import increase

from bnfit.importance.agreement import rank_agreements, remarks
from bnfit.networks.layers import Activation, Dense, Network

RNG = np.random.default_rng(4)
X = RNG.normal(size=(300, 4))
X[:, 1] = X[:, 0] + 0.1 * X[:, 1]
X[:, 2] += 50
X[:, 3] = np.arange(300) < 3
COLUMNS = [[0], [1], [2], [3]]


def importance(name, gamma, zero, permute, p=0.001):
    increases = (increase("zero", zero, p=0.01), increase("permute", permute, p=p))
    return report_records.importance(
        name, gamma, mspe_zero=1.0 + zero, mspe_mean=1.0, mspe_permute=1.0 + permute, increases=increases
    )


def network(kernel, activation="linear"):
    return Network((Dense(np.array(kernel, float)[:, None], np.zeros(1)), Activation(activation)))


LINEAR = network([1, 1, 1, 1])


def test_where_all_agree_nothing_is_said():
    same = [importance(name, g, g, g) for name, g in zip("abcd", (4, 3, 2, 1), strict=True)]
    assert remarks(same, COLUMNS, X, LINEAR) == ()
    assert [r.spearman for r in rank_agreements(same, 0)] == [1, 1]


A, B, C, D = (importance("a", 4, 4, 1), importance("b", 3, 3, 2), importance("c", 2, 9, 3), importance("d", 1, 1, 4))


def test_each_reason_is_named_where_it_holds():
    (found,) = remarks((A, B, C, D), COLUMNS, X, LINEAR)
    assert found == "a is number 1 by γ, 4 shuffled: it correlates with b (1.00) (alike in 2 more: 'c', 'd')"
    away = remarks((importance("a", 4, 4, 4), B, C, importance("d", 1, 1, 1)), COLUMNS, X, LINEAR)
    assert away[0].startswith("c is number 3 by γ, 1 at 0: 0 lies ")
    rare = remarks((importance("a", 4, 4, 2), B, importance("c", 2, 2, 1), D), COLUMNS, X, LINEAR)
    assert rare[-1] == "d is number 4 by γ, 1 shuffled: it has a rare level, which 3 of 300 rows carry"


def test_a_slope_that_changes_sign_is_no_straight_line(rng):
    told = [importance(n, g, g, s) for n, g, s in zip("abcd", (4, 3, 2, 1), (2, 1, 4, 3), strict=True)]
    x = rng.normal(size=(300, 4))
    x -= x.mean(0)
    layers = (Dense(np.array([[1.0, -1], [0, 0], [0, 0], [0, 0]]), np.zeros(2)), Activation("relu"))
    bent = Network((*layers, Dense(np.ones((2, 1)), np.zeros(1))))
    alike = " (alike in 3 more: 'b', 'c', 'd')"
    said = "a is number 1 by γ, 3 shuffled"
    assert remarks(told, COLUMNS, x, bent)[0] == f"{said}: its effect is no straight line{alike}"
    assert remarks(told, COLUMNS, x, LINEAR)[0] == said + alike


def test_columns_without_evidence_beyond_the_others_are_named():
    told = [
        replace(importance(n, g, g, g), verdict_conditional=verdict)
        for n, g, verdict in zip("abcd", (4, 3, 2, 1), ("matters", "unclear", "none", "unclear"), strict=True)
    ]
    assert remarks(told, COLUMNS, X, LINEAR) == (
        "Adds nothing beyond the other columns (under 1 % of a constant guess's error): c.",
        "Unclear whether it adds anything beyond the other columns: b, d.",
    )


def test_the_rank_agreement_has_an_interval_only_where_columns_can_tell_one(rng):
    told = [importance(str(k), g, g + 2 * rng.normal(), g) for k, g in enumerate(range(1, 13))]
    zero, permute = rank_agreements(told, 0)
    assert zero.low < zero.spearman < zero.high <= 1
    assert permute.spearman == pytest.approx(1)
    assert (permute.low, permute.high) == (None, None)  # all draws agree, and that is no certainty
    assert [r.low for r in rank_agreements(told[:9], 0)] == [None, None]
    assert rank_agreements(told[:10], 0)[0].low is not None


def test_without_gamma_there_is_nothing_to_agree_with():
    told = [importance(name, None, 1, 1) for name in "abcd"]
    assert rank_agreements(told, 0) == ()
    assert remarks(told, COLUMNS, X, LINEAR) == ()

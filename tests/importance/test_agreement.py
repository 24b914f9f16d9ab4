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


def test_each_reason_is_named_where_it_holds():
    told = [importance("a", 4, 4, 1), importance("b", 3, 3, 2), importance("c", 2, 9, 3), importance("d", 1, 1, 4)]
    found = remarks(told, COLUMNS, X, LINEAR)
    assert found[0] == "a is number 1 by γ, 4 shuffled: it correlates with b (1.00)"
    assert found[1].startswith("c is number 3 by γ, 1 at 0: 0 lies ")
    assert found[2] == "d is number 4 by γ, 1 shuffled: it has a rare level, which 3 of 300 rows carry"
    assert len(found) == 3


def test_a_slope_that_changes_sign_is_no_straight_line(rng):
    told = [importance(n, g, g, s) for n, g, s in zip("abcd", (4, 3, 2, 1), (2, 1, 4, 3), strict=True)]
    x = rng.normal(size=(300, 4))
    x -= x.mean(0)
    layers = (Dense(np.array([[1.0, -1], [0, 0], [0, 0], [0, 0]]), np.zeros(2)), Activation("relu"))
    bent = Network((*layers, Dense(np.ones((2, 1)), np.zeros(1))))
    assert remarks(told, COLUMNS, x, bent)[0] == "a is number 1 by γ, 3 shuffled: its effect is no straight line"
    assert remarks(told, COLUMNS, x, LINEAR)[0] == "a is number 1 by γ, 3 shuffled"


def test_columns_without_evidence_are_named():
    told = [
        replace(importance(n, g, g, g), verdict=verdict)
        for n, g, verdict in zip("abcd", (4, 3, 2, 1), ("matters", "unclear", "none", "unclear"), strict=True)
    ]
    assert remarks(told, COLUMNS, X, LINEAR) == (
        "No sign of an effect when shuffled (under 1 % of a constant guess's error): c.",
        "Unclear when shuffled (these rows cannot tell): b, d.",
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

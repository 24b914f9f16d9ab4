"""The benchmark of importances cannot be passed by saying nothing, nor by the order of the columns."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
from truth_tables import CLASSIFICATION, RELEVANT, make, ranking_area, top_share


@pytest.mark.parametrize("name", [*CLASSIFICATION, "FRIEDMAN"])
def test_saying_nothing_scores_at_chance(name):
    truths = [make(name, 16, seed, rows=60) for seed in range(300)]
    shares = [top_share(np.zeros(16), t.relevant, np.random.default_rng(k)) for k, t in enumerate(truths)]
    chance = RELEVANT[name] / 16
    assert np.mean(shares) == pytest.approx(chance, abs=0.06)
    assert all(ranking_area(np.zeros(16), t.relevant) == 0.5 for t in truths)


def test_ties_kept_in_order_on_columns_not_shuffled_would_score_in_full():
    """What the random order of columns and ties is there for."""
    relevant = np.arange(16) < 2
    assert relevant[np.argsort(-np.zeros(16), kind="stable")[:2]].all()


def test_the_truth_scores_in_full_and_its_reverse_not_at_all():
    truth = make("RING+XOR", 8, 0, rows=50)
    right = truth.relevant + np.linspace(0, 0.1, 8)
    assert (top_share(right, truth.relevant, np.random.default_rng(0)), ranking_area(right, truth.relevant)) == (1, 1)
    assert top_share(-right, truth.relevant, np.random.default_rng(0)) == 0
    assert ranking_area(-right, truth.relevant) == 0


@pytest.mark.parametrize("name", CLASSIFICATION)
def test_the_classes_are_about_even(name):
    assert make(name, 8, 0, rows=20_000).y.mean() == pytest.approx(0.5, abs=0.03)


def test_the_target_depends_on_the_relevant_columns_alone():
    truth = make("XOR", 8, 3, rows=400)
    a, b = truth.x[:, truth.relevant].T
    np.testing.assert_array_equal(truth.y, (a - 0.5) * (0.5 - b) >= 0)


def test_the_pair_is_correlated():
    truth = make("PAIR", 4, 0, rows=20_000)
    pair = np.abs(np.corrcoef(truth.x.T) - np.eye(4))
    assert pair.max() == pytest.approx(0.9, abs=0.01)
    assert truth.relevant.sum() == 2


@pytest.mark.parametrize(("name", "m"), [("PAIR", 4), ("MEDIATED", 4), ("CONFOUNDED", 4), ("INTERACTING", 5)])
def test_the_target_depends_on_the_relevant_columns_alone_given_the_others(name, m):
    """Least squares with all products has no weight on what holds an irrelevant column."""
    truth = make(name, m, 0, rows=20_000)
    pairs = [{a, b} for a in range(m) for b in range(a + 1)]
    products = [truth.x[:, list(pair)].prod(1) for pair in pairs]
    weights, *_ = np.linalg.lstsq(np.c_[truth.x, np.stack(products, 1), np.ones(len(truth.x))], truth.y, rcond=None)
    on = [
        max(abs(weights[c]), *(abs(w) for w, p in zip(weights[m:-1], pairs, strict=True) if c in p)) for c in range(m)
    ]
    assert np.array_equal(np.array(on) > 0.2, truth.relevant)

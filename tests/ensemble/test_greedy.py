"""Greedy ensembles on predictions whose errors are known."""

from dataclasses import dataclass

import numpy as np
import pytest

from bnfit.ensemble.greedy import MOST_LEARNERS, MOST_MEMBERS, greedy_teams
from bnfit.ensemble.stacking_weights import OutOfFold, StackingWeights


@dataclass
class Predictions:
    """The part of a stacking that greedy selection looks at."""

    out_of_fold: list
    classes: bool
    learners: range
    sizes: tuple


def predictions(truth, learners, sizes=None, classes=False, folds=4):
    """Put predictions (k, n) of a target (n,) into folds."""
    rows = np.array_split(np.arange(len(truth)), folds)
    parts = [OutOfFold(tuple(p[r][:, None, None] for p in learners), None, truth[r][:, None], None) for r in rows]
    return Predictions(parts, classes, range(len(learners)), tuple(sizes or [8] * len(learners)))


def grown(stacking, start=(0,)):
    return greedy_teams(stacking, [StackingWeights(start)] * (len(stacking.out_of_fold) + 1))


def test_independent_errors_join_and_copies_do_not(rng):
    truth = rng.normal(size=4_000)
    noise = rng.normal(size=(3, 4_000))
    one, other = truth + noise[0], truth + noise[1]
    assert grown(predictions(truth, [one, other, one]))[-1] == (0, 1)
    assert grown(predictions(truth, [one, one, truth + 9 * noise[2]]))[-1] == (0,)


def test_a_better_learner_counts_more(rng):
    """Weights that minimise the variance of a mean are in the ratio of 1 / variance: 4 to 1 here."""
    truth = rng.normal(size=40_000)
    learners = [truth + rng.normal(size=40_000), truth + 0.5 * rng.normal(size=40_000)]
    team = grown(predictions(truth, learners))[-1]
    assert team.count(1) / team.count(0) == pytest.approx(4, rel=0.3)
    weighed = grown(predictions(truth, learners, sizes=(4, 16)))[-1]
    assert weighed == (0, 1), "members are what is averaged: 16 against 4 are the ratio already"


def test_a_folds_rows_do_not_select_for_it(rng):
    truth = np.zeros(400)
    start = rng.normal(size=400)
    trap = np.where(np.arange(400) < 100, 0.0, start)  # perfect on the first fold, no help elsewhere
    teams = grown(predictions(truth, [start, trap]))
    assert teams[0] == (0,)
    assert 1 in teams[1]
    assert 1 in teams[-1]


def test_an_ensemble_is_bounded(rng):
    truth = rng.normal(size=2_000)
    learners = truth + 3 * rng.normal(size=(30, 2_000))
    team = grown(predictions(truth, learners))[-1]
    assert len(set(team)) == MOST_LEARNERS
    assert len(team) * 8 <= MOST_MEMBERS


def test_classes_join_by_their_log_loss(rng):
    logits = rng.normal(size=20_000)
    truth = (rng.random(20_000) < 1 / (1 + np.exp(-logits))).astype(float)
    learners = [logits + 1.5 * rng.normal(size=20_000), logits + 1.5 * rng.normal(size=20_000), -logits]
    assert set(grown(predictions(truth, learners, classes=True))[-1]) == {0, 1}

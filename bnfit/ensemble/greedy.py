"""Greedy ensembles: base learners join one by one, as long as the error out of fold falls.

Caruana et al., "Ensemble selection from libraries of models" (ICML 2004), with replacement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bnfit.arrays import Bools, Floats, at_most, pick
from bnfit.ensemble.stacking import Stacking, Team
from bnfit.ensemble.stacking_weights import SHARES, OutOfFold, StackingWeights, expected_losses

MOST_LEARNERS, MOST_MEMBERS = 8, 64
"""Different base learners of an ensemble, and members with those that count twice, at most."""
JUDGED_ROWS = 500
"""Rows of a fold that select, at most."""
LEAST_GAIN = 1e-3
"""A base learner joins where the error falls by more than this share of it: smaller ones are chance."""


@dataclass(frozen=True)
class _Library:
    """Every base learner's predictions of all test folds, at one share and one temperature.

    Attributes:
        mean, gone: as of `Predicted`, of all base learners (k, n, o).
        sizes: their members in the model (k,).
        y: targets (n, o).
        weight: of each row (n,).
    """

    mean: Floats
    gone: Floats
    sizes: Floats
    y: Floats
    weight: Floats

    def losses(self, mean: Floats, gone: Floats, rows: Bools, classes: bool) -> Floats:
        """Sum over some rows the expected losses of predictions (..., n, o)."""
        losses = expected_losses(mean[..., rows, :], gone[..., rows, :], self.y[rows], classes)
        return np.asarray((losses * self.weight[rows]).sum(-1))

    def of_team(self, team: Team) -> tuple[Floats, Floats, float]:
        """Mean, variance that goes, and members of a team."""
        counts = np.bincount(team, minlength=len(self.sizes)) * self.sizes
        size = float(counts.sum())
        mean = np.tensordot(counts / size, self.mean, 1)
        return mean, np.tensordot(np.square(counts / size), self.gone, 1), size

    def with_each(self, team: Team) -> tuple[Floats, Floats]:
        """Means and variances that go (k, n, o) of the team with each base learner in turn."""
        mean, gone, size = self.of_team(team)
        counts = np.bincount(team, minlength=len(self.sizes)) * self.sizes
        after = (size + self.sizes)[:, None, None]
        more = (np.square(counts + self.sizes) - np.square(counts))[:, None, None]
        joined = (mean * size + self.mean * self.sizes[:, None, None]) / after
        return joined, (gone * size**2 + self.gone * more) / np.square(after)


def greedy_teams(stacking: Stacking, start: Sequence[StackingWeights]) -> list[Team]:
    """Let base learners join teams, for each fold by the errors on all others, and at last by those on all folds.

    With each step the linear model's share may change; the temperature stays that of the start.

    Args:
        stacking: the base learners and their predictions.
        start: the teams to begin with: for each fold, and at last of all.
    """
    folds = [_at_most(fold, JUDGED_ROWS) for fold in stacking.out_of_fold]
    fold_of = np.repeat(np.arange(len(folds)), [len(fold.y) for fold in folds])
    shares = [0.0] if folds[0].linear is None else SHARES[::2].tolist()

    @cache
    def library(share: float, temperature: float) -> _Library:
        return _library(stacking, folds, share, temperature)

    teams = []
    for fold, weights in enumerate(start):
        tried = [library(share, weights.temperature) for share in sorted({*shares, weights.linear_share})]
        own = library(weights.linear_share, weights.temperature)
        teams.append(_grown(tried, own, weights.base_learners, fold_of != fold, stacking.classes))
    return teams


def _at_most(fold: OutOfFold, most: int) -> OutOfFold:
    """Keep so many rows of a fold at most, evenly spaced."""
    rows = at_most(np.arange(len(fold.y)), most)
    members = tuple(outputs[rows] for outputs in fold.members)
    return OutOfFold(members, pick(fold.linear, rows), fold.y[rows], pick(fold.weight, rows))


def _library(stacking: Stacking, folds: Sequence[OutOfFold], share: float, temperature: float) -> _Library:
    predicted = [
        [fold.predicted(k, share, temperature, stacking.classes, stacking.sizes) for fold in folds]
        for k in range(len(stacking.learners))
    ]
    weights = [np.ones(len(fold.y)) if fold.weight is None else fold.weight for fold in folds]
    return _Library(
        np.stack([np.concatenate([one.mean for one in of_one]) for of_one in predicted]),
        np.stack([np.concatenate([one.gone for one in of_one]) for of_one in predicted]),
        np.array(stacking.sizes, float),
        np.concatenate([fold.y for fold in folds]),
        np.concatenate(weights),
    )


def _grown(tried: Sequence[_Library], own: _Library, team: Team, rows: Bools, classes: bool) -> Team:
    """Let the base learner join with which the error on these rows is lowest, until none lowers it.

    Args:
        tried: predictions at each share of the linear model.
        own: those at the share of the team that is begun with.
        team: that team.
        rows: which rows measure.
        classes: whether there are classes.
    """
    mean, gone, size = own.of_team(team)
    error = float(own.losses(mean, gone, rows, classes))
    while True:
        errors = np.min([one.losses(*one.with_each(team), rows, classes) for one in tried], axis=0)
        errors[size + own.sizes > MOST_MEMBERS] = np.inf
        if len(set(team)) == MOST_LEARNERS:
            errors[[k for k in range(len(errors)) if k not in team]] = np.inf
        best = int(np.argmin(errors))
        if not errors[best] < error * (1 - LEAST_GAIN):
            return team
        error, size, team = float(errors[best]), size + own.sizes[best], tuple(sorted((*team, best)))

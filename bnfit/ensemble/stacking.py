"""Stacking: the base learners that are averaged, a linear model's share and a temperature, chosen out of fold.

A member's test fold never chooses its own stacking weights (Wolpert, "Stacked generalization", 1992).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bnfit.arrays import at_most
from bnfit.ensemble.stacking_weights import OutOfFold, StackingWeights, choose_weights
from bnfit.evaluation.reference_models import fit_linear_model
from bnfit.evaluation.splits import Split
from bnfit.networks.architecture import PROBABILITY_ACTIVATIONS
from bnfit.networks.layers import Dense, Layer, Network
from bnfit.networks.linear_path import LinearModel, can_carry, carrying
from bnfit.networks.merge import alike_together
from bnfit.population.members import Trained
from bnfit.schema.dataset import Dataset

JUDGED_ROWS, FEWEST_JUDGED = 2_000, 500
"""Test rows of a fold that choose, at most, evenly spread; with many outputs fewer, as each costs more."""

Team = tuple[int, ...]
"""Numbers of base learners whose members are averaged, see `StackingWeights`."""


@dataclass(frozen=True)
class FoldMember:
    """A trained member with its place in the ensemble.

    Attributes:
        trained: the member.
        fold: its test fold, none of which it saw; None where it was trained on all rows.
        averaged: whether it is part of the model.
    """

    trained: Trained
    fold: int | None
    averaged: bool


@dataclass(frozen=True)
class Stacked:
    """Members after stacking.

    Attributes:
        members: those of the model; those of one architecture stand together.
        base_learners: number of each member's base learner.
        by_fold: the members that predict each test fold, stacked as the other folds chose.
        linear_share: of the linear model in the model, the mean over members.
    """

    members: tuple[FoldMember, ...]
    base_learners: tuple[int, ...]
    by_fold: tuple[tuple[Trained, ...], ...]
    linear_share: float


@dataclass(frozen=True)
class Choice:
    """Stacking weights as folds chose them.

    Attributes:
        by_fold: for each fold what all others chose.
        overall: what all folds chose.
        team: for each fold, with the base learners of `overall`, what all others chose; `overall` at the end.
    """

    by_fold: tuple[StackingWeights, ...]
    overall: StackingWeights
    team: tuple[StackingWeights, ...]

    def of_team(self, fold: int | None) -> StackingWeights:
        """The weights of a member of the model that never saw this fold, or that saw all rows."""
        return self.team[-1 if fold is None else fold]


class LinearModels:
    """The linear model of each split's seen rows, fitted when it is first asked for."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.fitted: dict[int, LinearModel] = {}

    def of(self, split: Split) -> LinearModel:
        """Return the model of the rows that this split has seen."""
        if id(split) not in self.fitted:
            self.fitted[id(split)] = fit_linear_model(self.dataset, split)
        return self.fitted[id(split)]


class Stacking:
    """Base learners with what their members predict of the test folds, from which teams are made.

    Args:
        learners: for each base learner its trained members.
        dataset: what they were trained on.
        splits: one for each fold.
        models: linear models to mix with, where every member can carry one; None mixes with none.
    """

    def __init__(
        self,
        learners: Sequence[Sequence[FoldMember]],
        dataset: Dataset,
        splits: Sequence[Split],
        models: LinearModels | None = None,
    ) -> None:
        self.learners, self.dataset, self.splits = tuple(map(tuple, learners)), dataset, tuple(splits)
        carries = models is not None and all(can_carry(m.trained.network) for of_one in learners for m in of_one)
        self.models = models if carries else None
        self.classes = dataset.loss != "mse"
        self.sizes = tuple(sum(m.averaged for m in of_one) for of_one in self.learners)

    @cached_property
    def out_of_fold(self) -> tuple[OutOfFold, ...]:
        """What members that never saw each fold predict of it, and the linear model."""
        return tuple(self._out_of_fold(fold, split) for fold, split in enumerate(self.splits))

    def _out_of_fold(self, fold: int, split: Split) -> OutOfFold:
        dataset, models = self.dataset, self.models
        rows = at_most(split.test, max(FEWEST_JUDGED, JUDGED_ROWS // dataset.y.shape[1]))
        outputs = tuple(
            np.stack([_logits(m.trained.network)(dataset.x[rows]) for m in _testing(of_one, fold)], axis=1)
            for of_one in self.learners
        )
        of_linear = None if models is None else models.of(split)(dataset.x[rows])
        return OutOfFold(outputs, of_linear, dataset.y[rows], dataset.weight_of(rows))

    def joined(self, others: Sequence[Stacking]) -> Stacking:
        """Return a stacking of all their base learners, in order; all mix with linear models, or none does."""
        every = (self, *others)
        joined = Stacking([of_one for one in every for of_one in one.learners], self.dataset, self.splits, self.models)
        joined.out_of_fold = tuple(
            replace(same[0], members=tuple(outputs for fold in same for outputs in fold.members))
            for same in zip(*(one.out_of_fold for one in every), strict=True)
        )
        return joined

    def best_teams(self, teams: Sequence[Team]) -> list[StackingWeights]:
        """Return the best of the teams for each fold by the others, and at last by all, on a coarse grid."""
        return choose_weights(self.out_of_fold, self.classes, teams, self.sizes, coarse=True)

    def coarse_choice(self) -> tuple[StackingWeights, ...]:
        """Return for each fold the weights of the first base learner alone that the others choose on a coarse grid."""
        if self.nothing_to_choose:
            return (StackingWeights(),) * len(self.splits)
        return tuple(self.best_teams([(0,)])[:-1])

    @property
    def nothing_to_choose(self) -> bool:
        """Whether there is one base learner, without a temperature or a linear model."""
        return not (self.classes or self.models or len(self.learners) > 1)

    def best_one_or_two(self) -> Choice:
        """Choose one base learner, or two, which is seldom worse than more."""
        if self.nothing_to_choose:
            same = (StackingWeights(),) * len(self.splits)
            return Choice(same, StackingWeights(), (*same, StackingWeights()))
        counts = (1,) if self.sizes[0] == 1 else (1, 2)  # a single network is of one base learner
        teams = [team for count in counts for team in itertools.combinations(range(len(self.learners)), count)]
        found = [teams[0]] * (len(self.splits) + 1)
        return self.choice(found if len(teams) == 1 else [weights.base_learners for weights in self.best_teams(teams)])

    def choice(self, found: Sequence[Team]) -> Choice:
        """Choose the weights of teams on the fine grid.

        Args:
            found: the team that is best for each fold by the others, and the one that is best by all.
        """
        of_team = {team: choose_weights(self.out_of_fold, self.classes, [team], self.sizes) for team in set(found)}
        by_fold = tuple(of_team[team][f] for f, team in enumerate(found[:-1]))
        return Choice(by_fold, of_team[found[-1]][-1], tuple(of_team[found[-1]]))

    def testing(self, fold: int, weights: StackingWeights) -> tuple[Trained, ...]:
        """The members that never saw a fold, stacked by these weights."""
        members = (m for k in weights.base_learners for m in _testing(self.learners[k], fold))
        return tuple(_mixed(m.trained, weights, self.models) for m in members)

    def mixed(self, member: Trained, weights: StackingWeights) -> Trained:
        """A member of any split with the share, the linear model and the temperature of these weights."""
        return _mixed(member, weights, self.models if weights.linear_share else None)

    def stacked(self, choice: Choice) -> Stacked:
        """Make the members of the model.

        One with a test fold takes the weights that the other folds chose, one that was trained on all rows those that
        all folds chose.
        """
        averaged = [(k, m) for k in choice.overall.base_learners for m in self.learners[k] if m.averaged]
        averaged = [averaged[i] for i in alike_together([m.trained.network for _, m in averaged])]
        own = [choice.of_team(m.fold) for _, m in averaged]
        by_fold = tuple(self.testing(fold, weights) for fold, weights in enumerate(choice.by_fold))
        models = self.models if any(weights.linear_share for weights in own) else None
        members = tuple(
            replace(m, trained=_mixed(m.trained, w, models)) for (_, m), w in zip(averaged, own, strict=True)
        )
        share = float(np.mean([weights.linear_share for weights in own]))
        return Stacked(members, tuple(k for k, _ in averaged), by_fold, share)


def _testing(members: Sequence[FoldMember], fold: int) -> list[FoldMember]:
    """The members that never saw a fold."""
    return [m for m in members if m.fold == fold]


def _logits(network: Network) -> Network:
    """The network without the activation that makes probabilities of its logits."""
    last = network.layers[-1]
    return Network(network.layers[:-1]) if getattr(last, "name", "") in PROBABILITY_ACTIVATIONS else network


def _mixed(member: Trained, weights: StackingWeights, models: LinearModels | None) -> Trained:
    """The member with its own and the linear model's share, divided by the temperature, in its weights."""
    if models is None:
        return temper(member, weights.temperature)
    own, other = (1 - weights.linear_share) / weights.temperature, weights.linear_share / weights.temperature
    return replace(member, network=carrying(member.network, models.of(member.member.split), own, other))


def temper(member: Trained, temperature: float) -> Trained:
    """Divide a member's logits by the temperature, in its last Dense."""
    if temperature == 1:
        return member
    layers: list[Layer] = list(member.network.layers)
    position, last = [(i, layer) for i, layer in enumerate(layers) if isinstance(layer, Dense)][-1]
    factor = last.kernel.dtype.type(1 / temperature)
    layers[position] = replace(last, kernel=last.kernel * factor, bias=last.bias * factor)
    return replace(member, network=Network(tuple(layers)))

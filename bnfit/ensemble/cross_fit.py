"""Cross-fitting: members of each base learner over folds, stacked, and merged into one network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Floats, pick
from bnfit.ensemble.base_learners import Averaged, BaseLearner
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.ensemble.stacking import FoldMember, LinearModels, Stacked, Stacking
from bnfit.errors import DataError
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.paired import units_of_rows
from bnfit.evaluation.reference_models import constant_prediction
from bnfit.evaluation.splits import Split, everything
from bnfit.feature_selection.elimination import Selection
from bnfit.importance.partial_forward import Ensemble
from bnfit.networks.layers import Network
from bnfit.networks.merge import merge
from bnfit.population.column_subsets import train_selected
from bnfit.population.inputs import input_epsilon
from bnfit.population.members import Member, Trained
from bnfit.population.train import train
from bnfit.progress import Progress
from bnfit.schema.dataset import Dataset
from bnfit.scratch import take


@dataclass(frozen=True)
class Fitted:
    """A model with the members that test each fold.

    Attributes:
        network: the model on raw columns.
        held_out: for each fold, the mean of the members that never saw it, with the fold's rows.
        fold_gamma_raw: |γ| as training left it, mean over each fold's members (f, k); None where there is none.
        constants: the mean target of the rows that each fold's members saw (f, o).
        curves: training loss and test loss of each member, (epochs,) each.
        linear_share: the share of a linear model in the network's output, the mean over members.
        averaged: the base learners that its members are of.
        member_folds: the test fold of each member; none where it saw all rows.
        later: the mean of the members that never saw the latest rows, with these; None where none were set apart.
    """

    network: Network
    held_out: tuple[HeldOut, ...]
    fold_gamma_raw: Floats | None
    constants: Floats
    curves: tuple[tuple[Floats, Floats], ...]
    linear_share: float
    averaged: tuple[Averaged, ...]
    member_folds: tuple[int, ...]
    later: HeldOut | None = None

    @property
    def members(self) -> int:
        """Members in the network."""
        return len(self.curves)


@dataclass(frozen=True)
class Variant:
    """The members of a base learner as training left them when it ended at one of its stages.

    Attributes:
        base_learner: of the members.
        members: all of them that make the model or test folds.
        later: the member that was trained without the latest rows; None where nobody asked for one.
        of_epochs: how many epochs they were trained for in all.
    """

    base_learner: BaseLearner
    members: tuple[FoldMember, ...]
    of_epochs: int
    later: Trained | None = None

    @property
    def epochs(self) -> int:
        """After how many epochs training ended."""
        return len(self.members[0].trained.curve)


@dataclass(frozen=True)
class _Place:
    """A member before training, with its place in the ensemble: see `FoldMember`."""

    member: Member
    base_learner: BaseLearner
    fold: int | None
    averaged: bool
    later: bool = False


def cross_fit(
    prepared: Prepared, plan: FitPlan, selection: Selection | None, on_progress: Progress | None = None
) -> Fitted:
    """Train members of each base learner over folds, and merge those of the best one or two into one network.

    Args:
        prepared: the table.
        plan: what to train.
        selection: the columns that each fold's members take; None for all.
        on_progress: told the share of the work that is done.

    Raises:
        DataError: every base learner's training diverged.
    """
    variants = train_variants(prepared, plan, selection, on_progress)
    linear = plan.recipe.linear and plan.division.members > 1 and selection is None
    stacking = stacking_of(variants, prepared.dataset, plan.division.splits, linear)
    choice = stacking.best_one_or_two()
    fitted = merge_stacked(stacking.stacked(choice), variants, prepared.dataset, plan)
    if plan.later is None:
        return fitted
    later = [variants[k].later for k in choice.overall.base_learners]
    members = [stacking.mixed(member, choice.overall) for member in later if member and not member.diverged]
    return replace(fitted, later=_held_out(members, prepared.dataset, plan.later.split) if members else None)


def train_variants(
    prepared: Prepared, plan: FitPlan, selection: Selection | None = None, on_progress: Progress | None = None
) -> list[Variant]:
    """Train members of each base learner over folds; one that ended at a restart of the rate counts as another.

    Args and errors are those of `cross_fit`.
    """
    places = _places(plan, prepared)
    trained = _train(places, plan, prepared.dataset, selection, on_progress)
    variants = _variants(places, trained)
    if not variants:
        _refuse_diverged(trained)
    return variants


def stacking_of(variants: Sequence[Variant], dataset: Dataset, splits: Sequence[Split], linear: bool) -> Stacking:
    """Put the variants beside each other, where asked for with linear models to mix with."""
    members = [variant.members for variant in variants]
    return Stacking(members, dataset, splits, LinearModels(dataset) if linear else None)


def averaged_of(base_learners: Sequence[int], variants: Sequence[Variant]) -> tuple[Averaged, ...]:
    """Describe the base learners that a model's members are of, each member given by the number of its own."""
    return tuple(
        Averaged(variant.base_learner, base_learners.count(k), variant.epochs, variant.of_epochs)
        for k, variant in enumerate(variants)
        if k in base_learners
    )


def _places(plan: FitPlan, prepared: Prepared) -> list[_Place]:
    """Deal the members of each base learner to the folds in turn; where none may be averaged, add some that saw all.

    A single network, and every member of a model in time, is trained on all rows; others then test the folds.
    """
    division, single = plan.division, plan.division.members == 1
    apart = single or prepared.dataset.constraints.times is not None
    whole = everything(prepared.dataset.constraints, 0.0, plan.seed)
    testing = division.folds if single else division.members
    dealt: list[tuple[int | None, Split]] = [
        (m % division.folds, division.splits[m % division.folds]) for m in range(testing)
    ]
    dealt += [(None, whole)] * (division.members if apart else 0)
    places = []
    for learner in plan.base_learners:
        for m, (fold, split) in enumerate(dealt):
            averaged = fold is None if apart else True
            places.append(_Place(_member(learner, split, plan.seed + m), learner, fold, averaged))
        if plan.later is not None:
            later = _member(learner, plan.later.split, plan.seed + len(dealt))
            places.append(_Place(later, learner, None, averaged=False, later=True))
    return places


def _member(learner: BaseLearner, split: Split, seed: int) -> Member:
    return Member(learner.architecture, split, seed, seed, knots=learner.knots)


def _train(
    places: Sequence[_Place],
    plan: FitPlan,
    dataset: Dataset,
    selection: Selection | None,
    on_progress: Progress | None,
) -> list[Trained]:
    """Train the members on all columns, or on those that were chosen for their fold."""
    members = [place.member for place in places]
    if selection is None:
        recipes = [place.base_learner.recipe(plan.recipe) for place in places]
        return train(members, dataset, recipes, on_progress=on_progress)
    rows = [plan.division.folds if place.fold is None else place.fold for place in places]
    return train_selected(members, rows, selection.columns, dataset, plan.recipe, on_progress)


def _variants(places: Sequence[_Place], trained: Sequence[Trained]) -> list[Variant]:
    """The members of every base learner none of which diverged, at each stage of their training and at its end."""
    groups: dict[BaseLearner, list[tuple[_Place, Trained]]] = {}
    for place, member in zip(places, trained, strict=True):
        groups.setdefault(place.base_learner, []).append((place, member))
    return [
        Variant(
            learner,
            tuple(FoldMember(m.stopped(stage), place.fold, place.averaged) for place, m in group if not place.later),
            len(group[0][1].curve),
            next((m.stopped(stage) for place, m in group if place.later), None),
        )
        for learner, group in groups.items()
        if not any(member.diverged for place, member in group if not place.later)
        for stage in range(len(group[0][1].stages) + 1)
    ]


def _refuse_diverged(trained: Sequence[Trained]) -> None:
    diverged = sum(t.diverged for t in trained)
    raise DataError(
        f"{diverged} of {len(trained)} trainings diverged: their loss stopped being a finite number",
        "a lower `learning_rate` or an arm that normalises (`arm=bn`) may help",
    )


def merge_stacked(stacked: Stacked, variants: Sequence[Variant], dataset: Dataset, plan: FitPlan) -> Fitted:
    """Merge the stacked members into one network, and pair the others with their test folds."""
    members, splits = [m.trained for m in stacked.members], plan.division.splits
    network = merge([t.network for t in members], dataset.x, input_epsilon(dataset, plan.recipe))
    has_gamma = plan.base_learners[0].architecture.normalisation.input_norm
    return Fitted(
        network=network,
        held_out=tuple(_held_out(group, dataset, s) for group, s in zip(stacked.by_fold, splits, strict=True)),
        fold_gamma_raw=np.stack([_raw_gamma(group) for group in stacked.by_fold]) if has_gamma else None,
        constants=np.stack([constant_prediction(dataset.y[s.seen], dataset.weight_of(s.seen)) for s in splits]),
        curves=tuple((t.curve, t.judged_curve) for t in members),
        linear_share=stacked.linear_share,
        averaged=averaged_of(stacked.base_learners, variants),
        member_folds=tuple(m.fold for m in stacked.members if m.fold is not None),
    )


def _held_out(group: Sequence[Trained], dataset: Dataset, split: Split) -> HeldOut:
    """The mean of some members with the rows of their test fold."""
    rows = split.test
    predict = Ensemble([t.network for t in group])
    unit = pick(units_of_rows(dataset.constraints, np.arange(len(dataset.x))), rows)
    x, y = take(dataset.x, rows), take(dataset.y, rows)
    return HeldOut(predict, x, y, dataset.weight_of(rows), len(split.seen), unit)


def _raw_gamma(group: Sequence[Trained]) -> Floats:
    return np.asarray(np.mean([np.abs(t.gamma_raw) for t in group if t.gamma_raw is not None], axis=0))

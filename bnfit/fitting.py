"""Training as a population of folds: the model, its honest error, and its importances."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.calibration import calibrated
from bnfit.errors import DataError
from bnfit.inference import Network
from bnfit.kinds import Kind
from bnfit.narrow import train_selected
from bnfit.network import calibrate, merge
from bnfit.population import Member, Table, Trained, train
from bnfit.population.constants import input_epsilon
from bnfit.recipe import Recipe
from bnfit.references import guess
from bnfit.resampling import Order, Rows, Split, everything, splits
from bnfit.sensitivity import Judge
from bnfit.sparse import Selection
from bnfit.switching import Ensemble

Floats = NDArray[np.floating]

GAMMA_ROWS = 20_000
"""Rows that γ is calibrated on, at most, evenly spread over the table."""


@dataclass(frozen=True)
class Averaged:
    """Members of one kind whose training ended together.

    Attributes:
        kind: its number.
        members: how many.
        epochs: after how many epochs training ended.
        of_epochs: how many it could have had.
    """

    kind: int
    members: int
    epochs: int
    of_epochs: int


@dataclass(frozen=True)
class Fitted:
    """A trained architecture.

    Attributes:
        network: the model on raw columns, γ calibrated.
        folds: the rows of each fold.
        members: members in the network.
        judges: for each fold, the mean of the members that never saw it, with the fold's rows.
        gamma: calibrated γ of the network (k,); None where the first layer has none.
        fold_gamma: the same for each fold's members, mean over them (f, k).
        fold_gamma_raw: |γ| as training left it, mean over each fold's members (f, k).
        guess: the mean target of the rows that each fold's members saw (f, o).
        curves: training loss and judged loss of each member, (epochs,) each.
        selection: the columns that were chosen; None where all are used.
        linear_share: the share of a linear model in the network's output, the mean over members.
        averaged: the kinds that its members are of.
        member_folds: the fold that each member never saw; none where it saw all rows.
    """

    network: Network
    folds: tuple[Rows, ...]
    members: int
    judges: tuple[Judge, ...]
    gamma: Floats | None
    fold_gamma: Floats | None
    fold_gamma_raw: Floats | None
    guess: Floats
    curves: tuple[tuple[Floats, Floats], ...]
    selection: Selection | None = None
    linear_share: float = 0.0
    averaged: tuple[Averaged, ...] = ()
    member_folds: tuple[int, ...] = ()


def fit_kinds(
    kinds: Sequence[Kind],
    table: Table,
    recipe: Recipe,
    order: Order,
    *,
    folds: int,
    members: int,
    seed: int,
    weight: Floats | None = None,
    selection: Selection | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Fitted:
    """Train members of each kind over folds, and make those of the best kind or two one network.

    Args:
        kinds: what to train. A kind whose training ended at a restart of the recipe's counts as another, and the rows
            that a member did not see choose the one, or the two, whose members are averaged.
        table: what to train on.
        recipe: how.
        order: what the folds must respect.
        folds: number of folds; every member is trained without its own.
        members: how many of each kind, dealt to the folds in turn; 1 gives a single network trained on all rows, which
            is judged by one further member a fold. In time all members are trained on all rows, and judged by as many
            others.
        seed: makes the run repeatable.
        weight: how much each row counts when errors are measured (n,).
        selection: the columns that each fold's members take; None for all.
        on_progress: told the share of the work that is done.

    Raises:
        DataError: too few rows for the folds, or a training diverged.
    """
    stop_share = recipe.stop_share if recipe.patience is not None else 0.0
    parts = splits(order, folds, stop_share, seed)
    count = folds if members == 1 else members
    apart = members == 1 or order.times is not None
    rows = [parts[m % folds] for m in range(count)] + [everything(order, stop_share, seed)] * (members if apart else 0)
    population = [
        Member(kind.architecture, split, seed + m, seed + m, knots=kind.knots)
        for kind in kinds
        for m, split in enumerate(rows)
    ]
    members_of_all = _trained(population, folds, count, table, recipe, selection, on_progress)
    trained = [members_of_all[len(rows) * k : len(rows) * (k + 1)] for k in range(len(kinds))]
    sound = [k for k, members_ in enumerate(trained) if not any(t.diverged for t in members_)]
    _check([t for members_ in trained for t in members_], bool(sound))
    linear = recipe.linear and members > 1 and selection is None
    candidates = [(k, stage) for k in sound for stage in range(len(trained[k][0].stages) + 1)]
    stopped = [[t.stopped(stage) for t in trained[k]] for k, stage in candidates]
    found = calibrated(stopped, count, table, parts, weight, linear)
    averaged = tuple(
        Averaged(kind, found.kinds.count(number), len(stopped[number][0].curve), len(trained[kind][0].curve))
        for number, (kind, _) in enumerate(candidates)
        if number in found.kinds
    )
    network, by_fold = _one_network(found.members, table, recipe), found.by_fold
    sample = table.x[:: max(1, len(table.x) // GAMMA_ROWS)]
    network, gamma = calibrate(network, sample)
    has_gamma = kinds[0].architecture.normalisation.input_norm
    return Fitted(
        network=network,
        folds=tuple(split.judge for split in parts),
        members=len(found.members),
        judges=tuple(_judge(group, table, s, weight) for group, s in zip(by_fold, parts, strict=True)),
        gamma=gamma if has_gamma else None,
        fold_gamma=np.stack([_mean_gamma(group, sample) for group in by_fold]) if has_gamma else None,
        fold_gamma_raw=np.stack([_raw_gamma(group) for group in by_fold]) if has_gamma else None,
        guess=np.stack([guess(table.y[s.seen], None if weight is None else weight[s.seen]) for s in parts]),
        curves=tuple((t.curve, t.judged_curve) for t in found.members),
        selection=selection,
        linear_share=found.share,
        averaged=averaged,
        member_folds=() if apart else tuple(m % folds for part in averaged for m in range(part.members)),
    )


def _trained(
    population: Sequence[Member],
    folds: int,
    count: int,
    table: Table,
    recipe: Recipe,
    selection: Selection | None,
    on_progress: Callable[[float], None] | None,
) -> list[Trained]:
    """The members, trained on all columns or on those that were chosen for their fold."""
    if selection is None:
        return train(population, table, recipe, on_progress=on_progress)
    place = [m % folds if m < count else folds for m in range(len(population))]  # a selection has one kind
    return train_selected(population, place, selection.columns, table, recipe, on_progress)


def _one_network(members: Sequence[Trained], table: Table, recipe: Recipe) -> Network:
    epsilon = input_epsilon(table, recipe.changed()) if recipe.epsilon is None else recipe.epsilon
    return merge([t.network for t in members], table.x, epsilon)


def _judge(group: Sequence[Trained], table: Table, split: Split, weight: Floats | None) -> Judge:
    rows = split.judge
    weight = None if weight is None else weight[rows]
    return Judge(Ensemble([t.network for t in group]), table.x[rows], table.y[rows], weight, len(split.seen))


def _mean_gamma(group: Sequence[Trained], sample: Floats) -> Floats:
    return np.asarray(np.mean([calibrate(t.network, sample)[1] for t in group], axis=0))


def _raw_gamma(group: Sequence[Trained]) -> Floats:
    return np.asarray(np.mean([np.abs(t.gamma_raw) for t in group if t.gamma_raw is not None], axis=0))


def _check(trained: Sequence[Trained], sound: bool) -> None:
    if sound:
        return
    diverged = sum(t.diverged for t in trained)
    if diverged:
        raise DataError(
            f"{diverged} of {len(trained)} trainings diverged: their loss stopped being a finite number",
            "a lower --learning-rate or an arm that normalises (--arm bn) may help",
        )

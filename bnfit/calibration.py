"""What is chosen out of fold about trained members: their kind, a linear model's share, and a temperature.

Both are found on rows that the members did not see, and never on the rows that a member is judged on.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import Activation, Dense, Layer, Network
from bnfit.linearpath import LinearModel, can_carry, carrying
from bnfit.population import Table, Trained
from bnfit.references import logistic_weights, ridge_weights
from bnfit.resampling import Split

Floats = NDArray[np.floating]

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(8.0), 61))
"""Candidates, evenly spaced in the logarithm."""
SHARES = np.linspace(0, 1, 11)
"""Candidates of the linear model's share."""
SHARE_SD, TEMPERATURE_SD = 0.3, 0.25
"""How far shares lie from one half, and logarithms of temperatures from 0, before any row is seen."""
LINEAR_ROWS = 20_000
"""Rows that a linear model is fitted to, at most, evenly spread."""
JUDGED_ROWS, FEWEST_JUDGED = 2_000, 500
"""Rows of a fold that choose, at most, evenly spread; with many outputs fewer, as each costs more."""


@dataclass(frozen=True)
class Mix:
    """What members become: (1 - share) · their output + share · the linear model's, divided by the temperature.

    Of classes the outputs are logits; of numbers the temperature is 1. `kinds` says which of several kinds of members
    are averaged, all with the same weight.
    """

    kinds: tuple[int, ...] = (0,)
    share: float = 0.0
    temperature: float = 1.0


@dataclass(frozen=True)
class Unseen:
    """What is said of a fold's rows by members and by a linear model that never saw them.

    Attributes:
        members: outputs of the members of each kind, of classes logits (n, m, o) each.
        linear: the same of the linear model (n, o); None without one.
        y: targets (n, o).
        weight: how much each row counts (n,), or None.
    """

    members: tuple[Floats, ...]
    linear: Floats | None
    y: Floats
    weight: Floats | None

    @property
    def size(self) -> float:
        """How much the rows count together."""
        return float(len(self.y) if self.weight is None else self.weight.sum())

    def losses(
        self, teams: Sequence[tuple[int, ...]], share: float, temperature: float, classes: bool, members: int = 0
    ) -> list[float]:
        """For each team of kinds the sum over rows of the expected loss of a mean of so many members of each kind.

        The mean of m members has 1/m of the variance between them, so the mean of more is surer, and better.

        Args:
            teams: numbers of kinds.
            share, temperature: as of `Mix`.
            classes: whether the outputs are logits.
            members: of each kind; 0 for as many as there are.
        """
        said = {kind: self._said(kind, share, temperature, classes) for kind in {k for team in teams for k in team}}
        return [self._loss([said[kind] for kind in team], classes, members) for team in teams]

    def _said(self, kind: int, share: float, temperature: float, classes: bool) -> tuple[Floats, Floats, int]:
        """Mean and variance (n, o) over members of a mixed kind, and how many they are; of the true class (n, 1)."""
        outputs = self.members[kind]
        if self.linear is not None and share > 0:
            outputs = (1 - share) * outputs + share * self.linear[:, None]
        each = _true_probability(outputs / temperature, self.y) if classes else outputs
        count = each.shape[1]
        return each.mean(1), each.var(1, ddof=1) if count > 1 else np.zeros_like(each[:, 0]), count

    def _loss(self, team: Sequence[tuple[Floats, Floats, int]], classes: bool, members: int) -> float:
        mean = np.mean([mean for mean, _, _ in team], axis=0)
        less = [variance * (1 / count - 1 / (members or count)) for _, variance, count in team]
        gone = np.sum(less, axis=0) / len(team) ** 2
        if classes:
            # E[-log p] of a mean p is about -log E[p] + Var(p) / (2 E[p]²)
            losses = (-np.log(mean) - gone / (2 * np.square(mean)))[:, 0]
        else:
            losses = np.maximum(np.square(mean - self.y) - gone, 0).sum(1)
        return float(losses.sum() if self.weight is None else (losses * self.weight).sum())


def _true_probability(logits: Floats, y: Floats) -> Floats:
    """What each member says of the true class (n, m, 1), by logits (n, m, o)."""
    if logits.shape[2] == 1:
        signed = np.where(y[:, None, :] > 0.5, logits, -logits)
        chosen = 1 / (1 + np.exp(-np.clip(signed, -500, 500)))
    else:
        shifted = np.exp(logits - logits.max(2, keepdims=True))
        chosen = (shifted * y[:, None, :]).sum(2, keepdims=True) / shifted.sum(2, keepdims=True)
    return np.asarray(np.maximum(chosen, 1e-15))


def best_temperature(logits: Sequence[Floats], y: Sequence[Floats], weight: Sequence[Floats | None]) -> float:
    """The temperature at which the mean of the members' probabilities has the lowest log-loss (Guo et al. 2017).

    Args:
        logits: for each fold the logits of the members that never saw it, (n, m, o).
        y: the fold's targets (n, o), 0/1.
        weight: weights of the fold's rows (n,), or None.
    """
    folds = [Unseen((z,), None, truth, w) for z, truth, w in zip(logits, y, weight, strict=True)]
    return chosen_mixes(folds, classes=True)[-1].temperature


def chosen_mixes(
    folds: Sequence[Unseen], classes: bool, teams: Sequence[tuple[int, ...]] = ((0,),), members: int = 0
) -> list[Mix]:
    """For each fold the mix with the lowest loss on all other folds, and in the end that on all of them.

    So the rows that a member is judged on never choose what it becomes (Wolpert, "Stacked generalization", 1992).

    Args:
        folds: what is said of their rows.
        classes: whether the outputs are logits.
        teams: the kinds of members that may be averaged, one tuple of numbers for each choice.
        members: how many of each kind are averaged in the end; a row of a fold is judged by fewer, and their mean is
            less sure than that of all, which would let the linear model and the temperature make up for it. 0 for as
            many as judge.
    """
    every = 2 if len(teams) > 1 else 1  # what a team can do shows on a coarse grid
    shares = [0.0] if folds[0].linear is None else SHARES[::every].tolist()
    temperatures = TEMPERATURES[:: every if len(shares) == 1 else 2 * every].tolist() if classes else [1.0]
    ways = list(itertools.product(shares, temperatures))
    candidates = [Mix(team, *way) for way in ways for team in teams]
    losses = np.array([[loss for way in ways for loss in fold.losses(teams, *way, classes, members)] for fold in folds])
    sizes, beforehand = np.array([fold.size for fold in folds]), np.array([_improbability(mix) for mix in candidates])

    def best(loss: Floats, size: float) -> Mix:
        nats = loss if classes else size / 2 * np.log(np.maximum(loss / size, 1e-300))
        return candidates[int(np.argmin(nats + beforehand))]

    total, rows = losses.sum(0), float(sizes.sum())
    if len(folds) == 1:
        return [best(total, rows)] * 2
    others = [best(total - loss, rows - float(size)) for loss, size in zip(losses, sizes, strict=True)]
    return [*others, best(total, rows)]


def _improbability(mix: Mix) -> float:
    """What speaks against a mix before any row is seen, in nats: few rows cannot tell shares and temperatures apart."""
    return float(0.5 * ((mix.share - 0.5) / SHARE_SD) ** 2 + 0.5 * (np.log(mix.temperature) / TEMPERATURE_SD) ** 2)


@dataclass(frozen=True)
class Calibrated:
    """Members after calibration.

    Attributes:
        members: those of the model, by kind.
        kinds: number of each member's kind.
        by_fold: those that judge each fold; of other kinds where the other folds chose them.
        share: of the linear model in the model, the mean over members.
    """

    members: tuple[Trained, ...]
    kinds: tuple[int, ...]
    by_fold: tuple[tuple[Trained, ...], ...]
    share: float


def calibrated(
    kinds: Sequence[Sequence[Trained]],
    count: int,
    table: Table,
    splits: Sequence[Split],
    weight: Floats | None,
    linear: bool = False,
) -> Calibrated:
    """Members of the best kind or two, mixed with a linear model and divided by a temperature, as unseen rows chose.

    Args:
        kinds: for each kind its trained members. The first `count` judge the folds in turn; if there are more, those
            make up the model.
        count: see `kinds`.
        table: what they were trained on.
        splits: one for each fold.
        weight: weights of the table's rows (n,), or None.
        linear: whether to mix with a linear model of the rows that a member has seen.

    Returns:
        The judging members, mixed as the folds chose that they do not judge; members that judge none as all chose.
    """
    classes, number = table.loss != "mse", len(splits)
    models = _Linear(table) if linear and all(can_carry(t.network) for members in kinds for t in members) else None
    groups = [[members[f:count:number] for f in range(number)] for members in kinds]
    apart = len(kinds[0]) - count
    sizes = (1,) if apart == 1 else (1, 2)  # a single network is one kind
    teams = [team for size in sizes for team in itertools.combinations(range(len(kinds)), size)]
    mixes = [Mix()] * (number + 1)
    if classes or models or len(kinds) > 1:
        folds = [_unseen([g[f] for g in groups], split, table, weight, models) for f, split in enumerate(splits)]
        mixes, of_team = _mixes(folds, classes, teams, apart or count)
    else:
        of_team = mixes
    chosen = [(kind, t) for kind in mixes[-1].kinds for t in kinds[kind][count if apart else 0 :]]
    own = [of_team[-1] if apart else of_team[m % number] for _ in mixes[-1].kinds for m in range(apart or count)]
    by_fold = tuple(
        tuple(_mixed(t, mix, models) for kind in mix.kinds for t in groups[kind][f]) for f, mix in enumerate(mixes[:-1])
    )
    if not any(mix.share for mix in own):
        models = None
    members = tuple(_mixed(t, mix, models) for (_, t), mix in zip(chosen, own, strict=True))
    return Calibrated(members, tuple(kind for kind, _ in chosen), by_fold, float(np.mean([mix.share for mix in own])))


def _mixes(
    folds: Sequence[Unseen], classes: bool, teams: Sequence[tuple[int, ...]], members: int
) -> tuple[list[Mix], list[Mix]]:
    """As `chosen_mixes`, each on the fine grid of its team; and for the team that all chose the mix of each fold."""
    found = [teams[0]] * (len(folds) + 1)
    if len(teams) > 1:
        found = [mix.kinds for mix in chosen_mixes(folds, classes, teams, members)]
    of_team = {team: chosen_mixes(folds, classes, [team], members) for team in set(found)}
    return [of_team[team][f] for f, team in enumerate(found)], of_team[found[-1]]


class _Linear:
    """The linear model of each split's seen rows, fitted when it is first asked for."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.fitted: dict[int, LinearModel] = {}

    def of(self, split: Split) -> LinearModel:
        if id(split) not in self.fitted:
            self.fitted[id(split)] = linear_model(self.table, split)
        return self.fitted[id(split)]


def linear_model(table: Table, split: Split) -> LinearModel:
    """Ridge regression, or for classes logistic regression, on the rows that a split has seen."""
    seen = split.seen[:: -(-len(split.seen) // LINEAR_ROWS)]
    x, y, weight = table.standard[seen], table.y[seen], None if table.row_weight is None else table.row_weight[seen]
    weights = (ridge_weights if table.loss == "mse" else logistic_weights)(x, y, weight)
    if table.loss != "mse" and y.shape[1] == 1:
        weights = weights[:, 1:] - weights[:, :1]
    spread = (x @ weights[:-1]).std(0)
    return LinearModel(weights[:-1], weights[-1], table.mean, table.sd, np.where(spread > 0, spread, 1.0))


def _unseen(
    groups: Sequence[Sequence[Trained]], split: Split, table: Table, weight: Floats | None, models: _Linear | None
) -> Unseen:
    """What is said of a fold's rows by its members of each kind, and by the linear model."""
    most = max(FEWEST_JUDGED, JUDGED_ROWS // table.y.shape[1])
    rows = split.judge[:: -(-len(split.judge) // most)]
    outputs = tuple(np.stack([_logits(t.network)(table.x[rows]) for t in group], axis=1) for group in groups)
    of_linear = None if models is None else models.of(split)(table.x[rows])
    return Unseen(outputs, of_linear, table.y[rows], None if weight is None else weight[rows])


def _logits(network: Network) -> Network:
    """The network without the activation that makes probabilities of its logits."""
    return Network(network.layers[:-1]) if isinstance(network.layers[-1], Activation) else network


def _mixed(member: Trained, mix: Mix, models: _Linear | None) -> Trained:
    if models is None:
        return tempered(member, mix.temperature)
    own, other = (1 - mix.share) / mix.temperature, mix.share / mix.temperature
    return replace(member, network=carrying(member.network, models.of(member.member.split), own, other))


def tempered(member: Trained, temperature: float) -> Trained:
    """The member with its logits divided by the temperature, in its last Dense."""
    if temperature == 1:
        return member
    layers: list[Layer] = list(member.network.layers)
    position, last = [(i, layer) for i, layer in enumerate(layers) if isinstance(layer, Dense)][-1]
    factor = last.kernel.dtype.type(1 / temperature)
    layers[position] = replace(last, kernel=last.kernel * factor, bias=last.bias * factor)
    return replace(member, network=Network(tuple(layers)))

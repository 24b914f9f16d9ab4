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

    Of classes the outputs are logits; of numbers the temperature is 1. `kind` says which of several kinds of members.
    """

    kind: int = 0
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

    def mixed(self, mix: Mix) -> Floats:
        """The members' outputs (n, m, o) at a mix."""
        outputs = self.members[mix.kind]
        if self.linear is not None and mix.share > 0:
            outputs = (1 - mix.share) * outputs + mix.share * self.linear[:, None]
        return outputs / mix.temperature

    def loss(self, mix: Mix, classes: bool, members: int = 0) -> float:
        """Sum over rows of the expected loss of a mean of so many such members; 0 for as many as there are."""
        outputs = self.mixed(mix)
        judging = outputs.shape[1]
        less = 1 / judging - 1 / members if members and judging > 1 else 0.0
        losses = (_log_losses if classes else _squares)(outputs, self.y, less)
        return float(losses.sum() if self.weight is None else (losses * self.weight).sum())


def _squares(outputs: Floats, y: Floats, less: float) -> Floats:
    """The squared error of the members' mean (n,), without the share `less` of the variance between members.

    The mean of m members has 1/m of that variance, so a mean of more has an error that is smaller by the difference.
    """
    losses = np.square(outputs.mean(1) - y).sum(1)
    return np.asarray(losses if less == 0 else np.maximum(losses - less * outputs.var(1, ddof=1).sum(1), 0))


def _log_losses(logits: Floats, y: Floats, less: float) -> Floats:
    """The log-loss of the members' mean probability (n,); `less` as in `_squares`, to the second order.

    E[-log p] of a mean p of m members is about -log E[p] + Var(p) / (2 m E[p]²).
    """
    if logits.shape[2] == 1:
        signed = np.where(y[:, None, :] > 0.5, logits, -logits)[:, :, 0]
        each = 1 / (1 + np.exp(-np.clip(signed, -500, 500)))
    else:
        shifted = np.exp(logits - logits.max(2, keepdims=True))
        each = (shifted * y[:, None, :]).sum(2) / shifted.sum(2)
    chosen = np.maximum(each.mean(1), 1e-15)
    losses = -np.log(chosen)
    return np.asarray(losses if less == 0 else losses - less * each.var(1, ddof=1) / (2 * np.square(chosen)))


def best_temperature(logits: Sequence[Floats], y: Sequence[Floats], weight: Sequence[Floats | None]) -> float:
    """The temperature at which the mean of the members' probabilities has the lowest log-loss (Guo et al. 2017).

    Args:
        logits: for each fold the logits of the members that never saw it, (n, m, o).
        y: the fold's targets (n, o), 0/1.
        weight: weights of the fold's rows (n,), or None.
    """
    folds = [Unseen((z,), None, truth, w) for z, truth, w in zip(logits, y, weight, strict=True)]
    return chosen_mixes(folds, classes=True)[-1].temperature


def chosen_mixes(folds: Sequence[Unseen], classes: bool, kind: int | None = None, members: int = 0) -> list[Mix]:
    """For each fold the mix with the lowest loss on all other folds, and in the end that on all of them.

    So the rows that a member is judged on never choose what it becomes (Wolpert, "Stacked generalization", 1992).

    Args:
        folds: what is said of their rows.
        classes: whether the outputs are logits.
        kind: the kind of members; None chooses it too.
        members: how many are averaged in the end; a row of a fold is judged by fewer, and their mean is less sure than
            that of all, which would let the linear model and the temperature make up for it. 0 for as many as judge.
    """
    kinds = range(len(folds[0].members)) if kind is None else [kind]
    every = 2 if len(kinds) > 1 else 1  # what a kind can do shows on a coarse grid
    shares = [0.0] if folds[0].linear is None else SHARES[::every].tolist()
    temperatures = TEMPERATURES[:: every if len(shares) == 1 else 2 * every].tolist() if classes else [1.0]
    candidates = [Mix(*mix) for mix in itertools.product(kinds, shares, temperatures)]
    losses = np.array([[fold.loss(mix, classes, members) for mix in candidates] for fold in folds])
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
        members: those of the model, all of one kind.
        by_fold: those that judge each fold; of another kind where the other folds chose it.
        kind: number of the model's kind.
        share: of the linear model in the model, the mean over members.
    """

    members: tuple[Trained, ...]
    by_fold: tuple[tuple[Trained, ...], ...]
    kind: int
    share: float


def calibrated(
    kinds: Sequence[Sequence[Trained]],
    count: int,
    table: Table,
    splits: Sequence[Split],
    weight: Floats | None,
    linear: bool = False,
) -> Calibrated:
    """Members of the best kind, mixed with a linear model and divided by a temperature, as rows they never saw chose.

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
    if not (classes or models or len(kinds) > 1):
        return Calibrated(tuple(kinds[0][count:] or kinds[0]), tuple(map(tuple, groups[0])), 0, 0.0)
    folds = [_unseen([g[f] for g in groups], split, table, weight, models) for f, split in enumerate(splits)]
    averaged = len(kinds[0]) - count or count
    chosen = [0] * (number + 1)
    if len(kinds) > 1:
        chosen = [mix.kind for mix in chosen_mixes(folds, classes, members=averaged)]
    mixes_of = {kind: chosen_mixes(folds, classes, kind, averaged) for kind in set(chosen)}
    of_fold, overall = [mixes_of[kind][f] for f, kind in enumerate(chosen[:-1])], mixes_of[chosen[-1]][-1]
    of_kind = mixes_of[overall.kind]
    by_fold = tuple(tuple(_mixed(t, mix, models) for t in groups[mix.kind][f]) for f, mix in enumerate(of_fold))
    best = kinds[overall.kind]
    mixes = [overall] * (len(best) - count) or [of_kind[m % number] for m in range(count)]
    if not any(mix.share for mix in mixes):
        models = None
    members = tuple(_mixed(t, mix, models) for t, mix in zip(best[-len(mixes) :], mixes, strict=True))
    return Calibrated(members, by_fold, overall.kind, float(np.mean([mix.share for mix in mixes])))


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

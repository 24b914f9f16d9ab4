"""What is chosen out of fold about trained members: the share of a linear model, and the temperature of probabilities.

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
LINEAR_ROWS = 20_000
"""Rows that a linear model is fitted to, at most, evenly spread."""
JUDGED_ROWS = 4_000
"""Rows of a fold that choose, at most, evenly spread."""


@dataclass(frozen=True)
class Mix:
    """What a member becomes: (1 - share) · its output + share · the linear model's, divided by the temperature.

    Of classes the outputs are logits; of numbers the temperature is 1.
    """

    share: float = 0.0
    temperature: float = 1.0


@dataclass(frozen=True)
class Unseen:
    """What is said of a fold's rows by members and by a linear model that never saw them.

    Attributes:
        members: outputs, of classes logits (n, m, o).
        linear: the same of the linear model (n, o); None without one.
        y: targets (n, o).
        weight: how much each row counts (n,), or None.
    """

    members: Floats
    linear: Floats | None
    y: Floats
    weight: Floats | None

    def mixed(self, mix: Mix) -> Floats:
        """The members' outputs (n, m, o) at a mix."""
        if self.linear is None or mix.share == 0:
            return self.members / mix.temperature
        return ((1 - mix.share) * self.members + mix.share * self.linear[:, None]) / mix.temperature

    def loss(self, mix: Mix, classes: bool) -> float:
        """Sum over rows of the loss of the members' mean."""
        losses = (_log_losses if classes else _squares)(self.mixed(mix), self.y)
        return float(losses.sum() if self.weight is None else (losses * self.weight).sum())


def _squares(outputs: Floats, y: Floats) -> Floats:
    return np.asarray(np.square(outputs.mean(1) - y).sum(1))


def _log_losses(logits: Floats, y: Floats) -> Floats:
    """The log-loss of the members' mean probability (n,)."""
    if logits.shape[2] == 1:
        signed = np.where(y[:, None, :] > 0.5, logits, -logits)[:, :, 0]
        chosen = (1 / (1 + np.exp(-np.clip(signed, -500, 500)))).mean(1)
    else:
        shifted = np.exp(logits - logits.max(2, keepdims=True))
        chosen = ((shifted * y[:, None, :]).sum(2) / shifted.sum(2)).mean(1)
    return np.asarray(-np.log(np.maximum(chosen, 1e-15)))


def best_temperature(logits: Sequence[Floats], y: Sequence[Floats], weight: Sequence[Floats | None]) -> float:
    """The temperature at which the mean of the members' probabilities has the lowest log-loss (Guo et al. 2017).

    Args:
        logits: for each fold the logits of the members that never saw it, (n, m, o).
        y: the fold's targets (n, o), 0/1.
        weight: weights of the fold's rows (n,), or None.
    """
    folds = [Unseen(z, None, truth, w) for z, truth, w in zip(logits, y, weight, strict=True)]
    return chosen_mixes(folds, classes=True)[-1].temperature


def chosen_mixes(folds: Sequence[Unseen], classes: bool) -> list[Mix]:
    """For each fold the mix with the lowest loss on all other folds, and in the end that on all of them.

    So the rows that a member is judged on never choose what it becomes (Wolpert, "Stacked generalization", 1992).
    """
    shares = [0.0] if folds[0].linear is None else SHARES.tolist()
    candidates = [Mix(*pair) for pair in itertools.product(shares, TEMPERATURES.tolist() if classes else [1.0])]
    losses = np.array([[fold.loss(mix, classes) for mix in candidates] for fold in folds])
    others = losses.sum(0) - losses if len(folds) > 1 else losses
    return [candidates[int(np.argmin(row))] for row in (*others, losses.sum(0))]


def calibrated(
    trained: Sequence[Trained],
    by_fold: Sequence[Sequence[Trained]],
    table: Table,
    splits: Sequence[Split],
    weight: Floats | None,
    linear: bool = False,
) -> tuple[list[Trained], float]:
    """Members that are mixed with a linear model and divided by a temperature, as rows they never saw chose.

    Args:
        trained: all members.
        by_fold: those of each fold, which judge it.
        table: what they were trained on.
        splits: one for each fold.
        weight: weights of the table's rows (n,), or None.
        linear: whether to mix with a linear model of the rows that a member has seen.

    Returns:
        The judging members, each mixed as the folds chose that it does not judge; the other members as all folds chose.
        And the linear model's share, the mean over members.
    """
    classes = table.loss != "mse"
    linear = linear and all(can_carry(t.network) for t in trained)
    if not (classes or linear):
        return list(trained), 0.0
    models = _Linear(table) if linear else None
    folds = [_unseen(group, split, table, weight, models) for group, split in zip(by_fold, splits, strict=True)]
    *of_fold, overall = chosen_mixes(folds, classes)
    mixes = {id(t): mix for mix, group in zip(of_fold, by_fold, strict=True) for t in group}
    every = [mixes.get(id(t), overall) for t in trained]
    mean = float(np.mean([mix.share for mix in every]))
    if models is None or mean == 0:
        return [tempered(t, mix.temperature) for t, mix in zip(trained, every, strict=True)], 0.0
    return [_mixed(t, mix, models) for t, mix in zip(trained, every, strict=True)], mean


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
    group: Sequence[Trained], split: Split, table: Table, weight: Floats | None, models: _Linear | None
) -> Unseen:
    rows = split.judge[:: -(-len(split.judge) // JUDGED_ROWS)]
    outputs = np.stack([_logits(t.network)(table.x[rows]) for t in group], axis=1)
    of_linear = None if models is None else models.of(split)(table.x[rows])
    return Unseen(outputs, of_linear, table.y[rows], None if weight is None else weight[rows])


def _logits(network: Network) -> Network:
    """The network without the activation that makes probabilities of its logits."""
    return Network(network.layers[:-1]) if isinstance(network.layers[-1], Activation) else network


def _mixed(member: Trained, mix: Mix, models: _Linear) -> Trained:
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

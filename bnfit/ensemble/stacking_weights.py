"""The choice of stacking weights from out-of-fold predictions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(8.0), 61))
"""Candidates, evenly spaced in the logarithm."""
SHARES = np.linspace(0, 1, 11)
"""Candidates of the linear model's share."""
SHARE_SD, TEMPERATURE_SD = 0.3, 0.25
"""Prior standard deviations of shares around one half, and of logarithms of temperatures around 0."""


@dataclass(frozen=True)
class StackingWeights:
    """A member's output after stacking: (1 - share) · its own + share · the linear model's, over the temperature.

    Attributes:
        base_learners: numbers of the base learners whose members are averaged, in rising order; the members of one that
            stands twice count twice.
        linear_share: of the linear model.
        temperature: divides the logits of classes; 1 for numbers.
    """

    base_learners: tuple[int, ...] = (0,)
    linear_share: float = 0.0
    temperature: float = 1.0


@dataclass(frozen=True)
class OutOfFold:
    """Predictions of a test fold by members and by a linear model that never saw it.

    Attributes:
        members: outputs of the members of each base learner, of classes logits (n, m, o) each.
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
        """Sum of the rows' weights."""
        return float(len(self.y) if self.weight is None else self.weight.sum())

    def losses(
        self,
        teams: Sequence[tuple[int, ...]],
        share: float,
        temperature: float,
        classes: bool,
        sizes: Sequence[int] = (),
    ) -> list[float]:
        """Sum over rows, for each team of base learners, the expected loss of the mean of all their members.

        The mean of m members has 1/m of the variance between them, so the mean of more is surer, and better.

        Args:
            teams: numbers of base learners, as of `StackingWeights`.
            share, temperature: as of `StackingWeights`.
            classes: whether the outputs are logits.
            sizes: members of each base learner that are averaged in the end; none for as many as predict.
        """
        used = {k for team in teams for k in team}
        y_pred = {k: self.predicted(k, share, temperature, classes, sizes) for k in used}
        return [self._loss([y_pred[k] for k in team], classes) for team in teams]

    def predicted(
        self, learner: int, share: float, temperature: float, classes: bool, sizes: Sequence[int] = ()
    ) -> Predicted:
        """Predict by a base learner, mixed with the linear model; see `losses`."""
        outputs = self.members[learner]
        if self.linear is not None and share > 0:
            outputs = (1 - share) * outputs + share * self.linear[:, None]
        each = _true_probability(outputs / temperature, self.y) if classes else outputs
        count = each.shape[1]
        size = sizes[learner] if sizes else count
        gone = each.var(1, ddof=1) * (1 / count - 1 / size) if count > 1 else np.zeros_like(each[:, 0])
        return Predicted(each.mean(1), gone, size)

    def _loss(self, team: Sequence[Predicted], classes: bool) -> float:
        counts = np.array([one.size for one in team])[:, None, None]
        mean = (counts * [one.mean for one in team]).sum(0) / counts.sum()
        gone = (np.square(counts) * [one.gone for one in team]).sum(0) / counts.sum() ** 2
        losses = expected_losses(mean, gone, self.y, classes)
        return float(losses.sum() if self.weight is None else (losses * self.weight).sum())


@dataclass(frozen=True)
class Predicted:
    """Predictions of a test fold by the members of one base learner.

    Attributes:
        mean: over members, of classes the probability of the true one, (n, o) or (n, 1).
        gone: the variance of that mean that averaging all members of the model takes away, of the same shape.
        size: members of the model.
    """

    mean: Floats
    gone: Floats
    size: int


def expected_losses(mean: Floats, gone: Floats, y: Floats, classes: bool) -> Floats:
    """Return the expected loss of each row (..., n) of a prediction that varies less than the one that is known.

    Args:
        mean: predictions (..., n, o), of classes the probability of the true one (..., n, 1).
        gone: variance that the prediction loses, of the same shape.
        y: targets (n, o).
        classes: whether there are classes, whose loss is the log-loss.
    """
    if classes:
        # E[-log p] of a mean p is about -log E[p] + Var(p) / (2 E[p]²)
        return np.asarray((-np.log(mean) - gone / (2 * np.square(mean)))[..., 0])
    return np.asarray(np.maximum(np.square(mean - y) - gone, 0).sum(-1))


def _true_probability(logits: Floats, y: Floats) -> Floats:
    """Each member's probability of the true class (n, m, 1), from logits (n, m, o)."""
    if logits.shape[2] == 1:
        signed = np.where(y[:, None, :] > 0.5, logits, -logits)
        chosen = 1 / (1 + np.exp(-np.clip(signed, -500, 500)))
    else:
        shifted = np.exp(logits - logits.max(2, keepdims=True))
        chosen = (shifted * y[:, None, :]).sum(2, keepdims=True) / shifted.sum(2, keepdims=True)
    return np.asarray(np.maximum(chosen, 1e-15))


def choose_weights(
    folds: Sequence[OutOfFold],
    classes: bool,
    teams: Sequence[tuple[int, ...]] = ((0,),),
    sizes: Sequence[int] = (),
    coarse: bool = False,
) -> list[StackingWeights]:
    """Choose the stacking weights with the lowest loss, for each fold on all other folds, and at last on all of them.

    Args:
        folds: predictions of each test fold.
        classes: whether the outputs are logits; the temperature is that of the mean probability (Guo et al. 2017).
        teams: the base learners that may be averaged, one tuple of numbers for each choice.
        sizes: how many members of each base learner are averaged in the end; a test row is predicted by fewer, and
            their mean is less sure than that of all, which would let the linear model and the temperature make up for
            it. None for as many as predict.
        coarse: whether a coarse grid of shares and temperatures will do, as where teams are compared.
    """
    every = 2 if coarse else 1
    shares = [0.0] if folds[0].linear is None else SHARES[::every].tolist()
    temperatures = TEMPERATURES[:: every if len(shares) == 1 else 2 * every].tolist() if classes else [1.0]
    ways = list(itertools.product(shares, temperatures))
    candidates = [StackingWeights(team, *way) for way in ways for team in teams]
    losses = np.array([[loss for way in ways for loss in fold.losses(teams, *way, classes, sizes)] for fold in folds])
    totals = np.array([fold.size for fold in folds])
    prior = np.array([_negative_log_prior(weights) for weights in candidates])

    def best(loss: Floats, size: float) -> StackingWeights:
        nats = loss if classes else size / 2 * np.log(np.maximum(loss / size, 1e-300))
        return candidates[int(np.argmin(nats + prior))]

    total, rows = losses.sum(0), float(totals.sum())
    if len(folds) == 1:
        return [best(total, rows)] * 2
    others = [best(total - loss, rows - float(size)) for loss, size in zip(losses, totals, strict=True)]
    return [*others, best(total, rows)]


def _negative_log_prior(weights: StackingWeights) -> float:
    """Negative log prior of the stacking weights, in nats: few rows cannot tell shares and temperatures apart."""
    share, temperature = weights.linear_share - 0.5, np.log(weights.temperature)
    return float(0.5 * (share / SHARE_SD) ** 2 + 0.5 * (temperature / TEMPERATURE_SD) ** 2)

"""Temperature scaling: one factor on the members' logits that makes probabilities mean what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import Activation, Dense, Layer, Network
from bnfit.population import Table, Trained
from bnfit.resampling import Split

Floats = NDArray[np.floating]

TEMPERATURES = np.exp(np.linspace(np.log(0.25), np.log(8.0), 61))
"""Candidates, evenly spaced in the logarithm."""


def best_temperature(logits: Sequence[Floats], y: Sequence[Floats], weight: Sequence[Floats | None]) -> float:
    """The temperature at which the mean of the members' probabilities has the lowest log-loss (Guo et al. 2017).

    Args:
        logits: for each fold the logits of the members that never saw it, (n, m, o).
        y: the fold's targets (n, o), 0/1.
        weight: weights of the fold's rows (n,), or None.
    """
    losses = [sum(_loss(z / t, truth, w) for z, truth, w in zip(logits, y, weight, strict=True)) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def _loss(logits: Floats, y: Floats, weight: Floats | None) -> float:
    """Sum over rows of the log-loss of the members' mean probability."""
    if logits.shape[2] == 1:
        signed = np.where(y[:, None, :] > 0.5, logits, -logits)[:, :, 0]
        chosen = (1 / (1 + np.exp(-np.clip(signed, -500, 500)))).mean(1)
    else:
        shifted = np.exp(logits - logits.max(2, keepdims=True))
        chosen = ((shifted * y[:, None, :]).sum(2) / shifted.sum(2)).mean(1)
    losses = -np.log(np.maximum(chosen, 1e-15))
    return float(losses.sum() if weight is None else (losses * weight).sum())


def calibrated(
    trained: Sequence[Trained],
    by_fold: Sequence[Sequence[Trained]],
    table: Table,
    splits: Sequence[Split],
    weight: Floats | None,
) -> list[Trained]:
    """Members whose logits are divided by a temperature that was found on rows they never saw.

    Args:
        trained: all members.
        by_fold: those of each fold, which judge it.
        table: what they were trained on.
        splits: one for each fold.
        weight: weights of the table's rows (n,), or None.

    Returns:
        The judging members, each at the temperature of the folds that it does not judge, so that the rows that a
        member is judged on did not choose its temperature; the other members at the temperature of all folds.
    """
    logits = [
        np.stack([_logits(t.network)(table.x[split.judge]) for t in group], axis=1)
        for group, split in zip(by_fold, splits, strict=True)
    ]
    y = [table.y[split.judge] for split in splits]
    weights = [None if weight is None else weight[split.judge] for split in splits]

    def found(folds: Sequence[int]) -> float:
        return best_temperature([logits[f] for f in folds], [y[f] for f in folds], [weights[f] for f in folds])

    everywhere = range(len(splits))
    at = {id(t): found([f for f in everywhere if f != fold]) for fold, group in enumerate(by_fold) for t in group}
    return [tempered(t, at[id(t)] if id(t) in at else found(everywhere)) for t in trained]


def _logits(network: Network) -> Network:
    """The network without the activation that makes probabilities of its logits."""
    return Network(network.layers[:-1]) if isinstance(network.layers[-1], Activation) else network


def tempered(member: Trained, temperature: float) -> Trained:
    """The member with its logits divided by the temperature, in its last Dense."""
    layers: list[Layer] = list(member.network.layers)
    position, last = [(i, layer) for i, layer in enumerate(layers) if isinstance(layer, Dense)][-1]
    factor = last.kernel.dtype.type(1 / temperature)
    layers[position] = replace(last, kernel=last.kernel * factor, bias=last.bias * factor)
    return replace(member, network=Network(tuple(layers)))

"""What reaches a hidden unit during training: percentiles by epoch, for each way of normalising and of training.

The figure is 1b of Ioffe and Szegedy, "Batch Normalization" (2015): the input of a typical unit of the last hidden
layer, whose percentiles move less with batch normalisation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.evaluation.splits import Split
from bnfit.networks.layers import Activation, Dense, Network
from bnfit.population.members import Member
from bnfit.population.train import train
from bnfit.results.search import Activations, Curve
from bnfit.schema.dataset import Dataset
from bnfit.tuning.learning_curves import first_of_each_way
from bnfit.tuning.space import Candidate

PERCENTILES = (15, 50, 85)
ROWS = 1_000
"""Rows not trained on that the percentiles are over, at most, evenly spaced."""


def with_activations(
    curves: Sequence[Curve], candidates: Sequence[Candidate], table: Dataset, split: Split, seed: int
) -> tuple[Curve, ...]:
    """Return the curves with the percentiles of a unit's input, of each way's first network on a split.

    Args:
        curves: one for each way, of these candidates.
        candidates: in the order in which they were tried.
        table: what they train on.
        split: whose training rows they train on, and whose test rows are passed through them.
        seed: of the split's members.
    """
    first = first_of_each_way(candidates, len(split.train))
    members = [Member(candidate.architecture, split, seed, seed) for candidate in first]
    trained = train(members, table, [candidate.recipe for candidate in first], snapshots=True)
    rows = table.x[at_most(split.test, ROWS)]
    return tuple(
        replace(curve, activations=None if t.diverged else measure(t.snapshots, rows, t.member.architecture.label))
        for curve, t in zip(curves, trained, strict=True)
    )


def measure(networks: Sequence[Network], rows: Floats, architecture: str) -> Activations | None:
    """Measure the percentiles of what reaches the unit whose spread over rows is the median one in the last network.

    Args:
        networks: one network after each epoch.
        rows: raw columns (n, k).
        architecture: what it is called.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        inputs = np.stack([last_hidden_input(network, rows) for network in networks])
    if not np.isfinite(inputs).all():
        return None
    spread = inputs[-1].std(0)
    unit = int(np.argsort(spread, kind="stable")[len(spread) // 2])
    low, middle, high = (
        tuple(map(float, of_epochs)) for of_epochs in np.percentile(inputs[..., unit], PERCENTILES, axis=1)
    )
    return Activations(architecture, unit + 1, low, middle, high)


def last_hidden_input(network: Network, rows: Floats) -> Floats:
    """Return what reaches the activation of the last hidden layer (n, u)."""
    output = max(place for place, layer in enumerate(network.layers) if isinstance(layer, Dense))
    place = max(p for p, layer in enumerate(network.layers[:output]) if isinstance(layer, Activation))
    return np.asarray(Network(network.layers[:place])(rows))

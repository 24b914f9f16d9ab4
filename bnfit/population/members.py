"""The members of a population: what each of them is, and the weights that it starts from.

NumPy only, so that tests can hand the very same start to a plain Keras `fit`.
"""

from __future__ import annotations

import itertools
import math
import zlib
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.splits import Split
from bnfit.networks.architecture import Architecture
from bnfit.networks.layers import Network
from bnfit.population.step_init import stepped, steps


@dataclass(frozen=True)
class Member:
    """One network of a population.

    Attributes:
        architecture: its layers and normalisation.
        split: the rows that it trains on and is judged on.
        seed: draws its start together with its architecture.
        shuffle: draws the order of its training rows; members with the same rows and the same number see equal batches.
        sparsity: strength of the group lasso on the first layer, one group a column: the factor of the sum of the
            lengths of the columns' rows of weights in the loss. Columns that do not pay become exactly 0.
        knots: steps of each column, at most, that the last units of the first layer start as (see
            `bnfit.population.step_init`); such a first layer does not decay. 0 starts all units alike.
    """

    architecture: Architecture
    split: Split
    seed: int
    shuffle: int
    sparsity: float = 0.0
    knots: int = 0


@dataclass(frozen=True)
class Stage:
    """A member as it was before a restart of the learning rate.

    Attributes:
        network: the network on raw columns.
        epoch: the epoch that its weights come from, counted from 1.
        gamma_raw: as of `Trained`.
    """

    network: Network
    epoch: int
    gamma_raw: Floats | None


@dataclass(frozen=True)
class Trained:
    """A member after training.

    Attributes:
        member: the member that was trained.
        network: the network on raw columns; meaningless when diverged.
        diverged: its loss stopped being finite.
        epoch: the epoch that the weights come from, counted from 1.
        curve: training loss of each epoch, the mean over its batches; nan after it stopped.
        judged_curve: loss after each epoch on the judged rows; nan without any.
        gamma_raw: the first layer's γ as training left it, (k,); None where the architecture has none.
        accuracy_curve: for classes, share of the rows of `judged_curve` that are predicted right, after each epoch.
        snapshots: the network after each epoch, where they were asked for.
        stages: the member before each restart of the learning rate.
    """

    member: Member
    network: Network
    diverged: bool
    epoch: int
    curve: Floats
    judged_curve: Floats
    gamma_raw: Floats | None
    snapshots: tuple[Network, ...] = ()
    accuracy_curve: Floats | None = None
    stages: tuple[Stage, ...] = ()

    def stopped(self, stage: int) -> Trained:
        """Return the member as a training that ends with that stage (from 0) gives it; after the last stage, itself."""
        if stage == len(self.stages):
            return self
        early = self.stages[stage]
        accuracy = None if self.accuracy_curve is None else self.accuracy_curve[: early.epoch]
        return replace(
            self,
            network=early.network,
            epoch=early.epoch,
            gamma_raw=early.gamma_raw,
            curve=self.curve[: early.epoch],
            judged_curve=self.judged_curve[: early.epoch],
            accuracy_curve=accuracy,
            stages=(),
        )


def start(member: Member, columns: int, outputs: int, x: Floats | None = None) -> dict[str, Floats]:
    """Draw the member's weights before training: Glorot-uniform kernels (Keras' default), nothing else.

    Args:
        member: the network and its seed.
        columns, outputs: of the table.
        x: the member's normalised training rows (n, k), for a member with knots.

    Returns:
        "kernel0", "kernel1", ... (inputs, units) float64, the last one for the output layer; with knots also "bias0".
    """
    architecture = member.architecture
    rng = np.random.default_rng([member.seed, zlib.crc32(architecture.key.encode())])
    widths = (columns, *architecture.units, outputs)
    kernels: dict[str, Floats] = {}
    for layer, (i, o) in enumerate(itertools.pairwise(widths)):
        limit = math.sqrt(6 / (i + o))
        kernels[f"kernel{layer}"] = rng.uniform(-limit, limit, (i, o))
    if member.knots and x is not None:
        found = steps(x, member.knots)
        first = max(0, architecture.units[0] - len(found))
        kernels["kernel0"], kernels["bias0"] = stepped(kernels["kernel0"], found, first)
    return kernels


UNITS, BATCH = "units", "batch"


@dataclass(frozen=True)
class Normalising:
    """What networks of one program have in common in the normalisation of their hidden layers.

    Attributes:
        over: "units" for each row over its own units, "batch" for each unit over a batch, if at all.
        after: whether that stands after the activation.
        weights: what is done to the weights, of `bnfit.networks.hidden_norms.WEIGHT_NORMS`; None for nothing.
        gain: whether each unit's weights have a gain.
    """

    over: str
    after: bool
    weights: str | None
    gain: bool


def normalising(architecture: Architecture) -> Normalising:
    """Return what the network's program does for the normalisation of its hidden layers."""
    norm = architecture.hidden
    return Normalising(UNITS if norm.units in ("layer", "group") else BATCH, norm.after, norm.weights, norm.has_gain)

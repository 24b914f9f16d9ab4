"""What the training of a chunk leaves: arrays alone, which can be kept and sent, and made into members again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import Floats
from bnfit.networks.layers import Network
from bnfit.population.chunks import Chunk
from bnfit.population.inputs import target_moments
from bnfit.population.members import Member, Stage, Trained
from bnfit.population.outputs import member_network, member_slices
from bnfit.population.recipe import Plan
from bnfit.schema.dataset import Dataset

Arrays = dict[str, NDArray[np.generic]]
State = dict[str, dict[str, Floats]]
"""Weights and moving averages of a chunk's m members, each by name, (m, ..., ...)."""
KINDS = "weights", "moving"


@dataclass(frozen=True)
class Outcome:
    """The arrays that training leaves of a chunk of m members.

    Attributes:
        state: after the last epoch.
        epoch: the epoch that each member's weights come from, counted from 1 (m,).
        diverged: whether its loss stopped being finite (m,).
        curves: training loss, loss and accuracy on the judged rows by epoch, each (epochs, m).
        stages: the states before each restart of the learning rate, with the epoch that came before it.
        snapshots: the states after each epoch, where they were asked for.
    """

    state: State
    epoch: NDArray[np.int32]
    diverged: NDArray[np.bool_]
    curves: tuple[Floats, Floats, Floats]
    stages: tuple[tuple[int, State], ...] = ()
    snapshots: tuple[State, ...] = ()

    def to_arrays(self) -> Arrays:
        """Return all but the snapshots by name; `from_arrays` undoes it."""
        found: Arrays = {"epoch": self.epoch, "diverged": self.diverged, "curves": np.stack(self.curves)}
        for place, state in [("end", self.state), *((str(epoch), state) for epoch, state in self.stages)]:
            found |= {f"{place}/{kind}/{n}": a for kind, arrays in state.items() for n, a in arrays.items()}
        return found

    @classmethod
    def from_arrays(
        cls, arrays: Mapping[str, NDArray[np.generic]], start: Mapping[str, Any], plan: Plan
    ) -> Outcome | None:
        """Make an outcome of arrays that were kept; None where they are not those of such a training.

        Args:
            arrays: as `to_arrays` returns them.
            start: the program's state before the training, of whose shapes and types the arrays must be.
            plan: of the training.
        """
        like: State = {kind: start[kind] for kind in KINDS}
        gamma, stages = like["weights"]["input_gamma"], plan.restart_epochs
        blank = np.empty((plan.epochs, len(gamma)), gamma.dtype)
        expected = cls(
            like, start["epoch"], start["diverged"], (blank, blank, blank), tuple((e, like) for e in stages)
        ).to_arrays()
        if {n: (a.shape, a.dtype) for n, a in arrays.items()} != {n: (a.shape, a.dtype) for n, a in expected.items()}:
            return None

        def state(place: str) -> State:
            return {
                k: {n: np.asarray(arrays[f"{place}/{k}/{n}"], a.dtype) for n, a in named.items()}
                for k, named in like.items()
            }

        curves = np.asarray(arrays["curves"], gamma.dtype)
        return cls(
            state("end"),
            np.asarray(arrays["epoch"], np.int32),
            np.asarray(arrays["diverged"], bool),
            (curves[0], curves[1], curves[2]),
            tuple((epoch, state(str(epoch))) for epoch in stages),
        )


def trained_members(outcome: Outcome, chunk: Chunk, table: Dataset, dtype: str) -> list[Trained]:
    """Make each member of a chunk of what its training left, in the chunk's order.

    Args:
        outcome: of the chunk's training.
        chunk: the members.
        table: that they were trained on.
        dtype: of the program's numbers.
    """

    def networks(state: State) -> list[tuple[Network, Floats | None]]:
        slices = (member_slices(state, position) for position in range(len(chunk.members)))
        return [
            member_network(weights, moving, member, table, plan, dtype)
            for member, plan, (weights, moving) in zip(chunk.members, chunk.plans, slices, strict=True)
        ]

    last = networks(outcome.state)
    stages = [[Stage(net, epoch, gamma) for net, gamma in networks(state)] for epoch, state in outcome.stages]
    seen = [[net for net, _ in networks(state)] for state in outcome.snapshots]
    curve, judged_curve, accuracy = outcome.curves
    units = [_loss_unit(table, member, chunk.plans[0].scale_target) for member in chunk.members]
    return [
        Trained(
            member=member,
            network=last[p][0],
            diverged=bool(outcome.diverged[p]),
            epoch=int(outcome.epoch[p]),
            curve=curve[:, p].astype(float) * units[p],
            judged_curve=judged_curve[:, p].astype(float) * units[p],  # whose square may be too large for 32 bits
            accuracy_curve=None if table.loss == "mse" else accuracy[:, p],
            gamma_raw=last[p][1],
            snapshots=tuple(found[p] for found in seen),
            stages=tuple(stage[p] for stage in stages),
        )
        for p, member in enumerate(chunk.members)
    ]


def _loss_unit(table: Dataset, member: Member, scaled: bool) -> float:
    """Size of one unit of the program's loss in the target's own units."""
    if table.loss != "mse":
        return 1.0
    return float(np.mean(target_moments(table, member, scaled).variance * np.square(table.y_sd)))

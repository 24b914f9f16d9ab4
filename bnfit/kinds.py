"""The kinds of members that `fit` trains when no network is asked for: the best one or two make the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import Architecture
from bnfit.population.knots import steps

if TYPE_CHECKING:
    from bnfit.fitting import Averaged

Floats = NDArray[np.floating]

RESTARTS = (0.06,)
"""Shares of the epochs after which `fit` may stop: what is learned by then is better where rows are few or noisy."""
GAMMA_RATE = 6.0
"""How much faster γ learns than the rest in `fit`, but on small tables: there γ then says less of what columns matter,
and the small networks of `search` do worse."""
KNOTS = 8
"""Steps of a column, at most, in networks that start with steps."""


@dataclass(frozen=True)
class Kind:
    """A kind of members.

    Attributes:
        architecture: of its networks.
        knots: see `bnfit.population.Member`.
    """

    architecture: Architecture
    knots: int = 0

    @property
    def label(self) -> str:
        """The architecture's label, and how it starts."""
        return self.architecture.label + (", started with steps" if self.knots else "")


def usual_kinds(architecture: Architecture, standard: Floats) -> tuple[Kind, ...]:
    """Smooth networks of silu units, and networks of tanh units that start with steps at quantiles of the columns.

    Args:
        architecture: gives the widths, the output and the arm.
        standard: centred and scaled columns (n, k).
    """
    first, *rest = architecture.units
    stepped = replace(architecture, activation="tanh", units=(first + len(steps(standard, KNOTS)), *rest))
    return Kind(replace(architecture, activation="silu")), Kind(stepped, KNOTS)


def averaged_note(kinds: Sequence[Kind], averaged: Sequence[Averaged]) -> tuple[str, ...]:
    """A remark on which kinds of members were taken, and when their training ended, where there was a choice."""
    if len(kinds) < 2 and all(part.epochs == part.of_epochs for part in averaged):
        return ()
    said = [f"{kinds[part.kind].label} after {part.epochs} of {part.of_epochs} epochs" for part in averaged]
    together = " together" if len(said) > 1 else ""
    return (f"networks of {' and of '.join(said)}{together} did best on unseen rows",)


def averaged_label(kinds: Sequence[Kind], averaged: Sequence[Averaged]) -> str:
    """The architectures of a model's members, such as "64-64 silu + 80-64 tanh"."""
    return " + ".join(dict.fromkeys(kinds[part.kind].architecture.label for part in averaged))

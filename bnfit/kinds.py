"""The kinds of members that `fit` trains when no network is asked for: those best out of fold make the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import Architecture
from bnfit.population.knots import steps

Floats = NDArray[np.floating]

RESTARTS = (0.06,)
"""Shares of the epochs after which `fit` may stop: what is learned by then is better where rows are few or noisy."""
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


def stage_note(epochs: tuple[int, int]) -> tuple[str, ...]:
    """A remark where training ended at a restart, after so many of so many epochs."""
    ended, most = epochs
    return (f"training stops after {ended} of {most} epochs: more did worse on unseen rows",) if ended < most else ()


def kind_note(kinds: Sequence[Kind], chosen: int) -> tuple[str, ...]:
    """A remark on which of several kinds was taken."""
    if len(kinds) < 2:
        return ()
    others = " and ".join(kind.label for number, kind in enumerate(kinds) if number != chosen)
    return (f"networks of {kinds[chosen].label} did better on unseen rows than {others}",)

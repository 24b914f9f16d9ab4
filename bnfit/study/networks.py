"""Networks that a study trains on its splits."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.arrays import Floats
from bnfit.evaluation.splits import Split
from bnfit.networks.layers import Network


@dataclass(frozen=True)
class SplitNetwork:
    """A network that was trained on a split.

    Attributes:
        network: on raw columns; meaningless when diverged.
        gamma_raw: the first layer's |γ| as training left it (k,).
        split: its rows.
        diverged: its loss stopped being finite.
    """

    network: Network
    gamma_raw: Floats
    split: Split
    diverged: bool


@dataclass(frozen=True)
class WayNetworks:
    """The networks of a way of training, repeat by repeat.

    Attributes:
        label, arm: of their architectures.
        weights: numbers in a network, the mean over networks.
        networks: one for each split.
    """

    label: str
    arm: str
    weights: int
    networks: tuple[SplitNetwork, ...]

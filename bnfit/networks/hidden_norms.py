"""How the hidden layers of a network are normalised: names, and what they mean."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from bnfit.errors import known

AFTER = ":after"
UNIT_NORMS = ("batch", "layer", "group")
WEIGHT_NORMS = ("weight-standardised", "weight-normalised")
TOGETHER = ("batch+weight-standardised", "group+weight-standardised")
PLAIN_NORMS = (*UNIT_NORMS, *WEIGHT_NORMS, *TOGETHER, "none")
"""Without a place; `NORMS` has those too that stand after the activation."""
NORMS = (*PLAIN_NORMS, *(f"{norm}{AFTER}" for norm in (*UNIT_NORMS, *TOGETHER)))


@dataclass(frozen=True)
class HiddenNorm:
    """What a name of `NORMS` means.

    Attributes:
        units: over what a unit's values are normalised, one of `UNIT_NORMS`; None for not at all.
        weights: what is done to the weights that lead to a unit, one of `WEIGHT_NORMS`; None for nothing.
        after: whether the units are normalised after the activation, and not before it.
    """

    units: str | None
    weights: str | None
    after: bool

    @property
    def has_gain(self) -> bool:
        """Whether each unit's weights have a gain that is learned: where nothing behind them has one."""
        return self.weights is not None and self.units is None


@functools.cache
def hidden_norm(name: str) -> HiddenNorm:
    """Return what a name means, such as "batch", "weight-standardised" or "batch+weight-standardised:after".

    Raises:
        UsageError: there is no such name.
    """
    known(name, NORMS, "norm")
    parts = name.removesuffix(AFTER).split("+")
    units = next((part for part in parts if part in UNIT_NORMS), None)
    weights = next((part for part in parts if part in WEIGHT_NORMS), None)
    return HiddenNorm(units, weights, name.endswith(AFTER))

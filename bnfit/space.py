"""Where candidates come from: every combination of the values of each axis, or draws from them at random."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bnfit.architecture import Architecture, grid
from bnfit.candidates import Candidate, candidates, recipes
from bnfit.recipe import Recipe

RATE_FACTORS = 0.2, 5.0
DECAY_FACTORS = 0.1, 4.0
"""Between what multiples of the recipe's own the learning rate and the weight decay are drawn, evenly in logarithms."""
ATTEMPTS = 50
"""Draws for each candidate that is wanted, at most: small spaces hold fewer different ones than were asked for."""


@dataclass(frozen=True)
class Axes:
    """The values of each axis of a search; None leaves one open.

    Attributes:
        layers, units, activations, output_activations, arms, norms, norm_positions: of the architectures; see
            `Architecture`.
        batch_sizes, learning_rates, momentums, epsilons, weight_decays: of the recipes; see `Recipe`.
    """

    layers: Sequence[int] | None = None
    units: Sequence[int] | None = None
    activations: Sequence[str] | None = None
    output_activations: Sequence[str] | None = None
    arms: Sequence[str] | None = None
    norms: Sequence[str | None] | None = None
    norm_positions: Sequence[str] | None = None
    batch_sizes: Sequence[int] | None = None
    learning_rates: Sequence[float] | None = None
    momentums: Sequence[float] | None = None
    epsilons: Sequence[float] | None = None
    weight_decays: Sequence[float] | None = None

    def filled(self, usual: Axes) -> Axes:
        """These axes, the open ones as in `usual`."""
        return replace(usual, **{name: values for name, values in vars(self).items() if values is not None})

    def every(self, base: Recipe) -> list[Candidate]:
        """Every combination; an open axis of the recipe is that of the base.

        Raises:
            UsageError: an axis is empty or holds a value that cannot be.
        """
        return candidates(self._architectures(), self._recipes(base))

    def drawn(self, base: Recipe, trials: int, seed: int) -> list[Candidate]:
        """So many different candidates, or as many as there are; more trials begin with the candidates of fewer.

        The axes are drawn from independently. Open learning rates are drawn around the base's own, and so is the weight
        decay of a base that leaves it open.

        Args:
            base: what the user's recipe is.
            trials: how many candidates.
            seed: makes the draws repeatable.

        Raises:
            UsageError: an axis is empty or holds a value that cannot be.
        """
        architectures, ways, rng = self._architectures(), self._recipes(base), random.Random(seed)
        found: dict[Candidate, None] = {}
        for _ in range(ATTEMPTS * trials):
            if len(found) == trials:
                break
            architecture, way = rng.choice(architectures), rng.choice(ways)
            rate, decay = _between(RATE_FACTORS, rng), _between(DECAY_FACTORS, rng)
            if self.learning_rates is None:
                way = way.changed(learning_rate=_short(way.learning_rate * rate))
            if way.weight_decay is None:
                way = way.changed(total_decay=_short(way.total_decay * decay))
            found.setdefault(Candidate(architecture, way))
        return list(found)

    def _architectures(self) -> list[Architecture]:
        return grid(
            self.layers or (),
            self.units or (),
            self.activations or (),
            self.output_activations or (),
            self.arms or (),
            self.norms or (None,),
            self.norm_positions or (),
        )

    def _recipes(self, base: Recipe) -> list[Recipe]:
        return recipes(base, self.batch_sizes, self.learning_rates, self.momentums, self.epsilons, self.weight_decays)


PAPER_GRID = Axes(
    layers=(1, 2, 3, 4),
    units=(2, 3, 4, 5, 6),
    activations=("tanh", "relu", "sigmoid"),
    output_activations=("linear", "relu"),
    arms=("bn",),
    norm_positions=("before",),
)
WIDE = Axes(
    layers=(1, 2, 3),
    units=(4, 8, 16, 32, 64),
    activations=("tanh", "relu", "silu", "selu"),
    output_activations=("linear",),
    arms=("bn", "bn-input"),
    norm_positions=("before",),
)


def _between(limits: tuple[float, float], rng: random.Random) -> float:
    low, high = map(math.log, limits)
    return math.exp(rng.uniform(low, high))


def _short(value: float) -> float:
    """Two digits: what a user can type to train the same."""
    return float(f"{value:.2g}")

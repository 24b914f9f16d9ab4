"""The space of a search: candidates, and the axes whose values they combine or are drawn from at random."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bnfit.networks.architecture import Architecture, grid
from bnfit.population.recipe import HYPERPARAMETERS, Recipe

RATE_FACTORS = 0.2, 5.0
DECAY_FACTORS = 0.1, 4.0
"""Multiples of the recipe's own learning rate and weight decay that draws lie between, log-uniformly."""
ATTEMPTS = 50
"""The most draws for each candidate that is wanted: small spaces hold fewer different ones than were asked for."""


RECIPE_AXES = tuple(p.axis for p in HYPERPARAMETERS if p.axis is not None)


PARAMETERS = {
    "layers": "layers",
    "units": "units",
    "activations": "activation",
    "output_activations": "output_activation",
    "arms": "arm",
    "norms": "norm",
}
"""The parameters of `bnfit.search` that the axes of architectures come from."""


@dataclass(frozen=True)
class Candidate:
    """An architecture with a recipe.

    Attributes:
        architecture: layers and normalisation.
        recipe: of its training. Candidates of one search may differ in every value of it.
    """

    architecture: Architecture
    recipe: Recipe

    def __post_init__(self) -> None:
        self.recipe.check_for(self.architecture)

    @property
    def batch_first(self) -> bool:
        """Whether the first layer is a BatchNormalization on the raw columns, so that its γ explains the model."""
        arm = self.architecture.normalisation
        return arm.input_norm and not arm.standardised


@dataclass(frozen=True)
class Axes:
    """The values of each axis of a search; None leaves one open.

    Attributes:
        layers, units, activations, output_activations, arms, norms: of the architectures; see
            `Architecture`.
        recipes: of the recipes, by the names of the axes of `bnfit.population.recipe.HYPERPARAMETERS`; without open
            ones.
    """

    layers: Sequence[int] | None = None
    units: Sequence[int] | None = None
    activations: Sequence[str] | None = None
    output_activations: Sequence[str] | None = None
    arms: Sequence[str] | None = None
    norms: Sequence[str | None] | None = None
    recipes: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @classmethod
    def named(cls, **axes: Any) -> Axes:
        """Return the axes of these names, those of architectures and of recipes alike.

        Raises:
            TypeError: there is no such axis.
        """
        tried = {name: values for name, values in axes.items() if name in RECIPE_AXES}
        rest = {name: values for name, values in axes.items() if name not in RECIPE_AXES}
        return cls(**rest, recipes={name: values for name, values in tried.items() if values is not None})

    @property
    def layers_named(self) -> bool:
        """Whether the network's layers were asked for, and not only how it is trained."""
        asked = vars(self).values()
        return any(values is not None for values in asked if values is not self.recipes)

    @property
    def any_named(self) -> bool:
        """Whether anything was asked for, of the layers or of the training."""
        return self.layers_named or bool(self.recipes)

    @property
    def parameters(self) -> dict[str, tuple[Any, ...]]:
        """The values that were asked for, by the names of the parameters of `bnfit.search`."""
        layers = {PARAMETERS[name]: values for name, values in vars(self).items() if name in PARAMETERS}
        ways = {p.name: self.recipes.get(p.axis) for p in HYPERPARAMETERS if p.axis is not None}
        return {name: tuple(values) for name, values in {**layers, **ways}.items() if values is not None}

    def filled(self, usual: Axes) -> Axes:
        """Return these axes, the open ones as in `usual`."""
        given = {name: values for name, values in vars(self).items() if values is not None}
        return replace(usual, **given | {"recipes": {**usual.recipes, **self.recipes}})

    def every(self, base: Recipe) -> list[Candidate]:
        """Return every combination; an open axis of the recipe takes the base's value.

        Raises:
            UsageError: an axis is empty or holds a value that cannot be.
        """
        return candidates(self.architectures(), self._recipes(base))

    def drawn(self, base: Recipe, trials: int, seed: int) -> list[Candidate]:
        """Draw different candidates, or all there are; more trials begin with the candidates of fewer.

        The axes are drawn from independently, but activations in turn among networks that share a program: these are
        trained together, one of each. Open learning rates are drawn around the base's own, and so is the weight
        decay of a base that leaves it open.

        Args:
            base: the user's recipe.
            trials: number of candidates.
            seed: of the draws.

        Raises:
            UsageError: an axis is empty or holds a value that cannot be.
        """
        from bnfit.population.chunks import kind_of  # numpy

        architectures, ways, rng = self.architectures(), self._recipes(base), random.Random(seed)
        activations = list(dict.fromkeys(self.activations or ()))
        drawn: dict[Candidate, None] = {}
        decks: dict[Hashable, list[str]] = {}
        for _ in range(ATTEMPTS * trials):
            if len(drawn) == trials:
                break
            architecture, way = rng.choice(architectures), rng.choice(ways)
            deck = decks.setdefault(kind_of(architecture), [])
            if not deck:
                deck += rng.sample(activations, len(activations))
            architecture = replace(architecture, activation=deck.pop())
            rate, decay = _between(RATE_FACTORS, rng), _between(DECAY_FACTORS, rng)
            if "learning_rates" not in self.recipes:
                way = way.changed(learning_rate=_short(way.learning_rate * rate))
            if way.weight_decay is None:
                way = way.changed(total_decay=_short(way.total_decay * decay))
            drawn.setdefault(Candidate(architecture, way))
        return list(drawn)

    def architectures(self) -> list[Architecture]:
        """Return every architecture; an axis that is still open has none."""
        return grid(
            self.layers or (),
            self.units or (),
            self.activations or (),
            self.output_activations or (),
            self.arms or (),
            self.norms or (None,),
        )

    def _recipes(self, base: Recipe) -> list[Recipe]:
        return recipes(base, self.recipes)


PAPER_GRID = Axes(
    layers=(1, 2, 3, 4),
    units=(2, 3, 4, 5, 6),
    activations=("tanh", "relu", "sigmoid"),
    output_activations=("linear", "relu"),
    arms=("bn",),
)
WIDE = Axes(
    layers=(1, 2, 3),
    units=(4, 8, 16, 32, 64),
    activations=("tanh", "relu", "silu", "selu"),
    output_activations=("linear",),
    arms=("bn", "bn-input"),
)


def recipes(base: Recipe, axes: Mapping[str, Sequence[float]]) -> list[Recipe]:
    """Return the base recipe with every combination of the values; values given twice count once.

    Args:
        base: says what no axis does.
        axes: values by the names of the axes of `bnfit.population.recipe.HYPERPARAMETERS`.

    Raises:
        UsageError: a value that cannot be.
    """
    tried = [(p.name, dict.fromkeys(axes[p.axis])) for p in HYPERPARAMETERS if p.axis is not None and axes.get(p.axis)]
    names = [name for name, _ in tried]
    ways = itertools.product(*(values for _, values in tried))
    return [base.tuned(**dict(zip(names, way, strict=True))) for way in ways]


def candidates(architectures: Iterable[Architecture], ways: Sequence[Recipe]) -> list[Candidate]:
    """Combine every architecture with every recipe."""
    return [Candidate(architecture, recipe) for architecture, recipe in itertools.product(architectures, ways)]


def _between(limits: tuple[float, float], rng: random.Random) -> float:
    """Draw from a log-uniform distribution."""
    low, high = map(math.log, limits)
    return math.exp(rng.uniform(low, high))


def _short(value: float) -> float:
    """Round to two digits, which a user can type to train the same."""
    return float(f"{value:.2g}")

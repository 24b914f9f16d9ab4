"""What a search chooses among: architectures, each with a way to train it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from bnfit.architecture import Architecture
from bnfit.recipe import Recipe


@dataclass(frozen=True)
class Candidate:
    """One network of a search.

    Attributes:
        architecture: its layers and normalisation.
        recipe: how it is trained. Candidates of one search may differ in every value of it.
    """

    architecture: Architecture
    recipe: Recipe


def recipes(
    base: Recipe,
    batch_sizes: Sequence[int] | None = None,
    learning_rates: Sequence[float] | None = None,
    momentums: Sequence[float] | None = None,
    epsilons: Sequence[float] | None = None,
    weight_decays: Sequence[float] | None = None,
) -> list[Recipe]:
    """The base recipe with every combination of the values; None leaves the base's own, values given twice count once.

    Raises:
        UsageError: a value that cannot be.
    """
    axes = {
        "batch_size": batch_sizes,
        "learning_rate": learning_rates,
        "momentum": momentums,
        "epsilon": epsilons,
        "weight_decay": weight_decays,
    }
    values = (dict.fromkeys(given or (None,)) for given in axes.values())
    ways = (dict(zip(axes, way, strict=True)) for way in itertools.product(*values))
    return [base.changed(**way, hidden_epsilon=way["epsilon"]) for way in ways]


def candidates(architectures: Iterable[Architecture], ways: Sequence[Recipe]) -> list[Candidate]:
    """Every architecture with every recipe."""
    return [Candidate(architecture, recipe) for architecture, recipe in itertools.product(architectures, ways)]


def names(of: Sequence[Candidate]) -> list[str]:
    """Each candidate by its architecture, arm and norm, and by the values of its recipe in which candidates differ."""
    differing = [f.name for f in fields(Recipe) if len({getattr(c.recipe, f.name) for c in of}) > 1]
    differing = [name for name in differing if name != "hidden_epsilon"]  # goes with epsilon
    return [
        ", ".join(
            (
                c.architecture.label,
                *c.architecture.normalising,
                *(f"{name.replace('_', ' ')} {getattr(c.recipe, name)}" for name in differing),
            )
        )
        for c in of
    ]

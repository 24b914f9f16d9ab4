"""The axes of a search, from the text of its options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from bnfit.architecture import ACTIVATIONS, NORMS, OUTPUT_ACTIVATIONS, POSITIONS
from bnfit.cli import values
from bnfit.recipe import recipe_named
from bnfit.space import Axes
from bnfit.strategy import Strategy

READERS: dict[str, tuple[str, Callable[..., Sequence[Any]]]] = {
    "layers": ("--layers", values.counts),
    "units": ("--units", values.counts),
    "activations": ("--activation", partial(values.names, choices=ACTIVATIONS, what="activation")),
    "output_activations": (
        "--output-activation",
        partial(values.names, choices=OUTPUT_ACTIVATIONS, what="output activation"),
    ),
    "arms": ("--arm", values.arms),
    "norms": ("--norm", partial(values.names, choices=NORMS, what="norm")),
    "norm_positions": ("--norm-position", partial(values.names, choices=POSITIONS, what="norm position")),
    "batch_sizes": ("--batch-size", values.counts),
    "learning_rates": ("--learning-rate", values.numbers),
    "momentums": ("--momentum", values.numbers),
    "epsilons": ("--epsilon", values.numbers),
    "weight_decays": ("--weight-decay", values.numbers),
}
"""For each axis of `bnfit.space.Axes` its option, and what reads a comma list of its values."""


def axes(**texts: str | None) -> dict[str, Any]:
    """The values of the axes that the user names.

    Raises:
        UsageError: one of them is none.
    """
    return {
        name: read(text, option) for name, (option, read) in READERS.items() if (text := texts.get(name)) is not None
    }


def check(given: dict[str, Any], recipe: str, epochs: int | None, strategy: Strategy) -> None:
    """Refuse what no search can try, before anything is loaded.

    Raises:
        UsageError: an option value that cannot be.
    """
    strategy.candidates(Axes(**given), recipe_named(recipe).changed(epochs=epochs), 0)

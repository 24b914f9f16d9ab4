"""Network architectures and grids of them."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bnfit.errors import UsageError

ACTIVATIONS = ("tanh", "relu", "sigmoid", "selu", "silu", "linear")
OUTPUT_ACTIVATIONS = ("linear", "relu")
PROBABILITY_ACTIVATIONS = ("sigmoid", "softmax")


@dataclass(frozen=True)
class Arm:
    """A way of normalising.

    Attributes:
        standardised: the first layer is a Keras `Normalization` (z-scores).
        input_norm: a `BatchNormalization` stands before the first Dense; it carries γ.
        hidden_norm: a `BatchNormalization` stands between each hidden Dense and its activation.
        description: one phrase for help texts.
    """

    standardised: bool
    input_norm: bool
    hidden_norm: bool
    description: str


ARMS: dict[str, Arm] = {
    "bn": Arm(False, True, True, "BatchNormalization first and after each hidden Dense"),
    "raw": Arm(False, False, False, "no normalisation"),
    "zscore": Arm(True, False, False, "Normalization (z-scores) first"),
    "zscore-bn": Arm(True, True, True, "z-scores, then as bn"),
    "bn-input": Arm(False, True, False, "BatchNormalization first, none after hidden layers"),
}
SMALL_TABLE = 200
"""Rows below which a regression gets a smaller network."""
STUDY_ARMS = ("bn", "raw", "zscore", "zscore-bn")
"""The arms of the paper's study, which `--arm all` stands for."""


@dataclass(frozen=True)
class Architecture:
    """A network from the columns to the output.

    Attributes:
        units: width of each hidden layer, first to last.
        activation: activation of the hidden layers.
        output_activation: activation of the output layer.
        arm: how the network normalises, a key of `ARMS`.
    """

    units: tuple[int, ...]
    activation: str
    output_activation: str = "linear"
    arm: str = "bn"

    def __post_init__(self) -> None:
        if not self.units or any(u < 1 for u in self.units):
            raise UsageError(f"units must be one or more positive whole numbers, not {self.units}")
        known(self.activation, ACTIVATIONS, "activation")
        known(self.output_activation, OUTPUT_ACTIVATIONS + PROBABILITY_ACTIVATIONS, "output activation")
        known(self.arm, tuple(ARMS), "arm")

    @property
    def normalisation(self) -> Arm:
        """The arm's settings."""
        return ARMS[self.arm]

    @property
    def label(self) -> str:
        """Such as "6-6 tanh" or "4-4-4 relu > relu" (the output activation, where it is not linear)."""
        widths = "-".join(map(str, self.units))
        output = "" if self.output_activation == "linear" else f" > {self.output_activation}"
        return f"{widths} {self.activation}{output}"

    def weights(self, columns: int, outputs: int = 1) -> int:
        """Number of weights, trainable or not, as Keras counts them for this network on so many columns."""
        widths = (columns, *self.units, outputs)
        dense = sum((i + 1) * o for i, o in itertools.pairwise(widths))
        normalised = (columns if self.normalisation.input_norm else 0) + (
            sum(self.units) if self.normalisation.hidden_norm else 0
        )
        return dense + 4 * normalised


def usual_size(rows: int, classes: bool) -> tuple[int, int]:
    """Hidden layers and units of each that `fit` takes when not told otherwise; see docs/recipe.md.

    Args:
        rows: training rows.
        classes: whether the target is a class.
    """
    return (1, 16) if rows < SMALL_TABLE and not classes else (2, 64)


def grid(
    layers: Iterable[int],
    units: Iterable[int],
    activations: Iterable[str],
    output_activations: Iterable[str],
    arms: Iterable[str],
) -> list[Architecture]:
    """Every combination, each hidden layer of a network as wide as the others; values given twice count once.

    Raises:
        UsageError: an axis is empty or holds a value that does not exist.
    """
    axes: list[Sequence[object]] = [
        list(dict.fromkeys(a)) for a in (arms, layers, units, activations, output_activations)
    ]
    if not all(axes):
        raise UsageError("every axis of the grid needs at least one value")
    return [
        Architecture((u,) * n, activation, output, arm)  # type: ignore[operator,arg-type]
        for arm, n, u, activation, output in itertools.product(*axes)
    ]


def known(value: str, values: Sequence[str], what: str) -> str:
    """`value` if it is one of `values`.

    Raises:
        UsageError: it is not; the message names the nearest one.
    """
    if value in values:
        return value
    near = difflib.get_close_matches(value, values, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"choose from {', '.join(values)}"
    raise UsageError(f"unknown {what} '{value}'", hint)

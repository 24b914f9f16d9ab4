"""Network architectures and grids of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bnfit.errors import UsageError, known
from bnfit.networks.activations import activations_for
from bnfit.networks.hidden_norms import HiddenNorm, hidden_norm

ACTIVATIONS = activations_for("hidden")
OUTPUT_ACTIVATIONS = activations_for("output")
PROBABILITY_ACTIVATIONS = activations_for("probabilities")
MOST_GROUPS, FEWEST_IN_GROUP = 8, 3


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
"""Tables with fewer rows are small: a regression gets a smaller network."""
LARGE_TABLE = 20_000
"""Tables with as many rows get a layer less: an epoch takes long, and the rows themselves say more."""
STUDY_ARMS = ("bn", "raw", "zscore", "zscore-bn")
"""The arms of the paper's study, which "all" stands for in lists of arms."""


@dataclass(frozen=True)
class Architecture:
    """A network from the columns to the output.

    Attributes:
        units: width of each hidden layer, first to last.
        activation: activation of the hidden layers.
        output_activation: activation of the output layer.
        arm: the network's way of normalising, a key of `ARMS`.
        norm: the normalisation of its hidden layers, a name of `bnfit.networks.hidden_norms.NORMS`; None for that of
            the arm.
    """

    units: tuple[int, ...]
    activation: str
    output_activation: str = "linear"
    arm: str = "bn"
    norm: str | None = None

    def __post_init__(self) -> None:
        if not self.units or any(u < 1 for u in self.units):
            raise UsageError(f"units must be one or more positive whole numbers, not {self.units}")
        known(self.activation, ACTIVATIONS, "activation")
        known(self.output_activation, OUTPUT_ACTIVATIONS + PROBABILITY_ACTIVATIONS, "output activation")
        known(self.arm, tuple(ARMS), "arm")
        if self.norm is not None:
            hidden_norm(self.norm)

    @property
    def normalisation(self) -> Arm:
        """The arm's settings."""
        return ARMS[self.arm]

    @property
    def hidden_norm(self) -> str:
        """The name of the normalisation of the hidden layers."""
        return self.norm or ("batch" if self.normalisation.hidden_norm else "none")

    @property
    def hidden(self) -> HiddenNorm:
        """How the hidden layers are normalised."""
        return hidden_norm(self.hidden_norm)

    @property
    def normalising(self) -> tuple[str, ...]:
        """Such as ("arm bn",), or ("arm bn", "norm layer:after") where the hidden layers differ from the arm."""
        return (f"arm {self.arm}",) if self.norm is None else (f"arm {self.arm}", f"norm {self.norm}")

    def groups(self, units: int) -> int:
        """Return the number of groups that the units are normalised in: 1 unless the norm is "group".

        It is the largest divisor up to `MOST_GROUPS` that leaves at least `FEWEST_IN_GROUP` units a group: two would
        come out as plus and minus one, whatever they hold. Without such a divisor it is 1, as for "layer".
        """
        most = min(MOST_GROUPS, units // FEWEST_IN_GROUP) if self.hidden.units == "group" else 1
        return next((g for g in range(most, 1, -1) if units % g == 0), 1)

    @property
    def label(self) -> str:
        """Such as "6-6 tanh" or "4-4-4 relu, relu output" (the output activation, where it is not linear)."""
        output = "" if self.output_activation == "linear" else f", {self.output_activation} output"
        return f"{self._hidden_label}{output}"

    @property
    def key(self) -> str:
        """What the starting weights are drawn by: no matter how the label reads, models stay the same."""
        return self.label if self.output_activation == "linear" else f"{self._hidden_label} > {self.output_activation}"

    @property
    def _hidden_label(self) -> str:
        return f"{'-'.join(map(str, self.units))} {self.activation}"

    def weights(self, columns: int, outputs: int = 1) -> int:
        """Count the weights, trainable or not, as Keras does."""
        widths = (columns, *self.units, outputs)
        dense = sum((i + 1) * o for i, o in itertools.pairwise(widths))
        unit = {"batch": 4, "layer": 2, "group": 2, None: 0}[self.hidden.units]
        return dense + (4 * columns if self.normalisation.input_norm else 0) + unit * sum(self.units)


def usual_size(rows: int, classes: bool) -> tuple[int, int]:
    """Return the default number of hidden layers and units of each; see docs/recipe.md.

    Args:
        rows: training rows.
        classes: whether the target is a class.
    """
    if rows < SMALL_TABLE and not classes:
        return 1, 16
    return (3 if rows < LARGE_TABLE else 2), 64


def grid(
    layers: Iterable[int],
    units: Iterable[int],
    activations: Iterable[str],
    output_activations: Iterable[str],
    arms: Iterable[str],
    norms: Iterable[str | None] = (None,),
) -> list[Architecture]:
    """Build every combination once; the hidden layers of a network are equally wide.

    Raises:
        UsageError: an axis is empty or holds a value that does not exist.
    """
    axes: list[Sequence[object]] = [
        list(dict.fromkeys(a)) for a in (arms, norms, layers, units, activations, output_activations)
    ]
    if not all(axes):
        raise UsageError("every axis of the grid needs at least one value")
    return [
        Architecture((u,) * n, activation, output, arm, norm)  # type: ignore[operator,arg-type]
        for arm, norm, n, u, activation, output in itertools.product(*axes)
    ]

"""The base learners that `fit` trains when no network is asked for: the best one or two make the model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.ensemble.prepare import Prepared, output_activations
from bnfit.errors import UsageError
from bnfit.networks.architecture import SMALL_TABLE, Architecture, usual_size
from bnfit.networks.hidden_norms import hidden_norm
from bnfit.population.recipe import Recipe
from bnfit.population.step_init import STEP_ROWS, steps

ACTIVATION, ARM = "tanh", "bn-input"
SPARSE_LAYERS, SPARSE_UNITS, SPARSE_ACTIVATION, SPARSE_ARMS = 2, 64, "relu", ("bn-input", "bn")
RESTARTS = (0.06,)
"""Shares of the epochs after which `fit` may stop: what is learned by then is better where rows are few or noisy."""
GAMMA_RATE = 6.0
"""Learning rate of γ in `fit`, as a multiple of that of all other weights; not on small tables, where γ would then say
less of what columns matter."""
NAMED = 2
"""Base learners of an ensemble that are named, at most."""
KNOTS = 8
"""Steps of a column, at most, in networks that start with steps."""
MORE_DECAY, MORE_ACTIVATIONS = 3.0, ("tanh", "relu", "selu")
"""What a search's ensemble may take besides `fit`'s base learners: the same at that multiple of their weight decay, for
smooth targets, and networks of other units. `benchmarks/DIARY.md` has what was tried."""


@dataclass(frozen=True)
class BaseLearner:
    """Networks that differ in fold and seed only.

    Attributes:
        architecture: of its networks.
        knots: see `bnfit.population.members.Member`.
        decay: multiple of the recipe's own weight decay.
    """

    architecture: Architecture
    knots: int = 0
    decay: float = 1.0

    @property
    def label(self) -> str:
        """The architecture's label, its start and its decay."""
        decay = f", {self.decay:g} times the weight decay" if self.decay != 1 else ""
        return self.architecture.label + (", started with steps" if self.knots else "") + decay

    def recipe(self, usual: Recipe) -> Recipe:
        """Return the recipe of its training."""
        if self.decay == 1:
            return usual
        own = None if usual.weight_decay is None else usual.weight_decay * self.decay
        return usual.changed(total_decay=usual.total_decay * self.decay, weight_decay=own)


@dataclass(frozen=True)
class Averaged:
    """Members of one base learner whose training ended together.

    Attributes:
        base_learner: of these members.
        members: how many.
        epochs: after how many epochs training ended.
        of_epochs: how many it could have had.
    """

    base_learner: BaseLearner
    members: int
    epochs: int
    of_epochs: int


def usual_base_learners(architecture: Architecture, standard: Floats) -> tuple[BaseLearner, ...]:
    """Smooth networks of silu units, and networks of tanh units that start with steps at quantiles of the columns.

    Args:
        architecture: gives the widths, the output and the arm.
        standard: centred and scaled columns (n, k).
    """
    first, *rest = architecture.units
    stepped = replace(architecture, activation="tanh", units=(first + len(steps(standard, KNOTS)), *rest))
    return BaseLearner(replace(architecture, activation="silu")), BaseLearner(stepped, KNOTS)


def more_base_learners(usual: Sequence[BaseLearner]) -> tuple[BaseLearner, ...]:
    """Return base learners that an ensemble may take besides the usual ones of `fit`, whose first is smooth."""
    smooth = usual[0].architecture
    others = (BaseLearner(replace(smooth, activation=activation)) for activation in MORE_ACTIVATIONS)
    return (*(replace(learner, decay=MORE_DECAY) for learner in usual), *others)


@dataclass(frozen=True)
class NetworkRequest:
    """The network that was asked for; a field that is None takes the default.

    Attributes:
        layers, units: hidden layers, and units of each.
        activation, output_activation: of the hidden layers, and of the output for numbers.
        arm: how the columns are normalised.
        norm: how hidden layers are normalised.
        sparse: whether columns are chosen, for which the default network is larger.
    """

    layers: int | None = None
    units: int | None = None
    activation: str | None = None
    output_activation: str | None = None
    arm: str | None = None
    norm: str | None = None
    sparse: bool = False

    @property
    def is_usual(self) -> bool:
        """Whether nothing was asked for but the output activation."""
        asked = self.layers or self.units or self.activation or self.norm or self.sparse
        return not asked and (self.arm or ARM) == ARM

    def check(self, recipe: Recipe) -> None:
        """Raise for a value that no table can make right, with that recipe.

        Raises:
            UsageError: an unknown value, or values that do not go together.
        """
        if self.sparse and (self.arm or ARM) not in SPARSE_ARMS:
            raise UsageError(
                f"arm {self.arm} has no γ on the raw columns to choose by", f"use `arm` {' or '.join(SPARSE_ARMS)}"
            )
        if self.sparse and self.norm is not None and hidden_norm(self.norm).weights is not None:
            raise UsageError(
                f"with norm {self.norm} weights are never 0, so no column can go", "leave `sparse` or `norm` out"
            )
        recipe.check_for(self._architecture((1, 1), self.output_activation or "linear"))

    def architecture(self, prepared: Prepared) -> Architecture:
        """Return the network for a table, its size by the number of rows where nobody asked for one.

        Raises:
            UsageError: an output activation was asked for, and the target is a class.
        """
        task = prepared.schema.task
        asked = None if self.output_activation is None else (self.output_activation,)
        (output,) = output_activations(task, asked, ("linear",))
        rows = len(prepared.dataset.x)
        size = (SPARSE_LAYERS, SPARSE_UNITS) if self.sparse else usual_size(rows, task != "regression")
        return self._architecture(size, output)

    def _architecture(self, size: tuple[int, int], output: str) -> Architecture:
        widths = (self.units or size[1],) * (self.layers or size[0])
        activation = self.activation or (SPARSE_ACTIVATION if self.sparse else ACTIVATION)
        return Architecture(widths, activation, output, self.arm or ARM, self.norm)


def choose_base_learners(
    request: NetworkRequest, prepared: Prepared, recipe: Recipe, usual: bool
) -> tuple[tuple[BaseLearner, ...], Recipe]:
    """Return the base learners to train, and their recipe.

    Args:
        request: the network that was asked for.
        prepared: the table.
        recipe: as it was asked for.
        usual: whether nothing but the table decides; otherwise the network that was asked for is the only one.
    """
    architecture = request.architecture(prepared)
    if not usual:
        return (BaseLearner(architecture),), recipe
    rows = len(prepared.dataset.x)
    rate = GAMMA_RATE if rows >= SMALL_TABLE else None
    recipe = recipe.changed(restarts=RESTARTS, gamma_rate=rate, even_start=True)
    sample = prepared.dataset.standard_rows(at_most(np.arange(rows), STEP_ROWS))
    return usual_base_learners(architecture, sample), recipe


def averaged_note(averaged: Sequence[Averaged], chosen: bool) -> tuple[str, ...]:
    """A remark on which base learners were taken, and when their training ended, where there was a choice.

    Args:
        averaged: the members of the model.
        chosen: whether there was more than one base learner.
    """
    if not chosen and all(part.epochs == part.of_epochs for part in averaged):
        return ()
    parts = [f"{part.base_learner.label} after {part.epochs} of {part.of_epochs} epochs" for part in averaged[:NAMED]]
    more = f" and of {len(averaged) - NAMED} more" if len(averaged) > NAMED else ""
    together = " together" if len(parts) > 1 else ""
    return (f"networks of {' and of '.join(parts)}{more}{together} did best on unseen rows",)


def averaged_label(averaged: Sequence[Averaged]) -> str:
    """The architectures of a model's members, such as "64-64 silu + 80-64 tanh", or the first and how many more."""
    labels = list(dict.fromkeys(part.base_learner.architecture.label for part in averaged))
    more = [f"{len(labels) - NAMED} more"] if len(labels) > NAMED else []
    return " + ".join((*labels[:NAMED], *more))

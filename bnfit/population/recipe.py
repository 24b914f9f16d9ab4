"""Recipes of training: optimiser, schedule, epochs, batch size."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

from bnfit.errors import UsageError, known
from bnfit.networks.architecture import Architecture

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "cosine")

MOST_EPOCHS, FEWEST_EPOCHS, MOST_STEPS, LARGEST_BATCH = 300, 10, 6000, 1024
KERAS_MOMENTUM = 0.99
"""Keras' default."""
TOTAL_DECAY = 9.0
"""Learning rate × weight decay × steps."""


@dataclass(frozen=True)
class Hyperparameter:
    """A value of a recipe that users may change.

    Attributes:
        name: the field of `Recipe`.
        type: int or float.
        title: its name in a column's head and in a curve's label.
        low: the least value; not allowed itself where `open`.
        open: whether `low` itself is excluded.
        high: below this.
        rule: the bounds in words.
        reason: why they are so, where it is not plain.
        format: of a cell, as `format` takes it.
        axis: name of the axis of a search that tries several values; None where a search takes one.
        curves: whether a search's curves keep networks of different values apart.
    """

    name: str
    type: type[int] | type[float]
    title: str
    rule: str
    low: float = 0.0
    open: bool = False
    high: float = math.inf
    reason: str = ""
    format: str = "g"
    axis: str | None = None
    curves: bool = False

    def check(self, value: float) -> None:
        """Raise `UsageError` where the value is outside the bounds."""
        above = value > self.low if self.open else value >= self.low
        if not (above and value < self.high):
            raise UsageError(f"{self.name.replace('_', ' ')} must be {self.rule}, not {value}{self.reason}")

    def text(self, value: float) -> str:
        """Return the value as a table's cell shows it."""
        return format(value, self.format)


POSITIVE = "a positive number"
HYPERPARAMETERS = (
    Hyperparameter(
        "batch_size",
        int,
        "batch",
        "at least 1",
        low=1,
        format="d",
        axis="batch_sizes",
        curves=True,
    ),
    Hyperparameter("learning_rate", float, "rate", POSITIVE, open=True, axis="learning_rates", curves=True),
    Hyperparameter("momentum", float, "momentum", "at least 0 and below 1", high=1.0, axis="momentums", curves=True),
    Hyperparameter("epsilon", float, "epsilon", POSITIVE, open=True, high=1e30, axis="epsilons", curves=True),
    Hyperparameter("weight_decay", float, "decay", "0 or a positive number", format=".2g", axis="weight_decays"),
    Hyperparameter("epochs", int, "epochs", "at least 1", low=1, format="d"),
)
"""Values of a recipe that users may change, in the order of a leaderboard's columns.

Validation, the axes of a search, the columns of the leaderboard and the labels of curves derive from it; the options'
help is in `bnfit.cli.options.train`.
"""


@dataclass(frozen=True)
class Recipe:
    """A way to train.

    Attributes:
        name: identifies it on the command line and in reports.
        optimizer: "sgd", "adam" or "adamw", with Keras' definitions and other defaults.
        learning_rate: peak step size.
        schedule: "constant", or "cosine" (from the peak to 0 over all steps).
        epochs: passes over the training rows; None chooses by the number of rows (see `for_rows`).
        batch_size: rows per step; None chooses by the number of rows.
        weight_decay: decoupled decay of the kernels (AdamW); biases, γ and β never decay; None chooses by the steps.
        total_decay: learning rate × weight decay × steps, where the weight decay is left open.
        scale_target: train on the standardised target; the scale is folded into the output layer at the end.
        batch_statistics: the first layer normalises by each batch in training (Keras' behaviour); otherwise by the
            statistics of all of the member's training rows.
        moving_statistics: the file keeps Keras' moving averages; otherwise the exact statistics of the training rows.
        momentum: of the moving averages.
        linear: mix several members with a linear model, at the share that is best out of fold.
        epsilon: of the first layer, added to the raw variance; None takes one far below the smallest column variance.
        hidden_epsilon: of the hidden layers' normalisation; Keras' default.
        gamma_rate: learning rate of the first layer's γ and β, as a multiple of that of all other weights.
        even_start: a column of two values starts with the γ that gives it the size it would have if both were equally
            frequent. Otherwise a rare level would start far larger than a frequent one.
        restarts: shares of the epochs after which the learning rate restarts at its peak; the member's network before
            each restart is kept, as a shorter training would have given it.
    """

    name: str
    optimizer: str = "adamw"
    learning_rate: float = 0.01
    schedule: str = "cosine"
    epochs: int | None = None
    batch_size: int | None = None
    weight_decay: float | None = None
    total_decay: float = TOTAL_DECAY
    scale_target: bool = True
    batch_statistics: bool = False
    moving_statistics: bool = False
    momentum: float = KERAS_MOMENTUM
    linear: bool = True
    epsilon: float | None = None
    hidden_epsilon: float = 1e-3
    gamma_rate: float = 1.0
    even_start: bool = False
    restarts: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        known(self.optimizer, OPTIMIZERS, "optimizer")
        known(self.schedule, SCHEDULES, "schedule")
        for parameter in HYPERPARAMETERS:
            value = getattr(self, parameter.name)
            if value is not None:
                parameter.check(value)
        if self.weight_decay and self.optimizer != "adamw":
            raise UsageError(f"recipe {self.name} trains with {self.optimizer}, which has no weight decay")

    def changed(self, **values: Any) -> Recipe:
        """Return this recipe with the values that are not None put in place."""
        return replace(self, **{k: v for k, v in values.items() if v is not None})

    @property
    def ignores_momentum(self) -> bool:
        """Whether the momentum was changed although the statistics are the exact ones, so that it does nothing."""
        return not self.moving_statistics and self.momentum != KERAS_MOMENTUM

    def tuned(self, **values: float | None) -> Recipe:
        """Return this recipe with hyperparameters that are not None put in place; ε is that of all normalisations.

        Args:
            values: by the names of `HYPERPARAMETERS`.

        Raises:
            UsageError: a value outside its bounds.
        """
        return self.changed(**values, hidden_epsilon=values.get("epsilon"))

    def check_for(self, architecture: Architecture) -> None:
        """Raise where a network normalises by batches that have no variance.

        Raises:
            UsageError: the batch is one row.
        """
        by_batch = self.batch_statistics and architecture.normalisation.input_norm
        if self.batch_size == 1 and (by_batch or architecture.hidden.units == "batch"):
            what = (
                f"norm {architecture.hidden_norm}"
                if architecture.hidden.units == "batch"
                else f"arm {architecture.arm}"
            )
            raise UsageError(f"{what} takes batches of at least 2 rows: one row has no variance", "raise `batch_size`")

    def for_rows(self, rows: int) -> Plan:
        """Resolve the choices that depend on the number of training rows.

        A few hundred rows get batches of 32 and 300 epochs. Larger tables get larger batches and fewer epochs, so that
        the steps grow slowly; the decay over all steps together stays the same.
        """
        batch = self.batch_size or min(LARGEST_BATCH, 1 << max(5, round(math.log2(max(rows, 1) / 60))))
        steps = math.ceil(rows / batch)
        epochs = self.epochs or max(FEWEST_EPOCHS, min(MOST_EPOCHS, round(MOST_STEPS / steps)))
        decay = (
            self.weight_decay
            if self.weight_decay is not None
            else self.total_decay / (self.learning_rate * epochs * steps)
        )
        return Plan(**{**vars(self), "batch_size": batch, "epochs": epochs, "weight_decay": decay})

    def rate_share(self, step: int, steps: int) -> float:
        """Share of the peak learning rate at a step (from 0) of a cycle of `steps` steps."""
        if self.schedule == "constant":
            return 1.0
        return 0.5 * (1 + math.cos(math.pi * step / steps))


@dataclass(frozen=True)
class Plan(Recipe):
    """A recipe with every choice made for a number of rows."""

    epochs: int = MOST_EPOCHS
    batch_size: int = 32
    weight_decay: float = 0.0

    @property
    def restart_epochs(self) -> tuple[int, ...]:
        """Epochs, counted from 0, that restart at the peak learning rate; never the first."""
        wanted = {max(1, round(share * self.epochs)) for share in self.restarts}
        return tuple(sorted(epoch for epoch in wanted if epoch < self.epochs))

    @property
    def cycles(self) -> tuple[range, ...]:
        """Epochs, counted from 0, of each cycle of the learning rate."""
        return tuple(itertools.starmap(range, itertools.pairwise((0, *self.restart_epochs, self.epochs))))

    def epoch_shares(self, epoch: int, steps: int) -> list[float]:
        """Shares of the peak learning rate at the steps of an epoch, of which each epoch has `steps`."""
        cycle = next(c for c in self.cycles if epoch in c)
        first = (epoch - cycle.start) * steps
        return [self.rate_share(first + s, len(cycle) * steps) for s in range(steps)]


RECIPES: dict[str, Recipe] = {
    "default": Recipe("default"),
    "paper": Recipe(
        "paper",
        optimizer="sgd",
        learning_rate=0.01,
        schedule="constant",
        epochs=200,
        batch_size=32,
        weight_decay=0.0,
        scale_target=False,
        batch_statistics=True,
        moving_statistics=True,
        linear=False,
        epsilon=1e-3,
    ),
}


def recipe_named(name: str) -> Recipe:
    """Look up the recipe of that name.

    Raises:
        UsageError: there is none.
    """
    return RECIPES[known(name, tuple(RECIPES), "recipe")]

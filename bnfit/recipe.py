"""How a network is trained: optimiser, schedule, epochs, batch, stopping."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from typing import Any

from bnfit.architecture import known
from bnfit.errors import UsageError

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "cosine", "warmup-cosine")

MOST_EPOCHS, FEWEST_EPOCHS, MOST_STEPS, LARGEST_BATCH = 300, 10, 6000, 1024
KERAS_MOMENTUM = 0.99
"""Keras' default."""
TOTAL_DECAY = 9.0
"""Learning rate × weight decay × steps."""


@dataclass(frozen=True)
class Recipe:
    """A way to train.

    Attributes:
        name: what the user calls it.
        optimizer: "sgd", "adam" or "adamw", with Keras' definitions and other defaults.
        learning_rate: peak step size.
        schedule: "constant"; "cosine" (from the peak to 0 over all steps); "warmup-cosine" (after a linear rise over
            the first tenth of the steps).
        epochs: passes over the training rows, at most; None chooses by the number of rows (see `for_rows`).
        batch_size: rows per step; None chooses by the number of rows.
        weight_decay: decoupled decay of the kernels (AdamW); biases, γ and β never decay; None chooses by the steps.
        total_decay: learning rate × weight decay × steps, where the weight decay is left open.
        patience: epochs without improvement on the stopping rows before a member stops; None trains to the end.
        stop_share: share of a member's training rows that are set aside as its stopping rows.
        scale_target: train on the standardised target; the scale is folded into the output layer at the end.
        batch_statistics: the first layer normalises by each batch in training (Keras' behaviour); otherwise by the
            statistics of all of the member's training rows.
        moving_statistics: the file keeps Keras' moving averages; otherwise the exact statistics of the training rows.
        momentum: of the moving averages.
        linear: several members are mixed with a linear model, in the share that pays out of fold.
        epsilon: of the first layer, added to the raw variance; None takes one far below the smallest column variance.
        hidden_epsilon: of the hidden layers' normalisation; Keras' default.
        gamma_rate: learning rate of the first layer's γ and β, as a multiple of that of all other weights.
        even_start: a column of two values starts with the γ that gives it the size it would have if both were equally
            frequent. Normalised alone, a level that few rows have would start far larger than one that many have.
        restarts: shares of the epochs after which the learning rate starts anew from its peak; the network that a
            member had come to is kept each time, as what a shorter training would have given.
    """

    name: str
    optimizer: str = "adamw"
    learning_rate: float = 0.01
    schedule: str = "cosine"
    epochs: int | None = None
    batch_size: int | None = None
    weight_decay: float | None = None
    total_decay: float = TOTAL_DECAY
    patience: int | None = None
    stop_share: float = 0.15
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
        if self.epochs is not None and self.epochs < 1:
            raise UsageError(f"epochs must be at least 1, not {self.epochs}")
        if self.batch_size is not None and self.batch_size < 2:
            raise UsageError(f"batch size must be at least 2, not {self.batch_size}: one row has no variance")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UsageError(f"learning rate must be a positive number, not {self.learning_rate}")
        if not (self.weight_decay is None or 0 <= self.weight_decay < math.inf):
            raise UsageError(f"weight decay must be 0 or a positive number, not {self.weight_decay}")
        if self.weight_decay and self.optimizer != "adamw":
            raise UsageError(f"recipe {self.name} trains with {self.optimizer}, which has no weight decay")
        if not 0 <= self.momentum < 1:
            raise UsageError(f"momentum must be at least 0 and below 1, not {self.momentum}")
        if not all(0 < e < 1e30 for e in (self.epsilon or self.hidden_epsilon, self.hidden_epsilon)):
            raise UsageError(f"epsilon must be a positive number, not {self.epsilon or self.hidden_epsilon}")

    def changed(self, **values: Any) -> Recipe:
        """This recipe with the values that are not None put in place."""
        return replace(self, **{k: v for k, v in values.items() if v is not None})

    def for_rows(self, rows: int) -> Plan:
        """This recipe with the choices that depend on the number of training rows made.

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
        """The share of the peak learning rate that one step (from 0) of so many in one cycle takes."""
        if self.schedule == "constant":
            return 1.0
        warm = steps // 10 if self.schedule == "warmup-cosine" else 0
        if step < warm:
            return (step + 1) / warm
        return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


@dataclass(frozen=True)
class Plan(Recipe):
    """A recipe in which nothing is left open."""

    epochs: int = MOST_EPOCHS
    batch_size: int = 32
    weight_decay: float = 0.0

    @property
    def restart_epochs(self) -> tuple[int, ...]:
        """The epochs, counted from 0, that begin with the peak learning rate again; never the first."""
        wanted = {max(1, round(share * self.epochs)) for share in self.restarts}
        return tuple(sorted(epoch for epoch in wanted if epoch < self.epochs))

    @property
    def cycles(self) -> tuple[range, ...]:
        """The epochs, counted from 0, of each cycle of learning rates."""
        return tuple(itertools.starmap(range, itertools.pairwise((0, *self.restart_epochs, self.epochs))))

    def epoch_shares(self, epoch: int, steps: int) -> list[float]:
        """The shares of the peak learning rate that the steps of an epoch take, of so many each epoch."""
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
    """The recipe of that name.

    Raises:
        UsageError: there is none.
    """
    return RECIPES[known(name, tuple(RECIPES), "recipe")]

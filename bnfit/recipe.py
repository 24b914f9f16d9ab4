"""How a network is trained: optimiser, schedule, epochs, batch, stopping."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from bnfit.architecture import known
from bnfit.errors import UsageError

OPTIMIZERS = ("sgd", "adam", "adamw")
SCHEDULES = ("constant", "cosine", "warmup-cosine")


@dataclass(frozen=True)
class Recipe:
    """A way to train.

    Attributes:
        name: what the user calls it.
        optimizer: "sgd", "adam" or "adamw", with Keras' definitions and other defaults.
        learning_rate: peak step size.
        schedule: "constant"; "cosine" (from the peak to 0 over all steps); "warmup-cosine" (after a linear rise over
            the first tenth of the steps).
        epochs: passes over the training rows, at most.
        batch_size: rows per step.
        weight_decay: decoupled decay of the kernels (AdamW); biases, γ and β never decay.
        patience: epochs without improvement on the stopping rows before a member stops; None trains to the end.
        stop_share: share of a member's training rows that are set aside as its stopping rows.
        scale_target: train on the standardised target; the scale is folded into the output layer at the end.
        batch_statistics: the first layer normalises by each batch in training (Keras' behaviour); otherwise by the
            statistics of all of the member's training rows.
        moving_statistics: the file keeps Keras' moving averages; otherwise the exact statistics of the training rows.
        momentum: of the moving averages.
        epsilon: of the first layer, added to the raw variance; None takes one far below the smallest column variance.
    """

    name: str
    optimizer: str = "adamw"
    learning_rate: float = 0.01
    schedule: str = "cosine"
    epochs: int = 200
    batch_size: int = 32
    weight_decay: float = 0.0
    patience: int | None = None
    stop_share: float = 0.15
    scale_target: bool = True
    batch_statistics: bool = False
    moving_statistics: bool = False
    momentum: float = 0.99
    epsilon: float | None = None

    def __post_init__(self) -> None:
        known(self.optimizer, OPTIMIZERS, "optimizer")
        known(self.schedule, SCHEDULES, "schedule")
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name.replace('_', ' ')} must be at least 1, not {getattr(self, name)}")
        if self.batch_size < 2:
            raise UsageError("batch size must be at least 2: a batch of one row has no variance")
        if not (math.isfinite(self.learning_rate) and self.learning_rate > 0):
            raise UsageError(f"learning rate must be a positive number, not {self.learning_rate}")

    def changed(self, **values: Any) -> Recipe:
        """This recipe with the values that are not None put in place."""
        return replace(self, **{k: v for k, v in values.items() if v is not None})

    def rate(self, step: int, steps: int) -> float:
        """The learning rate of one step (from 0) of so many in all."""
        if self.schedule == "constant":
            return self.learning_rate
        warm = steps // 10 if self.schedule == "warmup-cosine" else 0
        if step < warm:
            return self.learning_rate * (step + 1) / warm
        return self.learning_rate * 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


RECIPES: dict[str, Recipe] = {
    "default": Recipe("default"),
    "paper": Recipe(
        "paper",
        optimizer="sgd",
        learning_rate=0.01,
        schedule="constant",
        scale_target=False,
        batch_statistics=True,
        moving_statistics=True,
        epsilon=1e-3,
    ),
}


def recipe_named(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        UsageError: there is none.
    """
    return RECIPES[known(name, tuple(RECIPES), "recipe")]

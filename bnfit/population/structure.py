"""The settings of a compiled program, besides the shapes of its arguments."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.population.members import UNITS, Normalising


@dataclass(frozen=True)
class Structure:
    """Settings of a compiled program, besides the shapes of its arguments.

    Attributes:
        depth: number of hidden layers.
        activations: for each run of members with one activation of the hidden layers: its name, how many members.
        normalising: how the hidden layers are normalised.
        hidden_norm: "all", "none" or "some" of the members normalise their hidden layers by batches.
        hidden_epsilon: added to the variance there.
        batch_statistics: the first layer normalises by each batch in training.
        moving_input: it is judged by its moving averages.
        optimizer: "sgd", "adam" or "adamw".
        sparse: some member has a group lasso on its first layer.
        gamma_rate: see `Recipe`.
        momentum: of the moving averages.
        loss: "mse", "binary_crossentropy" or "categorical_crossentropy".
    """

    depth: int
    activations: tuple[tuple[str, int], ...]
    normalising: Normalising
    hidden_norm: str
    hidden_epsilon: float
    batch_statistics: bool
    moving_input: bool
    optimizer: str
    sparse: bool
    gamma_rate: float
    momentum: float
    loss: str

    @property
    def normalises(self) -> bool:
        """Whether some member's hidden layers have a γ or a gain."""
        return self.normalising.over == UNITS or self.normalising.gain or self.hidden_norm != "none"

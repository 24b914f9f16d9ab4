"""How long the parts of a fit take beside each other, for its progress."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.importance.ablation import PERMUTATIONS
from bnfit.importance.explain import JUDGED_ROWS, WORK

LOADING, COMPILING, SAVING = 4.0, 2.0, 0.2
"""Seconds that TensorFlow takes to load, a base learner to compile, and a model to be saved."""
TRAINING, MEASURING = 1.4e-10, 1.8e-10
"""Seconds for each weight, row and epoch of a training, and for each weight and row that is predicted."""
AHEAD = 0.75
"""Share of the compiling that is over when the first members train."""
CALL = 1e-3
"""Seconds that a prediction takes at least."""


@dataclass(frozen=True)
class Workload:
    """Seconds that the parts of a fit take on a usual machine, by which its progress is divided.

    Attributes:
        compiling: of all base learners.
        training: from the loading of TensorFlow to the last epoch.
        measuring: the columns that are switched off, and their effects.
    """

    compiling: float
    training: float
    measuring: float

    @property
    def seconds(self) -> float:
        """Seconds of the whole."""
        return self.training + self.measuring + SAVING

    @property
    def trained(self) -> float:
        """The share of the whole after which the members are trained."""
        return self.training / self.seconds

    @property
    def loaded(self) -> float:
        """The share of the whole after which TensorFlow is loaded."""
        return LOADING / self.seconds

    @property
    def compiled(self) -> float:
        """The share of the whole after which the first epoch can be trained."""
        return (LOADING + AHEAD * self.compiling) / self.seconds


def workload_of(prepared: Prepared, plan: FitPlan) -> Workload:
    """Estimate the seconds from the sizes of the table and of the networks."""
    rows, columns = prepared.dataset.x.shape
    outputs, members, folds = prepared.dataset.y.shape[1], plan.division.members, plan.division.folds
    weights = [learner.architecture.weights(columns, outputs) for learner in plan.base_learners]
    epochs = plan.recipe.for_rows(rows).epochs
    trained = TRAINING * sum(weights) * epochs * rows * members
    inputs = len(prepared.schema.inputs)
    predictions = inputs * (PERMUTATIONS + 2)
    each = max(weights) * max(1, members // folds)
    judged = min(rows, JUDGED_ROWS, max(1, WORK // (predictions * each)))
    measured = predictions * (MEASURING * each * judged + CALL * folds)
    compiling = COMPILING * len(weights)
    return Workload(compiling, LOADING + compiling + trained, measured)

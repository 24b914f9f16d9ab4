"""The plan of a fit: what is trained, by which recipe, on which folds."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.ensemble.base_learners import BaseLearner
from bnfit.ensemble.division import Division
from bnfit.ensemble.later_rows import LaterRows
from bnfit.importance.options import USUAL, ImportanceOptions
from bnfit.population.recipe import Recipe


@dataclass(frozen=True)
class FitPlan:
    """The base learners, the recipe and the folds of a fit.

    Attributes:
        base_learners: whose members compete; the best one or two make the model.
        recipe: how they are trained.
        division: the folds and the number of members of each base learner.
        seed: draws starts and batches.
        sparse: whether each fold chooses the columns that pay.
        options: what else to tell of the columns.
        later: the latest rows, which some members are trained without and tested on; None for none.
        skill_p: the chance of as much skill without any, where a search knows better than the model's own errors.
    """

    base_learners: tuple[BaseLearner, ...]
    recipe: Recipe
    division: Division
    seed: int
    sparse: bool = False
    options: ImportanceOptions = USUAL
    skill_p: float = 0.0
    later: LaterRows | None = None


def momentum_note(recipe: Recipe) -> tuple[str, ...]:
    """Remark where the recipe's momentum was changed and does nothing."""
    if not recipe.ignores_momentum:
        return ()
    return (
        f"`momentum` does not change the model with recipe {recipe.name}, which keeps the exact statistics of the "
        "training rows; `recipe=paper` keeps moving averages.",
    )

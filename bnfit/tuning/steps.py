"""The values that one step of a search hands to the next: the request, the candidates, their errors, their ranks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bnfit.ensemble.division import Division
from bnfit.ensemble.prepare import Prepared
from bnfit.errors import UsageError, known
from bnfit.evaluation.splits import Split
from bnfit.population.recipe import Recipe
from bnfit.tuning.space import Axes, Candidate
from bnfit.tuning.strategy import TEAMS, Strategy

if TYPE_CHECKING:
    from bnfit.tuning.cross_validate import CrossValidation, Entry
    from bnfit.tuning.teams import Library

LOADED_SHARE, FIT_SHARE, COMPILED_SHARE, SEARCH_SHARE = 0.2, 0.42, 0.48, 0.9
"""Shares of the progress after which the first networks can be trained, those of plain `fit` and its like are, the
candidates can be, and are: medians over tables of 120 to 400 rows."""


@dataclass(frozen=True)
class SearchRequest:
    """A search as it was asked for, checked without its table.

    Attributes:
        strategy: which candidates are tried.
        axes: those that were named.
        recipe: the recipe that those of the candidates are changed from.
        folds, members, repeats, save, curves, seed: as for `search_table`.
    """

    strategy: Strategy
    axes: Axes
    recipe: Recipe
    folds: int | None
    members: int | None
    repeats: int
    save: str | None
    curves: bool
    seed: int

    def __post_init__(self) -> None:
        if self.save is not None:
            known(self.save, TEAMS, "team to save")
        if self.save == "ensemble" and self.members == 1:
            raise UsageError("an ensemble has more than one member", "leave `members` out, or `save`")
        if self.save == "fit" and self.keeps_to_the_grid:
            raise UsageError(
                "what is saved keeps to the layers that were asked for, and plain fit has others",
                "leave `save` out, or the layers",
            )
        self.strategy.candidates(self.axes, self.recipe, self.seed)  # raises for a value that cannot be

    @property
    def parameters(self) -> dict[str, Any]:
        """What was asked for, by the names of the parameters of `bnfit.search`."""
        plain = ("folds", "members", "repeats", "save", "curves", "seed")
        how = self.strategy
        return {
            **{name: getattr(self, name) for name in plain},
            **{"strategy": how.name, "trials": how.trials, "budget": how.budget, "recipe": self.recipe.name},
            **self.axes.parameters,
        }

    @property
    def keeps_to_the_grid(self) -> bool:
        """Whether what is saved has to be of the layers that were asked for."""
        return self.axes.layers_named


@dataclass(frozen=True)
class Contenders:
    """A prepared table, the candidates for it, and the splits on which they compete.

    Attributes:
        request: what was asked for.
        prepared: the table.
        candidates: in the order in which they are tried when time is short.
        division: folds and members of the final training.
        splits: of every repeat, one for each fold.
        notes: remarks on the choice of candidates.
    """

    request: SearchRequest
    prepared: Prepared
    candidates: tuple[Candidate, ...]
    division: Division
    splits: tuple[Split, ...]
    notes: tuple[str, ...] = ()

    @property
    def most_trainings(self) -> int:
        """Trainings of candidates; a budget may leave some out."""
        return self.request.strategy.trainings(len(self.candidates)) * len(self.splits)

    @property
    def apart(self) -> bool:
        """Whether the members of the model are others than those that test the folds."""
        return self.division.members == 1 or self.prepared.dataset.constraints.times is not None


@dataclass(frozen=True)
class CrossValidated:
    """Candidates with their errors on the test rows, what else was trained, and the seconds that this took."""

    contenders: Contenders
    contest: CrossValidation
    entries: tuple[Entry, ...]
    library: Library | None
    seconds: float

    @property
    def untried(self) -> int:
        """Candidates that the budget left no time for."""
        return len(self.contenders.candidates) - len(self.entries)

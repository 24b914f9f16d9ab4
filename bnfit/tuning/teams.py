"""Teams of base learners that a search may save: the networks of plain `fit`, and a greedy ensemble."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bnfit.arrays import Floats
from bnfit.ensemble.base_learners import BaseLearner, averaged_label
from bnfit.ensemble.cross_fit import Fitted, Variant, averaged_of, merge_stacked
from bnfit.ensemble.greedy import greedy_teams
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.stacking import Choice, FoldMember, Stacking
from bnfit.networks.architecture import Architecture
from bnfit.networks.linear_path import can_carry
from bnfit.results.search import LeaderboardRow
from bnfit.tuning.cross_validate import Entry, predict_by_folds
from bnfit.tuning.ranking import Scorer
from bnfit.tuning.steps import Contenders

FIT, ENSEMBLE, CANDIDATE = "fit", "ensemble", "candidate"


@dataclass(frozen=True)
class Team:
    """Base learners, some of which are averaged as the folds chose.

    Attributes:
        name: "fit" or "ensemble".
        plan: of the model.
        variants: the base learners that could be averaged.
        stacking: the same with their predictions.
        choice: of those that are.
    """

    name: str
    plan: FitPlan
    variants: tuple[Variant, ...]
    stacking: Stacking
    choice: Choice

    def predict_test_rows(self) -> list[Floats]:
        """Predict each fold's test rows (m, o) as the other folds chose."""
        members = [self.stacking.testing(fold, weights) for fold, weights in enumerate(self.choice.by_fold)]
        return predict_by_folds(members, self.stacking.dataset, self.stacking.splits)

    def row(self, scorer: Scorer, y_pred: Sequence[Floats]) -> LeaderboardRow:
        """Return its row of the leaderboard, from predictions of each fold's test rows."""
        table, averaged = self.stacking.dataset, self.choice.overall.base_learners
        used = {self.variants[k].base_learner.architecture for k in averaged}
        weights = sum(one.weights(table.x.shape[1], table.y.shape[1]) for one in used)
        label = f"{self.name}: {averaged_label(averaged_of(averaged, self.variants))}"
        return replace(scorer.row(label, "", weights, y_pred, scorer.emphasis), reference=self.name)

    def merged(self) -> Fitted:
        """Merge the members that are averaged into one network."""
        return merge_stacked(self.stacking.stacked(self.choice), self.variants, self.stacking.dataset, self.plan)


@dataclass(frozen=True)
class Library:
    """Base learners that an ensemble begins with.

    Attributes:
        fit: what plain `fit` trains.
        variants: its variants, and those of other base learners.
        stacking: the same with their predictions.
    """

    fit: Team
    variants: tuple[Variant, ...]
    stacking: Stacking


def join_candidates(contenders: Contenders, able: Sequence[Entry], library: Library | None) -> Team | None:
    """Let candidates join the best one or two of the library, or, where layers were asked for, the best of themselves.

    Args:
        contenders: the table and its folds.
        able: candidates that were trained whole, the best first.
        library: what plain `fit` trains, and more; None where there was no time for it.

    Returns:
        The ensemble; None where it is no other than `fit`, and where the members of the model are not those that test
        it.
    """
    if contenders.apart:
        return None
    if library is None or contenders.request.keeps_to_the_grid:
        return _of_candidates(contenders, _joining(able, able[0].candidate.architecture, able[0].stacking))
    fit, stacking = library.fit, library.stacking
    joining = _joining(able, fit.plan.base_learners[0].architecture, stacking)
    best = stacking.best_one_or_two()
    if joining:
        stacking = stacking.joined([entry.stacking for entry in joining if entry.stacking is not None])
    choice = stacking.choice(greedy_teams(stacking, [*best.by_fold, best.overall]))
    if choice.overall.base_learners == fit.choice.overall.base_learners:
        return None
    variants = (*library.variants, *(_variant(entry, contenders) for entry in joining))
    return Team(ENSEMBLE, fit.plan, variants, stacking, choice)


def _of_candidates(contenders: Contenders, joining: Sequence[Entry]) -> Team | None:
    """Let candidates join the best of themselves; None where none does."""
    if len(joining) < 2:
        return None
    first, *others = (entry.stacking for entry in joining if entry.stacking is not None)
    stacking = first.joined(others)
    start = stacking.best_teams([(k,) for k in range(len(joining))])
    choice = stacking.choice(greedy_teams(stacking, start))
    if choice.overall.base_learners == start[-1].base_learners:
        return None
    variants = tuple(_variant(entry, contenders) for entry in joining)
    learners = tuple(variants[k].base_learner for k in dict.fromkeys(choice.overall.base_learners))
    plan = FitPlan(learners, contenders.request.recipe, contenders.division, contenders.request.seed)
    return Team(ENSEMBLE, plan, variants, stacking, choice)


def _joining(able: Sequence[Entry], first: Architecture, stacking: Stacking | None) -> list[Entry]:
    """The candidates whose members can be merged with those of that architecture: γ on the raw columns first."""
    carries = stacking is not None and stacking.models is not None
    return [
        entry
        for entry in able
        if entry.candidate.batch_first
        and entry.candidate.architecture.output_activation == first.output_activation
        and (not carries or all(can_carry(t.network) for t in entry.trained))
    ]


def _variant(entry: Entry, contenders: Contenders) -> Variant:
    members = entry.trained[: contenders.division.folds]
    placed = tuple(FoldMember(t, fold, averaged=True) for fold, t in enumerate(members))
    return Variant(BaseLearner(entry.candidate.architecture), placed, len(members[0].curve))

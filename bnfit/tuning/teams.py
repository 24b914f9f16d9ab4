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


def join_candidates(contenders: Contenders, able: Sequence[Entry], fit: Team | None) -> Team | None:
    """Let candidates join the networks of `fit`, or, where layers were asked for, the best of themselves.

    Args:
        contenders: the table and its folds.
        able: candidates that were trained whole, the best first.
        fit: what plain `fit` trains; None where there was no time for it.

    Returns:
        The ensemble; None where no candidate joins, and where the members of the model are not those that test it.
    """
    request = contenders.request
    base = None if request.keeps_to_the_grid else fit
    joining = _joining(able, base)
    if contenders.apart or not joining or (base is None and len(joining) < 2):
        return None
    stackings = [entry.stacking for entry in joining if entry.stacking is not None]
    variants = [_variant(entry, contenders) for entry in joining]
    if base is None:
        stacking = stackings[0].joined(stackings[1:])
        start = stacking.best_teams([(k,) for k in range(len(joining))])
    else:
        stacking, start = base.stacking.joined(stackings), [*base.choice.by_fold, base.choice.overall]
        variants = [*base.variants, *variants]
    choice = stacking.choice(greedy_teams(stacking, start))
    if choice.overall.base_learners == start[-1].base_learners:
        return None
    learners = tuple(variants[k].base_learner for k in dict.fromkeys(choice.overall.base_learners))
    own = FitPlan(learners, request.recipe, contenders.division, request.seed)
    return Team(ENSEMBLE, own if base is None else base.plan, tuple(variants), stacking, choice)


def _joining(able: Sequence[Entry], base: Team | None) -> list[Entry]:
    """The candidates whose members can be merged with those of the base, or of the best: γ on the raw columns first."""
    first = base.plan.base_learners[0].architecture if base else able[0].candidate.architecture
    stacking = base.stacking if base else able[0].stacking
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

"""Cross-validation of candidates: all of them are trained in one population and measured on the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.ensemble.stacking import FoldMember, LinearModels, Stacking
from bnfit.evaluation.splits import Split
from bnfit.importance.partial_forward import Ensemble
from bnfit.population.chunks import ALONE, Common
from bnfit.population.members import Member, Trained
from bnfit.population.train import train
from bnfit.progress import Progress
from bnfit.results.search import LeaderboardRow
from bnfit.schema.dataset import Dataset
from bnfit.scratch import take
from bnfit.tuning.learning_curves import learning_curves
from bnfit.tuning.ranking import Ranking, Scorer, rank_rows
from bnfit.tuning.space import Candidate


@dataclass(frozen=True)
class Entry:
    """A candidate with its trainings and errors.

    Attributes:
        candidate: the network and its recipe, whose epochs successive halving shortens.
        row: its row of the leaderboard, without a rank.
        trained: its training on each split.
        stacking: its members on the folds of the first repeat; None where one diverged.
        y_pred: what they predict of each of these folds' test rows (m, o), stacked as the other folds chose.
        round: the last round of successive halving that it reached; later rounds rank before earlier ones.
    """

    candidate: Candidate
    row: LeaderboardRow
    trained: tuple[Trained, ...] = ()
    stacking: Stacking | None = None
    y_pred: tuple[Floats, ...] = ()
    round: int = 0


class CrossValidation:
    """A table and splits of its rows, on which candidates compete.

    Args:
        table: what to train on.
        splits: one for each fold, repeat by repeat.
        seed: makes the run repeatable.
        repeats: how many cross-validations the splits are of. Their errors are averaged, but the standard error stays
            that of one: the rows are the same ones each time.

    Attributes:
        rows: the most rows that a member is trained on.
        trainings: how many were made so far.
    """

    def __init__(self, table: Dataset, splits: Sequence[Split], seed: int, repeats: int = 1) -> None:
        self.table, self.splits, self.seed = table, splits, seed
        self.scorer, self.repeats = Scorer(table, splits, repeats), repeats
        self.rows, self.trainings = max(len(s.train) for s in splits), 0
        self.models = LinearModels(table)

    @property
    def folds(self) -> int:
        """Folds of one repeat."""
        return len(self.splits) // self.repeats

    def cost(self, candidates: Sequence[Candidate]) -> int:
        """Return trainings × epochs of these candidates."""
        return len(self.splits) * sum(c.recipe.for_rows(self.rows).epochs for c in candidates)

    def evaluate(
        self,
        candidates: Sequence[Candidate],
        on_progress: Progress | None = None,
        round_: int = 0,
        common: Common = ALONE,
    ) -> list[Entry]:
        """Train every candidate on every split, all in one population, and measure it on the test rows.

        Args:
            candidates: what to train.
            on_progress: told the share of the work that is done.
            round_: of successive halving.
            common: what other calls have in common with this one.
        """
        trained = train_candidates(candidates, self.table, self.splits, self.seed, on_progress, common)
        self.trainings += len(candidates) * len(self.splits)
        return [self._entry(c, of_one, round_) for c, of_one in zip(candidates, trained, strict=True)]

    def _entry(self, candidate: Candidate, trained: Sequence[Trained], round_: int) -> Entry:
        if any(t.diverged for t in trained):
            row = self.scorer.candidate_row(candidate, [None] * len(trained))
            return Entry(candidate, row, tuple(trained), round=round_)
        first, *others = (self._stacking(candidate, trained, repeat) for repeat in range(self.repeats))
        y_pred = predict_test_rows(first, self.table)
        every = [*y_pred, *(p for stacking in others for p in predict_test_rows(stacking, self.table))]
        finite = [p if np.isfinite(p).all() else None for p in every]
        row = self.scorer.candidate_row(candidate, finite)
        return Entry(candidate, row, tuple(trained), None if row.diverged else first, tuple(y_pred), round_)

    def _stacking(self, candidate: Candidate, trained: Sequence[Trained], repeat: int) -> Stacking:
        """Put a candidate's members of one repeat together, with linear models as its recipe says."""
        folds = range(repeat * self.folds, (repeat + 1) * self.folds)
        members = [FoldMember(trained[f], fold, averaged=True) for fold, f in enumerate(folds)]
        models = self.models if candidate.recipe.linear else None
        return Stacking([members], self.table, [self.splits[f] for f in folds], models)

    def rank(self, entries: Sequence[Entry]) -> Ranking:
        """Rank the entries by their error on the test rows: squared error for numbers, log-loss for classes.

        Raises:
            DataError: every candidate diverged.
        """
        ranking = rank_rows([e.row for e in entries], self.scorer.reference_rows(), [e.round for e in entries])
        curves = learning_curves([e.candidate for e in entries], [e.trained for e in entries])
        return replace(ranking, curves=curves)


def train_candidates(
    candidates: Sequence[Candidate],
    table: Dataset,
    splits: Sequence[Split],
    seed: int,
    on_progress: Progress | None = None,
    common: Common = ALONE,
) -> list[list[Trained]]:
    """Train each candidate on each of the splits; candidates share what the splits' seeds draw."""
    members = [Member(c.architecture, split, seed + f, seed + f) for c in candidates for f, split in enumerate(splits)]
    recipes = [c.recipe for c in candidates for _ in splits]
    trained = train(members, table, recipes, common=common, on_progress=on_progress)
    return [trained[first : first + len(splits)] for first in range(0, len(trained), len(splits))]


def predict_test_rows(stacking: Stacking, table: Dataset) -> list[Floats]:
    """Predict each split's test rows (m, o) by a base learner, with the weights that the other folds chose."""
    choice = stacking.coarse_choice()
    return predict_by_folds([stacking.testing(f, weights) for f, weights in enumerate(choice)], table, stacking.splits)


def predict_by_folds(members: Sequence[Sequence[Trained]], table: Dataset, splits: Sequence[Split]) -> list[Floats]:
    """Predict each split's test rows (m, o) by the mean of the members that are given for it."""
    with np.errstate(over="ignore", invalid="ignore"):
        return [
            Ensemble([t.network for t in of_fold])(take(table.x, split.test))
            for of_fold, split in zip(members, splits, strict=True)
        ]

"""The contest: the networks of plain `fit`, an ensemble and the candidates, by their errors on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.ensemble.assemble import assemble, fit_prepared
from bnfit.ensemble.base_learners import BaseLearner
from bnfit.ensemble.plan import FitPlan
from bnfit.evaluation.paired import Units, mean_of_rows, row_losses, units
from bnfit.evaluation.reference_models import constant_reference
from bnfit.model.model import Model
from bnfit.progress import Progress
from bnfit.results.fit import FitReport
from bnfit.results.search import CorrectedError, LeaderboardRow, Saved
from bnfit.tuning.corrected import Selection
from bnfit.tuning.cross_validate import Entry
from bnfit.tuning.ranking import Scorer
from bnfit.tuning.steps import Contenders
from bnfit.tuning.teams import CANDIDATE, FIT, Library, Team, join_candidates


@dataclass(frozen=True)
class Contest:
    """What competes, with the loss of each on each row.

    Attributes:
        contenders: the table and the folds.
        entries: the candidates that can be saved, the best first.
        teams: `fit` and the ensemble, as far as there are.
        rows: of the leaderboard, one for each team.
        losses: of each team and then of each candidate on each row (t, n).
        constant: the losses of a constant guess (n,).
        units: of the rows.
    """

    contenders: Contenders
    entries: tuple[Entry, ...]
    teams: tuple[Team, ...]
    rows: tuple[LeaderboardRow, ...]
    losses: Floats
    constant: Floats
    units: Units

    def select(self) -> Selected:
        """Select what is saved, and correct its error for that."""
        request = self.contenders.request
        kinds = [*(team.name for team in self.teams), CANDIDATE]
        asked = [kind for kind in kinds if kind == request.save]
        kinds = asked or [kind for kind in kinds if kind != FIT or not request.keeps_to_the_grid]
        selection = Selection(self._losses_of(kinds), self.units, in_order=FIT in kinds)
        position, gain = selection.choose()
        team = kinds[position] if len(kinds) > 1 else kinds[0]
        compared = sum(len(self.entries) if kind == CANDIDATE else 1 for kind in kinds)
        error, p = self._corrected(selection, team, compared)
        why = "tie" if gain is not None and kinds[position] == FIT else "best"
        if request.save is not None:
            why = "asked" if asked else "absent"
        elif kinds == [CANDIDATE] and len(self.entries) == 1:
            why = "only"
        of_gain = (None, None) if gain is None else (gain.mean, gain.se)
        return Selected(team, Saved(team, why, *of_gain), error, p)

    def _losses_of(self, kinds: Sequence[str]) -> Floats:
        """Losses of the teams that are compared, and of the candidates.

        Beside teams the candidates are one predictor, the best for each fold by the others: the best of many by the
        same rows would owe some of that to luck, and a team is chosen fold by fold, too.
        """
        of_candidates = self.losses[len(self.teams) :]
        if list(kinds) == [CANDIDATE]:
            return of_candidates
        own = [losses for team, losses in zip(self.teams, self.losses, strict=False) if team.name in kinds]
        return np.stack([*own, *([self._by_fold(of_candidates)] if CANDIDATE in kinds else [])])

    def _by_fold(self, losses: Floats) -> Floats:
        """Losses of each fold's rows by the predictor (t, n) that is best on all others."""
        sizes = [len(split.test) for split in self.contenders.division.splits]
        fold_of = np.repeat(np.arange(len(sizes)), sizes)
        of_fold = np.stack([losses[:, fold_of == f] @ self.units.weight[fold_of == f] for f in range(len(sizes))])
        best = np.argmin(of_fold.sum(0) - of_fold, axis=1)
        return np.asarray(losses[best[fold_of], np.arange(len(fold_of))])

    def _corrected(self, selection: Selection, team: str, compared: int) -> tuple[CorrectedError, float]:
        """Return the corrected error, and the chance of as much skill without any."""
        values = selection.corrected(self.contenders.request.seed)
        known = np.isfinite(values)  # a unit that is in every draw tells nothing
        of = Units(np.unique(self.units.of_row[known], return_inverse=True)[1], self.units.weight[known])
        error = mean_of_rows(values[known], of)
        names = [one.name for one in self.teams]
        own = self.losses[names.index(team) if team in names else len(names)]
        skill = mean_of_rows(self.constant[known] - values[known], of)
        return CorrectedError(error.mean, error.se, mean_of_rows(own, self.units).mean, compared), skill.p

    def save(
        self, selected: Selected, on_progress: Progress | None, on_model: Callable[[Model], None] | None = None
    ) -> tuple[FitReport, Model]:
        """Make a model of a team's trained members, or train as many members of a candidate as `fit` does."""
        prepared = self.contenders.prepared
        for team in self.teams:
            if team.name == selected.team:
                plan = replace(team.plan, skill_p=selected.p)
                return assemble(prepared, plan, team.merged(), on_progress=on_progress, on_model=on_model)
        candidate, request = self.entries[0].candidate, self.contenders.request
        learner = BaseLearner(candidate.architecture)
        plan = FitPlan((learner,), candidate.recipe, self.contenders.division, request.seed, skill_p=selected.p)
        return fit_prepared(prepared, plan, on_progress, on_model)


@dataclass(frozen=True)
class Selected:
    """What is saved and why, its error with the selection taken out, and the chance of as much skill without any."""

    team: str
    saved: Saved
    corrected: CorrectedError
    p: float


def hold_contest(contenders: Contenders, entries: Sequence[Entry], library: Library | None) -> Contest:
    """Measure teams and candidates on the same rows.

    Args:
        contenders: the table and the folds.
        entries: the candidates that were tried.
        library: what plain `fit` trains, and more; None where there was no time for it.
    """
    dataset, splits = contenders.prepared.dataset, contenders.division.splits
    able = _able(entries)
    ensemble = join_candidates(contenders, able, library)
    fit = None if library is None else library.fit
    teams = [team for team in (fit, ensemble) if team is not None]
    of_teams = [team.predict_test_rows() for team in teams]
    scorer, classes = Scorer(dataset, splits), dataset.loss != "mse"
    rows = np.concatenate([split.test for split in splits])
    y = dataset.y[rows]
    y_pred = [*of_teams, *(entry.y_pred for entry in able)]
    return Contest(
        contenders,
        tuple(able),
        tuple(teams),
        tuple(team.row(scorer, of_one) for team, of_one in zip(teams, of_teams, strict=True)),
        np.stack([row_losses(y, np.concatenate(of_one), classes) for of_one in y_pred]),
        row_losses(y, constant_reference(dataset, splits), classes),
        units(dataset.constraints, rows, dataset.weight_of(rows)),
    )


def _able(entries: Sequence[Entry]) -> list[Entry]:
    """The candidates that were trained whole, BatchNormalization first if there are any, the best first."""
    last = max(entry.round for entry in entries)
    finite = [entry for entry in entries if entry.stacking is not None and entry.round == last]
    able = [entry for entry in finite if entry.candidate.batch_first] or finite
    return sorted(able, key=lambda entry: (entry.row.score, entry.row.weights))

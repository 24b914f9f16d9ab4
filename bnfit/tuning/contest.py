"""The contest: the networks of plain `fit`, an ensemble and the candidates, by their errors on the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.ensemble.assemble import assemble, fit_prepared
from bnfit.ensemble.base_learners import BaseLearner
from bnfit.ensemble.plan import FitPlan
from bnfit.evaluation.paired import Units, mean_of_rows, row_losses, units
from bnfit.evaluation.reference_models import constant_prediction
from bnfit.evaluation.splits import Split
from bnfit.model.model import Model
from bnfit.progress import Progress
from bnfit.results.fit import FitReport
from bnfit.results.search import CorrectedError, LeaderboardRow, Saved
from bnfit.schema.dataset import Dataset
from bnfit.tuning.corrected import Selection
from bnfit.tuning.cross_validate import Entry
from bnfit.tuning.ranking import Scorer
from bnfit.tuning.steps import Contenders
from bnfit.tuning.teams import CANDIDATE, FIT, Team, join_candidates


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
        names = [*(team.name for team in self.teams), *(CANDIDATE for _ in self.entries)]
        usual = [k for k, name in enumerate(names) if name != FIT or not request.keeps_to_the_grid]
        asked = [k for k, name in enumerate(names) if name == request.save]
        allowed = asked or usual
        compared = [names[k] for k in allowed]
        fit = compared.index(FIT) if FIT in compared and len(compared) > 1 else None
        selection = Selection(self.losses[allowed], self.units, fit)
        position, gain = selection.choose()
        error, p = self._corrected(selection, position)
        why = "best" if gain is None or position != fit else "tie"
        if request.save is not None:
            why = "asked" if asked else "absent"
        elif len(compared) == 1:
            why = "only"
        of_gain = (None, None) if gain is None else (gain.mean, gain.se)
        return Selected(compared[position], Saved(compared[position], why, *of_gain), error, p)

    def _corrected(self, selection: Selection, position: int) -> tuple[CorrectedError, float]:
        """Return the corrected error, and the chance of as much skill without any."""
        values = selection.corrected(self.contenders.request.seed)
        known = np.isfinite(values)  # a unit that is in every draw tells nothing
        of = Units(np.unique(self.units.of_row[known], return_inverse=True)[1], self.units.weight[known])
        error = mean_of_rows(values[known], of)
        own = mean_of_rows(selection.losses[position], self.units).mean
        skill = mean_of_rows(self.constant[known] - values[known], of)
        return CorrectedError(error.mean, error.se, own, len(selection.losses)), skill.p

    def save(self, selected: Selected, on_progress: Progress | None) -> tuple[FitReport, Model]:
        """Make a model of a team's trained members, or train as many members of a candidate as `fit` does."""
        prepared = self.contenders.prepared
        for team in self.teams:
            if team.name == selected.team:
                return assemble(prepared, replace(team.plan, skill_p=selected.p), team.merged())
        candidate, request = self.entries[0].candidate, self.contenders.request
        learner = BaseLearner(candidate.architecture)
        plan = FitPlan((learner,), candidate.recipe, self.contenders.division, request.seed, skill_p=selected.p)
        return fit_prepared(prepared, plan, on_progress)


@dataclass(frozen=True)
class Selected:
    """What is saved and why, its error with the selection taken out, and the chance of as much skill without any."""

    team: str
    saved: Saved
    corrected: CorrectedError
    p: float


def hold_contest(contenders: Contenders, entries: Sequence[Entry], fit: Team | None) -> Contest:
    """Measure teams and candidates on the same rows.

    Args:
        contenders: the table and the folds.
        entries: the candidates that were tried.
        fit: what plain `fit` trains; None where there was no time for it.
    """
    dataset, splits = contenders.prepared.dataset, contenders.division.splits
    able = _able(entries)
    ensemble = join_candidates(contenders, able, fit)
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
        row_losses(y, _constant(dataset, splits), classes),
        units(dataset.constraints, rows, dataset.weight_of(rows)),
    )


def _able(entries: Sequence[Entry]) -> list[Entry]:
    """The candidates that were trained whole, BatchNormalization first if there are any, the best first."""
    last = max(entry.round for entry in entries)
    finite = [entry for entry in entries if entry.stacking is not None and entry.round == last]
    able = [entry for entry in finite if entry.candidate.batch_first] or finite
    return sorted(able, key=lambda entry: (entry.row.score, entry.row.weights))


def _constant(dataset: Dataset, splits: Sequence[Split]) -> Floats:
    """Predict the test rows of all splits (n, o) by the mean target of the rows that each has seen."""
    guesses = (constant_prediction(dataset.y[s.seen], dataset.weight_of(s.seen)) for s in splits)
    return np.concatenate([np.tile(guess, (len(s.test), 1)) for guess, s in zip(guesses, splits, strict=True)])

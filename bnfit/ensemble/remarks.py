"""What the user should know of a training: of its folds, its members, and of what else predicts as well."""

from __future__ import annotations

from dataclasses import dataclass

from bnfit.ensemble.base_learners import averaged_note
from bnfit.ensemble.cross_fit import Fitted
from bnfit.ensemble.division import fold_notes, rare_classes
from bnfit.ensemble.latest_errors import falls_behind, latest_note
from bnfit.ensemble.linear_beside import LinearBeside, linear_note
from bnfit.ensemble.plan import FitPlan, momentum_note
from bnfit.ensemble.prepare import Prepared
from bnfit.results.explanation import Explanation
from bnfit.results.fit import LatestRows, surely_above

RUNAWAY = 100.0
"""|γ| as training left it from which on it has run away; steps of a usual size leave it near 1."""
WIDE, FEW = 30, 0.25
"""A table of so many inputs, of which no more than this share matters, may be better off without the others."""


@dataclass(frozen=True)
class Remarks:
    """Remarks on a training.

    Attributes:
        prepared: the table.
        plan: how the model was made.
        fitted: the model.
        linear: the linear model beside it.
        later: errors on the latest rows; None where there are none apart.
        explanation: the model's error and importances.
    """

    prepared: Prepared
    plan: FitPlan
    fitted: Fitted
    linear: LinearBeside
    later: LatestRows | None
    explanation: Explanation

    def warnings(self) -> list[str]:
        """Tell what puts the errors or the importances in doubt, the worst first."""
        return [
            *self.prepared.warnings,
            *_runaway(self.explanation),
            *rare_classes(self.prepared, self.plan.division.folds),
            *(latest_note(self.later, self.explanation.metrics) if self._drifts else ()),
            *(linear_note(self.linear) if self._linear_wins else ()),
            *self.explanation.warnings,
        ]

    def notes(self) -> list[str]:
        """Tell what else is worth knowing, of the table first."""
        plan, division = self.plan, self.plan.division
        return [
            *self.prepared.notes,
            *division.notes,
            *momentum_note(plan.recipe),
            *fold_notes(self.prepared),
            *averaged_note(self.fitted.averaged, chosen=len(plan.base_learners) > 1),
            *_share_note(self.fitted.linear_share, classes=bool(self.prepared.schema.classes)),
            *(() if self._linear_wins else linear_note(self.linear)),
            *(() if self._drifts else latest_note(self.later, self.explanation.metrics)),
            *self._others_idle(),
            *self.explanation.notes,
        ]

    @property
    def _linear_wins(self) -> bool:
        """Whether the linear model is surely ahead."""
        return surely_above(self.linear.gain.mean, self.linear.gain.se)

    @property
    def _drifts(self) -> bool:
        """Whether the latest rows are predicted worse than rows at random."""
        return self.later is not None and falls_behind(self.later, self.explanation.intervals)

    def _others_idle(self) -> tuple[str, ...]:
        """Name the way to choose columns, where few of many matter and nobody chose any."""
        judged = [i for i in self.explanation.importances if i.verdict is not None]
        matter = sum(i.verdict == "matters" for i in judged)
        chosen = any(i.kept is not None for i in judged)
        if chosen or len(judged) < WIDE or not 0 < matter <= FEW * len(judged):
            return ()
        return (f"{matter} of {len(judged)} columns matter: `sparse` trains on those that pay, and may err less",)


def _runaway(explanation: Explanation) -> tuple[str, ...]:
    """Warn of a first layer whose scale ran away: such a training has diverged, though its loss is a finite number."""
    most = max((i.gamma_raw for i in explanation.importances if i.gamma_raw is not None), default=0.0)
    if most <= RUNAWAY:
        return ()
    reached = f"the scales of the first layer, 1 at first, reached {most:.3g}"
    return (f"{reached}: the steps are too long; lower `learning_rate`",)


def _share_note(share: float, *, classes: bool) -> tuple[str, ...]:
    if share <= 0:
        return ()
    linear = round(100 * share)
    kind = "logistic" if classes else "linear"
    parts = f"{linear} % {kind} regression" + (f", {100 - linear} % network" if linear < 100 else "")
    return (f"the model is {parts}; this did best on held-out rows",)

"""What a search trains beside its candidates: the base learners of plain `fit`, and more that an ensemble may take."""

from __future__ import annotations

from dataclasses import replace

from bnfit.ensemble.base_learners import NetworkRequest, choose_base_learners, more_base_learners
from bnfit.ensemble.cross_fit import stacking_of, train_variants
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.stacking import Stacking
from bnfit.errors import DataError
from bnfit.progress import Progress, part
from bnfit.tuning.budget import Clock, OutOfTime
from bnfit.tuning.steps import Contenders
from bnfit.tuning.teams import FIT, Library, Team

FIT_BUDGET, MORE_BUDGET = 0.5, 0.4
"""Shares of a budget: plain `fit` must be trained by the first, and all others by the second, or they are left out."""
MORE_COST = 1.5
"""Time that the others take, at most, as a multiple of that of plain `fit`: they have more members, but one of their
programs is compiled already."""
HALFWAY = 0.45
"""Share of the progress after which plain `fit` is trained."""


def train_strong_learners(contenders: Contenders, clock: Clock | None, on_progress: Progress | None) -> Library | None:
    """Train what plain `fit` trains on the same folds, and then more, where an ensemble of them may be saved.

    Returns:
        None where half of the budget is too short for plain `fit`, or all of it diverged.
    """
    plan = _fit_plan(contenders)
    with_more = _takes_more(contenders, plan)
    began = 0.0 if clock is None else clock.spent
    team = _train_fit(contenders, plan, clock, part(on_progress, 0.0, HALFWAY if with_more else 1.0))
    if team is None:
        return None
    if with_more and clock is not None:
        with_more = clock.spent + MORE_COST * (clock.spent - began) < MORE_BUDGET
    if not with_more:
        return Library(team, team.variants, team.stacking)
    plan = replace(plan, base_learners=more_base_learners(plan.base_learners))
    try:
        more = train_variants(contenders.prepared, plan, on_progress=part(on_progress, HALFWAY, 1.0))
    except DataError:
        return Library(team, team.variants, team.stacking)
    models = team.stacking.models
    stacking = Stacking([v.members for v in more], contenders.prepared.dataset, contenders.division.splits, models)
    return Library(team, (*team.variants, *more), team.stacking.joined([stacking]))


def _train_fit(contenders: Contenders, plan: FitPlan, clock: Clock | None, on_progress: Progress | None) -> Team | None:
    def watch(share: float, phase: str = "", _seconds: float | None = None) -> None:
        if clock is not None and clock.spent > FIT_BUDGET:
            raise OutOfTime
        if on_progress is not None:
            on_progress(share, phase)

    prepared = contenders.prepared
    try:
        variants = train_variants(prepared, plan, on_progress=watch)
    except (OutOfTime, DataError):
        return None
    linear = plan.recipe.linear and plan.division.members > 1
    stacking = stacking_of(variants, prepared.dataset, plan.division.splits, linear)
    return Team(FIT, plan, tuple(variants), stacking, stacking.best_one_or_two())


def _fit_plan(contenders: Contenders) -> FitPlan:
    """Plan what `fit_table` trains where nothing but the recipe, the epochs, the folds and the members is asked for."""
    request = contenders.request
    usual = request.recipe.name == "default" and request.members != 1
    learners, recipe = choose_base_learners(NetworkRequest(), contenders.prepared, request.recipe, usual)
    return FitPlan(learners, recipe, contenders.division, request.seed)


def _takes_more(contenders: Contenders, plan: FitPlan) -> bool:
    """Whether an ensemble that more base learners may join can be saved."""
    request = contenders.request
    usual = len(plan.base_learners) > 1
    return usual and request.save in (None, "ensemble") and not (request.keeps_to_the_grid or contenders.apart)

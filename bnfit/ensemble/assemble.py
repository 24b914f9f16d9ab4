"""Assembling a fit: from a prepared table and a plan to a model with its report."""

from __future__ import annotations

import time
from dataclasses import replace

from bnfit.ensemble.base_learners import averaged_label
from bnfit.ensemble.cross_fit import Fitted, cross_fit
from bnfit.ensemble.importances import explain_fitted, with_calibrated_gamma
from bnfit.ensemble.latest_errors import latest_rows
from bnfit.ensemble.linear_beside import compare_linear
from bnfit.ensemble.out_of_fold import with_out_of_fold
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.ensemble.remarks import Remarks
from bnfit.ensemble.select import ALL_COLUMNS, Selected, select
from bnfit.model.metadata import fit_metadata
from bnfit.model.model import Model
from bnfit.model.training_rows import packed_rows
from bnfit.progress import Progress
from bnfit.results.explanation import Explanation
from bnfit.results.fit import FitReport
from bnfit.results.gamma import Gamma


def fit_prepared(prepared: Prepared, plan: FitPlan, on_progress: Progress | None = None) -> tuple[FitReport, Model]:
    """Select columns, cross-fit, explain, and assemble the model and its report.

    Raises:
        DataError: every training diverged.
    """
    began = time.perf_counter()
    selected = select(prepared, plan, on_progress)
    fitted = cross_fit(prepared, plan, selected.selection, selected.on_progress)
    report, model = assemble(prepared, plan, fitted, selected)
    return replace(report, seconds=time.perf_counter() - began), model


def assemble(
    prepared: Prepared, plan: FitPlan, fitted: Fitted, selected: Selected = ALL_COLUMNS
) -> tuple[FitReport, Model]:
    """Explain what was fitted, and put the model and its report together; its `seconds` are those of this alone."""
    began = time.perf_counter()
    fitted, gamma = with_calibrated_gamma(fitted, prepared.schema, prepared.dataset.x)
    explanation = explain_fitted(prepared, plan, fitted, gamma, selected.selection)
    report = _report(prepared, plan, selected, fitted, explanation)
    return replace(report, seconds=time.perf_counter() - began), _model(prepared, plan, fitted, gamma, report)


def _report(
    prepared: Prepared, plan: FitPlan, selected: Selected, fitted: Fitted, explanation: Explanation
) -> FitReport:
    """Report a fit; `seconds` is 0."""
    dataset = prepared.dataset
    used = list(dict.fromkeys(part.base_learner.architecture for part in fitted.averaged))
    linear = compare_linear(dataset, plan.division.splits, fitted.held_out)
    later = latest_rows(prepared, plan, fitted)
    remarks = Remarks(prepared, plan, fitted, linear, later, explanation)
    return FitReport(
        target=prepared.schema.target.name,
        architecture=averaged_label(fitted.averaged),
        arm=used[0].arm,
        weights=sum(one.weights(dataset.x.shape[1], dataset.y.shape[1]) for one in used),
        members=fitted.members,
        folds=plan.division.folds,
        recipe=plan.recipe.name,
        seed=plan.seed,
        explanation=replace(
            explanation,
            linear=linear.metrics,
            warnings=tuple(remarks.warnings()),
            notes=tuple(remarks.notes()),
            shadows=selected.shadows,
        ),
        seconds=0.0,
        task=prepared.schema.task,
        schema=prepared.report,
        linear_gain=linear.gain.mean,
        linear_gain_se=linear.gain.se,
        linear_share=fitted.linear_share,
        norm=used[0].hidden_norm,
        later=later,
    )


def _model(prepared: Prepared, plan: FitPlan, fitted: Fitted, gamma: Gamma, report: FitReport) -> Model:
    """Put the network and what is known of it together."""
    schema, dataset = prepared.schema, prepared.dataset
    rows = packed_rows(dataset.x, dataset.y, [split.test for split in plan.division.splits])
    metadata = fit_metadata(report, plan.recipe, fitted.member_folds, rows, fitted.curves, dataset.mean, gamma)
    return Model(fitted.network, schema, with_out_of_fold(metadata, fitted.held_out, schema.task))

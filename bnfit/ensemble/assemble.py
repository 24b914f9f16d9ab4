"""Assembling a fit: from a prepared table and a plan to a model with its report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bnfit.ensemble.base_learners import averaged_label
from bnfit.ensemble.cross_fit import Fitted, cross_fit
from bnfit.ensemble.importances import explain_fitted, with_calibrated_gamma
from bnfit.ensemble.latest_errors import latest_rows
from bnfit.ensemble.linear_beside import LinearBeside, compare_linear
from bnfit.ensemble.out_of_fold import with_out_of_fold
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.ensemble.remarks import Remarks
from bnfit.ensemble.select import ALL_COLUMNS, Selected, select
from bnfit.ensemble.workload import workload_of
from bnfit.model.metadata import fit_metadata
from bnfit.model.model import Model
from bnfit.model.training_rows import packed_rows
from bnfit.progress import Progress, part
from bnfit.results.explanation import Agreement, Explanation
from bnfit.results.fit import FitReport, LatestRows
from bnfit.results.gamma import Gamma
from bnfit.results.origin import Origin


def fit_prepared(
    prepared: Prepared,
    plan: FitPlan,
    on_progress: Progress | None = None,
    on_model: Callable[[Model], None] | None = None,
) -> tuple[FitReport, Model]:
    """Select columns, cross-fit, explain, and assemble the model and its report.

    Args:
        prepared: the table.
        plan: what to train.
        on_progress: told the share that is done.
        on_model: is called with the model before its columns are measured, which can take as long as the training.

    Raises:
        DataError: every training diverged.
    """
    began, workload = time.perf_counter(), workload_of(prepared, plan)
    if on_progress is not None:
        on_progress(workload.loaded, "compiling")
    training = part(on_progress, workload.compiled, workload.trained, "training")
    selected = select(prepared, plan, training)
    fitted = cross_fit(prepared, plan, selected.selection, selected.on_progress)
    measuring = part(on_progress, workload.trained, 1.0, "measuring columns")
    report, model = assemble(prepared, plan, fitted, selected, measuring, on_model)
    return replace(report, seconds=time.perf_counter() - began), model


def assemble(
    prepared: Prepared,
    plan: FitPlan,
    fitted: Fitted,
    selected: Selected = ALL_COLUMNS,
    on_progress: Progress | None = None,
    on_model: Callable[[Model], None] | None = None,
) -> tuple[FitReport, Model]:
    """Explain what was fitted, and put the model and its report together; its `seconds` are those of this alone."""
    began = time.perf_counter()
    fitted, gamma = with_calibrated_gamma(fitted, prepared.schema, prepared.dataset.x)
    beside = _Beside.of(prepared, plan, fitted)
    if on_model is not None:
        unmeasured = _report(prepared, plan, fitted, beside, NOT_MEASURED)
        model = _model(prepared, plan, fitted, gamma, unmeasured)
        on_model(replace(model, metadata=replace(model.metadata, explanation=None)))
    measured = explain_fitted(prepared, plan, fitted, gamma, selected.selection, on_progress)
    remarks = Remarks(prepared, plan, fitted, beside.linear, beside.later, measured)
    explanation = replace(
        measured,
        linear=beside.linear.metrics,
        warnings=tuple(remarks.warnings()),
        notes=tuple(remarks.notes()),
        shadows=selected.shadows,
    )
    report = _report(prepared, plan, fitted, beside, explanation)
    return replace(report, seconds=time.perf_counter() - began), _model(prepared, plan, fitted, gamma, report)


NOT_MEASURED = Explanation({}, {}, (), Agreement(None, None, None, ""), (), 0, Origin("out_of_fold"))
"""Of a model whose columns are still to be measured."""


@dataclass(frozen=True)
class _Beside:
    """What stands beside the model: a linear one, and the errors on the latest rows."""

    linear: LinearBeside
    later: LatestRows | None

    @classmethod
    def of(cls, prepared: Prepared, plan: FitPlan, fitted: Fitted) -> _Beside:
        linear = compare_linear(prepared.dataset, plan.division.splits, fitted.held_out)
        return cls(linear, latest_rows(prepared, plan, fitted))


def _report(prepared: Prepared, plan: FitPlan, fitted: Fitted, beside: _Beside, explanation: Explanation) -> FitReport:
    """Report a fit; `seconds` is 0."""
    dataset = prepared.dataset
    used = list(dict.fromkeys(part.base_learner.architecture for part in fitted.averaged))
    linear, later = beside.linear, beside.later
    return FitReport(
        target=prepared.schema.target.name,
        architecture=averaged_label(fitted.averaged),
        arm=used[0].arm,
        weights=sum(one.weights(dataset.x.shape[1], dataset.y.shape[1]) for one in used),
        members=fitted.members,
        folds=plan.division.folds,
        recipe=plan.recipe.name,
        seed=plan.seed,
        explanation=explanation,
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

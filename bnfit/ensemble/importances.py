"""The importances of a model that was just trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats
from bnfit.ensemble.cross_fit import Fitted
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import Prepared
from bnfit.feature_selection.elimination import Selection
from bnfit.importance.column_gamma import gamma_of_columns, gamma_of_mean, inputs_of
from bnfit.importance.explain import Explained, explanation
from bnfit.importance.partial_forward import Ensemble
from bnfit.networks.gamma import calibrate, per_column
from bnfit.progress import Progress
from bnfit.results.explanation import Explanation
from bnfit.results.gamma import Gamma
from bnfit.results.origin import Origin
from bnfit.schema.schema import Schema, column_positions


def with_calibrated_gamma(fitted: Fitted, schema: Schema, x: Floats) -> tuple[Fitted, Gamma]:
    """Rescale the first layer of a model that was just trained, so that its γ is each encoded column's importance.

    Args:
        fitted: the model.
        schema: its columns.
        x: the rows that it was trained on (n, k).

    Returns:
        The model, and γ of the original columns.
    """
    network, encoded = calibrate(fitted.network, x, inputs_of(schema, x).two_valued)
    fitted = replace(fitted, network=network)
    if fitted.fold_gamma_raw is None:
        return fitted, Gamma()
    found = gamma_of_columns(network, schema, x, fitted.member_folds, encoded)
    if found.gammas is None:
        judges = [fold.predict.networks for fold in fitted.held_out if isinstance(fold.predict, Ensemble)]
        found = replace(found, gammas=np.stack([gamma_of_mean(networks, schema, x) for networks in judges]))
    return fitted, replace(found, raws=per_column(fitted.fold_gamma_raw, column_positions(schema)))


def explain_fitted(
    prepared: Prepared,
    plan: FitPlan,
    fitted: Fitted,
    gamma: Gamma,
    selection: Selection | None,
    on_progress: Progress | None = None,
) -> Explanation:
    """Explain a model that was just trained, on its test folds.

    Args:
        prepared: the table.
        plan: how the model was made.
        fitted: the model.
        gamma: its γ, see `with_calibrated_gamma`.
        selection: the columns that each fold chose; None for all.
        on_progress: told the share of the measuring that is done.
    """
    schema, dataset = prepared.schema, prepared.dataset
    explained = Explained(
        network=fitted.network,
        schema=schema,
        means=dataset.mean,
        held_out=fitted.held_out,
        constants=fitted.constants,
        gamma=gamma,
        origin=Origin("out_of_fold" if dataset.times is None else "later_rows"),
        skill_p=plan.skill_p,
        member_folds=fitted.member_folds,
    )
    result = explanation(explained, plan.seed, plan.options, on_progress)
    return result if selection is None else with_selection(result, selection, column_positions(schema))


def with_selection(found: Explanation, selection: Selection, columns: Sequence[Sequence[int]]) -> Explanation:
    """Add to each column the share of folds that kept it, and its score."""
    folds = selection.columns[:-1]
    kept = [float(np.isin(folds, positions).any(axis=1).mean()) for positions in columns]
    scores = [float(selection.scores[list(positions)].sum()) for positions in columns]
    importances = tuple(replace(i, kept=k, score=s) for i, k, s in zip(found.importances, kept, scores, strict=True))
    note = (
        f"each fold chose {selection.size} of {len(selection.scores)} encoded columns by its training rows; how many, "
        f"among {', '.join(map(str, selection.sizes))}, was chosen over all folds, which flatters the error a bit"
    )
    return replace(found, importances=importances, notes=(*found.notes, note))

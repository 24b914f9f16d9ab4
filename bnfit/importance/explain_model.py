"""Explain a loaded model on a table: rows that it was trained on are predicted by the members that never saw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats, Ints, pick
from bnfit.errors import ModelFileError
from bnfit.evaluation.held_out import HeldOut, predict_test_folds
from bnfit.evaluation.metrics import correlation, ranks
from bnfit.evaluation.paired import units_of_rows
from bnfit.evaluation.reference_models import constant_prediction
from bnfit.evaluation.skill import skill
from bnfit.importance.column_gamma import gamma_of_columns
from bnfit.importance.explain import Explained, explanation
from bnfit.importance.options import ImportanceOptions
from bnfit.importance.partial_forward import Ensemble
from bnfit.model.model import Model
from bnfit.networks.layers import Network
from bnfit.networks.merge import only_members
from bnfit.networks.positions import input_layer
from bnfit.results.explanation import Explanation
from bnfit.results.gamma import Gamma
from bnfit.results.origin import Origin
from bnfit.schema.dataset import Dataset

FAR_OFF, ORDERED = 0.5, 0.9
"""R² below which predictions whose rank correlation with the target is so large lie on another scale than it."""
SAME_ERROR = 0.01
"""Relative difference up to which two errors count as the same."""


def explain_afresh(
    model: Model, dataset: Dataset, name: str, notes: tuple[str, ...], questions: ImportanceOptions
) -> Explanation:
    """Explain a model on the rows of the table `name`, of which there are remarks."""
    x = dataset.x
    held_out, constants, origin = _held_out(model, _rows_of(model, dataset), name)
    gamma = _gamma(model, x, len(held_out))
    members = model.member_folds()
    explained = Explained(
        model.network, model.schema, model.means, held_out, constants, gamma, origin, member_folds=members
    )
    result = explanation(explained, model.seed, questions)
    remarks = _measured_in_training(model, result, len(x))
    warnings = (*_origin_warnings(origin), *_on_another_scale(held_out, result))
    return replace(result, warnings=warnings, notes=(*notes, *remarks, *result.notes), shadows=model.shadows())


def _rows_of(model: Model, dataset: Dataset) -> HeldOut:
    """The rows as test rows of the whole model."""
    unit = units_of_rows(dataset.constraints, np.arange(len(dataset.x)))
    return HeldOut(Ensemble([model.network]), dataset.x, dataset.y, dataset.weight, unit=unit)


def _origin_warnings(origin: Origin) -> tuple[str, ...]:
    """Warn of rows that the model was trained on, as all of its members were."""
    if origin.kind != "training_rows":
        return ()
    return (f"{origin.trained} of the {origin.rows} rows were trained on, so the errors flatter the model",)


def errors_on(model: Model, dataset: Dataset) -> dict[str, float]:
    """Measure a model on rows: those that it was trained on by the members that never saw them."""
    held_out, constants, _ = _held_out(model, _rows_of(model, dataset), "")
    return skill(held_out, constants, model.schema.classes, model.schema.emphasis).metrics


def _on_another_scale(held_out: Sequence[HeldOut], result: Explanation) -> tuple[str, ...]:
    """Remark where the predictions order the rows as the target does, and are far from it all the same."""
    if result.metrics.get("r2", 1.0) >= FAR_OFF:
        return ()
    y, said = (values[:, 0] for values in predict_test_folds(held_out))
    order = correlation(ranks(y), ranks(said))
    if order is None or abs(order) < ORDERED:
        return ()
    return (
        f"the predictions order the rows as the target does (rank correlation {order:.2f}) but lie elsewhere, at "
        f"{said.mean():.4g} in the mean where the target is at {y.mean():.4g}: was the target scaled or transformed "
        "when the model was trained?",
    )


def _measured_in_training(model: Model, result: Explanation, rows: int) -> tuple[str, ...]:
    """Remark where `fit` measured another error on the same rows: for each fold it took what the other folds chose."""
    if result.origin.kind != "refolded_rows" or result.origin.trained != rows:
        return ()
    try:
        in_training = model.explanation()
    except ModelFileError:
        return ()
    name = "log_loss" if "log_loss" in result.metrics else "mse"
    then, now = in_training.metrics.get(name), result.metrics[name]
    if in_training.rows != rows or then is None or abs(now - then) <= SAME_ERROR * then:
        return ()
    what = "log-loss" if name == "log_loss" else "MSE"
    return (
        f"fit measured {what} {then:.4g} on these rows: it judged each fold by the kinds of networks that the other "
        "folds chose; the file holds those that all folds chose, which may flatter them",
    )


def _gamma(model: Model, x: Floats, folds: int) -> Gamma:
    """Measure γ on these rows; the raw γ, and the γ of each fold's members, are as training left them."""
    if input_layer(model.network) is None:
        return Gamma()
    kept = model.gamma
    gammas, raws = kept.gammas, kept.raws
    if gammas is not None and len(gammas) != folds:
        # the test rows are not the folds: there is one γ for all of them
        gammas, raws = None, None if raws is None else raws.mean(0, keepdims=True)
    found = gamma_of_columns(model.network, model.schema, x, model.member_folds())
    return replace(found, gammas=gammas, raws=raws, se=kept.se if found.se is None else found.se)


def _held_out(model: Model, rows: HeldOut, name: str) -> tuple[list[HeldOut], Floats, Origin]:
    """Predictors with their test rows, the constant prediction for each (j, o), and the origin of the rows.

    As in training, the constant prediction for a fold is the mean of the rows that its members saw.
    """
    x, y, weight = rows.x, rows.y, rows.weight
    own = constant_prediction(y, weight)[None]
    if model.metadata.rows is None:
        return [rows], own, Origin("unknown_rows", name, len(x))
    folds = model.folds_of(x, y)
    known, member_folds = int((folds >= 0).sum()), np.array(model.member_folds(), int)
    if not known:
        return [rows], own, Origin("new_rows", name, len(x))
    if not len(member_folds):
        return [rows], own, Origin("training_rows", name, len(x), known)
    seen = known - known // max(1, len(set(member_folds.tolist())))
    held_out = [
        replace(rows.only(folds == fold, _members(model.network, np.flatnonzero(member_folds == fold))), trained=seen)
        for fold in np.unique(folds[folds >= 0])
    ]
    constants = [_constant_for(fold, folds, y, weight) for fold in np.unique(folds[folds >= 0])]
    if known < len(x):
        held_out.append(rows.only(folds < 0, rows.predict))
        constants.append(constant_prediction(held_out[-1].y, held_out[-1].weight))
    return held_out, np.stack(constants), Origin("refolded_rows", name, len(x), known)


def _constant_for(fold: int, folds: Ints, y: Floats, weight: Floats | None) -> Floats:
    """Mean target (o,) of the known rows outside a fold, or of all where there are none."""
    seen = (folds >= 0) & (folds != fold)
    seen = seen if seen.any() else np.ones(len(y), bool)
    return constant_prediction(y[seen], pick(weight, seen))


def _members(network: Network, members: Ints) -> Ensemble:
    """Predictor that averages some members of a merged network."""
    return Ensemble([only_members(network, members.tolist())])

"""Explaining a loaded model on a table, with its own training rows judged by the members that never saw them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bnfit.errors import ModelFileError
from bnfit.explaining import Gamma, column_positions, explanation
from bnfit.inference import Network
from bnfit.model import Model
from bnfit.network import calibrate, input_layer
from bnfit.questions import Questions
from bnfit.references import guess
from bnfit.results import Explanation
from bnfit.sensitivity import Judge, per_column
from bnfit.switching import Ensemble, only_members

Floats = NDArray[np.floating]

TOLD_ALIKE = 0.01
"""Relative difference of two errors up to which they are the same to a reader."""
GAMMA_ROWS = 2_000
"""Rows that γ is calibrated on, at most, evenly spread over the table."""


def explain_afresh(
    model: Model, x: Floats, y: Floats, weight: Floats | None, name: str, notes: tuple[str, ...], questions: Questions
) -> Explanation:
    """The explanation of a model on rows x (n, k) with targets y (n, o) and weights (n,) from the table `name`."""
    judges, guesses, origin, remarks = _judges(model, x, y, weight, name)
    result = explanation(
        judges,
        guesses,
        model.schema,
        model.means,
        int(model.facts.get("fit", {}).get("seed", 0)),
        model.network,
        _gamma(model, x, len(judges)),
        origin,
        questions,
    )
    remarks = (*remarks, *_told_in_training(model, result, len(x)))
    return replace(result, notes=(*notes, *remarks, *result.notes), shadows=model.shadows())


def _told_in_training(model: Model, result: Explanation, rows: int) -> tuple[str, ...]:
    """A remark where `fit` told another error of the same rows: it judged each fold by what the other folds chose."""
    if f"the {rows} that were trained on" not in result.origin:
        return ()
    try:
        told = model.explanation()
    except ModelFileError:
        return ()
    name = "log_loss" if "log_loss" in result.metrics else "mse"
    then, now = told.metrics.get(name), result.metrics[name]
    if told.rows != rows or then is None or abs(now - then) <= TOLD_ALIKE * then:
        return ()
    what = "log-loss" if name == "log_loss" else "MSE"
    return (
        f"fit measured {what} {then:.4g} on these rows: it judged each fold by the kinds of networks that the other "
        "folds chose; the file holds those that all folds chose, which may flatter them",
    )


def _gamma(model: Model, x: Floats, judges: int) -> Gamma:
    """γ calibrated on these rows; the spread over members, and the raw γ, are as training left them."""
    if input_layer(model.network) is None:
        return Gamma()
    kept = {name: np.array(values, float) for name, values in model.facts.get("gamma", {}).items()}
    gammas, raws = kept.get("gammas"), kept.get("raws")
    if gammas is not None and len(gammas) != judges:
        # the judges are not the folds: there is one γ for all of them
        gammas, raws = None, None if raws is None else raws.mean(0, keepdims=True)
    gamma = per_column(calibrate(model.network, x[:: -(-len(x) // GAMMA_ROWS)])[1], column_positions(model.schema))
    return Gamma(gamma, gammas, raws, kept.get("sd"))


def _judges(
    model: Model, x: Floats, y: Floats, weight: Floats | None, name: str
) -> tuple[list[Judge], Floats, str, tuple[str, ...]]:
    """Who judges which rows, the constant guess at each judge's rows (j, o), where rows come from, and remarks.

    As in training, the guess at rows of a fold is the mean of the rows that its members saw.
    """
    folds = model.folds_of(x, y)
    known, member_folds = int((folds >= 0).sum()), np.array(model.member_folds(), int)
    whole = Judge(Ensemble([model.network]), x, y, weight)
    own = guess(y, weight)[None]
    if not known:
        return [whole], own, f"all {len(x)} rows of {name}, none of which the model was trained on", ()
    if not len(member_folds):
        remark = f"{known} of the {len(x)} rows were trained on, so the errors flatter the model"
        return [whole], own, f"all {len(x)} rows of {name}", (remark,)
    seen = known - known // max(1, len(set(member_folds.tolist())))
    judges = [
        replace(whole.only(folds == fold, _members(model.network, np.flatnonzero(member_folds == fold))), trained=seen)
        for fold in np.unique(folds[folds >= 0])
    ]
    guesses = [_guess_at(fold, folds, y, weight) for fold in np.unique(folds[folds >= 0])]
    if known < len(x):
        judges.append(whole.only(folds < 0, whole.predict))
        guesses.append(guess(judges[-1].y, judges[-1].weight))
    origin = f"all {len(x)} rows of {name}; the {known} that were trained on, by members that never saw them"
    return judges, np.stack(guesses), origin, ()


def _guess_at(fold: int, folds: NDArray[np.int64], y: Floats, weight: Floats | None) -> Floats:
    """The mean target (o,) of the known rows outside a fold, or of all where there are none."""
    seen = (folds >= 0) & (folds != fold)
    seen = seen if seen.any() else np.ones(len(y), bool)
    return guess(y[seen], None if weight is None else weight[seen])


def _members(network: Network, members: NDArray[np.int64]) -> Ensemble:
    """The mean output of some members of a merged network."""
    return Ensemble([only_members(network, members.tolist())])

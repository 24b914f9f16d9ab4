"""`inspect_table` and `fit_table`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bnfit.errors import UsageError
from bnfit.sources import Source, source_of

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.model import Model
    from bnfit.preparing import Prepared
    from bnfit.questions import Questions
    from bnfit.results import FitReport, TableReport
    from bnfit.schema import SchemaOptions

Progress = Callable[[float], None]

ACTIVATION, ARM = "tanh", "bn-input"
SPARSE_LAYERS, SPARSE_UNITS, SPARSE_ACTIVATION, SPARSE_ARMS = 2, 64, "relu", ("bn-input", "bn")


def inspect_table(data: Source | pd.DataFrame, target: str, *, options: SchemaOptions | None = None) -> TableReport:
    """Say what each column of a table is and what training would do with it, without training.

    Args:
        data, target, options: as for `fit_table`.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
    from bnfit.preparing import inspect
    from bnfit.schema import SchemaOptions

    return inspect(source_of(data), target, options or SchemaOptions())


def fit_table(
    data: Source | pd.DataFrame,
    target: str,
    *,
    options: SchemaOptions | None = None,
    class_weight: str | None = None,
    layers: int | None = None,
    units: int | None = None,
    activation: str | None = None,
    output_activation: str | None = None,
    arm: str | None = None,
    norm: str | None = None,
    norm_position: str = "before",
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    momentum: float | None = None,
    epsilon: float | None = None,
    weight_decay: float | None = None,
    folds: int | None = None,
    members: int | None = None,
    sparse: bool = False,
    questions: Questions | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
) -> tuple[FitReport, Model]:
    """Train one architecture over folds, judge it on rows its members never saw, and make it one model.

    Args:
        data: the table, one column of which is the target.
        target: name of that column.
        options: what is known about the columns, and which hold weights, groups or times; the rest is found out.
        class_weight: "balanced": in training, every class counts alike.
        layers, units, activation, output_activation, arm: the architecture; None takes the default. Classes have an
            output activation of their own.
        norm, norm_position: how the hidden layers normalise, and whether before or after the activation; None as the
            arm says.
        recipe: name of the recipe; epochs, batch_size, learning_rate, momentum, epsilon and weight_decay
            change it.
        folds: every member is trained without one of them; None takes as many as are usual and the rows allow.
        members: networks in the model; 1 gives a single network trained on all rows.
        sparse: choose the columns that pay, each fold by its training rows; the default network is then larger.
        questions: what else to tell of the columns.
        seed: makes the run repeatable.
        on_progress: told the share that is done, from 0 to 1.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
    from bnfit.architecture import SMALL_TABLE, Architecture, usual_size
    from bnfit.kinds import GAMMA_RATE, RESTARTS, Kind, usual_kinds
    from bnfit.modelling import divided, fit_prepared, usual_folds
    from bnfit.preparing import output_activations
    from bnfit.questions import USUAL
    from bnfit.recipe import recipe_named

    how = recipe_named(recipe).changed(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        momentum=momentum,
        epsilon=epsilon,
        hidden_epsilon=epsilon,
        weight_decay=weight_decay,
    )
    asked = None if output_activation is None else (output_activation,)
    name = activation or (SPARSE_ACTIVATION if sparse else ACTIVATION)
    if sparse and (arm or ARM) not in SPARSE_ARMS:
        raise UsageError(f"arm {arm} has no γ on the raw columns to choose by", f"use --arm {' or '.join(SPARSE_ARMS)}")
    if sparse and norm == "weight-standardised":
        raise UsageError("standardised weights are never 0, so no column can go", "leave --sparse or --norm out")
    # says what is wrong before the table is looked at
    Architecture((units or 1,) * (layers or 1), name, output_activation or "linear", arm or ARM, norm, norm_position)
    prepared = prepared_table(data, target, options, class_weight)
    (output,) = output_activations(prepared.schema.task, asked, ("linear",))
    division = divided(prepared, folds, usual_folds(members), members)
    rows, task = len(prepared.table.x), prepared.schema.task
    usual = (SPARSE_LAYERS, SPARSE_UNITS) if sparse else usual_size(rows, task != "regression")
    widths = (units or usual[1],) * (layers or usual[0])
    architecture = Architecture(widths, name, output, arm or ARM, norm, norm_position)
    # what was asked for is what is trained
    asked_for = layers or units or activation or members == 1 or sparse or recipe != "default"
    usual_arm = (arm or ARM) == ARM and not norm
    kinds = [Kind(architecture)]
    if usual_arm and not asked_for:
        kinds = list(usual_kinds(architecture, prepared.table.standard))
        rate = GAMMA_RATE if rows >= SMALL_TABLE else None
        how = how.changed(restarts=RESTARTS, gamma_rate=rate, even_start=True)
    return fit_prepared(prepared, kinds, how, division, seed, target, on_progress, sparse, questions or USUAL)


def prepared_table(
    data: Source | pd.DataFrame, target: str, options: SchemaOptions | None, class_weight: str | None
) -> Prepared:
    from bnfit.preparing import prepare
    from bnfit.schema import SchemaOptions

    return prepare(source_of(data), target, options or SchemaOptions(), class_weight)

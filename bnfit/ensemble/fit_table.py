"""`inspect_table` and `fit_table`: from a table to a report, or to a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bnfit.ensemble.base_learners import NetworkRequest, choose_base_learners
from bnfit.ensemble.division import divide
from bnfit.ensemble.later_rows import later_rows
from bnfit.ensemble.plan import FitPlan
from bnfit.ensemble.prepare import inspect, prepare
from bnfit.ensemble.workload import workload_of
from bnfit.importance.options import USUAL, ImportanceOptions
from bnfit.population.recipe import recipe_named
from bnfit.progress import Progress
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import Source, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from bnfit.model.model import Model
    from bnfit.results.fit import FitReport
    from bnfit.results.table import TableReport


def inspect_table(data: Source | pd.DataFrame, target: str, *, options: SchemaOptions | None = None) -> TableReport:
    """Say what each column of a table is and what training would do with it, without training.

    Args:
        data, target, options: as for `fit_table`.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
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
    questions: ImportanceOptions | None = None,
    seed: int = 0,
    on_progress: Progress | None = None,
    on_model: Callable[[Model], None] | None = None,
) -> tuple[FitReport, Model]:
    """Train one architecture over folds, judge it on rows its members never saw, and make it one model.

    Args:
        data: the table, one column of which is the target.
        target: name of that column.
        options: what is known about the columns, and which hold weights, groups or times; the rest is found out.
        class_weight: "balanced": in training, every class counts alike.
        layers, units, activation, output_activation, arm: the architecture; None takes the default. Classes have an
            output activation of their own.
        norm: how the hidden layers are normalised, such as "batch" or "layer:after"; None as the arm says.
        recipe: name of the recipe; epochs, batch_size, learning_rate, momentum, epsilon and weight_decay
            change it.
        folds: every member is trained without one of them; None takes as many as are usual and the rows allow.
        members: networks in the model; 1 gives a single network trained on all rows.
        sparse: choose the columns that pay, each fold by its training rows; the default network is then larger.
        questions: what else to tell of the columns.
        seed: makes the run repeatable.
        on_progress: told the share that is done, from 0 to 1.
        on_model: is called with the model before its columns are measured.

    Raises:
        UsageError: an unknown column or value.
        DataError: the table is unfit for it.
    """
    how = recipe_named(recipe).tuned(
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        momentum=momentum,
        epsilon=epsilon,
        weight_decay=weight_decay,
    )
    request = NetworkRequest(layers, units, activation, output_activation, arm, norm, sparse)
    request.check(how)  # says what is wrong before the table is looked at
    prepared = prepare(source_of(data), target, options or SchemaOptions(), class_weight)
    # what was asked for is what is trained
    usual = request.is_usual and members != 1 and recipe == "default"
    base_learners, how = choose_base_learners(request, prepared, how, usual)
    division = divide(prepared.dataset, folds, members, seed)
    later = later_rows(prepared.schema, prepared.dataset) if division.members > 1 and not sparse else None
    plan = FitPlan(base_learners, how, division, seed, sparse, questions or USUAL, later=later)
    if on_progress is not None:
        on_progress(0.0, "loading TensorFlow", workload_of(prepared, plan).seconds)
    from bnfit.ensemble.assemble import fit_prepared  # TensorFlow, after all that can be wrong with the table

    return fit_prepared(prepared, plan, on_progress, on_model)

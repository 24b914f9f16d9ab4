"""Training as users call it: `bnfit.fit` and `bnfit.search`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from bnfit import api
from bnfit.api.arguments import (
    Names,
    axes_of,
    checked,
    questions,
    read_options,
    schema_options,
    seconds,
)
from bnfit.api.models import Model, read
from bnfit.errors import UsageError

if TYPE_CHECKING:
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.source import Source
    from bnfit.table.types import ReadOptions

T = TypeVar("T")
Tried: TypeAlias = T | Iterable[T] | None
"""One value, several to try, or those that are usual."""


def fit(
    data: Any,
    target: Any,
    *,
    where: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
    features: Names = None,
    drop: Names = None,
    types: Mapping[str, str] | None = None,
    task: str | None = None,
    weight: str | None = None,
    group: str | None = None,
    time: str | None = None,
    layers: int | None = None,
    units: int | None = None,
    activation: str | None = None,
    output_activation: str | None = None,
    arm: str | None = None,
    norm: str | None = None,
    folds: int | None = None,
    members: int | None = None,
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
    momentum: float | None = None,
    epsilon: float | None = None,
    weight_decay: float | None = None,
    class_weight: str | None = None,
    sparse: bool = False,
    shadow: bool = False,
    baseline: Names = None,
    group_columns: Mapping[str, Names] | None = None,
    group_correlated: float | None = None,
    seed: int = 0,
) -> Model:
    """Train networks on a table, measure them on rows they never saw, and return their mean as one model.

    What is None is found out or taken as usual: docs/cli.md has the defaults.

    Args:
        data: a table: the path of a file, or a glob of its parts; a data frame; a dictionary of columns; or an array
            (n, k), whose columns are called x0, x1, ...
        target: name of the column to predict, or its values (n,).
        where: keep the rows for which this holds, such as "Ueq >= Upos".
        delimiter, quote, header, encoding, decimal, na, max_bad_rows: how a file is written: what stands between and
            around cells, whether the first row is names, the encoding and the decimal mark of the text, further texts
            for "no value", the share of rows that may be unreadable.
        features, drop: names of the columns to take as inputs, or to leave out.
        types: column -> "number", "boolean", "category", "datetime", "identifier" or "text".
        task: "regression" or "classification".
        weight, group, time: the column that says how much a row counts, which rows stay in one fold, and what is later
            than what, so that later rows judge what earlier ones trained.
        layers, units, activation, output_activation: hidden layers, units of each, and activations.
        arm, norm: how the columns and the hidden layers are normalised.
        folds, members: folds to judge over, and networks that are averaged; 1 is one network trained on all rows.
        recipe: "default" or "paper"; epochs, batch_size, learning_rate, momentum, epsilon and weight_decay change it.
        class_weight: "balanced": every class counts alike in training.
        sparse: choose the columns that pay; the others go.
        shadow: name the columns that carry nothing beyond chance.
        baseline, group_columns, group_correlated: as for `bnfit.explain`.
        seed: same seed, same model.

    Raises:
        UsageError: a value cannot be used, or a column is not there.
        DataError: the table cannot be read, or is unfit to train on.
    """
    reading = read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    asked = questions(baseline, group_columns, group_correlated, shadow=shadow)
    network = checked(
        layers=layers,
        units=units,
        activation=activation,
        output_activation=output_activation,
        arm=arm,
        norm=norm,
    )
    recipe_values = checked(
        recipe=recipe,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        momentum=momentum,
        epsilon=epsilon,
        weight_decay=weight_decay,
    )
    counts = checked(folds=folds, members=members, seed=seed)
    ways = {**network, **recipe_values, **counts, "class_weight": class_weight}
    source, goal, columns = labelled(data, target, where, reading, columns)
    report, core = api.fit_table(source, goal, options=columns, sparse=sparse, questions=asked, **ways)
    return Model(core, report)


def search(
    data: Any,
    target: Any,
    *,
    where: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
    features: Names = None,
    drop: Names = None,
    types: Mapping[str, str] | None = None,
    task: str | None = None,
    weight: str | None = None,
    group: str | None = None,
    time: str | None = None,
    strategy: str | None = None,
    trials: int | None = None,
    budget: str | float | None = None,
    layers: Tried[int] = None,
    units: Tried[int] = None,
    activation: Tried[str] = None,
    output_activation: Tried[str] = None,
    arm: Tried[str] = None,
    norm: Tried[str] = None,
    folds: int | None = None,
    repeats: int = 1,
    save: str | None = None,
    members: int | None = None,
    recipe: str = "default",
    epochs: int | None = None,
    batch_size: Tried[int] = None,
    learning_rate: Tried[float] = None,
    momentum: Tried[float] = None,
    epsilon: Tried[float] = None,
    weight_decay: Tried[float] = None,
    class_weight: str | None = None,
    curves: bool = False,
    seed: int = 0,
) -> Model:
    """Try many networks on a table beside those of `fit`, and return the best, or an ensemble, as a model.

    What is None is found out or taken as usual: docs/cli.md has the defaults. `Model.leaderboard` has the ranking.

    Args:
        data, target, where, delimiter, quote, header, encoding, decimal, na, max_bad_rows: as for `bnfit.fit`.
        features, drop, types, task, weight, group, time, members, recipe, epochs, class_weight, seed: as there.
        strategy: which networks to try: "grid", "random" or "halving", which is usual where rows are many; trials: how
            many the last two draw.
        budget: stop in this time, in seconds or such as "5m", with the best so far.
        layers, units, activation, output_activation, arm, norm: values to try, or one.
        batch_size, learning_rate, momentum, epsilon, weight_decay: values to try, or one.
        folds, repeats: folds to judge over, and cross-validations to average.
        save: what to return: "fit", "ensemble" or "candidate"; None for the best.
        curves: keep the losses by epoch for the report.

    Raises:
        UsageError: a value cannot be used, or a column is not there.
        DataError: the table cannot be read, or is unfit to train on.
    """
    reading = read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    tried = axes_of(
        layers=layers,
        units=units,
        activation=activation,
        output_activation=output_activation,
        arm=arm,
        norm=norm,
        batch_size=batch_size,
        learning_rate=learning_rate,
        momentum=momentum,
        epsilon=epsilon,
        weight_decay=weight_decay,
    )
    ways = checked(strategy=strategy, trials=trials, recipe=recipe, epochs=epochs, folds=folds, members=members)
    ways |= checked(repeats=repeats, seed=seed) | {"budget": seconds(budget), "class_weight": class_weight}
    source, goal, columns = labelled(data, target, where, reading, columns)
    report, core = api.search_table(source, goal, options=columns, save=save, curves=curves, **ways, **tried)
    return Model(core, report)


def labelled(
    data: Any, target: Any, where: str | None, reading: ReadOptions, columns: SchemaOptions
) -> tuple[Source, str, SchemaOptions]:
    """Read a table and find its target: a column, or values that become one.

    Returns:
        The table, the name of its target, and what is known of the columns: numbers without a name of their own are
        numbers, never keys.
    """
    from bnfit.table.frames import TARGET, has_names, numbers_in, with_column  # pandas

    goals = (target,) if isinstance(target, str) else ()
    source = read(data, where, reading.expecting((*goals, *columns.named)))
    if not has_names(data):
        columns = replace(columns, types={**dict.fromkeys(numbers_in(source.frame), "number"), **columns.types})
    if isinstance(target, str | int):
        return source, str(target), columns
    if where is not None:
        raise UsageError("`where` leaves rows out, and the values of the target stay", "name a column as the target")
    source, goal = with_column(source, target, TARGET)
    return source, goal, columns

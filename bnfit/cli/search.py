"""`bnfit search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.cli import values
from bnfit.cli.axes import axes, check
from bnfit.cli.options import results as r
from bnfit.cli.options import searching as s
from bnfit.cli.options import tables as t
from bnfit.cli.options import training as n
from bnfit.cli.streams import form_of, say
from bnfit.cli.training import Job, Progress, run
from bnfit.strategy import Strategy, duration

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.pipeline import Source
    from bnfit.results import SearchReport


def search(
    data: t.Data,
    target: t.Target,
    where: t.Where = None,
    delimiter: t.Delimiter = None,
    quote: t.Quote = None,
    header: t.Header = None,
    encoding: t.Encoding = None,
    decimal: t.Decimal = None,
    na: t.Missing = "",
    max_bad_rows: t.MaxBadRows = 0.01,
    features: t.Features = "",
    drop: t.Drop = "",
    types: t.Types = "",
    task: t.Task = None,
    weight: t.Weight = None,
    group: t.Group = None,
    time: t.Time = None,
    dry_run: t.DryRun = False,
    strategy: s.Strategy = "grid",
    trials: s.Trials = None,
    budget: s.Budget = None,
    layers: s.LayersAxis = None,
    units: s.UnitsAxis = None,
    activation: s.ActivationAxis = None,
    output_activation: s.OutputActivationAxis = None,
    arm: s.ArmAxis = None,
    norm: s.NormAxis = None,
    norm_position: s.NormPositionAxis = None,
    folds: s.FoldsAxis = None,
    repeats: s.Repeats = 1,
    nested: s.Nested = False,
    members: n.Members = None,
    recipe: n.Recipe = "default",
    epochs: n.Epochs = None,
    batch_size: s.BatchSizeAxis = None,
    learning_rate: s.LearningRateAxis = None,
    momentum: s.MomentumAxis = None,
    epsilon: s.EpsilonAxis = None,
    weight_decay: s.WeightDecayAxis = None,
    class_weight: n.ClassWeight = None,
    seed: n.Seed = 0,
    output: r.ModelOutput = Path("model.keras"),
    plot: r.Plot = None,
    force: r.Force = False,
    top: r.Top = 10,
    curves: r.Curves = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    debug: r.Debug = False,
) -> None:
    """Try a grid of networks on a table, rank them by cross-validation, and save the best as a Keras model."""
    given = axes(
        layers=layers,
        units=units,
        activations=activation,
        output_activations=output_activation,
        arms=arm,
        norms=norm,
        norm_positions=norm_position,
        batch_sizes=batch_size,
        learning_rates=learning_rate,
        momentums=momentum,
        epsilons=epsilon,
        weight_decays=weight_decay,
    )
    how = Strategy(strategy, trials, None if budget is None else values.seconds(budget, "--budget"))
    reading = values.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = values.schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    training = values.training(recipe, members, seed, class_weight, epochs=epochs)
    check(given, recipe, epochs, how)

    def train(source: Source, on_progress: Progress) -> tuple[SearchReport, Model]:
        from bnfit.pipeline import search_table

        return search_table(
            source,
            target,
            options=columns,
            **given,
            **training,
            strategy=how.name,
            trials=how.trials,
            budget=how.budget,
            folds=folds,
            repeats=repeats,
            nested=nested,
            curves=curves,
            on_plan=lambda trainings: say(plan(trainings, how.budget)),
            on_progress=on_progress,
        )

    form = form_of(json, md)
    run(Job(data, target, where, reading, columns, dry_run, output, plot, force, form, debug), "searching", train, top)


def plan(trainings: int, budget: float | None) -> str:
    """What is about to be trained."""
    return (
        f"training {trainings} networks"
        if budget is None
        else (f"training up to {trainings} networks within {duration(budget)}")
    )

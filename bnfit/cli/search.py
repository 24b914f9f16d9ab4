"""`bnfit search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.architecture import ACTIVATIONS, OUTPUT_ACTIVATIONS
from bnfit.cli import options as o
from bnfit.cli.streams import form_of, say
from bnfit.cli.training import Job, Progress, run

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.pipeline import Source
    from bnfit.results import SearchReport


def search(
    data: o.Data,
    target: o.Target,
    where: o.Where = None,
    delimiter: o.Delimiter = None,
    quote: o.Quote = None,
    header: o.Header = None,
    encoding: o.Encoding = None,
    decimal: o.Decimal = None,
    na: o.Missing = "",
    max_bad_rows: o.MaxBadRows = 0.01,
    features: o.Features = "",
    drop: o.Drop = "",
    types: o.Types = "",
    task: o.Task = None,
    weight: o.Weight = None,
    group: o.Group = None,
    time: o.Time = None,
    dry_run: o.DryRun = False,
    layers: o.LayersAxis = "1,2,3,4",
    units: o.UnitsAxis = "2,3,4,5,6",
    activation: o.ActivationAxis = "tanh,relu,sigmoid",
    output_activation: o.OutputActivationAxis = None,
    arm: o.ArmAxis = "bn",
    folds: o.FoldsAxis = None,
    repeats: o.Repeats = 1,
    nested: o.Nested = False,
    members: o.Members = None,
    recipe: o.Recipe = "default",
    epochs: o.Epochs = None,
    batch_size: o.BatchSize = None,
    learning_rate: o.LearningRate = None,
    class_weight: o.ClassWeight = None,
    seed: o.Seed = 0,
    output: o.ModelOutput = Path("model.keras"),
    plot: o.Plot = None,
    force: o.Force = False,
    top: o.Top = 10,
    json: o.AsJson = False,
    md: o.AsMarkdown = False,
    debug: o.Debug = False,
) -> None:
    """Try a grid of networks on a table, rank them by cross-validation, and save the best as a Keras model."""
    axes: dict[str, Any] = {
        "layers": o.counts(layers, "--layers"),
        "units": o.counts(units, "--units"),
        "activations": o.names(activation, "--activation", ACTIVATIONS, "activation"),
        "output_activations": None
        if output_activation is None
        else o.names(output_activation, "--output-activation", OUTPUT_ACTIVATIONS, "output activation"),
        "arms": o.arms(arm),
    }
    reading = o.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = o.schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    training = o.training(recipe, epochs, batch_size, learning_rate, members, seed, class_weight)

    def train(source: Source, on_progress: Progress) -> tuple[SearchReport, Model]:
        from bnfit.pipeline import search_table

        return search_table(
            source,
            target,
            options=columns,
            **axes,
            **training,
            folds=folds,
            repeats=repeats,
            nested=nested,
            on_plan=lambda trainings: say(f"training {trainings} networks"),
            on_progress=on_progress,
        )

    form = form_of(json, md)
    run(Job(data, target, where, reading, columns, dry_run, output, plot, force, form, debug), "searching", train, top)

"""`bnfit fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.architecture import ACTIVATIONS, ARMS, OUTPUT_ACTIVATIONS
from bnfit.cli import options as o
from bnfit.cli.streams import form_of
from bnfit.cli.training import Job, Progress, run

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.pipeline import Source
    from bnfit.results import FitReport


def fit(
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
    layers: o.Layers = None,
    units: o.Units = None,
    activation: o.Activation = None,
    output_activation: o.OutputActivation = None,
    arm: o.ArmName = None,
    folds: o.Folds = None,
    members: o.Members = None,
    recipe: o.Recipe = "default",
    epochs: o.Epochs = None,
    batch_size: o.BatchSize = None,
    learning_rate: o.LearningRate = None,
    class_weight: o.ClassWeight = None,
    sparse: o.Sparse = False,
    baseline: o.Baseline = "",
    group_columns: o.GroupColumns = None,
    group_correlated: o.GroupCorrelated = None,
    seed: o.Seed = 0,
    output: o.ModelOutput = Path("model.keras"),
    plot: o.Plot = None,
    force: o.Force = False,
    json: o.AsJson = False,
    md: o.AsMarkdown = False,
    debug: o.Debug = False,
) -> None:
    """Train one network on a table, measure it on rows it never saw, and save it as a Keras model."""
    network: dict[str, Any] = {
        "layers": o.count(layers, "--layers"),
        "units": o.count(units, "--units"),
        "activation": o.name(activation, ACTIVATIONS, "activation"),
        "output_activation": o.name(output_activation, OUTPUT_ACTIVATIONS, "output activation"),
        "arm": o.name(arm, tuple(ARMS), "arm"),
    }
    reading = o.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = o.schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    training = o.training(recipe, epochs, batch_size, learning_rate, members, seed, class_weight)

    questions = o.questions(baseline, group_columns or (), group_correlated)

    def train(source: Source, on_progress: Progress) -> tuple[FitReport, Model]:
        from bnfit.pipeline import fit_table

        return fit_table(
            source,
            target,
            options=columns,
            **network,
            **training,
            folds=folds,
            sparse=sparse,
            questions=questions,
            on_progress=on_progress,
        )

    form = form_of(json, md)
    run(Job(data, target, where, reading, columns, dry_run, output, plot, force, form, debug), "training", train)

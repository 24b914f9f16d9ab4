"""`bnfit search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.architecture import ACTIVATIONS, NORMS, OUTPUT_ACTIVATIONS, POSITIONS
from bnfit.cli import values
from bnfit.cli.options import results as r
from bnfit.cli.options import tables as t
from bnfit.cli.options import training as n
from bnfit.cli.streams import form_of, say
from bnfit.cli.training import Job, Progress, run

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
    layers: n.LayersAxis = "1,2,3,4",
    units: n.UnitsAxis = "2,3,4,5,6",
    activation: n.ActivationAxis = "tanh,relu,sigmoid",
    output_activation: n.OutputActivationAxis = None,
    arm: n.ArmAxis = "bn",
    norm: n.NormAxis = None,
    norm_position: n.NormPositionAxis = "before",
    folds: n.FoldsAxis = None,
    repeats: n.Repeats = 1,
    nested: n.Nested = False,
    members: n.Members = None,
    recipe: n.Recipe = "default",
    epochs: n.Epochs = None,
    batch_size: n.BatchSizeAxis = None,
    learning_rate: n.LearningRateAxis = None,
    momentum: n.MomentumAxis = None,
    epsilon: n.EpsilonAxis = None,
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
    axes: dict[str, Any] = {
        "layers": values.counts(layers, "--layers"),
        "units": values.counts(units, "--units"),
        "activations": values.names(activation, "--activation", ACTIVATIONS, "activation"),
        "output_activations": None
        if output_activation is None
        else values.names(output_activation, "--output-activation", OUTPUT_ACTIVATIONS, "output activation"),
        "arms": values.arms(arm),
        "norms": None if norm is None else values.names(norm, "--norm", NORMS, "norm"),
        "norm_positions": values.names(norm_position, "--norm-position", POSITIONS, "norm position"),
        "batch_sizes": None if batch_size is None else values.counts(batch_size, "--batch-size"),
        "learning_rates": None if learning_rate is None else values.numbers(learning_rate, "--learning-rate"),
        "momentums": None if momentum is None else values.numbers(momentum, "--momentum"),
        "epsilons": None if epsilon is None else values.numbers(epsilon, "--epsilon"),
    }
    reading = values.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = values.schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    training = values.training(recipe, members, seed, class_weight, epochs=epochs)
    values.check_recipes(recipe, *(axes[a] for a in ("batch_sizes", "learning_rates", "momentums", "epsilons")))

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
            curves=curves,
            on_plan=lambda trainings: say(f"training {trainings} networks"),
            on_progress=on_progress,
        )

    form = form_of(json, md)
    run(Job(data, target, where, reading, columns, dry_run, output, plot, force, form, debug), "searching", train, top)

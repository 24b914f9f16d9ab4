"""`bnfit fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.architecture import ACTIVATIONS, ARMS, NORMS, OUTPUT_ACTIVATIONS, POSITIONS
from bnfit.cli import values
from bnfit.cli.options import results as r
from bnfit.cli.options import tables as t
from bnfit.cli.options import training as n
from bnfit.cli.streams import form_of
from bnfit.cli.training import Job, Progress, run

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.pipeline import Source
    from bnfit.results import FitReport


def fit(
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
    layers: n.Layers = None,
    units: n.Units = None,
    activation: n.Activation = None,
    output_activation: n.OutputActivation = None,
    arm: n.ArmName = None,
    norm: n.Norm = None,
    norm_position: n.NormPosition = "before",
    folds: n.Folds = None,
    members: n.Members = None,
    recipe: n.Recipe = "default",
    epochs: n.Epochs = None,
    batch_size: n.BatchSize = None,
    learning_rate: n.LearningRate = None,
    momentum: n.Momentum = None,
    epsilon: n.Epsilon = None,
    weight_decay: n.WeightDecay = None,
    class_weight: n.ClassWeight = None,
    sparse: n.Sparse = False,
    shadow: n.Shadow = False,
    baseline: r.Baseline = "",
    group_columns: r.GroupColumns = None,
    group_correlated: r.GroupCorrelated = None,
    seed: n.Seed = 0,
    output: r.ModelOutput = Path("model.keras"),
    plot: r.Plot = None,
    force: r.Force = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    debug: r.Debug = False,
) -> None:
    """Train networks on a table, measure them on rows they never saw, and save their mean as one Keras model."""
    network: dict[str, Any] = {
        "layers": values.count(layers, "--layers"),
        "units": values.count(units, "--units"),
        "activation": values.name(activation, ACTIVATIONS, "activation"),
        "output_activation": values.name(output_activation, OUTPUT_ACTIVATIONS, "output activation"),
        "arm": values.name(arm, tuple(ARMS), "arm"),
        "norm": values.name(norm, NORMS, "norm"),
        "norm_position": values.name(norm_position, POSITIONS, "norm position"),
    }
    reading = values.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = values.schema_options(features, drop, types, task, decimal, weight=weight, group=group, time=time)
    training = values.training(
        recipe,
        members,
        seed,
        class_weight,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        momentum=momentum,
        epsilon=epsilon,
        weight_decay=weight_decay,
    )
    questions = values.questions(baseline, group_columns or (), group_correlated, shadow=shadow)

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

"""`bnfit fit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.cli import parse as values
from bnfit.cli.gates import Gates
from bnfit.cli.options import output as r
from bnfit.cli.options import search as s
from bnfit.cli.options import table as t
from bnfit.cli.options import train as n
from bnfit.cli.options.shared import NOTHING, Values, expanded
from bnfit.cli.run_training import Job, OnModel, run
from bnfit.cli.streams import form_of

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.progress import Progress
    from bnfit.results.fit import FitReport
    from bnfit.table.source import Source


@expanded(network=n.single(n.NETWORK_OPTIONS))
def fit(
    data: t.Data,
    target: t.Target,
    where: t.Where = None,
    csv: t.Csv = None,
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
    network: Values = NOTHING,
    folds: n.Folds = None,
    members: n.Members = None,
    recipe: n.Recipe = None,
    epochs: n.Epochs = None,
    sparse: n.Sparse = False,
    shadow: n.Shadow = False,
    baseline: r.Baseline = "",
    group_columns: r.GroupColumns = None,
    seed: n.Seed = 0,
    workers: s.Workers = None,
    output: r.ModelOutput = Path("model.keras"),
    no_rows: r.NoRows = False,
    plot: r.Plot = None,
    force: r.Force = False,
    top: r.Top = None,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    fail_if: r.FailIf = None,
    quiet: r.Quiet = False,
    debug: r.Debug = False,
) -> None:
    """Train networks on a table, measure them on rows they never saw, and save their mean as one Keras model."""
    written = values.csv_format(csv)
    reading = values.read_options(written, na, max_bad_rows)
    roles = {"weight": weight, "group": group, "time": time}
    columns = values.schema_options(features, drop, types, task, written.get("decimal"), **roles)
    how = values.recipe(recipe, epochs=epochs)
    questions = values.questions(baseline, group_columns or (), shadow=shadow)

    def train(source: Source, on_progress: Progress, on_model: OnModel, _journal: object) -> tuple[FitReport, Model]:
        from bnfit.api import fit_table  # numpy, h5py

        return fit_table(
            source,
            target,
            options=columns,
            **network,
            recipe=how.name,
            **how.changes,
            class_weight=how.class_weight,
            members=members,
            seed=seed,
            folds=folds,
            sparse=sparse,
            questions=questions,
            on_progress=on_progress,
            on_model=on_model,
        )

    form, gates = form_of(json, md), Gates.of(fail_if, "rejected", "worse-than-linear")
    saving = output, not no_rows, plot, force
    job = Job(data, target, where, reading, columns, dry_run, *saving, form, gates, quiet, debug)
    run(job, train, top, workers=workers)

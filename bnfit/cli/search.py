"""`bnfit search`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.api.arguments import seconds
from bnfit.cli import parse as values
from bnfit.cli.gates import Gates
from bnfit.cli.journal import say_standing
from bnfit.cli.options import output as r
from bnfit.cli.options import search as s
from bnfit.cli.options import table as t
from bnfit.cli.options import train as n
from bnfit.cli.options.shared import NOTHING, Values, expanded
from bnfit.cli.run_training import Job, OnModel, run
from bnfit.cli.streams import form_of, say
from bnfit.population.recipe import recipe_named
from bnfit.tuning.space import Axes
from bnfit.tuning.strategy import Strategy, duration

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.progress import Progress
    from bnfit.results.search import SearchReport
    from bnfit.table.source import Source
    from bnfit.tuning.journal import Journal


@expanded(network=n.tried(n.NETWORK_OPTIONS))
def search(
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
    strategy: s.Strategy = None,
    trials: s.Trials = None,
    budget: s.Budget = None,
    network: Values = NOTHING,
    folds: s.FoldsAxis = None,
    repeats: s.Repeats = 1,
    save: s.Save = None,
    members: n.Members = None,
    recipe: n.RecipeAxes = None,
    epochs: n.Epochs = None,
    seed: n.Seed = 0,
    output: r.ModelOutput = Path("model.keras"),
    no_rows: r.NoRows = False,
    plot: r.Plot = None,
    force: r.Force = False,
    top: r.Top = None,
    restart: r.Restart = False,
    workers: s.Workers = None,
    curves: r.Curves = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    fail_if: r.FailIf = None,
    quiet: r.Quiet = False,
    debug: r.Debug = False,
) -> None:
    """Try many networks on a table beside those of `fit`, and save the best, or an ensemble, as a Keras model."""
    chosen = values.recipe(recipe, tried=True, epochs=epochs)
    axes = {**network, **chosen.axes}
    how = Strategy(strategy, trials, seconds(budget))
    written = values.csv_format(csv)
    reading = values.read_options(written, na, max_bad_rows)
    roles = {"weight": weight, "group": group, "time": time}
    columns = values.schema_options(features, drop, types, task, written.get("decimal"), **roles)
    # refuse what no search can try before anything is loaded
    how.candidates(Axes.named(**axes), recipe_named(chosen.name).tuned(**chosen.changes), 0)

    def train(
        source: Source, on_progress: Progress, on_model: OnModel, journal: Journal | None
    ) -> tuple[SearchReport, Model]:
        from bnfit.api import search_table  # numpy, h5py

        def tell(trainings: int) -> None:
            say(plan(trainings, how.budget))
            if journal is not None:
                say_standing(journal)

        return search_table(
            source,
            target,
            options=columns,
            **axes,
            recipe=chosen.name,
            **chosen.changes,
            class_weight=chosen.class_weight,
            members=members,
            seed=seed,
            strategy=how.name,
            trials=how.trials,
            budget=how.budget,
            folds=folds,
            repeats=repeats,
            save=save,
            curves=curves,
            on_plan=None if quiet else tell,
            on_progress=on_progress,
            on_model=on_model,
            journal=journal,
        )

    form, gates = form_of(json, md), Gates.of(fail_if, "rejected", "worse-than-linear", "corrected")
    saving = output, not no_rows, plot, force
    job = Job(data, target, where, reading, columns, dry_run, *saving, form, gates, quiet, debug)
    run(job, train, top, restart=restart, workers=workers)


def plan(trainings: int, budget: float | None) -> str:
    """Sentence on the trainings that are about to start."""
    return (
        f"training {trainings} networks"
        if budget is None
        else (f"training up to {trainings} networks within {duration(budget)}")
    )

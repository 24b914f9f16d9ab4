"""`bnfit study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bnfit.cli import values
from bnfit.cli.axes import axes
from bnfit.cli.options import panels
from bnfit.cli.options import results as r
from bnfit.cli.options import searching as s
from bnfit.cli.options import tables as t
from bnfit.cli.options import training as n
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import emit, form_of, progress, quiet_tensorflow, say, shell
from bnfit.cli.training import aside


def study(
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
    layers: s.LayersAxis = None,
    units: s.UnitsAxis = None,
    activation: s.ActivationAxis = None,
    output_activation: s.OutputActivationAxis = None,
    folds: s.FoldsAxis = 5,
    repeats: n.StudyRepeats = 20,
    seed: n.Seed = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.", rich_help_panel=panels.OUTPUT)
    ] = Path("study"),
    force: r.Force = False,
    top: r.Top = 10,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    debug: r.Debug = False,
) -> None:
    """Do the paper's whole study on a table, and write a folder with its report, tables and figures."""
    given = axes(layers=layers, units=units, activations=activation, output_activations=output_activation)
    form = form_of(json, md)
    reading = values.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = values.schema_options(features, drop, types, "regression", decimal)
    from bnfit.study import check_folder, run_study, write_study

    check_folder(output, force)
    with quiet_tensorflow(debug):
        from bnfit.pipeline import load_table

        source = load_table(data, where, reading)
        say_rejected(source)
        with progress("studying") as on_progress:
            report, evidence = aside(
                lambda: run_study(
                    source,
                    target,
                    options=columns,
                    **given,
                    folds=folds or 5,
                    repeats=repeats,
                    seed=seed,
                    on_plan=lambda trainings: say(f"training {trainings} networks"),
                    on_progress=on_progress,
                )
            )
        files = write_study(report, evidence, output, force=force)
        emit(report, form, top=top, output=str(output), files=files, **rejections(source))
    say(f"saved {shell(output)}, {len(files)} files; read {shell(output / 'report.md')}")

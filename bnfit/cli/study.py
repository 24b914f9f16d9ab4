"""`bnfit study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bnfit.architecture import ACTIVATIONS, OUTPUT_ACTIVATIONS
from bnfit.cli import options as o
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import emit, form_of, progress, quiet_tensorflow, say, shell
from bnfit.cli.training import aside


def study(
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
    layers: o.LayersAxis = "1,2,3,4",
    units: o.UnitsAxis = "2,3,4,5,6",
    activation: o.ActivationAxis = "tanh,relu,sigmoid",
    output_activation: o.OutputActivationAxis = "linear,relu",
    folds: o.FoldsAxis = 5,
    repeats: o.StudyRepeats = 20,
    seed: o.Seed = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.", rich_help_panel=o.OUTPUT)
    ] = Path("study"),
    force: o.Force = False,
    top: o.Top = 10,
    json: o.AsJson = False,
    md: o.AsMarkdown = False,
    debug: o.Debug = False,
) -> None:
    """Do the paper's whole study on a table, and write a folder with its report, tables and figures."""
    axes: dict[str, Any] = {
        "layers": o.counts(layers, "--layers"),
        "units": o.counts(units, "--units"),
        "activations": o.names(activation, "--activation", ACTIVATIONS, "activation"),
        "output_activations": o.names(
            output_activation or "linear,relu", "--output-activation", OUTPUT_ACTIVATIONS, "output activation"
        ),
    }
    form = form_of(json, md)
    reading = o.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    columns = o.schema_options(features, drop, types, "regression", decimal)
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
                    **axes,
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

"""`bnfit study`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bnfit.cli import parse as values
from bnfit.cli.flags import lines_with_flags, result_with_flags
from bnfit.cli.journal import journaled, say_standing
from bnfit.cli.options import output as r
from bnfit.cli.options import panels
from bnfit.cli.options import search as s
from bnfit.cli.options import table as t
from bnfit.cli.options import train as n
from bnfit.cli.options.shared import NOTHING, Values, expanded
from bnfit.cli.plot import about_table
from bnfit.cli.progress_bar import progress_bar
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.run_training import aside, on_workers
from bnfit.cli.streams import emit, form_of, quiet_tensorflow, say, say_waiting, shell
from bnfit.errors import UsageError
from bnfit.report.figures.save import check_plot, is_page


@expanded(network=n.tried(n.LAYER_OPTIONS))
def study(
    data: t.Data,
    target: t.Target,
    where: t.Where = None,
    csv: t.Csv = None,
    na: t.Missing = "",
    max_bad_rows: t.MaxBadRows = 0.01,
    features: t.Features = "",
    drop: t.Drop = "",
    types: t.Types = "",
    network: Values = NOTHING,
    folds: s.FoldsAxis = 5,
    repeats: n.StudyRepeats = 20,
    seed: n.Seed = 0,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write.", rich_help_panel=panels.OUTPUT)
    ] = Path("study"),
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="All of it as one page, .html.", rich_help_panel=panels.OUTPUT),
    ] = None,
    force: r.Force = False,
    restart: r.Restart = False,
    workers: s.Workers = None,
    top: r.Top = 10,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    quiet: r.Quiet = False,
    debug: r.Debug = False,
) -> None:
    """Do the paper's whole study on a table, and write a folder with its report, tables and figures."""
    from bnfit.study.write import check_study, write_study  # numpy

    form = form_of(json, md)
    written = values.csv_format(csv)
    reading = values.read_options(written, na, max_bad_rows)
    columns = values.schema_options(features, drop, types, "regression", written.get("decimal"))
    check_study(output, force)
    if plot is not None and not is_page(plot):
        raise UsageError(f"`plot`: '{plot}' is no page", "end its name in .html; figures are in the folder")
    check_plot(plot, force)
    with quiet_tensorflow(debug):
        from bnfit.api import load_table  # numpy, h5py, as what follows
        from bnfit.study.run import run_study

        say_waiting(data)
        with (
            progress_bar("reading", quiet) as on_progress,
            journaled(output, restart) as journal,
            on_workers(workers) as inside,
        ):
            source = load_table(data, where, reading.expecting({target, *columns.named}))
            say_rejected(source)
            on_progress(0.0, "training")

            def tell(trainings: int) -> None:
                say(f"training {trainings} networks")
                say_standing(journal)

            report, evidence = aside(
                lambda: run_study(
                    source,
                    target,
                    options=columns,
                    **network,
                    folds=folds or 5,
                    repeats=repeats,
                    seed=seed,
                    on_plan=None if quiet else tell,
                    on_progress=on_progress,
                    journal=journal,
                ),
                inside,
            )
            report = result_with_flags(report)
            page = None if plot is None else (plot, about_table(data))
            files = write_study(report, evidence, output, force=force, reword=lines_with_flags, page=page)
            journal.remove()
        emit(report, form, top=top, output=str(output), files=files, **rejections(source))
    if not quiet:
        say(f"saved {shell(output)}, {len(files)} files; read {shell(output / 'report.md')}")

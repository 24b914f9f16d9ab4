"""`bnfit explain`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bnfit.cli import parse as values
from bnfit.cli.gates import Gates, conclude
from bnfit.cli.options import output as r
from bnfit.cli.options import table as t
from bnfit.cli.plot import draw
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import emit, form_of, quiet_tensorflow, say_waiting
from bnfit.errors import UsageError
from bnfit.report.figures.save import check_plot
from bnfit.results.shown import SHOWN

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.report.blocks import Block
    from bnfit.table.source import Source
    from bnfit.table.types import ReadOptions


def explain(
    model: r.Model,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Measure afresh on this CSV file ('-': stdin); else as the file says."),
    ] = None,
    where: t.Where = None,
    csv: t.Csv = None,
    na: t.Missing = "",
    max_bad_rows: t.MaxBadRows = 0.01,
    baseline: r.Baseline = "",
    group_columns: r.GroupColumns = None,
    target: r.ForeignTarget = None,
    features: r.ForeignFeatures = "",
    classes: r.ForeignClasses = "",
    show: r.Show = "",
    top: r.Top = None,
    plot: r.Plot = None,
    force: r.Force = False,
    trust_model: r.Trust = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    fail_if: r.FailIf = None,
    base: r.Base = None,
    debug: r.Debug = False,
) -> None:
    """Show how much each column matters to a model: by γ, and by the error with the column switched off."""
    form, gates = form_of(json, md), Gates.of(fail_if, *([] if data is None else ["rejected"]))
    reading = (values.csv_format(csv), na, max_bad_rows)
    shown = values.names(show, "--show", tuple(SHOWN), "part of a report") if show else ()
    paired, compare, nodes = (name in shown for name in ("interactions", "compare", "nodes"))
    questions = values.questions(baseline, group_columns or (), compare, interactions=paired)
    if data is None and (where is not None or reading != values.READ_AS_FOUND):
        unread = "--where" if where is not None else "an option on how the file is written"
        raise UsageError(f"{unread} needs a table", "name a CSV file after the model")
    needing = {
        "--target": target is not None,
        "--show nodes": nodes,
        "--show compare": compare,
        "--show interactions": paired,
        "--base": base is not None,
    }
    _check_table(data, target, {"--features": features, "--classes": classes}, needing)
    check_plot(plot, force)
    if compare:
        from bnfit.importance.compare import check_installed  # numpy

        check_installed()
    with quiet_tensorflow(debug or not trust_model):
        from bnfit.api import explain_model, load_model  # numpy, h5py

        asked = _Table(data, where, values.read_options(*reading))
        how = {"features": values.columns(features), "classes": values.columns(classes), "trust": trust_model}
        loaded, source = _load(model, asked, target, how)
        gates.check_model(loaded.schema, columns=True, base=base is not None, table=source is not None)
        beside = None if base is None else load_model(base, trust=trust_model)
        result = explain_model(loaded, source, questions=questions, base=beside)
        if plot is not None:
            draw(plot, result, loaded, name=model, data=data, force=force)
        extra = {} if source is None else rejections(source)
        nodes_blocks: list[Block] = []
        if source is not None and nodes:
            from bnfit.importance.nodes import node_table  # numpy
            from bnfit.report.importances import nodes_table  # results, as in `emit`

            extra["nodes"] = node_table(loaded, source)
            nodes_blocks = nodes_table(extra["nodes"], top)
        emit(
            result,
            form,
            top=top,
            show=shown,
            more=nodes_blocks,
            model=model,
            gates=(held := gates.results(result, source)),
            **extra,
        )
    conclude(held)


@dataclass(frozen=True)
class _Table:
    """Options on the table, and how it is written."""

    data: str | None
    where: str | None
    reading: ReadOptions

    def read(self, names: Iterable[str]) -> Source | None:
        """Read it, with these columns expected, and report its bad rows; None without one."""
        from bnfit.api import load_table  # numpy, h5py

        if self.data is None:
            return None
        say_waiting(self.data)
        source = load_table(self.data, self.where, self.reading.expecting(names))
        say_rejected(source)
        return source


def _load(path: str, table: _Table, target: str | None, how: dict[str, Any]) -> tuple[Model, Source | None]:
    """Load a model and read the table, whose columns the model names.

    One that bnfit did not make, of a named target, gets its schema from the table: `how` are the arguments of
    `foreign_model`.
    """
    from bnfit.api import load_model  # numpy, h5py

    source = None if target is None else table.read((target, *how["features"]))
    if source is None or target is None:
        model = load_model(path, trust=how["trust"])
        return model, table.read(model.schema.needed)
    from bnfit.model.foreign import foreign_model  # pandas

    return foreign_model(path, source, target, **how), source


def _check_table(data: str | None, target: str | None, foreign: dict[str, str], asked: dict[str, bool]) -> None:
    """Raise UsageError for an option that needs a table, or --target, without it."""
    needing = [option for option, given in asked.items() if given]
    if data is None and needing:
        raise UsageError(f"{needing[0]} needs a table", "name one after the model")
    for option, given in foreign.items():
        if given and target is None:
            raise UsageError(f"{option} goes with --target, for a model that bnfit did not make")

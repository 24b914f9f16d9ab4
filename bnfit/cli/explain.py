"""`bnfit explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bnfit.cli import values
from bnfit.cli.options import results as r
from bnfit.cli.options import tables as t
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import emit, form_of, quiet_tensorflow
from bnfit.errors import UsageError
from bnfit.figures import check_plot, write_plot

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.sources import Source


def explain(
    model: r.Model,
    data: Annotated[
        str | None,
        typer.Argument(metavar="[DATA]", help="Measure afresh on this CSV file ('-': stdin); else as the file says."),
    ] = None,
    where: t.Where = None,
    delimiter: t.Delimiter = None,
    quote: t.Quote = None,
    header: t.Header = None,
    encoding: t.Encoding = None,
    decimal: t.Decimal = None,
    na: t.Missing = "",
    max_bad_rows: t.MaxBadRows = 0.01,
    baseline: r.Baseline = "",
    group_columns: r.GroupColumns = None,
    group_correlated: r.GroupCorrelated = None,
    compare: r.Compare = False,
    target: r.ForeignTarget = None,
    features: r.ForeignFeatures = "",
    nodes: r.Nodes = False,
    statistics: r.Statistics = False,
    plot: r.Plot = None,
    force: r.Force = False,
    trust_model: r.Trust = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    debug: r.Debug = False,
) -> None:
    """Show how much each column matters to a model: by γ, and by the error with the column switched off."""
    form = form_of(json, md)
    reading = (delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    questions = values.questions(baseline, group_columns or (), group_correlated, compare)
    if data is None and (where is not None or reading != values.READ_AS_FOUND):
        unread = "--where" if where is not None else "an option on how the file is written"
        raise UsageError(f"{unread} needs a table", "name a CSV file after the model")
    _check_table(data, target, features, nodes, compare)
    check_plot(plot, force)
    if compare:
        from bnfit.comparing import check_installed

        check_installed()
    with quiet_tensorflow(debug or not trust_model):
        from bnfit.pipeline import explain_model, load_model, load_table

        source = None if data is None else load_table(data, where, values.read_options(*reading))
        if source is not None:
            say_rejected(source)
        if target is None:
            loaded = load_model(model, trust=trust_model)
        else:
            loaded = _foreign(model, source, target, features, trust_model)
        found = {} if source is None else rejections(source)
        result = explain_model(loaded, source, questions=questions)
        if target is not None and source is not None:
            from bnfit.foreign import of_unknown_origin

            result = of_unknown_origin(result, source)
        if plot is not None:
            write_plot(plot, result, loaded.facts, force=force)
        table = None
        if nodes and source is not None:
            from bnfit.nodes import node_table
            from bnfit.report.importances import nodes_grid

            found["nodes"] = node_table(loaded, source)
            table = nodes_grid(found["nodes"])
        emit(result, form, statistics=statistics, table=table, model=model, **found)


def _foreign(path: str, source: Source | None, target: str, features: str, trust: bool) -> Model:
    """A model that bnfit did not make, with what the table says of it."""
    from bnfit.foreign import foreign_model

    assert source is not None
    return foreign_model(path, source, target, features=values.columns(features), trust=trust)


def _check_table(data: str | None, target: str | None, features: str, nodes: bool, compare: bool) -> None:
    """Raises: UsageError for an option that needs a table, or --target, without it."""
    asked = {"--target": target is not None, "--nodes": nodes, "--compare": compare}
    needing = [option for option, given in asked.items() if given]
    if data is None and needing:
        raise UsageError(f"{needing[0]} needs a table", "name one after the model")
    if features and target is None:
        raise UsageError("--features goes with --target, for a model that bnfit did not make")

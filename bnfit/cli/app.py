"""The Typer application: its commands and what they share."""

from __future__ import annotations

from typing import Annotated

import typer

from bnfit import __version__
from bnfit.cli.explain import explain
from bnfit.cli.export import export
from bnfit.cli.fit import fit
from bnfit.cli.help import Command, Group, help_
from bnfit.cli.predict import predict
from bnfit.cli.search import search
from bnfit.cli.study import study

EXIT_CODES = "Exit codes: 0 done; 1 a condition you set does not hold; 2 usage; 3 unfit data or model; 130 interrupted."

app = typer.Typer(
    name="bnfit",
    cls=Group,
    add_completion=True,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EXIT_CODES,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"bnfit {__version__}")
        raise typer.Exit


@app.callback()
def bnfit(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Turn a CSV file into a Keras model whose first layer says how much each column matters."""


for command in (search, fit, explain, predict, export, study):
    app.command(cls=Command)(command)
app.command(name="help")(help_)

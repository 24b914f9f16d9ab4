"""`--help` with what matters, and `bnfit help COMMAND` with every option."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from bnfit.address_space import TABLES, require

EXAMPLES = {
    "fit": "bnfit fit sales.csv --target price -o price.keras",
    "search": "bnfit search sales.csv --target price --budget 2m -o price.keras",
    "explain": "bnfit explain price.keras sales.csv --plot price.svg",
    "predict": "bnfit predict price.keras new.csv --keep id -o predictions.csv",
    "export": "bnfit export price.keras sales.csv -o price.onnx",
    "study": "bnfit study sales.csv --target price -o study",
}
"""By command, an example."""
MATTERING = {
    "fit": ("target", "drop", "group", "time", "dry_run", "sparse", "output", "plot", "force", "json"),
    "search": ("target", "drop", "group", "time", "budget", "arm", "output", "plot", "force", "json"),
    "explain": ("baseline", "group_columns", "show", "plot", "top", "force", "json", "fail_if", "base"),
    "predict": ("output", "keep", "interval", "contributions", "max_bad_rows", "force", "json", "fail_if"),
    "export": ("output", "force", "json"),
    "study": ("target", "features", "repeats", "seed", "output", "force", "top", "json"),
}
"""By command, the parameters of the options that `--help` shows."""
_ALL = "bnfit.help.all"


def name_no_switch(command: Any, ctx: Any) -> None:
    """Let the help show nothing for the value of a switch, which takes none."""
    for param in command.get_params(ctx):
        if getattr(param, "is_flag", False):
            param.metavar = ""


class Group(TyperGroup):
    """The command of all commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        name_no_switch(self, ctx)
        super().format_help(ctx, formatter)


class Command(TyperCommand):
    """A command whose `--help` shows the options that matter, an example, and where the others are."""

    _few = False

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters; while the short help is written, those that matter."""
        params = super().get_params(ctx)
        if not self._few:
            return params
        shown = {*MATTERING[str(self.name)], "help"}
        return [p for p in params if p.param_type_name == "argument" or p.name in shown]

    def invoke(self, ctx: Any) -> Any:
        """Run the command, where the system lets it have the memory for that."""
        require(TABLES, "bnfit")
        return super().invoke(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help: short, or whole where `bnfit help` asks for it."""
        name_no_switch(self, ctx)
        self._few = not ctx.meta.get(_ALL, False)
        example = f"Example: {EXAMPLES[str(self.name)]}"
        self.epilog = example if not self._few else f"{example}\n\nAll options: bnfit help {self.name}"
        try:
            super().format_help(ctx, formatter)
        finally:
            self._few = False


def help_(
    ctx: typer.Context, command: Annotated[str, typer.Argument(metavar="[COMMAND]", help="Of this one.")] = ""
) -> None:
    """Show every option of a command, in groups."""
    from bnfit.errors import known  # no start needs it

    group: Any = ctx.find_root().command
    if not command:
        typer.echo(group.get_help(ctx.find_root()))
        return
    found = group.commands[known(command, list(EXAMPLES), "command")]
    with found.make_context(command, [], parent=ctx.find_root(), resilient_parsing=True) as whole:
        whole.meta[_ALL] = True
        typer.echo(found.get_help(whole), nl=False)

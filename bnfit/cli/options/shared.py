"""Options that `fit` takes one value of and `search` a list, declared once for both."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

Values = dict[str, Any]
"""Values of a group of options."""
NOTHING: Values = {}


@dataclass(frozen=True)
class SharedOption:
    """An option of `fit` and of `search`.

    Attributes:
        name: of the parameter; the flag is derived from it.
        panel: heading of the help under which it stands.
        metavar: placeholder of one value.
        help: of one value.
        read: reads one value: takes its text, or None, and the flag.
        read_list: reads a list from its text and the flag.
        axis: name of the axis of `bnfit.tuning.space.Axes` that the list is for.
        shown: the default as the help of `fit` shows it; True as Typer does.
        help_list: help of the list, where it is another.
        shown_list: the default as the help of `search` shows it, where it is another.
    """

    name: str
    panel: str
    metavar: str
    help: str
    read: Callable[[str | None, str], Any]
    read_list: Callable[[str, str], Sequence[Any]]
    axis: str
    shown: str | bool = True
    help_list: str | None = None
    shown_list: str | None = None

    @property
    def flag(self) -> str:
        """Flag on the command line."""
        return "--" + self.name.replace("_", "-")

    def one(self) -> Parameter:
        """Return the parameter of a command that takes one value."""
        option = typer.Option(
            self.flag,
            show_default=self.shown,
            metavar=self.metavar,
            help=self.help,
            rich_help_panel=self.panel,
        )
        return Parameter(self.name, Annotated[str | None, option], None, lambda text: self.read(text, self.flag))

    def listed(self) -> Parameter:
        """Return the parameter of a command that takes a list; unnamed, its axis is left open."""
        option = typer.Option(
            self.flag,
            show_default=self.shown if self.shown_list is None else self.shown_list,
            metavar=f"{self.metavar},...",
            help=self.help if self.help_list is None else self.help_list,
            rich_help_panel=self.panel,
        )
        return Parameter(
            self.name,
            Annotated[str | None, option],
            None,
            lambda text: None if text is None else self.read_list(text, self.flag),
            self.axis,
        )


@dataclass(frozen=True)
class Parameter:
    """A parameter that Typer sees.

    Attributes:
        name: of the parameter.
        annotation: its type with its option.
        default: its value where the user names none.
        read: turns what Typer gives into what the command gets.
        axis: the name under which the command gets it, and only if the user names it; None for `name`, always.
    """

    name: str
    annotation: Any
    default: Any
    read: Callable[[Any], Any]
    axis: str | None = None


def expanded(**groups: Sequence[Parameter]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Put several parameters, as Typer sees them, in the place of one parameter of a command, which gets their values.

    Args:
        groups: by the name of the command's parameter, which takes a dictionary.
    """

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            for group, parameters in groups.items():
                given[group] = _values(parameters, {p.name: given.pop(p.name) for p in parameters})
            command(**given)

        signature = inspect.signature(command, eval_str=True)
        seen = [p for name, own in signature.parameters.items() for p in _parameters(groups.get(name), own)]
        run.__signature__ = signature.replace(parameters=seen)  # type: ignore[attr-defined]
        run.__annotations__ = {p.name: p.annotation for p in seen}
        return run

    return decorate


def _parameters(group: Sequence[Parameter] | None, own: inspect.Parameter) -> list[inspect.Parameter]:
    if group is None:
        return [own]
    return [inspect.Parameter(p.name, own.kind, default=p.default, annotation=p.annotation) for p in group]


def _values(parameters: Sequence[Parameter], given: dict[str, Any]) -> dict[str, Any]:
    """Read the values of a group."""
    read = [(p, p.read(given[p.name])) for p in parameters]
    return {p.axis or p.name: value for p, value in read if value is not None or p.axis is None}

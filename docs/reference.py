"""Writes the parts of the documentation that are made from the code: `make docs`.

The tables of cli.md and the manual page are made from the commands, those of json.md and json.schema.json from the
results that `--json` prints.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from typer.main import get_command

from bnfit.cli.app import EXIT_CODES, app
from bnfit.cli.help import EXAMPLES
from bnfit.cli.json_schema import DOCUMENTS, Schema, json_schema

FOLDER = Path(__file__).parent
MADE = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
"""A part of a page that is made; what stands around it is written by hand."""


def options_of(command: Any) -> str:
    """Make the tables of a command's arguments and options, by the panels of its help."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and not p.hidden]
    parts = [grid(("Argument", ""), [(f"`{p.metavar}`", cell(p.help)) for p in arguments])]
    for panel, members in panels(options):
        rows = [(spelling(p), default(p), cell(p.help)) for p in members]
        parts.append(f"**{panel}**\n\n" + grid(("Option", "Default", ""), rows))
    return "\n".join(parts)


def panels(options: Iterable[Any]) -> list[tuple[str, list[Any]]]:
    """Group options by the panel of the help in which they stand, those without one first."""
    titles = list(dict.fromkeys(p.rich_help_panel or "Options" for p in options))
    titles.sort(key=lambda title: title != "Options")
    ordered = sorted(options, key=lambda p: titles.index(p.rich_help_panel or "Options"))
    return [(title, list(of)) for title, of in groupby(ordered, key=lambda p: p.rich_help_panel or "Options")]


def spelling(option: Any) -> str:
    """Write an option as it is given: its spellings, and what stands for its value."""
    words = ", ".join([*reversed(option.opts), *option.secondary_opts])
    return f"`{words}{f' {option.metavar}' if option.metavar else ''}`"


def default(option: Any) -> str:
    """Say what holds where an option is not given."""
    if option.required:
        return "required"
    if isinstance(option.show_default, str):
        return cell(option.show_default)
    if option.default is None or option.default == "" or option.is_flag:
        return ""
    return f"`{option.default}`"


def documents() -> str:
    """Make the description of every kind of document."""
    defined = json_schema()["$defs"]
    texts = [f"### {name}\n\nFrom `{of.printed_by}`.\n\n{keys(defined[name])}" for name, of in DOCUMENTS.items()]
    return "\n".join(texts)


def objects() -> str:
    """Make the description of the objects in documents."""
    defined = {name: schema for name, schema in json_schema()["$defs"].items() if name not in DOCUMENTS}
    return "\n".join(f"### {name}\n\n{schema['description']}\n\n{keys(schema)}" for name, schema in defined.items())


def keys(schema: Schema) -> str:
    """Make the table of an object's keys."""
    optional = schema["properties"].keys() - set(schema["required"])
    rows = [
        (f"`{key}`{' (not always)' * (key in optional)}", kind(value), cell(value["description"]))
        for key, value in schema["properties"].items()
    ]
    return grid(("Key", "Type", "Meaning"), rows)


def kind(schema: Schema) -> str:
    """Name the type of a value, with a link to the object that it is."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(kind, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema["enum"])
    types = schema.get("type", "any")
    names = " or ".join([types] if isinstance(types, str) else types)
    if names == "array" and isinstance(schema.get("items"), dict):
        return f"array of {kind(schema['items'])}"
    if names == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {kind(schema['additionalProperties'])}"
    return names


def cell(text: str) -> str:
    """Put a text in a cell of a table."""
    return " ".join(text.split()).replace("|", "\\|").removesuffix(".")


def grid(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a Markdown table."""
    lines = [titles, ["---"] * len(titles), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def filled(page: str, parts: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with its made parts made anew.

    Raises:
        KeyError: the page has a part that nothing makes.
    """
    text = (FOLDER / page).read_text(encoding="utf-8")
    return MADE.sub(lambda found: found[1] + parts[found[2]]() + found[3], text)


def cli_page() -> str:
    """Return the reference of the commands."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    return filled("cli.md", {name: partial(options_of, command) for name, command in commands.items()})


def json_page() -> str:
    """Return the description of the documents."""
    return filled("json.md", {"documents": documents, "objects": objects})


def schema_file() -> str:
    """Return the JSON Schema as a file has it."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def man_page() -> str:
    """Return the manual page of all commands, for `man`."""
    commands = get_command(app).commands  # type: ignore[attr-defined]
    lines = [
        ".TH BNFIT 1",
        ".SH NAME",
        "bnfit \\- turn a table into a Keras model, and say how much each column matters",
    ]
    lines += [".SH SYNOPSIS", ".B bnfit", "COMMAND [OPTIONS]"]
    for name, command in commands.items():
        arguments = " ".join(p.metavar for p in command.params if p.param_type_name == "argument")
        lines += [f".SH BNFIT {name.upper()}", f".B bnfit {name}", roff(arguments), ".PP", roff(command.help)]
        if name in EXAMPLES:
            lines += [".PP", "Example:", f".B {roff(EXAMPLES[name])}"]
        for option in (p for p in command.params if p.param_type_name == "option"):
            lines += [".TP", f".B {roff(spelling(option).strip('`'))}", roff(option.help)]
    return "\n".join([*lines, ".SH EXIT STATUS", roff(EXIT_CODES.removeprefix("Exit codes: "))]) + "\n"


def roff(text: str) -> str:
    """Write a text so that `man` shows it as it is."""
    line = " ".join((text or "").split()).replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{line}" if line[:1] in (".", "'") else line


PAGES: dict[str, Callable[[], str]] = {
    "cli.md": cli_page,
    "json.md": json_page,
    "json.schema.json": schema_file,
    "bnfit.1": man_page,
}
"""What each file that has made parts should hold."""


if __name__ == "__main__":
    for name, make in PAGES.items():
        (FOLDER / name).write_text(make(), encoding="utf-8")

"""Options on a table: how it is written and what its columns are."""

from __future__ import annotations

from typing import Annotated

import typer

from bnfit.cli.options.panels import COLUMNS, READING
from bnfit.cli.parse import CSV_KEYS

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A table: CSV or the like, Parquet, Arrow; a glob of parts; '-' is stdin.")
]
Target = Annotated[str, typer.Option("--target", metavar="COL", help="The column to predict.")]
Where = Annotated[
    str | None, typer.Option("--where", metavar="EXPR", help="Keep the rows where this holds: 'Ueq >= Upos'.")
]
Csv = Annotated[
    list[str] | None,
    typer.Option(
        "--csv",
        show_default="found",
        metavar="KEY=VALUE",
        help=f"How the text is written: {', '.join(CSV_KEYS)}; may be repeated.",
        rich_help_panel=READING,
    ),
]
Missing = Annotated[
    str,
    typer.Option(
        "--na", metavar="TEXT,...", help="Texts for 'no value', instead of the usual ones.", rich_help_panel=READING
    ),
]
MaxBadRows = Annotated[
    float,
    typer.Option(
        "--max-bad-rows",
        min=0.0,
        max=1.0,
        metavar="SHARE",
        help="Share of rows that may be unreadable.",
        rich_help_panel=READING,
    ),
]
Features = Annotated[
    str,
    typer.Option("--features", metavar="COL,...", help="Take only these as inputs.", rich_help_panel=COLUMNS),
]
Drop = Annotated[str, typer.Option("--drop", metavar="COL,...", help="Leave these out.", rich_help_panel=COLUMNS)]
Types = Annotated[
    str,
    typer.Option(
        "--types",
        metavar="COL=KIND,...",
        help="State kinds: number, boolean, category, datetime, identifier, text.",
        rich_help_panel=COLUMNS,
    ),
]
Task = Annotated[
    str | None,
    typer.Option(
        "--task",
        show_default="by the target",
        metavar="NAME",
        help="regression or classification.",
        rich_help_panel=COLUMNS,
    ),
]
Weight = Annotated[
    str | None,
    typer.Option("--weight", metavar="COL", help="How much each row counts.", rich_help_panel=COLUMNS),
]
Group = Annotated[
    str | None,
    typer.Option("--group", metavar="COL", help="Rows of a group stay in one fold.", rich_help_panel=COLUMNS),
]
Time = Annotated[
    str | None,
    typer.Option("--time", metavar="COL", help="Judge on later rows than trained on.", rich_help_panel=COLUMNS),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Only say what each column is and what is done.", rich_help_panel=COLUMNS)
]

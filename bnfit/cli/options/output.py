"""Options on models, on what is told of them, and on where it goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bnfit.cli.options.panels import COLUMNS, OUTPUT
from bnfit.results.baselines import BASELINES
from bnfit.results.shown import SHOWN

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model that fit or search saved, or with --target any of Keras.")
]
Baseline = Annotated[
    str,
    typer.Option(
        "--baseline",
        metavar="NAME,...",
        help=f"Ways to switch a column off, with intervals: {', '.join(BASELINES)}.",
        rich_help_panel=COLUMNS,
    ),
]
GroupColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--group-columns",
        metavar="NAME=COL,...",
        help="Switch these off together too; 0.9: those that correlate so much.",
        rich_help_panel=COLUMNS,
    ),
]
ModelOutput = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="Where to save the model.", rich_help_panel=OUTPUT)
]
NoRows = Annotated[
    bool,
    typer.Option(
        "--no-rows",
        help="Leave targets, predictions and keys of training rows out of the file.",
        rich_help_panel=OUTPUT,
    ),
]
TableOutput = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Where to write; '-' is stdout.", rich_help_panel=OUTPUT)
]
FailIf = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-if",
        metavar="EXPR",
        help="Exit with 1 if this holds, such as 'r2 < 0.8'; may be repeated (see docs/gates.md).",
        rich_help_panel=OUTPUT,
    ),
]
Base = Annotated[
    str | None,
    typer.Option("--base", metavar="MODEL", help="Measure this model too, for --fail-if.", rich_help_panel=OUTPUT),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="No progress, and no message but errors and bad rows.", rich_help_panel=OUTPUT),
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.", rich_help_panel=OUTPUT)]
Curves = Annotated[
    bool,
    typer.Option("--curves", help="Also show the losses by epoch, for each value of the axes.", rich_help_panel=OUTPUT),
]
Top = Annotated[
    int | None,
    typer.Option(
        "--top", min=1, metavar="N", show_default="10", help="Rows of each table to show.", rich_help_panel=OUTPUT
    ),
]
Plot = Annotated[
    Path | None,
    typer.Option(
        "--plot", metavar="FILE", help="Draw it: .png, .svg, .pdf; .html is a whole page.", rich_help_panel=OUTPUT
    ),
]
ForeignTarget = Annotated[
    str | None,
    typer.Option(
        "--target",
        metavar="COL",
        help="For a model that bnfit did not make: the column that it predicts.",
        rich_help_panel=COLUMNS,
    ),
]
ForeignFeatures = Annotated[
    str,
    typer.Option(
        "--features",
        show_default="all but the target",
        metavar="COL,...",
        help="With --target: the model's columns in the model's order.",
        rich_help_panel=COLUMNS,
    ),
]
ForeignClasses = Annotated[
    str,
    typer.Option(
        "--classes",
        show_default="sorted",
        metavar="NAME,...",
        help="With --target: the classes in the order of the model's outputs.",
        rich_help_panel=COLUMNS,
    ),
]
Show = Annotated[
    str,
    typer.Option("--show", metavar="NAME,...", help=f"Also show: {', '.join(SHOWN)}.", rich_help_panel=OUTPUT),
]
Keep = Annotated[
    str,
    typer.Option(
        "--keep",
        metavar="COL[=NAME],...",
        help="Columns to carry over, under a new name where one is given.",
        rich_help_panel=OUTPUT,
    ),
]
Interval = Annotated[
    float | None,
    typer.Option(
        "--interval",
        metavar="SHARE",
        help="Add low and high, or set: this share of rows lies inside.",
        rich_help_panel=OUTPUT,
    ),
]
Contributions = Annotated[
    bool,
    typer.Option(
        "--contributions",
        help="Add base and contribution_COL: what each column adds to the prediction, in sum the prediction.",
        rich_help_panel=OUTPUT,
    ),
]
Restart = Annotated[
    bool,
    typer.Option("--restart", help="Begin anew, and forget what an interrupted run kept.", rich_help_panel=OUTPUT),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=OUTPUT)]
AsMarkdown = Annotated[bool, typer.Option("--md", help="Print Markdown.", rich_help_panel=OUTPUT)]
Trust = Annotated[
    bool, typer.Option("--trust-model", help="Let Keras load the file even if it may run code of its author's.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error, and TensorFlow's messages.")]

"""The options of the commands; how their values are read is in `bnfit.cli.values`, and at hand here too."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bnfit.architecture import ACTIVATIONS, ARMS, OUTPUT_ACTIVATIONS, STUDY_ARMS
from bnfit.cli.values import ALL_ARMS
from bnfit.cli.values import arms as arms
from bnfit.cli.values import columns as columns
from bnfit.cli.values import count as count
from bnfit.cli.values import counts as counts
from bnfit.cli.values import name as name
from bnfit.cli.values import names as names
from bnfit.cli.values import questions as questions
from bnfit.cli.values import read_options as read_options
from bnfit.cli.values import schema_options as schema_options
from bnfit.cli.values import training as training
from bnfit.recipe import RECIPES

READING, COLUMNS, NETWORK, TRAINING, OUTPUT = "Reading", "Columns", "Network", "Training", "Output"

Data = Annotated[
    str, typer.Argument(metavar="DATA", help="A table: CSV or the like, Parquet, Arrow; a glob of parts; '-' is stdin.")
]
Model = Annotated[
    str, typer.Argument(metavar="MODEL", help="A model that fit or search saved, or with --target any of Keras.")
]
Target = Annotated[str, typer.Option("--target", metavar="COL", help="The column to predict.")]
Where = Annotated[
    str | None, typer.Option("--where", metavar="EXPR", help="Keep the rows where this holds: 'Ueq >= Upos'.")
]

Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        show_default="found",
        metavar="TEXT",
        help="What stands between cells; tab: a tab.",
        rich_help_panel=READING,
    ),
]
Quote = Annotated[
    str | None,
    typer.Option(
        "--quote",
        show_default="found",
        metavar="CHAR",
        help="What stands around cells; '': nothing.",
        rich_help_panel=READING,
    ),
]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", show_default="found", help="Is the first row names?", rich_help_panel=READING),
]
Encoding = Annotated[
    str | None,
    typer.Option("--encoding", show_default="found", metavar="NAME", help="Of the text.", rich_help_panel=READING),
]
Decimal = Annotated[
    str | None,
    typer.Option(
        "--decimal", show_default="found", metavar="CHAR", help="Decimal mark: '.' or ','.", rich_help_panel=READING
    ),
]
Missing = Annotated[
    str,
    typer.Option("--na", metavar="TEXT,...", help="Further texts for 'no value'.", rich_help_panel=READING),
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
ClassWeight = Annotated[
    str | None,
    typer.Option(
        "--class-weight",
        metavar="NAME",
        help="balanced: every class counts alike in training.",
        rich_help_panel=TRAINING,
    ),
]

LayersAxis = Annotated[
    str, typer.Option("--layers", metavar="N,...", help="Numbers of hidden layers.", rich_help_panel=NETWORK)
]
UnitsAxis = Annotated[
    str, typer.Option("--units", metavar="N,...", help="Units of each hidden layer.", rich_help_panel=NETWORK)
]
ActivationAxis = Annotated[
    str,
    typer.Option("--activation", metavar="NAME,...", help=f"Of {', '.join(ACTIVATIONS)}.", rich_help_panel=NETWORK),
]
OutputActivationAxis = Annotated[
    str | None,
    typer.Option(
        "--output-activation",
        show_default="linear,relu",
        metavar="NAME,...",
        help=f"Of {', '.join(OUTPUT_ACTIVATIONS)}, for numbers; classes get probabilities.",
        rich_help_panel=NETWORK,
    ),
]
ArmAxis = Annotated[
    str,
    typer.Option(
        "--arm",
        metavar="NAME,...",
        help="Ways of normalising: "
        + "; ".join(f"{name}: {arm.description}" for name, arm in ARMS.items())
        + f"; {ALL_ARMS}: {', '.join(STUDY_ARMS)}.",
        rich_help_panel=NETWORK,
    ),
]

Layers = Annotated[
    str | None,
    typer.Option("--layers", show_default="by rows", metavar="N", help="Hidden layers.", rich_help_panel=NETWORK),
]
Units = Annotated[
    str | None,
    typer.Option(
        "--units", show_default="by rows", metavar="N", help="Units of each hidden layer.", rich_help_panel=NETWORK
    ),
]
Activation = Annotated[
    str | None,
    typer.Option(
        "--activation",
        show_default="tanh",
        metavar="NAME",
        help=f"One of {', '.join(ACTIVATIONS)}.",
        rich_help_panel=NETWORK,
    ),
]
OutputActivation = Annotated[
    str | None,
    typer.Option(
        "--output-activation",
        show_default="linear",
        metavar="NAME",
        help=f"One of {', '.join(OUTPUT_ACTIVATIONS)}, for numbers; classes get probabilities.",
        rich_help_panel=NETWORK,
    ),
]
ArmName = Annotated[
    str | None,
    typer.Option(
        "--arm",
        show_default="bn-input",
        metavar="NAME",
        help="How to normalise: " + "; ".join(f"{name}: {arm.description}" for name, arm in ARMS.items()) + ".",
        rich_help_panel=NETWORK,
    ),
]

Recipe = Annotated[
    str,
    typer.Option("--recipe", metavar="NAME", help=f"How to train: {', '.join(RECIPES)}.", rich_help_panel=TRAINING),
]
Epochs = Annotated[
    int | None,
    typer.Option(
        "--epochs",
        show_default="the recipe's",
        min=1,
        metavar="N",
        help="Passes over the rows.",
        rich_help_panel=TRAINING,
    ),
]
BatchSize = Annotated[
    int | None,
    typer.Option(
        "--batch-size", show_default="the recipe's", min=2, metavar="N", help="Rows per step.", rich_help_panel=TRAINING
    ),
]
LearningRate = Annotated[
    float | None,
    typer.Option(
        "--learning-rate", show_default="the recipe's", metavar="X", help="Peak step size.", rich_help_panel=TRAINING
    ),
]
FoldsAxis = Annotated[
    int | None,
    typer.Option(
        "--folds", show_default="5", min=2, metavar="N", help="Folds to judge over.", rich_help_panel=TRAINING
    ),
]
Folds = Annotated[
    int | None,
    typer.Option(
        "--folds", show_default="8", min=2, metavar="N", help="Folds to judge over.", rich_help_panel=TRAINING
    ),
]
Members = Annotated[
    int | None,
    typer.Option(
        "--members",
        show_default="at least 16, as many for each fold",
        min=1,
        metavar="N",
        help="Networks averaged in the model; 1: one trained on all rows.",
        rich_help_panel=TRAINING,
    ),
]
Sparse = Annotated[
    bool, typer.Option("--sparse", help="Choose the columns that pay; the others go.", rich_help_panel=TRAINING)
]
Repeats = Annotated[
    int,
    typer.Option("--repeats", min=1, metavar="N", help="Cross-validations to average.", rich_help_panel=TRAINING),
]
Nested = Annotated[
    bool,
    typer.Option(
        "--nested", help="Tell also the error of the search itself, picking included.", rich_help_panel=TRAINING
    ),
]
StudyRepeats = Annotated[
    int,
    typer.Option(
        "--repeats", min=1, metavar="N", help="How often the splits are drawn anew.", rich_help_panel=TRAINING
    ),
]
Seed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="Same seed, same model.", rich_help_panel=TRAINING)
]

Baseline = Annotated[
    str,
    typer.Option(
        "--baseline",
        metavar="NAME,...",
        help="Ways to switch a column off, with intervals: zero, mean, permute, conditional.",
        rich_help_panel=COLUMNS,
    ),
]
GroupColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--group-columns", metavar="NAME=COL,...", help="Switch these off together too.", rich_help_panel=COLUMNS
    ),
]
GroupCorrelated = Annotated[
    float | None,
    typer.Option(
        "--group-correlated",
        metavar="R",
        help="Switch columns that correlate at least so much off together too.",
        rich_help_panel=COLUMNS,
    ),
]

ModelOutput = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="Where to save the model.", rich_help_panel=OUTPUT)
]
TableOutput = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Where to write; '-' is stdout.", rich_help_panel=OUTPUT)
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.", rich_help_panel=OUTPUT)]
Top = Annotated[
    int,
    typer.Option("--top", min=1, metavar="N", help="Candidates to show in the leaderboard.", rich_help_panel=OUTPUT),
]
Plot = Annotated[
    Path | None,
    typer.Option("--plot", metavar="FILE", help="Draw it too: .png, .svg or .pdf.", rich_help_panel=OUTPUT),
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
Nodes = Annotated[
    bool, typer.Option("--nodes", help="Switch hidden nodes off too, in normalised layers.", rich_help_panel=OUTPUT)
]
Statistics = Annotated[
    bool, typer.Option("--statistics", help="Show the first layer's moving means and sds.", rich_help_panel=OUTPUT)
]
Keep = Annotated[str, typer.Option("--keep", metavar="COL,...", help="Columns to carry over.", rich_help_panel=OUTPUT)]
Interval = Annotated[
    float | None,
    typer.Option(
        "--interval",
        metavar="SHARE",
        help="Add low and high: about this share of rows lies between.",
        rich_help_panel=OUTPUT,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=OUTPUT)]
AsMarkdown = Annotated[bool, typer.Option("--md", help="Print Markdown.", rich_help_panel=OUTPUT)]
Trust = Annotated[
    bool, typer.Option("--trust-model", help="Let Keras load the file even if it may run code of its author's.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error, and TensorFlow's messages.")]

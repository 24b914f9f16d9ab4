"""The options of the commands, and the reading of their values."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bnfit.architecture import ACTIVATIONS, ARMS, OUTPUT_ACTIVATIONS, STUDY_ARMS, known
from bnfit.errors import UsageError
from bnfit.recipe import RECIPES, recipe_named

NETWORK, TRAINING, OUTPUT = "Network", "Training", "Output"
ALL_ARMS = "all"

Data = Annotated[str, typer.Argument(metavar="DATA", help="A CSV file with a header; '-' reads stdin.")]
Model = Annotated[str, typer.Argument(metavar="MODEL", help="A model that fit or search saved.")]
Target = Annotated[str, typer.Option("--target", metavar="COL", help="The column to predict.")]
Where = Annotated[
    str | None, typer.Option("--where", metavar="EXPR", help="Keep the rows where this holds: 'Ueq >= Upos'.")
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
    str,
    typer.Option(
        "--output-activation", metavar="NAME,...", help=f"Of {', '.join(OUTPUT_ACTIVATIONS)}.", rich_help_panel=NETWORK
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
    str | None, typer.Option("--layers", show_default="1", metavar="N", help="Hidden layers.", rich_help_panel=NETWORK)
]
Units = Annotated[
    str | None,
    typer.Option(
        "--units", show_default="16", metavar="N", help="Units of each hidden layer.", rich_help_panel=NETWORK
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
    str,
    typer.Option(
        "--output-activation", metavar="NAME", help=f"One of {', '.join(OUTPUT_ACTIVATIONS)}.", rich_help_panel=NETWORK
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
    int, typer.Option("--folds", min=2, metavar="N", help="Folds to judge over.", rich_help_panel=TRAINING)
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
Seed = Annotated[
    int, typer.Option("--seed", min=0, metavar="N", help="Same seed, same model.", rich_help_panel=TRAINING)
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
Statistics = Annotated[
    bool, typer.Option("--statistics", help="Show the first layer's moving means and sds.", rich_help_panel=OUTPUT)
]
Keep = Annotated[str, typer.Option("--keep", metavar="COL,...", help="Columns to carry over.", rich_help_panel=OUTPUT)]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=OUTPUT)]
AsMarkdown = Annotated[bool, typer.Option("--md", help="Print Markdown.", rich_help_panel=OUTPUT)]
Trust = Annotated[
    bool, typer.Option("--trust-model", help="Let Keras load the file even if it may run code of its author's.")
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error, and TensorFlow's messages.")]


def counts(text: str, option: str) -> tuple[int, ...]:
    """Positive whole numbers from a comma list.

    Raises:
        UsageError: something in it is none.
    """
    words = _words(text, option)
    for word in words:
        if not (word.isascii() and word.isdigit() and int(word) > 0):
            raise UsageError(f"{option}: '{word}' is not a positive whole number", f"such as {option} 1,2,3")
    return tuple(int(word) for word in words)


def count(text: str | None, option: str) -> int | None:
    """A positive whole number, where one was given.

    Raises:
        UsageError: it is none, or a list of them.
    """
    if text is None:
        return None
    values = counts(text, option)
    if len(values) > 1:
        raise UsageError(f"{option} takes one number, not '{text}'", "lists are for bnfit search")
    return values[0]


def name(text: str | None, choices: Sequence[str], what: str) -> str | None:
    """A name, where one was given.

    Raises:
        UsageError: it is not among the choices.
    """
    return None if text is None else known(text, choices, what)


def names(text: str, option: str, choices: Sequence[str], what: str) -> tuple[str, ...]:
    """Names from a comma list.

    Raises:
        UsageError: one of them is not among the choices; the hint names the nearest.
    """
    return tuple(known(word, choices, what) for word in _words(text, option))


def arms(text: str) -> tuple[str, ...]:
    """Arms from a comma list, or those of the paper's study for "all"."""
    if text.strip() == ALL_ARMS:
        return STUDY_ARMS
    return names(text, "--arm", (*ARMS, ALL_ARMS), "arm")


def columns(text: str) -> tuple[str, ...]:
    """Column names from a comma list; a name with a comma in it stands in double quotes, as in a CSV file."""
    import csv

    return tuple(cell.strip() for cell in next(csv.reader([text], skipinitialspace=True), []) if cell.strip())


def training(
    recipe: str, epochs: int | None, batch_size: int | None, learning_rate: float | None, members: int | None, seed: int
) -> dict[str, Any]:
    """The training options as the pipeline's functions take them.

    Raises:
        UsageError: the recipe does not exist, or cannot train so.
    """
    changes = {"epochs": epochs, "batch_size": batch_size, "learning_rate": learning_rate}
    recipe_named(recipe).changed(**changes)
    return {"recipe": recipe, **changes, "members": members, "seed": seed}


def _words(text: str, option: str) -> list[str]:
    words = [word.strip() for word in text.split(",")]
    if not all(words):
        raise UsageError(f"{option}: empty value in '{text}'", "separate values by single commas")
    return words

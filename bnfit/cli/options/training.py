"""Options on networks and how they are trained."""

from __future__ import annotations

from typing import Annotated

import typer

from bnfit.architecture import ACTIVATIONS, ARMS, NORMS, OUTPUT_ACTIVATIONS
from bnfit.cli.options.panels import NETWORK, TRAINING
from bnfit.recipe import RECIPES

ClassWeight = Annotated[
    str | None,
    typer.Option(
        "--class-weight",
        metavar="NAME",
        help="balanced: every class counts alike in training.",
        rich_help_panel=TRAINING,
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
Norm = Annotated[
    str | None,
    typer.Option(
        "--norm",
        show_default="as the arm",
        metavar="NAME",
        help=f"One of {', '.join(NORMS)}, for hidden layers.",
        rich_help_panel=NETWORK,
    ),
]
NormPosition = Annotated[
    str,
    typer.Option("--norm-position", metavar="NAME", help="before or after the activation.", rich_help_panel=NETWORK),
]
Momentum = Annotated[
    float | None,
    typer.Option(
        "--momentum",
        show_default="0.99",
        metavar="X",
        help="Of moving averages, which only the recipe paper keeps.",
        rich_help_panel=TRAINING,
    ),
]
Epsilon = Annotated[
    float | None,
    typer.Option(
        "--epsilon",
        show_default="the recipe's",
        metavar="X",
        help="Added to variances, of columns in raw units.",
        rich_help_panel=TRAINING,
    ),
]
WeightDecay = Annotated[
    float | None,
    typer.Option(
        "--weight-decay",
        show_default="by the steps",
        metavar="X",
        help="Decoupled decay of the kernels, with AdamW.",
        rich_help_panel=TRAINING,
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
        show_default="16, above 1,000 rows 8; as many for each fold",
        min=1,
        metavar="N",
        help="Networks of each kind that is averaged; 1: one trained on all rows.",
        rich_help_panel=TRAINING,
    ),
]
Sparse = Annotated[
    bool, typer.Option("--sparse", help="Choose the columns that pay; the others go.", rich_help_panel=TRAINING)
]
Shadow = Annotated[
    bool,
    typer.Option(
        "--shadow",
        help="Name the columns that carry nothing beyond chance, by shuffled copies.",
        rich_help_panel=TRAINING,
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

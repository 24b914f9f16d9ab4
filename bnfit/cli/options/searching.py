"""Options on what a search tries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from bnfit.architecture import ACTIVATIONS, ARMS, NORMS, OUTPUT_ACTIVATIONS, STUDY_ARMS
from bnfit.cli.options.panels import NETWORK, TRAINING
from bnfit.cli.values import ALL_ARMS
from bnfit.space import PAPER_GRID
from bnfit.strategy import STRATEGIES, TRIALS


def _listed(values: Sequence[object] | None) -> str:
    return ",".join(map(str, values or ()))


LayersAxis = Annotated[
    str | None,
    typer.Option(
        "--layers",
        show_default=_listed(PAPER_GRID.layers),
        metavar="N,...",
        help="Numbers of hidden layers.",
        rich_help_panel=NETWORK,
    ),
]
UnitsAxis = Annotated[
    str | None,
    typer.Option(
        "--units",
        show_default=_listed(PAPER_GRID.units),
        metavar="N,...",
        help="Units of each hidden layer.",
        rich_help_panel=NETWORK,
    ),
]
ActivationAxis = Annotated[
    str | None,
    typer.Option(
        "--activation",
        show_default=_listed(PAPER_GRID.activations),
        metavar="NAME,...",
        help=f"Of {', '.join(ACTIVATIONS)}.",
        rich_help_panel=NETWORK,
    ),
]
OutputActivationAxis = Annotated[
    str | None,
    typer.Option(
        "--output-activation",
        show_default=_listed(PAPER_GRID.output_activations),
        metavar="NAME,...",
        help=f"Of {', '.join(OUTPUT_ACTIVATIONS)}, for numbers; classes get probabilities.",
        rich_help_panel=NETWORK,
    ),
]
ArmAxis = Annotated[
    str | None,
    typer.Option(
        "--arm",
        show_default=_listed(PAPER_GRID.arms),
        metavar="NAME,...",
        help="Ways of normalising: "
        + "; ".join(f"{name}: {arm.description}" for name, arm in ARMS.items())
        + f"; {ALL_ARMS}: {', '.join(STUDY_ARMS)}.",
        rich_help_panel=NETWORK,
    ),
]
BatchSizeAxis = Annotated[
    str | None,
    typer.Option(
        "--batch-size",
        show_default="the recipe's",
        metavar="N,...",
        help="Numbers of rows per step.",
        rich_help_panel=TRAINING,
    ),
]
LearningRateAxis = Annotated[
    str | None,
    typer.Option(
        "--learning-rate",
        show_default="the recipe's",
        metavar="X,...",
        help="Peak step sizes.",
        rich_help_panel=TRAINING,
    ),
]
NormAxis = Annotated[
    str | None,
    typer.Option(
        "--norm",
        show_default="as the arm",
        metavar="NAME,...",
        help=f"Of {', '.join(NORMS)}, for hidden layers.",
        rich_help_panel=NETWORK,
    ),
]
NormPositionAxis = Annotated[
    str | None,
    typer.Option(
        "--norm-position",
        show_default="before",
        metavar="NAME,...",
        help="before, after the activation.",
        rich_help_panel=NETWORK,
    ),
]
MomentumAxis = Annotated[
    str | None,
    typer.Option(
        "--momentum",
        show_default="0.99",
        metavar="X,...",
        help="Of moving averages, which only the recipe paper keeps.",
        rich_help_panel=TRAINING,
    ),
]
EpsilonAxis = Annotated[
    str | None,
    typer.Option(
        "--epsilon",
        show_default="the recipe's",
        metavar="X,...",
        help="Added to variances, of columns in raw units.",
        rich_help_panel=TRAINING,
    ),
]
WeightDecayAxis = Annotated[
    str | None,
    typer.Option(
        "--weight-decay",
        show_default="by the steps",
        metavar="X,...",
        help="Decoupled decay of the kernels, with AdamW.",
        rich_help_panel=TRAINING,
    ),
]
FoldsAxis = Annotated[
    int | None,
    typer.Option(
        "--folds", show_default="5", min=2, metavar="N", help="Folds to judge over.", rich_help_panel=TRAINING
    ),
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
Strategy = Annotated[
    str,
    typer.Option(
        "--strategy",
        metavar="NAME",
        help=f"Which networks to try: {', '.join(STRATEGIES)}.",
        rich_help_panel=TRAINING,
    ),
]
Trials = Annotated[
    int | None,
    typer.Option(
        "--trials",
        show_default=str(TRIALS),
        min=1,
        metavar="N",
        help="How many networks random and halving draw.",
        rich_help_panel=TRAINING,
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="TIME",
        help="Stop in this time, such as 5m, with the best so far.",
        rich_help_panel=TRAINING,
    ),
]

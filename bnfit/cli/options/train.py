"""Options on networks and how they are trained; those that `fit` and `search` share are declared once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

import typer

from bnfit.cli import parse as values
from bnfit.cli.options.panels import NETWORK, TRAINING
from bnfit.cli.options.shared import Parameter, SharedOption
from bnfit.networks.architecture import ACTIVATIONS, ARMS, OUTPUT_ACTIVATIONS, STUDY_ARMS
from bnfit.networks.hidden_norms import NORMS, PLAIN_NORMS
from bnfit.population.recipe import RECIPES
from bnfit.tuning.space import PAPER_GRID


def _listed(tried: Sequence[object] | None) -> str:
    return ",".join(map(str, tried or ()))


def _count(name: str, **texts: Any) -> SharedOption:
    """Declare an option that is a positive whole number of the network."""
    return SharedOption(name, NETWORK, "N", read=values.count, read_list=values.counts, axis=name, **texts)


def _name(name: str, choices: Sequence[str], what: str, **texts: Any) -> SharedOption:
    """Declare an option that is a name in the network's description."""
    read_list = texts.pop("read_list", partial(values.names, choices=choices, what=what))
    read = partial(_one_name, choices=choices, what=what)
    return SharedOption(name, NETWORK, "NAME", read=read, read_list=read_list, axis=f"{name}s", **texts)


def _one_name(text: str | None, flag: str, choices: Sequence[str], what: str) -> str | None:  # noqa: ARG001
    return values.name(text, choices, what)


LAYER_OPTIONS = (
    _count(
        "layers",
        help="Hidden layers.",
        shown="by rows",
        help_list="Numbers of hidden layers.",
        shown_list=_listed(PAPER_GRID.layers),
    ),
    _count("units", help="Units of each hidden layer.", shown="by rows", shown_list=_listed(PAPER_GRID.units)),
    _name(
        "activation",
        ACTIVATIONS,
        "activation",
        help=f"One of {', '.join(ACTIVATIONS)}.",
        shown="tanh",
        help_list=f"Of {', '.join(ACTIVATIONS)}.",
        shown_list=_listed(PAPER_GRID.activations),
    ),
    _name(
        "output_activation",
        OUTPUT_ACTIVATIONS,
        "output activation",
        help=f"One of {', '.join(OUTPUT_ACTIVATIONS)}, for numbers; classes get probabilities.",
        shown="linear",
        help_list=f"Of {', '.join(OUTPUT_ACTIVATIONS)}, for numbers; classes get probabilities.",
        shown_list=_listed(PAPER_GRID.output_activations),
    ),
)
NETWORK_OPTIONS = (
    *LAYER_OPTIONS,
    _name(
        "arm",
        tuple(ARMS),
        "arm",
        read_list=values.arms,
        help="How to normalise: " + "; ".join(f"{name}: {arm.description}" for name, arm in ARMS.items()) + ".",
        shown="bn-input",
        help_list="Ways of normalising: "
        + "; ".join(f"{name}: {arm.description}" for name, arm in ARMS.items())
        + f"; {values.ALL_ARMS}: {', '.join(STUDY_ARMS)}.",
        shown_list=_listed(PAPER_GRID.arms),
    ),
    _name(
        "norm",
        NORMS,
        "norm",
        help=f"One of {', '.join(PLAIN_NORMS)}, for hidden layers; batch:after stands after the activation.",
        shown="as the arm",
        help_list=f"Of {', '.join(PLAIN_NORMS)}, for hidden layers; batch:after stands after the activation.",
    ),
)
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


def single(options: Sequence[SharedOption]) -> list[Parameter]:
    """Return the parameters of a command that takes one value of each."""
    return [option.one() for option in options]


def tried(options: Sequence[SharedOption]) -> list[Parameter]:
    """Return the parameters of a command that takes a list of each."""
    return [option.listed() for option in options]


def _recipe(more: str = "") -> Any:
    """Declare the option of a recipe and of what is changed in it."""
    changes = f"default,momentum=0.9 changes it ({', '.join(values.RECIPE_KEYS)})"
    return typer.Option(
        "--recipe",
        show_default="default",
        metavar="NAME,KEY=X,...",
        help=f"How to train: {', '.join(RECIPES)}; {changes}{more}.",
        rich_help_panel=TRAINING,
    )


Recipe = Annotated[list[str] | None, _recipe()]
RecipeAxes = Annotated[list[str] | None, _recipe("; momentum=0.9,0.99 tries both")]
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

"""Options on what a search tries."""

from __future__ import annotations

from typing import Annotated

import typer

from bnfit.cli.options.panels import TRAINING
from bnfit.tuning.strategy import LARGE_TABLE, STRATEGIES, TEAMS, TRIALS

FoldsAxis = Annotated[
    int | None,
    typer.Option(
        "--folds", show_default="8", min=2, metavar="N", help="Folds to judge over.", rich_help_panel=TRAINING
    ),
]
Repeats = Annotated[
    int,
    typer.Option("--repeats", min=1, metavar="N", help="Cross-validations to average.", rich_help_panel=TRAINING),
]
Save = Annotated[
    str | None,
    typer.Option(
        "--save",
        show_default="the best",
        metavar="NAME",
        help=f"What to save: {', '.join(TEAMS)}.",
        rich_help_panel=TRAINING,
    ),
]
Strategy = Annotated[
    str | None,
    typer.Option(
        "--strategy",
        show_default=f"grid, or halving from {LARGE_TABLE:,} rows",
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
Workers = Annotated[
    str | None,
    typer.Option(
        "--workers",
        metavar="N|tcp://HOST:PORT",
        help="Train on a Dask cluster: processes of this machine, or others.",
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

"""Accuracy and ROC AUC of each class by epoch, with BatchNormalization and without, on a large unbalanced table.

    python benchmarks/glass_curves.py [DATA --target COL] [--epochs N] [--units N] [--layers N] [--repeats N]

Without DATA it makes the table of `glass_table.py`. The networks differ in normalisation only; 20 % of the rows are
held out and judged. Figures are means over the repeats, which differ in start and order.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

import numpy as np
from glass_table import glass_table
from rich.console import Console
from rich.table import Dataset as Grid

from bnfit.evaluation.metrics import area_under_roc
from bnfit.evaluation.splits import kfold, without
from bnfit.networks.architecture import Architecture
from bnfit.population.members import Member, Trained
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset
from bnfit.schema.infer import infer_schema
from bnfit.table.source import load_table

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


ARMS = {"bn": "BatchNormalization", "raw": "no normalisation"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?")
    parser.add_argument("--target", default="type")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--units", type=int, default=16)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.01)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    frame = load_table(options.data).frame if options.data else glass_table(137_781, 0)
    schema = infer_schema(frame, options.target)
    codes = schema.encode_target(frame)
    table = Dataset(schema.encode(frame).x, np.eye(len(schema.classes))[codes], "categorical_crossentropy")
    split = without(len(table.x), kfold(len(table.x), 5, 0)[0], 0.0, 0)
    recipe = RECIPES["paper"].changed(
        optimizer="adam", epochs=options.epochs, batch_size=options.batch_size, learning_rate=options.learning_rate
    )
    units = (options.units,) * options.layers
    members = [
        Member(Architecture(units, "relu", "softmax", arm), split, seed, seed)
        for arm in ARMS
        for seed in range(options.repeats)
    ]
    trained = train(members, table, recipe, snapshots=True)
    for number, title in enumerate(ARMS.values()):
        runs = trained[number * options.repeats : (number + 1) * options.repeats]
        show(title, runs, table, schema.classes)


def show(title: str, runs: Sequence[Trained], table: Dataset, classes: Sequence[str]) -> None:
    """Print one way of normalising: a row an epoch."""
    rows = runs[0].member.split.test
    x, y = table.x[rows], table.y[rows]
    grid = Grid(title=f"{title}: {len(rows)} held-out rows, mean of {len(runs)} runs", box=None)
    for name in ("epoch", "loss", "accuracy", *(f"AUC {c}" for c in classes)):
        grid.add_column(name, justify="right")
    for epoch in range(len(runs[0].snapshots)):
        said = [run.snapshots[epoch](x) for run in runs]
        accuracy = np.mean([np.mean(p.argmax(1) == y.argmax(1)) for p in said])
        areas = [
            np.mean([area_under_roc(y[:, c] == 1, p[:, c], np.ones(len(y))) for p in said]) for c in range(y.shape[1])
        ]
        loss = np.mean([run.judged_curve[epoch] for run in runs])
        grid.add_row(str(epoch + 1), f"{loss:.4f}", f"{accuracy:.4f}", *(f"{area:.4f}" for area in areas))
    Console(width=200).print(grid)


if __name__ == "__main__":
    main()

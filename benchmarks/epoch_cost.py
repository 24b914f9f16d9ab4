"""An epoch of 8 members of `fit` against an epoch of one network in plain Keras, on 110,000 × 9 numbers.

    python benchmarks/epoch_cost.py [--rows N] [--epochs N] [--runs N]

Same architecture, batch size, optimiser and columns; an epoch sees the 7/8 of the rows that a member is trained on. The
time of an epoch is the difference between a long and a short training, divided by their difference in epochs, so that
compiling counts on neither side. The two sides take turns, in one process.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable

import numpy as np

from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture, usual_size
from bnfit.population.members import Member
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


COLUMNS, MEMBERS = 9, 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=110_000)
    parser.add_argument("--epochs", type=int, default=4, help="epochs by which the long training is longer")
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    x = rng.normal(size=(options.rows, COLUMNS))
    y = (np.sin(x[:, :1]) + x[:, 1:2] * x[:, 2:3] + 0.5 * rng.normal(size=(options.rows, 1))).astype(np.float64)
    layers, units = usual_size(options.rows, classes=False)
    parts = splits(FoldConstraints(options.rows), MEMBERS, 0.0, 0)
    batch = RECIPES["default"].for_rows(len(parts[0].train)).batch_size
    architecture = Architecture((units,) * layers, "tanh", arm="bn-input")
    print(f"{options.rows} rows × {COLUMNS}, layers {architecture.label}, batches of {batch}, {os.cpu_count()} cores")

    def population(epochs: int) -> None:
        members = [Member(architecture, part, m, m) for m, part in enumerate(parts)]
        train(members, Dataset(x, y), RECIPES["default"].changed(epochs=epochs, batch_size=batch))

    sides = {
        "8 members in bnfit": population,
        "1 network in Keras": keras_fit(x, y, parts[0].train, architecture, batch),
    }
    found: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(options.runs):
        for name, run in sides.items():
            found[name].append((seconds(run, 1 + options.epochs) - seconds(run, 1)) / options.epochs)
    for name, values in found.items():
        print(f"{name}: {np.median(values):.2f} s an epoch (runs: {', '.join(f'{v:.2f}' for v in values)})")
    ours, theirs = (float(np.median(values)) for values in found.values())
    print(f"ratio {ours / theirs:.2f} (to reach: at most 1)")


def keras_fit(
    x: np.ndarray, y: np.ndarray, rows: np.ndarray, architecture: Architecture, batch: int
) -> Callable[[int], None]:
    """The same network, trained for so many epochs by Keras' own `fit`."""
    import keras

    def run(epochs: int) -> None:
        norm = keras.layers.BatchNormalization()
        hidden = [keras.layers.Dense(units, activation=architecture.activation) for units in architecture.units]
        model = keras.Sequential([keras.Input((x.shape[1],)), norm, *hidden, keras.layers.Dense(1)])
        model.compile(optimizer=keras.optimizers.AdamW(0.01), loss="mse")
        model.fit(x[rows].astype("float32"), y[rows].astype("float32"), batch_size=batch, epochs=epochs, verbose=0)

    return run


def seconds(run: Callable[[int], None], epochs: int) -> float:
    """Wall time of a training."""
    began = time.perf_counter()
    run(epochs)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

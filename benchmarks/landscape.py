"""Why batch normalisation helps: the loss along the gradient, how well the gradient predicts, and seconds an epoch.

    python benchmarks/landscape.py glass.csv --target type
    python benchmarks/landscape.py glass.csv --target type --epochs 20 --rate 0.1 --seeds 3

Plain Keras and TensorFlow, nothing of bnfit: two hidden layers of relu on z-scores, SGD at a constant rate, batches of
32; without BatchNormalization, with it before each activation, and with "noisy" batch normalisation, whose units are
scaled and shifted at random behind it, anew at every step (Santurkar and others 2018, "How does batch normalization
help optimization?", section 2.2 and figure 4). Every tenth step goes 0.5, 1, 2 and 4 times as far along its gradient as
the optimiser does, and measures there on the same batch: the range of the loss (figure 4a, its size as a share of the
loss), the change of the gradient as a share of its length (4b, gradient predictiveness) and the largest change of the
gradient per distance (4c, effective smoothness). Less is better in all three.
Means over the steps of an epoch. The noise is another at every measurement, so the last two of the noisy network hold
it too.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import dataclass
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

KINDS = ("plain", "batch", "noisy")
FACTORS = (0.5, 1.0, 2.0, 4.0)
EVERY, UNITS, BATCH = 10, 32, 32
MOST_SHIFT, MOST_SCALE, SPREAD = 0.5, 1.25, 0.1
"""The noise: each step draws for each unit a mean shift up to the first number and a mean scale from 1 to the second;
those of the rows spread around them by the third."""


class Noise(keras.layers.Layer):
    """Scale and shift each unit at random in training, by other distributions at each step."""

    def call(self, x: Any, training: bool = False) -> Any:
        if not training:
            return x
        units = tf.shape(x)[-1]
        shift = tf.random.uniform([1, units], -MOST_SHIFT, MOST_SHIFT)
        scale = tf.random.uniform([1, units], 1.0, MOST_SCALE)
        shift += tf.random.uniform(tf.shape(x), -SPREAD, SPREAD)
        return x * (scale + SPREAD * tf.random.normal(tf.shape(x))) + shift


@dataclass(frozen=True)
class Epoch:
    """Means over the steps of an epoch.

    Attributes:
        loss: of training.
        low, high: lowest and highest loss along the gradient.
        change: of the gradient along it, as a share of its length.
        smoothness: largest change of the gradient per distance.
        seconds: of the epoch's training steps alone.
    """

    loss: float
    low: float
    high: float
    change: float
    smoothness: float
    seconds: float


def network(kind: str, columns: int, classes: int) -> keras.Model:
    """The network of one kind, with logits."""
    layers: list[Any] = [keras.Input((columns,))]
    for _ in range(2):
        layers.append(keras.layers.Dense(UNITS))
        layers += [keras.layers.BatchNormalization()] if kind != "plain" else []
        layers += [Noise()] if kind == "noisy" else []
        layers.append(keras.layers.Activation("relu"))
    return keras.Sequential([*layers, keras.layers.Dense(classes)])


class Run:
    """A network in training.

    Args:
        kind: of `KINDS`.
        columns, classes: of the table.
        rate: of the steps.
    """

    def __init__(self, kind: str, columns: int, classes: int, rate: float) -> None:
        self.model, self.rate = network(kind, columns, classes), rate
        self.weights = self.model.trainable_variables
        self.loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def slope(self, rows: Any, classes: Any) -> tuple[Any, list[Any]]:
        """The loss on a batch and its gradient."""
        with tf.GradientTape() as tape:
            loss = self.loss(classes, self.model(rows, training=True))
        return loss, tape.gradient(loss, self.weights)

    @tf.function
    def step(self, rows: Any, classes: Any) -> Any:
        """Take a step and return the loss before it."""
        loss, gradient = self.slope(rows, classes)
        for weight, g in zip(self.weights, gradient, strict=True):
            weight.assign_sub(self.rate * g)
        return loss

    @tf.function
    def along(self, rows: Any, classes: Any) -> tuple[Any, Any, Any]:
        """Losses and changes of the gradient at each factor, and its length; every variable is put back."""
        kept = [(variable, tf.identity(variable)) for variable in self.model.variables]
        starts = [tf.identity(weight) for weight in self.weights]
        _, gradient = self.slope(rows, classes)
        losses, changes = [], []
        for factor in FACTORS:
            for weight, start, g in zip(self.weights, starts, gradient, strict=True):
                weight.assign(start - factor * self.rate * g)
            loss, there = self.slope(rows, classes)
            losses.append(loss)
            changes.append(tf.linalg.global_norm([a - b for a, b in zip(there, gradient, strict=True)]))
        for variable, start in kept:
            variable.assign(start)
        return tf.stack(losses), tf.stack(changes), tf.linalg.global_norm(gradient)

    def measured(self, rows: Any, classes: Any) -> tuple[float, float, float, float]:
        """Lowest and highest loss, mean change of the gradient, and the largest per distance."""
        losses, changes, length = (np.asarray(v) for v in self.along(rows, classes))
        size = max(float(length), 1e-12)
        reach = np.array(FACTORS) * self.rate * size
        return float(losses.min()), float(losses.max()), float((changes / size).mean()), float((changes / reach).max())


def train(kind: str, x: np.ndarray, y: np.ndarray, epochs: int, rate: float, seed: int) -> list[Epoch]:
    """Train a network and measure along its way."""
    keras.utils.set_random_seed(seed)
    run, rng, done = Run(kind, x.shape[1], int(y.max()) + 1, rate), np.random.default_rng(seed), []
    for _ in range(epochs):
        order = rng.permutation(len(x))
        losses, found, seconds = [], [], 0.0
        for number, first in enumerate(range(0, len(order) - BATCH + 1, BATCH)):
            part = order[first : first + BATCH]
            rows, classes = tf.constant(x[part]), tf.constant(y[part])
            if number % EVERY == 0:
                found.append(run.measured(rows, classes))
            began = time.perf_counter()
            losses.append(float(run.step(rows, classes)))
            seconds += time.perf_counter() - began
        done.append(Epoch(float(np.mean(losses)), *map(float, np.mean(found, axis=0)), seconds))
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table")
    parser.add_argument("--target", required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    table = pd.read_csv(given.table)
    y = pd.factorize(table.pop(given.target))[0].astype(np.int64)
    x = ((table - table.mean()) / table.std()).to_numpy(np.float32)
    shown = sorted({1, 2, 3, 5, given.epochs} & set(range(1, given.epochs + 1)))
    titles = ("epoch", "loss", "low", "high", "range/loss", "change", "smoothness")
    print(f"{'kind':6} " + " ".join(f"{title:>10}" for title in titles))
    for kind in KINDS:
        runs = [train(kind, x, y, given.epochs, given.rate, seed) for seed in range(given.seeds)]
        for epoch in shown:
            of = [run[epoch - 1] for run in runs]
            loss, low, high, change, smooth = np.mean(
                [(e.loss, e.low, e.high, e.change, e.smoothness) for e in of], axis=0
            )
            values = (loss, low, high, (high - low) / loss, change, smooth)
            print(f"{kind:6} {epoch:10} " + " ".join(f"{value:10.4f}" for value in values))
        # the first epoch compiles
        print(f"{kind:6} seconds an epoch: {np.median([e.seconds for run in runs for e in run[1:]]):.3f}", flush=True)


if __name__ == "__main__":
    main()

"""Time and memory of `fit` on tables of odd shapes: wide, tall, of many classes, of many levels, of a rare class.

    python benchmarks/odd_shapes.py [--only "SHAPE;..."]

The tables are made here. Each is to be trained within 4 GB of anonymous memory; the seconds are to be stated.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from growth import ONE_EPOCH, run

Generator = np.random.Generator


def numbers(rng: Generator, rows: int, columns: int) -> pd.DataFrame:
    """Make a table whose target depends on two columns of noise."""
    x = rng.normal(size=(rows, columns)).round(3).astype(np.float32)
    target = (x[:, 0] + x[:, 1] + rng.normal(size=rows)).round(3)
    return pd.DataFrame(x, columns=[f"x{n}" for n in range(columns)]).assign(y=target)


def images(rng: Generator) -> pd.DataFrame:
    """Make a table of the size of MNIST: ten classes of 784 pixels from 0 to 255, a tenth of them always 0."""
    digit = rng.integers(0, 10, 60_000)
    typical = rng.uniform(0, 255, (10, 784)) * (rng.random((10, 784)) < 0.2)
    pixels = np.clip(typical[digit] + rng.normal(0, 60, (len(digit), 784)), 0, 255).round().astype(np.uint8)
    pixels[:, rng.random(784) < 0.1] = 0
    return pd.DataFrame(pixels, columns=[f"p{n}" for n in range(784)]).assign(y=[f"d{d}" for d in digit])


def classes(rng: Generator, of_row: np.ndarray, columns: int) -> pd.DataFrame:
    """Make a table of so many columns in which two tell something of the class of each row."""
    x = rng.normal(size=(len(of_row), columns))
    x[:, 0] += 10 * of_row / (of_row.max() + 1)
    x[:, 1] += of_row % 3
    return pd.DataFrame(x.round(4), columns=[f"x{n}" for n in range(columns)]).assign(y=[f"c{c}" for c in of_row])


def levels(rng: Generator) -> pd.DataFrame:
    """Make a table with a category of 50,000 levels."""
    level, effect = rng.integers(0, 50_000, 100_000), rng.normal(size=50_000)
    x = rng.normal(size=len(level)).round(4)
    return pd.DataFrame({"level": [f"k{v}" for v in level], "x": x, "y": (effect[level] + x).round(3)})


def rare(rng: Generator) -> pd.DataFrame:
    """Make a table in which one row of 10,000 is of the second class."""
    second = np.zeros(200_000, int)
    second[rng.choice(len(second), 20, replace=False)] = 1
    return classes(rng, second, 5)


SHAPES: dict[str, tuple[Callable[[Generator], pd.DataFrame], str]] = {
    "200 x 20,000": (lambda rng: numbers(rng, 200, 20_000), "--epochs 30"),
    "60,000 x 784, 10 classes": (images, "--members 8 --epochs 3"),
    "137,781 x 9, 7 classes": (lambda rng: classes(rng, rng.integers(0, 7, 137_781), 9), ""),
    "100,000 x 300": (lambda rng: numbers(rng, 100_000, 300), "--epochs 3"),
    "8,000 x 10, 1,000 classes": (lambda rng: classes(rng, np.repeat(np.arange(1000), 8), 10), ""),
    "100,000 x 2, 50,000 levels": (levels, "--epochs 3"),
    "5,000,000 x 2": (lambda rng: numbers(rng, 5_000_000, 2), ONE_EPOCH),
    "200,000 x 5, classes 1 : 10,000": (rare, "--epochs 5"),
}


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="the beginnings of some shapes, with semicolons between them")
    asked = tuple(parser.parse_args().only.split(";"))
    for name, (make, options) in SHAPES.items():
        if not name.startswith(asked):
            continue
        with tempfile.TemporaryDirectory() as folder:
            table = Path(folder) / "t.parquet"
            make(np.random.default_rng(0)).to_parquet(table)
            seconds, megabytes = run(["fit", str(table), "--target", "y", *options.split()], Path(folder))
        print(f"{name:32} {seconds:7.0f} s {megabytes:7.0f} MB  {options}", flush=True)


if __name__ == "__main__":
    main()

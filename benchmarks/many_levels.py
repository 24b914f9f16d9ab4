"""R² on fresh rows of tables with a category of many levels: plain `fit` beside one-hot columns and ridge regression.

    python benchmarks/many_levels.py [--tables 60x19,200x8] [--seed 0]

The tables are made here: stores with an effect each (sd 2), a number (slope 0.6), noise (sd 0.5).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import OneHotEncoder

from bnfit.api import fit_table, predict_table

FRESH = 2_000


def merchants(rng: np.random.Generator) -> np.ndarray:
    """Draw 6,000 rows of at most 600 merchants by Zipf's law."""
    drawn = rng.zipf(1.3, 20_000)
    return drawn[drawn <= 600][:6_000] - 1


def even(stores: int, rows: int) -> Callable[[np.random.Generator], np.ndarray]:
    """Give each store equally many rows."""
    return lambda _: np.repeat(np.arange(stores), rows)


TABLES: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "60x19": even(60, 19),
    "200x8": even(200, 8),
    "80x10-29": lambda rng: np.repeat(np.arange(80), rng.integers(10, 30, 80)),
    "150x40": even(150, 40),
    "zipf600": merchants,
}


def r_squared(y: pd.Series, y_pred: np.ndarray) -> float:
    """Return the share of the variance that is explained."""
    return 1 - float(np.square(y - y_pred).sum() / np.square(y - y.mean()).sum())


def ridge(train: pd.DataFrame, test: pd.DataFrame) -> np.ndarray:
    """Predict by one-hot columns and ridge regression."""
    encoder = OneHotEncoder(handle_unknown="ignore").fit(train[["store"]])
    x, new = (np.c_[encoder.transform(t[["store"]]).toarray(), t[["x"]]] for t in (train, test))
    return RidgeCV(np.logspace(-3, 3, 13)).fit(x, train["y"]).predict(new)


def main() -> None:
    """Print a row for each table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    print("table      rows  ridge  bnfit  difference  inputs")
    for name in options.tables.split(","):
        rng = np.random.default_rng(options.seed)
        store = TABLES[name](rng)
        effects = 2 * rng.normal(size=store.max() + 1)
        frames = []
        for rows in (store, rng.choice(store, FRESH)):
            x = rng.normal(size=len(rows))
            y = effects[rows] + 0.6 * x + 0.5 * rng.normal(size=len(rows))
            frames.append(pd.DataFrame({"store": [f"store {i:03d}" for i in rows], "x": x, "y": y}))
        train, test = frames
        _, model = fit_table(train, "y")
        own = r_squared(test["y"], predict_table(model, test)[0]["prediction"].to_numpy())
        other = r_squared(test["y"], ridge(train, test))
        inputs = len(model.schema.features)
        print(f"{name:8s} {len(train):6d} {other:6.3f} {own:6.3f} {own - other:11.3f} {inputs:7d}", flush=True)


if __name__ == "__main__":
    main()

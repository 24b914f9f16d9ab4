"""How often new rows lie inside of prediction intervals, by part of the table, and inside of prediction sets.

    python benchmarks/intervals.py [--tables N] [--first SEED]

Halves: 200 rows, y = 2 a + b + e, e three times as large in one half of the rows, which a column says; goal: 0.87
to 0.93 of 2,000 new rows of either half inside of intervals of 0.9, in the mean. Prices: y = exp(1.5 a + 0.5 b +
0.4 e), by third of the prediction, and the share of rows whose `low` is below 0. Classes: three, 300 rows, sets of
0.9.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

from bnfit.api import fit_table, predict_table

NEW = 2_000
Frame = pd.DataFrame


def halves(rng: np.random.Generator, rows: int) -> Frame:
    """A quiet and a noisy half."""
    a, b, noisy = rng.normal(size=rows), rng.normal(size=rows), rng.random(rows) < 0.5
    y = 2 * a + b + np.where(noisy, 1.5, 0.5) * rng.normal(size=rows)
    return pd.DataFrame({"a": a, "b": b, "noisy": noisy.astype(int), "y": y})


def prices(rng: np.random.Generator, rows: int) -> Frame:
    """Errors that grow with the prediction, and are skewed."""
    a, b = rng.normal(size=rows), rng.normal(size=rows)
    return pd.DataFrame({"a": a, "b": b, "y": np.exp(1.5 * a + 0.5 * b + 0.4 * rng.normal(size=rows))})


def classes(rng: np.random.Generator, rows: int) -> Frame:
    """Three classes that overlap."""
    x = rng.normal(size=(rows, 3))
    logits = x @ np.array([[1.5, 0.0, -1.5], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    drawn = (logits + rng.gumbel(size=logits.shape)).argmax(1)
    return pd.DataFrame(x, columns=list("abc")).assign(y=np.array(["u", "v", "w"])[drawn])


def predicted(frame: Frame, rows: int) -> Frame:
    """New rows with their intervals or sets, by a model of the first `rows`."""
    model = fit_table(frame.head(rows), "y")[1]
    new = frame.iloc[rows:].reset_index(drop=True)
    return new.join(predict_table(model, new.drop(columns="y"), interval=0.9)[0])


def inside(out: Frame) -> pd.Series:
    """Whether each row with an interval lies inside."""
    out = out[out.low.notna()]
    return (out.low <= out.y) & (out.y <= out.high)


def of_table(seed: int) -> dict[str, float]:
    """Shares of one table of each kind."""
    rng = np.random.default_rng(seed)
    one = predicted(halves(rng, 200 + NEW), 200)
    two = predicted(prices(rng, 200 + NEW), 200)
    three = predicted(classes(rng, 300 + NEW), 300)
    third = pd.qcut(two.prediction, 3, labels=["low", "middle", "high"])
    return {
        "quiet half": inside(one[one.noisy == 0]).mean(),
        "noisy half": inside(one[one.noisy == 1]).mean(),
        **{f"prices, {name} third": inside(two[third == name]).mean() for name in ("low", "middle", "high")},
        "prices with low < 0": float((two.low < 0).mean()),
        "classes": np.mean([t in s.split("|") for t, s in zip(three.y, three.set, strict=True) if s is not None]),
        "classes in a set": np.mean([len(s.split("|")) for s in three.set if s is not None]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    found = pd.DataFrame([of_table(seed) for seed in range(options.first, options.first + options.tables)])
    for name, values in found.items():
        print(f"{name:20s} {values.mean():.3f} ± {values.sem():.3f}")


if __name__ == "__main__":
    main()

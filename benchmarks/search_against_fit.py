"""Error on fresh rows of what `search` saves, beside plain `fit`; the corrected error beside the true one; false skill.

    python benchmarks/search_against_fit.py
    python benchmarks/search_against_fit.py --tables friedman,classes --seeds 2
    python benchmarks/search_against_fit.py --noise 100

The tables are made here: 240 rows to train on, 20,000 fresh ones to judge by. Errors are squared errors or log-losses.
Goals: search ÷ fit at most 0.975 in the geometric mean and 1.03 on every table; the mean of log(corrected ÷ fresh)
within its standard error of 0 over 20 tables and more. With `--noise N`, on N tables whose target depends on nothing,
it counts how often a search of 8 members claims skill (goal: 8 of 100).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from bnfit.api import fit_table, predict_table, search_table
from bnfit.model.model import Model
from bnfit.results.search import SearchReport

ROWS, FRESH = 240, 20_000
MEMBERS = 8
Maker = Callable[[np.random.Generator, np.ndarray], np.ndarray]
"""The target of rows x (n, 6), uniform in -1 to 1, or a class of each."""


def _named(rng: np.random.Generator, scores: np.ndarray) -> np.ndarray:
    """Draw a class of each row by its logits (n, c)."""
    odds = np.exp(scores - scores.max(1, keepdims=True))
    sums = np.cumsum(odds / odds.sum(1, keepdims=True), axis=1)
    return np.array(list("abcd"))[(rng.random((len(scores), 1)) > sums).sum(1).clip(0, scores.shape[1] - 1)]


TABLES: dict[str, Maker] = {
    "linear": lambda rng, x: x @ [3, -2, 1, 0, 0, 0] + rng.normal(size=len(x)),
    "interaction": lambda rng, x: 4 * x[:, 0] * x[:, 1] + x[:, 2] + 0.5 * rng.normal(size=len(x)),
    "friedman": lambda rng, x: (
        3 * np.sin(2 * x[:, 0] * x[:, 1]) + 4 * x[:, 2] ** 2 + 2 * x[:, 3] + 0.5 * rng.normal(size=len(x))
    ),
    "steps": lambda rng, x: 2.0 * (x[:, 0] > 0.2) - 3.0 * (x[:, 1] > -0.4) + 0.5 * rng.normal(size=len(x)),
    "products": lambda rng, x: np.exp(x[:, 0] + 0.5 * x[:, 1]) * (1.5 + x[:, 2]) + 0.3 * rng.normal(size=len(x)),
    "waves": lambda rng, x: np.sin(4 * x[:, 0]) + np.cos(3 * x[:, 1]) + 0.3 * rng.normal(size=len(x)),
    "heavy": lambda rng, x: x @ [2, 1, 0, 0, 0, 0] + 0.5 * rng.standard_t(3, size=len(x)),
    "noise": lambda rng, x: rng.normal(size=len(x)),
    "classes": lambda rng, x: _named(rng, np.c_[2 * x[:, 0] * x[:, 1], -2 * x[:, 2]] * 2),
    "four classes": lambda rng, x: _named(rng, 3 * np.c_[x[:, 0], x[:, 1], -x[:, 0] + x[:, 2] ** 2, -x[:, 1]]),
}


def frame_of(name: str, rows: int, rng: np.random.Generator) -> pd.DataFrame:
    """Make rows of a table; the last column is a category of three levels that says nothing."""
    x = rng.uniform(-1, 1, (rows, 6))
    frame = pd.DataFrame(x, columns=[f"x{i}" for i in range(6)]).assign(kind=rng.choice(["u", "v", "w"], rows))
    return frame.assign(y=TABLES[name](rng, x))


def error(model: Model, test: pd.DataFrame) -> float:
    """Return the squared error, or the log-loss, on fresh rows."""
    metrics = predict_table(model, test)[1].metrics
    return metrics["log_loss" if "log_loss" in metrics else "mse"]


def compare(name: str, seed: int) -> tuple[float, float]:
    """Print one table; return the ratio of errors, and the log of the corrected error over the true one."""
    train, test = (frame_of(name, rows, np.random.default_rng([seed, s])) for s, rows in enumerate((ROWS, FRESH)))
    began = time.perf_counter()
    _, plain = fit_table(train, "y", seed=seed)
    middle = time.perf_counter()
    report, found = search_table(train, "y", seed=seed)
    ended = time.perf_counter()
    own, other = error(found, test), error(plain, test)
    corrected = np.nan if report.corrected is None else report.corrected.error
    print(
        f"{name:13s} {seed:4d} {other:8.4f} {own:8.4f} {own / other:6.3f} {corrected:10.4f} "
        f"{np.log(corrected / own):+7.3f} {middle - began:6.1f} {ended - middle:8.1f}  {_saved(report)}",
        flush=True,
    )
    return own / other, float(np.log(corrected / own))


def _saved(report: SearchReport) -> str:
    return "" if report.saved is None else report.saved.team


def count_false_skill(tables: int) -> None:
    """Print on how many tables of noise a search claims skill."""
    claimed = 0
    for seed in range(tables):
        train = frame_of("noise", 120, np.random.default_rng([seed, 7]))
        report, _ = search_table(train, "y", members=MEMBERS, seed=seed)
        claimed += report.fit.explanation.skilled
        print(f"\r{claimed} of {seed + 1}", end="", flush=True)
    print(f"\rskill claimed on {claimed} of {tables} tables of noise")


def main() -> None:
    """Print a row for each table, and the means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", default=",".join(TABLES))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--noise", type=int, default=0)
    options = parser.parse_args()
    if options.noise:
        count_false_skill(options.noise)
        return
    print("table         seed      fit   search  ratio  corrected     log  fit s search s  saved")
    found = [compare(name, seed) for seed in range(options.seeds) for name in options.tables.split(",")]
    ratios, logs = np.array(found).T
    deviation = logs.std(ddof=1) / len(logs) ** 0.5 if len(logs) > 1 else np.nan
    print(f"search / fit: {np.exp(np.log(ratios).mean()):.3f} in the geometric mean, {ratios.max():.3f} at most")
    print(f"log(corrected / fresh): {np.nanmean(logs):+.3f} +- {deviation:.3f}, {len(logs)} tables")


if __name__ == "__main__":
    main()

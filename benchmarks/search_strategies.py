"""What the strategies of search cost, and what their winners are worth on rows that no search saw.

    python benchmarks/search_strategies.py [--rows N] [--seeds N] [--budget SECONDS]

Friedman #1 with 10 columns: so many rows to search on, 2,000 to judge the saved model. One row for each search: its
time with the winner's training, how many networks it trained to rank them, and the root mean squared error on the
judged rows over the noise's (1 is perfect). The last lines give the time of a hundred random candidates over that of
ten, and how long a search with a budget took.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

from bnfit.api import predict_table
from bnfit.ensemble.fit_table import fit_table
from bnfit.tuning.search_table import search_table

COLUMNS, JUDGED = 10, 2_000


def friedman(rows: int, seed: int) -> pd.DataFrame:
    """Friedman's first function on uniform columns, with noise of standard deviation 1."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(size=(rows, COLUMNS))
    y = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    frame = pd.DataFrame(x, columns=[f"x{k}" for k in range(COLUMNS)])
    return frame.assign(y=y + rng.normal(size=rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--budget", type=float, default=30.0)
    options = parser.parse_args()
    searches = {
        "grid (the paper's)": {},
        "random, 10 trials": {"strategy": "random", "trials": 10},
        "random, 100 trials": {"strategy": "random", "trials": 100},
        "halving, 100 trials": {"strategy": "halving", "trials": 100},
        f"random, 1000 trials, {options.budget:g} s": {"strategy": "random", "trials": 1000, "budget": options.budget},
    }
    taken: dict[str, list[float]] = {name: [] for name in searches}
    for seed in range(options.seeds):
        table, judged = friedman(options.rows, 2 * seed), friedman(JUDGED, 2 * seed + 1)
        for name, how in searches.items():
            began = time.perf_counter()
            report, model = search_table(table, "y", seed=seed, **how)
            taken[name].append(time.perf_counter() - began)
            said = predict_table(model, judged.drop(columns="y"))[0].prediction
            error = float(np.sqrt(np.square(said - judged.y).mean()))
            left = f", {report.untried} untried" if report.untried else ""
            print(
                f"seed {seed}  {name:26} {taken[name][-1]:6.1f} s  {report.trainings:5} trainings  {error:.3f}  "
                f"{report.fit.architecture}{left}",
                flush=True,
            )
        said = predict_table(fit_table(table, "y", seed=seed)[1], judged.drop(columns="y"))[0].prediction
        print(f"seed {seed}  plain fit: {np.sqrt(np.square(said - judged.y).mean()):.3f}", flush=True)
    ten, hundred, limited = (np.median(taken[name]) for name in list(searches)[1:5] if "halving" not in name)
    print(f"100 random candidates took {hundred / ten:.2f} times as long as 10")
    print(f"a budget of {options.budget:g} s ended after {limited:.1f} s")


if __name__ == "__main__":
    main()

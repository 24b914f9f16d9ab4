"""How long `explain MODEL DATA` takes to switch columns off.

    python benchmarks/explain_speed.py [--rows N] [--columns N] [--classes]

A model of the default size is fitted to a part of the rows; then all are explained: reading and encoding left out, γ
calibrated afresh, every column at 0, at its mean and shuffled ten times. On a busy machine the processors' time, over
the two threads, says more than the clock.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, default=10_000)
    arguments.add_argument("--columns", type=int, default=50)
    arguments.add_argument("--trained", type=int, default=1_000, help="rows that the model is fitted to")
    arguments.add_argument("--classes", action="store_true")
    arguments.add_argument("--repeats", type=int, default=3)
    given = arguments.parse_args()
    from bnfit.api import explain_model
    from bnfit.ensemble.fit_table import fit_table

    rng = np.random.default_rng(0)
    x = rng.normal(size=(given.rows, given.columns))
    y = x @ rng.normal(size=given.columns) + np.sin(3 * x[:, 0])
    table = pd.DataFrame(x).rename(columns=lambda c: f"x{c}")
    table["y"] = np.where(y > 0, "yes", "no") if given.classes else y
    report, model = fit_table(table[: given.trained], "y", epochs=5)
    print(f"{report.architecture}, {report.members} members; {given.rows} rows × {given.columns} columns")
    for _ in range(given.repeats):
        began, worked = time.perf_counter(), time.process_time()
        explain_model(model, table)
        print(f"{time.perf_counter() - began:.2f} s, {time.process_time() - worked:.2f} s of the processors' time")


if __name__ == "__main__":
    main()

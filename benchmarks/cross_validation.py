"""Time of a five-fold cross-validation of `BNRegressor`, as a multiple of one fit, on 200 rows of 5 columns.

    python benchmarks/cross_validation.py [--runs 3]

Compiled programs are forgotten before each, so that both begin as a new process does once TensorFlow is loaded.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from sklearn.model_selection import cross_val_score

from bnfit import BNRegressor
from bnfit.population.program_cache import forget_programs

ROWS, COLUMNS, FOLDS = 200, 5, 5


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that some work takes, compiling included."""
    forget_programs()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print seconds and their ratio for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(ROWS, COLUMNS))
    y = np.sin(x[:, 0]) + x[:, 1] * x[:, 2] + 0.2 * rng.normal(size=ROWS)
    BNRegressor(epochs=1, members=2, folds=2).fit(x, y)  # loads TensorFlow
    print("one fit  cross_val_score  ratio")
    for _ in range(parser.parse_args().runs):
        once = timed(lambda: BNRegressor().fit(x, y))
        crossed = timed(lambda: cross_val_score(BNRegressor(), x, y, cv=FOLDS))
        print(f"{once:6.1f}s {crossed:15.1f}s {crossed / once:6.2f}")


if __name__ == "__main__":
    main()

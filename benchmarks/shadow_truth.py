"""How often `fit --shadow` takes a column without any effect for more than chance, and how often it finds one with.

    python benchmarks/shadow_truth.py [--tables NAME:COLUMNS,…] [--seeds N] [--first SEED]

Tables are those of truth_tables.py and two more: NOISE (300 rows, no column matters) and MIXED (400 rows, half of the
columns yes or no, 7 % yes; one of each half decides the class). Only the test is run, not the rest of `fit`.
"""

from __future__ import annotations

import argparse
import os
import time

import numpy as np
from truth_tables import Truth, make

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


TABLES = "NOISE:10,MIXED:10,RING:8,RING:16,XOR:8,RING+XOR:8,RING+XOR+SUM:16,FRIEDMAN:10,FRIEDMAN:50"


def truth(name: str, columns: int, seed: int) -> Truth:
    """The table of that name."""
    if name not in ("NOISE", "MIXED"):
        return make(name, columns, seed)
    rng, relevant = np.random.default_rng([seed, columns, 77]), np.zeros(columns, bool)
    if name == "NOISE":
        return Truth(rng.normal(size=(300, columns)), rng.normal(size=300), relevant, False)
    x = rng.normal(size=(400, columns))
    x[:, columns // 2 :] = x[:, columns // 2 :] > 1.5
    relevant[[0, -1]] = True
    return Truth(x, (x[:, 0] + 2 * x[:, -1] + rng.normal(size=400) > 0).astype(float), relevant, True)


def found(table: Truth, seed: int) -> np.ndarray:
    """Whether each column is said to carry something beyond chance."""
    from bnfit.evaluation.splits import splits
    from bnfit.feature_selection.shadows import against_shadows
    from bnfit.schema.dataset import Dataset

    count = table.x.shape[1]
    numbers = Dataset(table.x, table.y[:, None], "binary_crossentropy" if table.classes else "mse")
    output = "sigmoid" if table.classes else "linear"
    names, columns = [f"x{c}" for c in range(count)], [[c] for c in range(count)]
    test = against_shadows(numbers, names, columns, splits(numbers.constraints, 8, 0.0, seed), output, seed)
    return np.array([c.beyond for c in test.columns])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--tables", default=TABLES)
    arguments.add_argument("--seeds", type=int, default=4)
    arguments.add_argument("--first", type=int, default=0)
    given = arguments.parse_args()
    counts = np.zeros(4, int)
    for entry in given.tables.split(","):
        name, columns = entry.split(":")
        here, began = np.zeros(4, int), time.perf_counter()
        for seed in range(given.first, given.first + given.seeds):
            table = truth(name, int(columns), seed)
            beyond, true = found(table, seed), table.relevant
            here += [int((beyond & true).sum()), int(true.sum()), int((beyond & ~true).sum()), int((~true).sum())]
        seconds = (time.perf_counter() - began) / given.seeds
        print(f"{entry:16} {line(here)}, {seconds:.1f} s a table", flush=True)
        counts += here
    print(f"{'all':16} {line(counts)}")


def line(counts: np.ndarray) -> str:
    """What was found of the columns with an effect, and of those without."""
    hits, true, false, rest = counts.tolist()
    power = f"{hits} of {true} found" if true else "none to find"
    return f"{power}, {false} of {rest} without effect taken for more ({100 * false / max(rest, 1):.1f} %)"


if __name__ == "__main__":
    main()

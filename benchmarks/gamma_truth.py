"""γ against what it should be: one effect in five encodings, and its standard error against its true spread.

    python benchmarks/gamma_truth.py [--tables N] [--rows N] [--first SEED]

Encodings: 400 rows, y = 1.2 t + x + e, t a treatment of 3 in 10 rows, written as 0 and 1, 1 and 2, yes and no, two
levels of text and three; the goal is γ within 2 %. Spread: fresh tables of y = a + 0.5 b + (c² - 1) / √2 + e and
two nulls, all of variance 1; for each column the standard deviation of γ over tables, and the mean of what each fit
calls its standard error (root mean square); the goal is 0.85 to 1.3 of the spread for columns with an effect.
"""

from __future__ import annotations

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pandas as pd

from bnfit.api import fit_table

COLUMNS = ("a", "b", "c", "null1", "null2")


def gammas(frame: pd.DataFrame) -> dict[str, tuple[float, float]]:
    """γ and its standard error of each column of a plain fit."""
    found = fit_table(frame, "y")[0].explanation.importances
    return {i.column: (i.gamma or 0.0, i.gamma_se or 0.0) for i in found}


def encodings(rng: np.random.Generator, rows: int = 400) -> None:
    """Print γ of one effect, written in five ways."""
    treated = rng.random(rows) < 0.3
    other = np.where(rng.random(rows) < 0.5, "placebo", "waiting")
    x = rng.normal(size=rows)
    frame = pd.DataFrame({"x": x, "y": 1.2 * treated + x + rng.normal(size=rows)})
    written = {
        "0 and 1": treated.astype(int),
        "1 and 2": treated + 1,
        "yes and no": np.where(treated, "yes", "no"),
        "two levels": np.where(treated, "treated", "control"),
        "three levels": np.where(treated, "treated", other),
    }
    found = {name: gammas(frame.assign(t=cells))["t"] for name, cells in written.items()}
    for name, (gamma, se) in found.items():
        print(f"{name:14s} gamma {gamma:.4f} ± {se:.4f}", flush=True)
    sizes = [gamma for gamma, _ in found.values()]
    print(f"largest / smallest {max(sizes) / min(sizes):.3f}, of the first four {max(sizes[:4]) / min(sizes[:4]):.3f}")


def spread(first: int, tables: int, rows: int) -> None:
    """Print the spread of γ over fresh tables beside the standard errors that fits give."""
    found = []
    for seed in range(first, first + tables):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(rows, len(COLUMNS)))
        y = x[:, 0] + 0.5 * x[:, 1] + (x[:, 2] ** 2 - 1) / 2**0.5 + rng.normal(size=rows)
        by_column = gammas(pd.DataFrame(x, columns=COLUMNS).assign(y=y))
        found.append([by_column[name] for name in COLUMNS])
        print(".", end="", flush=True)
    print()
    values = np.array(found)
    for name, (gamma, se) in zip(COLUMNS, values.transpose(1, 2, 0), strict=True):
        true, said = gamma.std(ddof=1), np.sqrt(np.square(se).mean())
        print(
            f"{name:6s} gamma {gamma.mean():.3f}, spread {true:.3f}, standard error {said:.3f}, ratio {said / true:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=int, default=24)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    options = parser.parse_args()
    encodings(np.random.default_rng(options.first))
    spread(options.first, options.tables, options.rows)


if __name__ == "__main__":
    main()

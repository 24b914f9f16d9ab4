"""Make a synthetic classification table of the size of BNG(glass): 137,781 rows, 9 columns, 7 unbalanced classes.

    python benchmarks/glass_table.py OUT.csv [--rows N] [--seed N]

Each class is a mixture of two correlated normal clouds around oxide contents typical of a kind of glass; contents below
0 become 0, as a laboratory would write them. The columns have very different sizes, as in the real table.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd

COLUMNS = ("RI", "Na", "Mg", "Al", "Si", "K", "Ca", "Ba", "Fe")
SHARES = {
    "building_float": 0.327,
    "building_non_float": 0.352,
    "vehicle_float": 0.082,
    "vehicle_non_float": 0.003,
    "containers": 0.062,
    "tableware": 0.044,
    "headlamps": 0.130,
}
CENTRES = {
    "building_float": (1.5187, 13.2, 3.55, 1.16, 72.6, 0.45, 8.80, 0.01, 0.06),
    "building_non_float": (1.5186, 13.1, 3.00, 1.41, 72.6, 0.52, 9.07, 0.05, 0.08),
    "vehicle_float": (1.5180, 13.4, 3.54, 1.20, 72.4, 0.41, 8.78, 0.01, 0.06),
    "vehicle_non_float": (1.5183, 13.3, 3.20, 1.30, 72.5, 0.50, 8.90, 0.02, 0.06),
    "containers": (1.5189, 12.8, 0.77, 2.03, 72.4, 1.47, 10.12, 0.19, 0.06),
    "tableware": (1.5175, 14.6, 1.31, 1.37, 73.2, 0.05, 9.36, 0.00, 0.00),
    "headlamps": (1.5171, 14.4, 0.54, 2.12, 73.0, 0.33, 8.49, 1.04, 0.01),
}
SPREADS = (0.0028, 0.7, 0.6, 0.35, 0.7, 0.35, 1.1, 0.3, 0.08)


def glass_table(rows: int, seed: int) -> pd.DataFrame:
    """The table: nine columns and `type`."""
    rng = np.random.default_rng(seed)
    names = rng.choice(list(SHARES), size=rows, p=np.array(list(SHARES.values())) / sum(SHARES.values()))
    shared = rng.normal(size=rows)
    x = np.empty((rows, len(COLUMNS)))
    for name in SHARES:
        inside = names == name
        count = int(inside.sum())
        second = rng.random(count) < 0.35
        tilt = rng.normal(size=len(COLUMNS)) * 0.8
        noise = rng.normal(size=(count, len(COLUMNS))) + np.outer(shared[inside], np.sign(tilt) * 0.5)
        x[inside] = np.array(CENTRES[name]) + np.array(SPREADS) * (noise + np.outer(second, tilt))
    x[:, 2:] = np.maximum(x[:, 2:], 0)
    decimals = dict(zip(COLUMNS, (5, 2, 2, 2, 2, 2, 2, 2, 2), strict=True))
    return pd.DataFrame(x, columns=list(COLUMNS)).round(decimals).assign(type=names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--rows", type=int, default=137_781)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    glass_table(options.rows, options.seed).to_csv(options.out, index=False)


if __name__ == "__main__":
    main()

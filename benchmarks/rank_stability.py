"""How far the ranking of columns by γ stays the same when only the seed of `fit` changes.

    python benchmarks/rank_stability.py DATA --target COL [--where EXPR] [--features COL,…] [--seeds N] [--sparse]

Prints each seed's columns in order of γ, and the mean over pairs of seeds of Kendall's τ between their rankings (τ-b:
ties count as such), with the lowest; beside it the same of the raw γ.
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
from collections.abc import Sequence

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def kendall(a: Floats, b: Floats) -> float:
    """Kendall's τ-b of two rankings (c,); nan where one of them is constant."""
    pairs = np.triu_indices(len(a), 1)
    first, second = (np.sign(v[pairs[0]] - v[pairs[1]]) for v in (a, b))
    untied = math.sqrt(float(np.abs(first).sum() * np.abs(second).sum()))
    return float((first * second).sum()) / untied if untied else math.nan


def agreement(rankings: Sequence[Floats]) -> tuple[float, float]:
    """Mean and lowest τ over all pairs."""
    found = [kendall(a, b) for a, b in itertools.combinations(rankings, 2)]
    return float(np.mean(found)), float(np.min(found))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data")
    arguments.add_argument("--target", required=True)
    arguments.add_argument("--where")
    arguments.add_argument("--features", default="")
    arguments.add_argument("--seeds", type=int, default=10)
    arguments.add_argument("--sparse", action="store_true")
    given = arguments.parse_args()
    from bnfit.ensemble.fit_table import fit_table
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.source import load_table

    source = load_table(given.data, given.where)
    options = SchemaOptions(features=tuple(name for name in given.features.split(",") if name))
    calibrated, raw = [], []
    for seed in range(given.seeds):
        found = fit_table(source, given.target, options=options, sparse=given.sparse, seed=seed)[0].explanation
        calibrated.append(np.array([i.gamma for i in found.importances], float))
        raw.append(np.array([i.gamma_raw for i in found.importances], float))
        order = np.argsort(-calibrated[-1])
        named = ", ".join(f"{found.importances[c].column} {calibrated[-1][c]:.3g}" for c in order)
        print(f"seed {seed}: R² or accuracy {found.metrics.get('r2', found.metrics.get('accuracy')):.3f}; {named}")
    for name, rankings in (("calibrated γ", calibrated), ("raw γ", raw)):
        mean, lowest = agreement(rankings)
        print(f"{name}: mean τ over pairs of {given.seeds} seeds {mean:.3f}, lowest {lowest:.3f}")


if __name__ == "__main__":
    main()

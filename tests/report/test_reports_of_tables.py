"""Reports of whole trainings at 80 columns, against literal texts: short, no wider, no word broken."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from documents import first_difference

from bnfit.cli.flags import lines_with_flags
from bnfit.ensemble.fit_table import fit_table
from bnfit.report.content import blocks_of
from bnfit.report.terminal import to_text

TEXTS = Path(__file__).parent / "texts"
WIDTH, MOST_LINES = 80, 45


def linear(rows: int, columns: int, names: str = "x{}") -> pd.DataFrame:
    """Rows of which the first two columns say the target, with some noise."""
    rng = np.random.default_rng(rows + columns)
    x = rng.normal(size=(rows, columns))
    table = pd.DataFrame(x, columns=[names.format(k) for k in range(columns)])
    return table.assign(y=5 * x[:, 0] - 3 * x[:, 1] + 0.5 * rng.normal(size=rows))


def classes(rows: int) -> pd.DataFrame:
    """Three classes by a number and a category, with a date that says nothing, and a constant column."""
    rng = np.random.default_rng(rows)
    size, region = rng.normal(10, 3, rows), rng.choice(["north", "south", "east"], rows)
    score = size / 2 + 3 * (region == "north") + 0.3 * rng.normal(size=rows)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), unit="D")
    grade = np.where(score < 4.5, "low", np.where(score < 7, "mid", "high"))
    known = {"day": days.strftime("%Y-%m-%d"), "size": size.round(2), "region": region, "unit": "cm"}
    return pd.DataFrame({**known, "grade": grade})


def leaking(rows: int) -> pd.DataFrame:
    """A table with a copy of its target in another unit, and copies of rows."""
    table = linear(rows, 3)
    table["y in cm"] = (100 * table["y"]).round()
    return pd.concat([table, table[:10]], ignore_index=True)


TABLES = {
    "12-rows": (linear(12, 2), "y"),
    "120-rows": (leaking(110), "y"),
    "20000-rows": (linear(20_000, 5), "y"),
    "60-columns": (linear(400, 60, "measured value of sensor {}"), "y"),
    "3-classes": (classes(400), "grade"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_report_is_a_page(name):
    table, target = TABLES[name]
    report, _ = fit_table(table, target, epochs=10, members=4, folds=4, layers=1, units=8)
    found = to_text(lines_with_flags(blocks_of(report)), WIDTH).splitlines()
    assert len(found) <= MOST_LINES
    assert max(map(len, found)) <= WIDTH
    assert not first_difference((TEXTS / f"{name}.txt").read_text(encoding="utf-8").splitlines(), found)

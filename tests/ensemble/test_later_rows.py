"""The error on the latest rows by a column of dates that nobody named as the time."""

import numpy as np
import pandas as pd
import pytest

from bnfit.api import fit_table
from bnfit.ensemble.later_rows import later_rows
from bnfit.ensemble.prepare import prepare
from bnfit.schema.types import SchemaOptions
from bnfit.table.source import Source


def walk(rows=120, seed=1):
    rng = np.random.default_rng(seed)
    days = pd.date_range("2024-01-01", periods=rows).strftime("%Y-%m-%d")
    return pd.DataFrame({"day": days, "x": rng.normal(size=rows), "y": rng.normal(size=rows).cumsum()})


def set_apart(frame, **options):
    prepared = prepare(Source(frame), "y", SchemaOptions(**options))
    return later_rows(prepared.schema, prepared.dataset)


def test_the_latest_fifth_is_set_apart_whatever_the_order_of_the_rows(rng):
    order = rng.permutation(120)
    later = set_apart(walk().iloc[order].reset_index(drop=True))
    assert later.column == "day"
    assert sorted(order[later.split.test]) == list(range(96, 120))
    assert sorted([*later.split.seen, *later.split.test]) == list(range(120))


@pytest.mark.parametrize(
    ("frame", "options"),
    [
        (walk().drop(columns="day"), {}),
        (walk(), {"roles": {"day": "time"}}),
        (walk().assign(id=np.arange(120) % 9), {"roles": {"id": "group"}}),
        (walk(30), {}),
        (walk().assign(day=np.where(np.arange(120) < 60, "2024-01-01", "2024-03-05")), {}),
    ],
)
def test_nothing_is_set_apart_without_many_dates_or_with_a_stated_order(frame, options):
    assert set_apart(frame, **options) is None


@pytest.mark.slow
@pytest.mark.parametrize("classes", [False, True])
def test_the_error_on_the_latest_rows_is_of_members_that_never_saw_them(classes):
    frame = walk(160)
    frame["y"] = np.where(np.arange(160) < 128, 3, -3) * frame["x"]  # what was learned is the contrary of what comes
    if classes:
        frame["y"] = np.where(frame["y"] > 0, "up", "down")
    how = {"members": 4, "folds": 4, "epochs": 100, "layers": 1, "units": 8}
    report, model = fit_table(frame, "y", **how)
    assert (report.later.column, report.later.rows) == ("day", 32)
    assert report.later.metrics["log_loss" if classes else "mse"] > (1 if classes else 20)
    assert any(text.startswith("on the latest 32 rows by 'day'") for text in report.explanation.warnings)
    assert (report.members, len(model.member_folds())) == (4, 4)
    plain, _ = fit_table(frame.assign(day=np.arange(160) ** 1.5), "y", **how)
    assert plain.later is None

"""Dates, periods and times as people write them, with an offset from UTC and without."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from bnfit.errors import DataError
from bnfit.schema.dates import find_order, parse_times, part_values
from bnfit.schema.infer import infer_schema
from bnfit.schema.schema import Schema
from bnfit.schema.text_cells import text_cells
from bnfit.schema.types import SchemaOptions
from bnfit.table.place import Place

N = 60
Y = [str(v) for v in np.arange(N) ** 2 + 0.5]
HOURS = pd.date_range("2023-01-02", periods=N, freq="7h")


def frame_of(cells, name="at"):
    """A text frame of one column, and a target with a value for each."""
    return pd.DataFrame({name: pd.Series(cells, dtype="str"), "y": pd.Series(Y[: len(cells)], dtype="str")})


def schema_of(cells, **options):
    return infer_schema(frame_of(cells), "y", SchemaOptions(**options))


def written(moments, offset=""):
    return [f"{moment:%Y-%m-%d %H:%M:%S}{offset}" for moment in moments]


def parsed(cells, order):
    times, odd = parse_times(text_cells(pd.Series(cells, dtype="str")), order)
    assert not odd.any()
    return times


def day_number(year, month, day):
    return (date(year, month, day) - date(1970, 1, 1)).days


@pytest.mark.parametrize(
    ("cells", "order", "day"),
    [
        (["2024-02-29", "2023-12-31"], "ymd", (2024, 2, 29)),
        (["2024/2/9"], "ymd", (2024, 2, 9)),
        (["20240229"], "ymd", (2024, 2, 29)),
        (["2020-W01-1", "2020W537"], "ymd", (2019, 12, 30)),
        (["29.02.2024", "1.3.2024"], "dmy", (2024, 2, 29)),
        (["13/02/24", "01/02/24"], "dmy", (2024, 2, 13)),
        (["02/13/1999", "02/01/1999"], "mdy", (1999, 2, 13)),
        (["13-Feb-99"], "named", (1999, 2, 13)),
        (["Feb 13, 2024", "March 1, 2024"], "named", (2024, 2, 13)),
        (["Tue, 13 Feb 2024"], "named", (2024, 2, 13)),
        (["2024-Feb-13", "2024 Mar 1"], "named", (2024, 2, 13)),
        (["2024-02", "2024/11"], "month", (2024, 2, 1)),
        (["02/2024", "11-2024"], "month", (2024, 2, 1)),
        (["Jan 2020", "Dec 1999"], "month", (2020, 1, 1)),
        (["Mar-2018", "Sept-2018", "OCT-2019"], "month", (2018, 3, 1)),
        (["may, 2021", "June 2021", "Aug. 2021"], "month", (2021, 5, 1)),
        (["Jul-99", "Feb-04", "Nov '05"], "month", (1999, 7, 1)),
        (["2020M01", "2020m12", "2020-M02"], "month", (2020, 1, 1)),
        (["2020-Jan", "2021 December"], "month", (2020, 1, 1)),
        (["2020-Q1", "2020Q4"], "quarter", (2020, 1, 1)),
        (["Q2 2021", "Q3/2021"], "quarter", (2021, 4, 1)),
        (["2019:Q3", "2019 q4"], "quarter", (2019, 7, 1)),
        (["4Q2020", "1Q20"], "quarter", (2020, 10, 1)),
        (["2020-W01", "2020-W53"], "week", (2019, 12, 30)),
        (["2021w5", "2021 W06"], "week", (2021, 2, 1)),
        (["W5 2021", "Week 06, 2021", "wk 7-2021"], "week", (2021, 2, 1)),
    ],
)
def test_orders_of_dates_and_periods(cells, order, day):
    assert find_order(cells) == (order, False)
    assert parsed(cells, order).local[0] == day_number(*day)


def test_day_or_month_first_is_said_when_it_cannot_be_told():
    assert find_order(["01/02/2024", "03/04/2024"]) == ("mdy", True)
    assert find_order(["01.02.2024", "03.04.2024"]) == ("dmy", True)
    reason = schema_of([f"0{i % 9 + 1}/0{i % 5 + 1}/2024" for i in range(20)]).columns[0].reason
    assert "cannot be told" in reason


@pytest.mark.parametrize(
    "text",
    [
        *("2023-02-29", "2023-13-01", "2023-01-01 24:00", "2023-01-01 12:60", "2023-1/1", "soon"),
        *("2023-13", "Foo 2020", "Jan 0020", "2020-Q5", "Q0 2020", "2021-W53", "2020-W54", "1234-Q1", "9999W10"),
        *("Q1-20", "W12", "May", "A4 2020", "2020-01 10:00", "Jan 2020 10:00"),
    ],
)
def test_no_dates(text):
    assert find_order([text]) is None


def test_times_of_day_offsets_and_halves():
    cells = [
        "2024-01-01T12:00:00Z",
        "2024-01-01 13:30:00.5+01:30",
        "2024-01-01T01:00:00-0500",
        "2024-01-01T01:00:00+02:00[Europe/Helsinki]",
        "2024-01-01 06:00 PM",
        "2024-01-01 12:00 AM",
        "2024-01-01, 9:30",
    ]
    times = parsed(cells, "ymd")
    nan = np.nan
    np.testing.assert_array_equal(times.offset, [0, 90, -300, 120, nan, nan, nan])
    seconds = [43200, 48600.5, 3600, 3600, 64800, 0, 34200]
    assert ((times.local - 19723) * 86400).round(6).tolist() == seconds
    expected = np.array(seconds) - np.array([0, 5400, -18000, 7200, 0, 0, 0])
    np.testing.assert_allclose((times.utc - 19723) * 86400, expected, atol=1e-5)


def test_a_bad_date_later_names_the_cell():
    schema = schema_of([f"2020-01-{i + 1:02d}" for i in range(20)])
    with pytest.raises(DataError, match=r"column 'at' holds '2020-02-30' in line 4 of n.csv: no date"):
        schema.encode(pd.DataFrame({"at": ["2020-02-30"]}), place=Place("n.csv", np.array([4])))


@pytest.mark.parametrize(
    ("trained", "later"),
    [
        ([f"2020-01-{i + 1:02d}" for i in range(20)], "2023-01"),
        ([f"{i + 1}.1.2020" for i in range(20)], "01/2023"),
        ([f"{i + 1} Jan 2020" for i in range(20)], "Jan 2023"),
        ([f"20{i:02d}-01" for i in range(20)], "2023-01-05"),
        ([f"20{i:02d}-Q{i % 4 + 1}" for i in range(20)], "2023-01"),
        ([f"2020-W{i + 1:02d}" for i in range(20)], "2020-W05-2"),
    ],
)
def test_a_date_of_another_precision_than_training_is_named(trained, later):
    with pytest.raises(DataError, match=f"column 'at' holds '{later}' in row 2: no date as the others are written"):
        schema_of(trained).encode(pd.DataFrame({"at": [trained[0], later]}))


@pytest.mark.parametrize(
    ("cells", "parts", "period"),
    [
        ([f"{m} {y}" for y in range(2014, 2019) for m in ("Jan", "Apr", "Jul", "Oct")], ("year", "year"), "months"),
        ([f"{m}-{y}" for y in range(14, 19) for m in ("Feb", "May", "Aug", "Nov")], ("year", "year"), "months"),
        ([f"{y}-Q{q}" for y in range(2014, 2019) for q in range(1, 5)], ("year", "year"), "quarters"),
        ([f"2020-W{w:02d}" for w in range(1, 54)], ("year",), "weeks"),
    ],
)
def test_periods_become_a_year_and_the_cycle_that_they_cover(cells, parts, period):
    column = schema_of(cells).columns[0]
    assert (column.kind, column.use) == ("datetime", "input")
    assert column.parts == (parts[0], *(f"{wave} of {cycle}" for cycle in parts[1:] for wave in ("sin", "cos")))
    assert column.reason.endswith(f"; whole {period}")


@pytest.mark.parametrize(
    "cells",
    [
        [f"{month}-{year}" for year in (2020, 2021) for month in ("Jan", "Mar", "Dec")],
        ["2020-Q1", "2020-Q2", "2020-Q4", "2021-Q1"],
        ["2020-W01", "2020-W09", "2020-W53", "2021-W01"],
        written(HOURS[:4]),
        [f"{moment:%Y-%m-%d %H:%M}{offset}" for moment, offset in zip(HOURS[:2], ("+02:00", "-05:00"), strict=True)],
    ],
)
def test_periods_and_times_give_the_order_of_rows(cells):
    frame = frame_of(cells).assign(x=Y[len(cells) : 2 * len(cells)])
    schema = infer_schema(frame, "y", SchemaOptions(roles={"at": "time"}))
    times = schema.role("time", frame)
    assert (np.diff(times) > 0).all()
    backwards = frame.iloc[::-1].reset_index(drop=True)
    assert np.array_equal(schema.role("time", backwards), times[::-1])


def test_an_order_in_time_goes_by_the_instant_and_not_by_the_clock():
    frame = frame_of(["2023-06-01 10:00+02:00", "2023-06-01 09:00+00:00", "2023-06-01 04:30-05:00"]).assign(x=Y[3:6])
    schema = infer_schema(frame, "y", SchemaOptions(roles={"at": "time"}))
    assert schema.role("time", frame).argsort().tolist() == [0, 1, 2]


@pytest.mark.parametrize("offset", ["-05:00", "+0530", "Z", "+13"])
def test_times_are_read_by_their_local_clock_whether_or_not_they_have_an_offset(offset):
    naive, aware = schema_of(written(HOURS)), schema_of(written(HOURS, offset))
    assert naive.features == aware.features
    x = naive.encode(frame_of(written(HOURS))).x
    assert np.array_equal(aware.encode(frame_of(written(HOURS, offset))).x, x)
    assert np.array_equal(naive.encode(frame_of(written(HOURS, offset))).x, x)
    assert np.array_equal(aware.encode(frame_of(written(HOURS))).x, x)


@pytest.mark.parametrize(
    ("trained", "later", "told"),
    [
        ("", "", 0),
        ("", "-05:00", N),
        ("", "Z", N),
        ("-05:00", "", N),
        ("-05:00", "-05:00", 0),
        ("-05:00", "-04:00", 0),  # daylight saving
        ("-05:00", "Z", N),
        ("Z", "+00:00", 0),
        ("+05:30", "+09:00", N),
    ],
)
def test_another_kind_of_time_than_training_is_counted(trained, later, told):
    schema = schema_of(written(HOURS, trained))
    later = frame_of([*written(HOURS, later)[:-1], None])
    expected = {"at": told - 1} if told else {}
    assert schema.encode(later).other_zones == expected
    assert Schema.from_json(json.loads(json.dumps(schema.to_json()))).encode(later).other_zones == expected


def test_typed_times_know_their_zone_as_text_does():
    moments = pd.Series(HOURS)
    typed = moments.dt.tz_localize("America/New_York")
    y = np.arange(float(N)) ** 2
    naive, aware = (infer_schema(pd.DataFrame({"at": column, "y": y}), "y") for column in (moments, typed))
    assert naive.columns[0].offsets == ()
    assert (aware.columns[0].naive, aware.columns[0].offsets) == (False, (-300, -300))
    text = frame_of(written(HOURS, "-05:00"))
    assert schema_of(text["at"].tolist()).columns[0] == aware.columns[0]
    assert np.array_equal(aware.encode(text).x, aware.encode(pd.DataFrame({"at": typed})).x)
    assert aware.encode(pd.DataFrame({"at": moments})).other_zones == {"at": N}
    assert naive.encode(pd.DataFrame({"at": typed})).other_zones == {"at": N}
    summer = pd.DataFrame({"at": typed + pd.Timedelta(days=180)})
    assert not aware.encode(summer).other_zones


@pytest.mark.parametrize("some", [1, N // 2, N - 1])
def test_a_column_with_and_without_offsets_is_named(some):
    cells = [*written(HOURS[:some], "+01:00"), *written(HOURS[some:])]
    schema = schema_of(cells)
    assert any(f"'at': {some} of {N} times have an offset from UTC, the other" in text for text in schema.notes)
    assert not schema.encode(frame_of(cells)).other_zones
    roles = infer_schema(frame_of(cells).assign(x=Y), "y", SchemaOptions(roles={"at": "time"}))
    assert any("ordered as if in UTC" in warning for warning in roles.notes)
    assert not any("offset" in warning for warning in schema_of(written(HOURS, "Z")).notes)


def test_the_hour_of_an_aware_time_is_the_hour_on_its_clock():
    schema = schema_of(written(HOURS, "-05:00"))
    x = schema.encode(pd.DataFrame({"at": ["2023-01-03 06:00-05:00"]})).x[0]
    spot = schema.features.index("at (sin of day)")
    assert x[spot] == pytest.approx(part_values(np.array([0.25]), "sin of day")[0], abs=1e-9) == 1.0


def test_what_only_looks_like_a_period_is_no_date():
    for cells in ([f"A{i} {i}" for i in range(20)], [f"Q{i}" for i in range(20)], [f"W{i}-{i}" for i in range(20)]):
        assert schema_of(cells, types={"at": "category"}).columns[0].kind == "category"
        assert find_order(cells) is None

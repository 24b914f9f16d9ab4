"""Numbers that likely stand for "no value", and numbers that only look like them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.schema.infer import infer_schema
from bnfit.schema.sentinels import likely_codes


def column(low, high, code, rows=200, times=20, whole=False):
    """Evenly spaced numbers, of which some are replaced by a code."""
    values = np.linspace(low, high, rows)
    values = np.round(values) if whole else values
    values[:: rows // times] = code
    return values


@pytest.mark.parametrize(
    ("low", "high", "code"),
    [
        (20, 90, -99),
        (20, 90, -999),
        (0.1, 5, 9999),
        (-40, 40, -9999),
        (0, 100_000, -999),
        (50, 150, -999.25),
        (0, 1, -9),
        (1, 5, 9),
        (1, 7, 99),
        (1, 7, 98),
        (1, 7, 77),
        (0, 30, 888),
        (10, 30, 99.9),
        (10, 30, 999.99),
        (200, 300, -9.96921e36),
        (0, 300, 1e30),
        (0, 900, -32768),
        (0, 900, 65535),
        (0, 900, 2147483647),
        (1900, 2020, 9999),
    ],
)
def test_codes_far_outside_the_rest_are_found(low, high, code):
    whole = float(code).is_integer()
    assert likely_codes(column(low, high, code, whole=whole)) == (code,)
    assert likely_codes(np.append(column(low, high, code, whole=whole), np.nan)) == (code,)


@pytest.mark.parametrize(
    ("low", "high", "number"),
    [
        (0, 20_000, 9999),  # inside
        (0, 9000, 9999),  # near the rest
        (-100, 100, -99),
        (-1500, 3000, -999),
        (50, 150, 0),
        (0, 1, -1),
        (50, 150, 500),
        (50, 150, -1234),
        (1, 12, 31),
    ],
)
def test_numbers_that_are_no_codes(low, high, number):
    assert likely_codes(column(low, high, number)) == ()


def test_what_comes_once_or_among_prices_or_beside_one_value_is_no_code():
    assert likely_codes(column(20, 90, -999, rows=200, times=1)) == ()
    assert likely_codes(np.array([49.0, 99, 199, 129, 999] * 10)) == ()
    assert likely_codes(np.array([1.0, 999] * 10)) == ()
    assert likely_codes(np.full(5, np.nan)) == likely_codes(np.empty(0)) == likely_codes(np.full(9, 999.0)) == ()


def test_several_codes_on_both_sides_are_found_together():
    values = np.r_[np.linspace(1, 5, 100), [-999] * 5, [-888] * 6, [9999] * 4, [-1e30] * 3]
    assert likely_codes(values) == (-1e30, -999, -888, 9999)


def test_natural_columns_have_no_codes(rng):
    for draw in (rng.normal(size=5000), rng.lognormal(0, 2, 5000), rng.poisson(3, 5000), rng.integers(0, 100, 5000)):
        assert likely_codes(draw.astype(float)) == ()
        assert likely_codes(np.round(draw * 100.0)) == ()


def text_of(values, write=str):
    return pd.Series([write(v) for v in values], dtype="str")


def test_columns_and_target_with_codes_are_named_with_the_texts_that_na_takes():
    values = column(20, 90, -999, whole=True).astype(int)
    y = np.round(column(0, 10, 99.9), 1)
    frame = pd.DataFrame(
        {
            "a": text_of(values),
            "b": text_of(values * 1.0),
            "c": text_of(values),
            "d": text_of(values, lambda v: "-999,0 kg" if v < 0 else f"{v},5 kg"),
            "fine": text_of(np.arange(200) * 1.5),
            "y": text_of(y),
        }
    )
    others = "(20 of 200 rows, the others from 20 to 90)"
    told = infer_schema(frame, "y").notes
    assert told == (
        f"columns 'a' {others}, 'c' {others} hold -999, likely a code for missing: "
        "if so, read them as missing with `na='-999'`",
        f"column 'b' {others} holds -999.0, likely a code for missing: if so, read them as missing with `na='-999.0'`",
        "column 'd' (20 of 200 rows, the others from 20.5 to 90.5) holds -999,0 kg, likely a code for missing: "
        "if so, empty these cells",
        "column 'y' (20 of 200 rows, the others from 0.1 to 10) holds 99.9, likely a code for missing: "
        "if so, read them as missing with `na='99.9'`",
    )
    typed = infer_schema(pd.DataFrame({"a": values, "y": np.arange(200) ** 2.0}), "y").notes
    assert typed == (f"column 'a' {others} holds -999, likely a code for missing: if so, empty these cells",)

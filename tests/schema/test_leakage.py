"""Columns that give the target away, alone or two together, and those that only seem to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bnfit.schema.infer import infer_schema
from bnfit.schema.leakage import giveaways
from bnfit.schema.rounding import half_units, is_beyond_chance, is_rare_order
from bnfit.schema.types import Column

AWAY = "gives the target away: the target follows from it, to rounding"
PARTED = "gives the target away: it parts the classes without exception"


def told(y, **columns):
    """What is said of a table's leaks, by column; the table also has a column of noise."""
    noise = np.random.default_rng(8).normal(size=len(y)).round(3)
    frame = pd.DataFrame({"noise": noise, **columns, "y": y}).astype("str")
    warnings = infer_schema(frame, "y").warnings
    said = (w for w in warnings if "away" in w or "all but" in w or "very order" in w)
    return {w.partition("'")[2].rpartition("'")[0]: w.rpartition("' ")[2] for w in said}


def with_digits(values, digits):
    return [float(f"{value:.{digits}g}") for value in values]


COPIES = {
    "logarithm": np.log,
    "logarithm with four decimals": lambda y: np.log10(y).round(4),
    "logarithm of one more": np.log1p,
    "reciprocal": lambda y: 1 / y,
    "reciprocal with six digits": lambda y: with_digits(1 / y, 6),
    "root": np.sqrt,
    "square": np.square,
    "exponential": lambda y: np.exp(y / 100),
    "other unit": lambda y: (2.2046 * y).round(1),
    "far from 0": lambda y: 5e9 - y,
    "whole": lambda y: y.round(0),
    "rank": lambda y: pd.Series(y).rank().to_numpy(),
    "share below": lambda y: pd.Series(y).rank(pct=True).round(3).to_numpy(),
    "place from the top": lambda y: pd.Series(-y).rank(method="first").to_numpy() + 100,
    "sigmoid": lambda y: 1 / (1 + np.exp(-(y - 90) / 40)),
    "Box and Cox": lambda y: (y**0.3 - 1) / 0.3,
}


@pytest.mark.parametrize("rows", [60, 400])
@pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)
def test_a_monotone_copy_of_the_target_is_named(rng, rows, copy):
    y = rng.lognormal(4.5, 1, rows).round(2)
    assert told(y, c=copy(y)) == {"c": AWAY}


def test_cells_without_a_value_do_not_hide_a_copy_and_parts_of_a_date_are_seen(rng):
    y = rng.lognormal(4.5, 0.5, 90).round(2)
    gaps = np.where(np.arange(90) % 7, np.log(y), np.nan)
    assert told(y, c=[("" if np.isnan(v) else v) for v in gaps]) == {"c": AWAY}
    born = pd.date_range("1950-01-01", periods=90, freq="197D")
    assert told(2024 - born.year, born=born.astype(str)) == {"born": AWAY}


PAIRS = {
    "a product": (lambda a, b: a * b, "a product"),
    "a product with a factor, two decimals": (lambda a, b: (1.19 * a * b).round(2), "a product"),
    "a ratio": (lambda a, b: a / b, "a ratio"),
    "a ratio with five digits": (lambda a, b: with_digits(b / a, 5), "a ratio"),
    "weight over height squared": (lambda a, b: a / b**2, "a product of powers"),
    "a sum": (lambda a, b: a + b, "a sum"),
    "a difference": (lambda a, b: (a - b).round(3), "a difference"),
    "a weighted sum": (lambda a, b: 0.1 * a + 2 * b, "a weighted sum"),
}


@pytest.mark.parametrize("rows", [25, 150])
@pytest.mark.parametrize(("law", "words"), PAIRS.values(), ids=PAIRS)
def test_two_columns_that_make_the_target_are_named(rng, rows, law, words):
    a, b = rng.uniform(1, 9, (2, rows)).round(3)
    assert told(law(a, b), a=a, b=b) == {
        "a' and 'b": f"give the target away together: it is {words} of both, to rounding"
    }


def test_a_product_of_numbers_of_both_signs_is_named(rng):
    a, b = rng.normal(size=(2, 80))
    assert list(told(a * b, a=a, b=b)) == ["a' and 'b"]


def test_a_product_of_numbers_that_were_rounded_after_it_is_named(rng):
    a, b = rng.uniform(1, 9, (2, 200))
    assert list(told((a * b).round(2), a=a.round(3), b=b.round(3))) == ["a' and 'b"]


@pytest.mark.parametrize("noise", [0.05, 0.01, 0.001])
def test_a_law_with_noise_gives_nothing_away(rng, noise):
    x, e = rng.normal(size=(2, 300))
    said = told(3 * x + noise * e, x=x)["x"]
    assert said.startswith("all but equals the target (correlation ")
    assert told((np.exp(x) * (1 + noise * e)).round(4), x=x.round(4)).keys() <= {"x"}
    assert AWAY not in told(np.exp(x) * (1 + noise * e), x=x).values()
    a, b = rng.uniform(1, 9, (2, 300))
    assert told(a * b + noise * e, a=a, b=b) == {}


def test_the_very_order_of_the_target_in_few_rows_is_no_law_but_named(rng):
    y = rng.normal(size=25)
    said = told(y, c=y**3 + y + np.sign(y)).get("c", "")
    assert said.startswith("has the very order of the target")
    assert told(y, c=np.r_[y[:-2], y[-1], y[-2]]) == {}


def test_a_number_that_parts_the_classes_is_named(rng):
    two, three = rng.integers(0, 2, 150), rng.integers(0, 3, 150)
    assert told(np.array(["no", "yes"])[two], score=(two * rng.uniform(1, 5, 150)).round(3)) == {"score": PARTED}
    names = np.array(["mid", "high", "low"])[three]
    assert told(names, score=10 * three + rng.uniform(0, 9, 150)) == {"score": PARTED}
    assert told(names, score=10 * three + rng.uniform(0, 11, 150)) == {}
    days = np.where(two == 1, rng.uniform(1, 9, 150).round(2).astype(str), "")
    assert told(np.array(["alive", "dead"])[two], days=days) == {
        "days": "gives the target away: its empty cells go with one class only"
    }


def test_chance_in_few_rows_gives_nothing_away(rng):
    draws = {
        "fine": lambda n: rng.normal(size=n),
        "rounded": lambda n: rng.normal(size=n).round(2),
        "digits": lambda n: rng.integers(0, 10, n).astype(float),
        "coins": lambda n: rng.integers(0, 2, n).astype(float),
        "rare": lambda n: (rng.random(n) < 0.1).astype(float),
    }
    inputs = [Column(f"c{i}", "number", "input", fill=(0.0,)) for i in range(60)]
    seen = 0
    for draw in draws.values():
        x = np.stack([draw(12) for _ in range(60)], axis=1)
        targets = [other(12) for other in draws.values()]
        targets += [np.arange(12) % 2, (np.arange(12) == 3).astype(np.int64), np.arange(12) % 3]
        for y in targets:
            assert giveaways(inputs, x, y) == []
        seen += sum((x[:, c].min() < x[:, c].max()) and len(np.unique(np.c_[x[:, c], np.arange(12) == 3], axis=0)) == 2
                    for c in range(60))  # fmt: skip
    assert seen, "chance must have parted a class somewhere"


def test_the_unit_of_the_last_digit_is_found():
    np.testing.assert_allclose(half_units(np.array([1.25, 3.5, 100.0])), 0.005)
    np.testing.assert_allclose(half_units(np.array([7.0, 12.0, 1000.0])), 0.5)
    np.testing.assert_allclose(half_units(np.array([123.0e3, 0.456, 7.89e-5])), [500, 5e-4, 5e-8])
    values = np.array([np.pi, 1e9 * np.e])
    np.testing.assert_allclose(half_units(values), np.spacing(values) / 2)


def test_evidence_counts_rows_their_values_and_the_tests():
    y = np.arange(1000.0)
    assert is_beyond_chance(y, 1.0, 2, tests=1)
    assert not is_beyond_chance(y, 250.0, 2, tests=1)
    coins = np.arange(22) % 2.0  # 20 of them tell 20 log10(2) = 6.02 digits
    assert is_beyond_chance(coins, 0.0, 2, tests=1)
    assert not is_beyond_chance(coins, 0.0, 2, tests=2)
    assert is_rare_order(np.array([12, 12]), np.log10(2), tests=1)  # 2 of 2,704,156 orders
    assert not is_rare_order(np.array([12, 12]), np.log10(2), tests=2)

"""Fixtures shared by all tests, and how Hypothesis draws. TensorFlow is imported only by the tests that need it."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import settings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# `make test` draws the same examples every time, so that no run fails by luck; `make torture` draws ten times as many,
# other ones in each run (--hypothesis-profile torture).
settings.register_profile("test", derandomize=True, deadline=None)
settings.register_profile("torture", max_examples=10 * settings.get_profile("test").max_examples, deadline=None)
settings.load_profile("test")

TALLY = "tally: "


@pytest.fixture
def tally(record_property):
    """Counts what a test tried, such as "faults injected"; the counts of all tests are shown at the end."""

    def count(what, number=1):
        record_property(TALLY + what, number)

    return count


def pytest_terminal_summary(terminalreporter):
    totals = {}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, number in getattr(report, "user_properties", ()):
                if name.startswith(TALLY):
                    totals[name] = totals.get(name, 0) + number
    for name, number in sorted(totals.items()):
        terminalreporter.write_line(f"{name.removeprefix(TALLY)}: {number:,}")


@pytest.fixture
def rng():
    """A random generator of the test's own: what it draws depends on no other test."""
    return np.random.default_rng(5)


@pytest.fixture(scope="session")
def small_table():
    """60 rows of four raw columns of very different size, and a target that depends on three of them."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(60, 4))
    x = z * [30.0, 1.0, 0.2, 5.0] + [150.0, 3.0, 0.5, -20.0]
    y = 5 * z[:, 0] - 3 * z[:, 1] + 2 * np.tanh(2 * z[:, 2]) + 10 + 0.3 * rng.normal(size=60)
    return x, y[:, None]

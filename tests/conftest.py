"""Fixtures shared by all tests. TensorFlow is imported only by the tests that need it."""

from __future__ import annotations

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="session")
def small_table():
    """60 rows of four raw columns of very different size, and a target that depends on three of them."""
    rng = np.random.default_rng(5)
    z = rng.normal(size=(60, 4))
    x = z * [30.0, 1.0, 0.2, 5.0] + [150.0, 3.0, 0.5, -20.0]
    y = 5 * z[:, 0] - 3 * z[:, 1] + 2 * np.tanh(2 * z[:, 2]) + 10 + 0.3 * rng.normal(size=60)
    return x, y[:, None]

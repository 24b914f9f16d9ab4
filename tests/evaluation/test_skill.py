"""How sure the skill of a model is, against what fresh tables show."""

import numpy as np
import pytest

from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.skill import skill


def measured(rng, rows=150, unit=None):
    """The skill of a fixed predictor on fresh rows."""
    x = rng.normal(size=(rows, 1)) if unit is None else rng.normal(size=(unit.max() + 1, 1))[unit]
    y = x + rng.standard_t(6, size=(rows, 1))
    fold = HeldOut(lambda new: 0.9 * new, x, y, unit=unit)
    return skill([fold], np.zeros((1, 1)))


@pytest.mark.parametrize("grouped", [False, True])
def test_the_error_of_r2_is_its_spread_over_fresh_rows(rng, grouped):
    unit = np.repeat(np.arange(30), 5) if grouped else None
    found = [measured(rng, unit=unit) for _ in range(300)]
    spread = np.std([one.share.mean for one in found])
    assert np.mean([one.share.se for one in found]) == pytest.approx(spread, rel=0.15)
    assert found[0].share.mean == pytest.approx(found[0].metrics["r2"], abs=0.02)
    assert found[0].calibration_by_chance is None

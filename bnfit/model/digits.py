"""Predictions to the digits that are written: what rounding errors of a sum decide, no file shows."""

from __future__ import annotations

import numpy as np

from bnfit.arrays import Floats

DIGITS = 12
_EXACT = 22
"""Powers of ten up to this one are exact in float64."""
_TENS = 10.0 ** np.arange(_EXACT + 1)


def to_digits(values: Floats) -> Floats:
    """Round to 12 significant digits: the float64 nearest to that decimal, so that it is written with no more.

    Args:
        values: float64 of any shape; what is not finite stays.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        places = DIGITS - 1 - np.floor(np.log10(np.abs(values)))
    plain = np.abs(places) <= _EXACT
    power = np.where(plain, places, 0).astype(np.int64)
    # the rounded whole number is exact, and so is the power: their quotient is the float64 nearest to the decimal
    up, down = _TENS[np.maximum(power, 0)], _TENS[np.maximum(-power, 0)]
    out = np.rint(values * up / down) * down / up
    others = np.flatnonzero(~plain)
    out.flat[others] = [float(f"{value:.{DIGITS - 1}e}") for value in values.ravel()[others].tolist()]
    return np.asarray(out)

"""γ of the original columns, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats


@dataclass(frozen=True)
class Gamma:
    """γ of c original columns; a field is None where it is not known.

    Attributes:
        gamma: calibrated γ of the model (c,).
        gammas: calibrated γ of each judge's members (j, c).
        raws: |γ| as training left it, of each judge's members (j, c).
        sd: standard deviation over folds of the calibrated γ of a fold's members (c,).
    """

    gamma: Floats | None = None
    gammas: Floats | None = None
    raws: Floats | None = None
    sd: Floats | None = None

    @property
    def raw(self) -> Floats | None:
        """Raw |γ| of each column, the mean over judges (c,)."""
        return None if self.raws is None else np.asarray(self.raws.mean(0))

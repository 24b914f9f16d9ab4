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
        gammas: calibrated γ of each judge (j, c).
        raws: |γ| as training left it, of each judge's members (j, c).
        se: standard error of `gamma` (c,).
        straightness: mean slope ÷ γ, from -1 to 1 (c,); NaN where no one slope is a column's.
        rising: share of the movement that goes up (c,); NaN alike.
        bound: the most that the column can have a part in of the prediction's variance, as a share (c,); NaN where its
            distribution does not tell.
        total: total effect of the column (c,): √ of Jansen's estimator, in the prediction's units.
    """

    gamma: Floats | None = None
    gammas: Floats | None = None
    raws: Floats | None = None
    se: Floats | None = None
    straightness: Floats | None = None
    rising: Floats | None = None
    total: Floats | None = None
    bound: Floats | None = None

    @property
    def raw(self) -> Floats | None:
        """Raw |γ| of each column, the mean over judges (c,)."""
        return None if self.raws is None else np.asarray(self.raws.mean(0))

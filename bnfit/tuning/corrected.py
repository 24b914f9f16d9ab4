"""Errors with the selection taken out: bootstrap bias-corrected cross-validation.

Tsamardinos, Greasidou and Borboudakis, "Bootstrapping the out-of-sample predictions for efficient and accurate
cross-validation", Machine Learning 107, 2018: select on rows drawn with replacement, measure on those not drawn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.paired import Difference, Units, mean_of_rows

DRAWS = 400


@dataclass(frozen=True)
class Selection:
    """A rule that selects one of several predictors by their losses out of fold.

    Attributes:
        losses: of each predictor on each row (t, n).
        units: of the rows.
        in_order: whether earlier predictors win ties: one must be better than each before it by a standard error of the
            paired difference. Otherwise the lowest error wins.
    """

    losses: Floats
    units: Units
    in_order: bool

    def choose(self) -> tuple[int, Difference | None]:
        """Return the predictor, and by how much the error of the best other is below the first's; None without ties."""
        sums = self.units.sums(self.losses)
        chosen = self._chosen(sums, np.ones(sums.shape[1]))
        if not self.in_order or len(sums) == 1:
            return chosen, None
        other = chosen or 1 + int(np.argmin(sums[1:].sum(-1)))
        return chosen, mean_of_rows(self.losses[0] - self.losses[other], self.units)

    def corrected(self, seed: int) -> Floats:
        """Return the loss of each row by predictors that were selected without it (n,); nan where none was.

        Args:
            seed: of the draws.
        """
        count = len(self.units.sizes)
        rng = np.random.default_rng([seed, 0xBBC])
        drawn = rng.multinomial(count, np.full(count, 1 / count), size=DRAWS)
        sums = self.units.sums(self.losses)
        chosen = [self._chosen(sums, counts.astype(float)) for counts in drawn]
        outside = (drawn == 0)[:, self.units.of_row]
        total = np.zeros(len(self.units.of_row))
        for one, out in zip(chosen, outside, strict=True):
            total += np.where(out, self.losses[one], 0.0)
        with np.errstate(invalid="ignore"):
            return np.asarray(total / outside.sum(0))

    def _chosen(self, sums: Floats, counts: Floats) -> int:
        """Select on a draw, given as how often each unit is in it."""
        if not self.in_order:
            return int(np.argmin(sums @ counts))
        last_first = range(len(sums) - 1, 0, -1)
        return next((k for k in last_first if all(self._is_better(sums[j] - sums[k], counts) for j in range(k))), 0)

    def _is_better(self, difference: Floats, counts: Floats) -> bool:
        """Whether sums of differences over units are above 0 by a standard error."""
        sizes = self.units.sizes
        total = float(counts @ sizes)
        mean = float(counts @ difference) / total
        return bool(mean > float(np.sqrt(counts @ np.square(difference - mean * sizes))) / total)

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
        usual: the predictor that wins ties: another must be better by a standard error of the paired difference; None
            where the lowest error wins.
    """

    losses: Floats
    units: Units
    usual: int | None

    def choose(self) -> tuple[int, Difference | None]:
        """Return the predictor, and by how much its error is below the usual one's; None where it is that."""
        best = int(np.argmin(self.units.sums(self.losses).sum(-1)))
        if self.usual is None or best == self.usual:
            return best, None
        gain = mean_of_rows(self.losses[self.usual] - self.losses[best], self.units)
        return (best, gain) if gain.mean > gain.se else (self.usual, gain)

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
        best = int(np.argmin(sums @ counts))
        if self.usual is None or best == self.usual:
            return best
        difference, sizes = sums[self.usual] - sums[best], self.units.sizes
        total = float(counts @ sizes)
        mean = float(counts @ difference) / total
        se = float(np.sqrt(counts @ np.square(difference - mean * sizes))) / total
        return best if mean > se else self.usual

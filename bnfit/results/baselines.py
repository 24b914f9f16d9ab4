"""The ways of switching a column off."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Baseline:
    """One way of switching a column off.

    Attributes:
        name: what options, JSON and `Increase.baseline` call it; `Importance` has the fields `mspe_<name>` and
            `log_loss_<name>`.
        phrase: what happens to the column, to be read after "with a column".
        title: of a column of a table.
        usual: whether it is measured where nobody asked for it.
    """

    name: str
    phrase: str
    title: str
    usual: bool


_ALL = (
    Baseline("zero", "at 0", "zero", usual=True),
    Baseline("mean", "at its mean", "mean", usual=True),
    Baseline("permute", "shuffled", "permute", usual=True),
    Baseline("conditional", "drawn anew given the others", "conditional", usual=False),
)
BASELINES = {baseline.name: baseline for baseline in _ALL}
"""By name, in the order of reports. `bnfit.importance.ablation.REPLACEMENTS` computes them."""
DEFAULT_BASELINES = tuple(baseline.name for baseline in _ALL if baseline.usual)
"""Names of those that are always measured."""

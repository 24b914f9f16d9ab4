"""Options on how importances are measured, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bnfit.errors import UsageError, known
from bnfit.results.baselines import BASELINES


@dataclass(frozen=True)
class ImportanceOptions:
    """Options on how columns are switched off and compared.

    Attributes:
        baselines: names of `BASELINES` to report in full.
        groups: name -> columns that are switched off together.
        correlated: columns that correlate at least so much are switched off together; None for no such groups.
        shadow: in training, whether to test columns against shuffled copies of them.
        compare: whether to report scikit-learn's and SHAP's importances too.
        interactions: whether to measure which pairs of columns act together.
    """

    baselines: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    correlated: float | None = None
    compare: bool = False
    shadow: bool = False
    interactions: bool = False

    def __post_init__(self) -> None:
        for name in self.baselines:
            known(name, tuple(BASELINES), "baseline")
        if self.correlated is not None and not 0 < self.correlated < 1:
            raise UsageError(f"correlated groups need a number between 0 and 1, not {self.correlated:g}")

    @property
    def measured(self) -> tuple[str, ...]:
        """Names of the baselines to measure: the usual ones, and those that are asked for."""
        return tuple(name for name, baseline in BASELINES.items() if baseline.usual or name in self.baselines)


USUAL = ImportanceOptions()
"""Nothing beyond the usual."""

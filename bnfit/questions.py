"""What a user wants to know about a model beyond the usual, as plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import known
from bnfit.errors import DataError, UsageError

Floats = NDArray[np.floating]

BASELINES = ("zero", "mean", "permute", "conditional")


@dataclass(frozen=True)
class Questions:
    """How columns are switched off.

    Attributes:
        baselines: what to tell in full, of `BASELINES`.
        groups: name -> columns that are switched off together.
        correlated: columns that correlate at least so much are switched off together; None for no such groups.
        shadow: in training, whether to test columns against shuffled copies of them.
        compare: whether to put scikit-learn's and SHAP's importances beside.
    """

    baselines: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    correlated: float | None = None
    compare: bool = False
    shadow: bool = False

    def __post_init__(self) -> None:
        for name in self.baselines:
            known(name, BASELINES, "baseline")
        if self.correlated is not None and not 0 < self.correlated < 1:
            raise UsageError(f"correlated groups need a number between 0 and 1, not {self.correlated:g}")

    @property
    def conditional(self) -> bool:
        """Whether a column is also to be shuffled as far as the others do not explain it."""
        return "conditional" in self.baselines


USUAL = Questions()
"""Nothing beyond the usual."""


def grouped(
    questions: Questions, names: Sequence[str], columns: Sequence[Sequence[int]], x: Floats
) -> dict[str, list[int]]:
    """Group name -> positions of its columns, those asked for by name and then those that correlate.

    Args:
        questions: what was asked.
        names: of the columns.
        columns: for each the positions of what it was encoded to.
        x: encoded rows (n, k).

    Raises:
        DataError: a group names a column that is no input.
    """
    found: dict[str, list[int]] = {}
    for group, members in questions.groups.items():
        missing = [m for m in members if m not in names]
        if missing:
            raise DataError(f"group '{group}': '{missing[0]}' is no input column", f"inputs are {', '.join(names)}")
        found[group] = [names.index(m) for m in members]
    if questions.correlated is not None:
        for together in linked(closeness(x, columns) >= questions.correlated):
            found.setdefault(" + ".join(names[c] for c in together), together)
    return found


def closeness(x: Floats, columns: Sequence[Sequence[int]]) -> Floats:
    """The largest |correlation| of what two columns were encoded to, of each pair of c columns (c, c)."""
    deviation = x.std(0)
    standard = (x - x.mean(0)) / np.where(deviation > 0, deviation, 1)
    size = np.abs(standard.T @ standard) / len(x)
    if all(len(positions) == 1 for positions in columns):
        order = [positions[0] for positions in columns]
        return np.asarray(size[np.ix_(order, order)])
    return np.array([[size[np.ix_(list(a), list(b))].max() for b in columns] for a in columns])


def linked(close: NDArray[np.bool_]) -> list[list[int]]:
    """The sets of two or more columns that a chain of close pairs links."""
    left, found = set(range(len(close))), list[list[int]]()
    while left:
        reached, edge = set[int](), {min(left)}
        while edge:
            reached |= edge
            edge = {int(b) for a in edge for b in np.flatnonzero(close[a])} - reached
        left -= reached
        if len(reached) > 1:
            found.append(sorted(reached))
    return found

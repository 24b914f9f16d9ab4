"""Groups of columns that are switched off together, by name or by correlation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.importance.options import ImportanceOptions


def grouped(
    questions: ImportanceOptions, names: Sequence[str], columns: Sequence[Sequence[int]], x: Floats
) -> dict[str, list[int]]:
    """Map group names to positions of their columns: groups asked for by name, then columns that correlate.

    Args:
        questions: the groups asked for.
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
    """Return the largest |correlation| between what two columns were encoded to, of each pair of c columns (c, c)."""
    deviation = x.std(0)
    standard = (x - x.mean(0)) / np.where(deviation > 0, deviation, 1)
    size = np.abs(standard.T @ standard) / len(x)
    if all(len(positions) == 1 for positions in columns):
        order = [positions[0] for positions in columns]
        return np.asarray(size[np.ix_(order, order)])
    return np.array([[size[np.ix_(list(a), list(b))].max() for b in columns] for a in columns])


def linked(close: Bools) -> list[list[int]]:
    """Return the sets of two or more columns that a chain of close pairs links."""
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

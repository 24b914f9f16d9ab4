"""Which pairs of columns act together: Friedman's H (Friedman and Popescu 2008)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.importance.partial_forward import Ensemble, Switch, in_threads
from bnfit.networks.layers import Network
from bnfit.results.effects import Interaction

COLUMNS, ROWS = 8, 60
"""Columns whose pairs are measured, those of the largest γ; rows that partial dependence is taken on and at."""


def interactions_of(
    network: Network, names: Sequence[str], columns: Sequence[Sequence[int]], x: Floats, gamma: Floats | None
) -> tuple[Interaction, ...]:
    """Measure how far the effect of two columns together is more than the sum of their effects, the strongest first.

    Args:
        network: the model on encoded columns.
        names: of the columns.
        columns: for each the positions of what it was encoded to.
        x: encoded rows (n, k).
        gamma: γ of the columns (c,); None where it is not known.
    """
    x = at_most(x, ROWS)
    order = range(len(names)) if gamma is None else np.argsort(-gamma, kind="stable").tolist()
    chosen = sorted(list(order)[:COLUMNS])
    sets = [(c,) for c in chosen] + list(combinations(chosen, 2))
    switch = Ensemble([network]).switch(x)
    of_set: dict[tuple[int, ...], Floats] = {}

    def measure(number: int) -> None:
        where = [p for c in sets[number] for p in columns[c]]
        of_set[sets[number]] = _partial_dependence(switch, where, x)

    in_threads(measure, len(sets))
    found = [
        _interaction(names[a], names[b], of_set[a, b], of_set[a,] + of_set[b,]) for a, b in combinations(chosen, 2)
    ]
    return tuple(sorted(found, key=lambda one: -one.size))


def _partial_dependence(switch: Switch, where: list[int], x: Floats) -> Floats:
    """The mean prediction over all rows with some inputs as in each row, without its mean, (n, o)."""
    at = np.stack([switch(where, x[i, where]).mean(0) for i in range(len(x))])
    return np.asarray(at - at.mean(0))


def _interaction(first: str, second: str, together: Floats, apart: Floats) -> Interaction:
    """Compare two columns' joint dependence with the sum of their own, (n, o) each."""
    beyond, whole = float(np.square(together - apart).mean()), float(np.square(together).mean())
    return Interaction(first, second, float(np.sqrt(beyond / whole)) if whole > 0 else 0.0, float(np.sqrt(beyond)))

"""What picking a winner costs: the choice is made anew without each fold, and judged on the fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bnfit.candidates import Candidate, names
from bnfit.errors import DataError
from bnfit.population import Table
from bnfit.resampling import Order, Split, splits
from bnfit.results import NestedError
from bnfit.search import Board, Ranking, on_judged, ranking_of, trained_on

Floats = NDArray[np.floating]


def inner_splits(order: Order, outer: Split, folds: int, stop_share: float, seed: int) -> tuple[Split, ...]:
    """Folds of the rows that an outer split has seen, by the numbers that these rows have in the table.

    Raises:
        DataError: they are too few for two folds.
    """
    seen = np.sort(outer.seen)
    inside = order.only(seen)
    if inside.most_folds < 2:
        raise DataError("too few rows for a nested cross-validation", "leave --nested out")
    made = splits(inside, min(folds, inside.most_folds), stop_share, seed)
    return tuple(Split(seen[s.train], seen[s.stop], seen[s.judge]) for s in made)


def nested_error(
    candidates: Sequence[Candidate],
    table: Table,
    ranking: Ranking,
    outer: Sequence[Split],
    inner: Sequence[Sequence[Split]],
    seed: int,
    weight: Floats | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> NestedError:
    """Pick a winner by the inner splits of every outer one, and judge it where nothing of the picking has been.

    Args:
        candidates, table, seed, weight, on_progress: as for `bnfit.search.rank`.
        ranking: what came of the outer splits, errors included: the networks that judge are those.
        outer: the splits that it was made with.
        inner: splits of the rows that each of them has seen.
    """
    flat = [split for group in inner for split in group]
    trained = trained_on(candidates, table, flat, seed, on_progress)
    architectures = [c.architecture for c in candidates]
    winners, first = [], 0
    for group in inner:
        board = Board(table, group, weight)
        judged = [[on_judged(t, table) for t in of_one[first : first + len(group)]] for of_one in trained]
        rows = [board.candidate(c, said) for c, said in zip(candidates, judged, strict=True)]
        winners.append(ranking_of(rows, architectures, []).winner)
        first += len(group)
    errors = np.array([ranking.errors[winner][o] for o, winner in enumerate(winners)])
    own = float(np.mean(ranking.errors[ranking.winner]))
    named = names(candidates)
    labels = [named[w] for w in winners]
    if not np.isfinite(errors).all():
        return NestedError(None, None, own, tuple(labels))
    folds = len(outer) // ranking.repeats
    return NestedError(float(errors.mean()), float(errors.std(ddof=1) / np.sqrt(folds)), own, tuple(labels))

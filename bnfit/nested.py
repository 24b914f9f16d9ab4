"""What picking a winner costs: the choice is made anew without each fold, and judged on the fold."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from bnfit.candidates import Candidate, names
from bnfit.errors import DataError
from bnfit.resampling import Order, Split, splits
from bnfit.results import NestedError
from bnfit.search import Board, Contest, Ranking, on_judged, ranking_of, trained_on


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
    contest: Contest,
    candidates: Sequence[Candidate],
    ranking: Ranking,
    inner: Sequence[Sequence[Split]],
    on_progress: Callable[[float], None] | None = None,
) -> NestedError:
    """Pick a winner by the inner splits of every outer one, and judge it where nothing of the picking has been.

    Args:
        contest: has the outer splits.
        candidates: what competed on them.
        ranking: what came of it, errors included: the networks that judge are those.
        inner: for each outer split, splits of the rows that it has seen.
        on_progress: told the share of the work that is done.
    """
    table, flat = contest.table, [split for group in inner for split in group]
    trained = trained_on(candidates, table, flat, contest.seed, on_progress)
    architectures = [c.architecture for c in candidates]
    winners, first = [], 0
    for group in inner:
        board = Board(table, group, contest.board.weight)
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
    folds = len(contest.splits) // ranking.repeats
    return NestedError(float(errors.mean()), float(errors.std(ddof=1) / np.sqrt(folds)), own, tuple(labels))

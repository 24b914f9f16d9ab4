"""How a search's networks learned: their losses by epoch, for each way of normalising and of training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bnfit.candidates import Candidate
from bnfit.population import Trained
from bnfit.results import Curve

Floats = NDArray[np.floating]
Way = tuple[str, str, str | None, int, float, float, float | None]
TITLES = ("arm", "norm", "", "batch", "rate", "momentum", "epsilon")
"""How the values of a way are called, in their order; a position follows its norm without a title."""


def curves_of(candidates: Sequence[Candidate], trained: Sequence[Sequence[Trained]]) -> tuple[Curve, ...]:
    """One curve for each way, the mean over its architectures and over folds.

    Args:
        candidates: what was trained.
        trained: of each candidate, its trainings.
    """
    rows = max(len(t.member.split.train) for of_one in trained for t in of_one)
    groups: dict[Way, list[Trained]] = {}
    for candidate, of_one in zip(candidates, trained, strict=True):
        groups.setdefault(_way(candidate, rows), []).extend(of_one)
    differing = [len({way[place] for way in groups} - {None}) > 1 for place in range(len(TITLES))]
    if differing[0] and len({way[:2] for way in groups}) == len({way[0] for way in groups}):
        differing[1] = False  # each arm has one norm, so the arm says it
    return tuple(_curve(way, group, differing) for way, group in groups.items())


def _way(candidate: Candidate, rows: int) -> Way:
    a, plan = candidate.architecture, candidate.recipe.for_rows(rows)
    place = None if a.hidden_norm in ("weight-standardised", "none") else a.norm_position
    return a.arm, a.hidden_norm, place, plan.batch_size, plan.learning_rate, plan.momentum, plan.epsilon


def _curve(way: Way, group: Sequence[Trained], differing: Sequence[bool]) -> Curve:
    words = [
        f"{title} {value:g}" if isinstance(value, int | float) else f"{title} {value}".strip()
        for title, value, differs in zip(TITLES, way, differing, strict=True)
        if differs and value is not None
    ]
    sound = [t for t in group if not t.diverged]
    return Curve(
        ", ".join(words) or "all networks",
        *way,
        loss=_mean([t.curve for t in sound]),
        judged_loss=_mean([t.judged_curve for t in sound]),
        accuracy=_mean([t.accuracy_curve for t in sound if t.accuracy_curve is not None]),
        trainings=len(group),
        diverged=len(group) - len(sound),
    )


def _mean(curves: Sequence[Floats]) -> tuple[float | None, ...]:
    """The mean of each epoch over those that reached it; epochs may be fewer for some."""
    if not curves:
        return ()
    padded = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(padded, curves, strict=True):
        row[: len(curve)] = curve
    count = np.isfinite(padded).sum(0)
    total = np.where(np.isfinite(padded), padded, 0.0).sum(0)
    return tuple(float(t / c) if c else None for t, c in zip(total, count, strict=True))

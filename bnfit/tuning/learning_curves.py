"""Learning curves of a search: losses by epoch, for each way of normalising and of training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.population.recipe import HYPERPARAMETERS
from bnfit.results.search import Curve
from bnfit.tuning.space import Candidate

if TYPE_CHECKING:
    from bnfit.population.members import Trained


Way = tuple[str | float | None, ...]
KEPT_APART = tuple(p for p in HYPERPARAMETERS if p.curves)
TITLES = {"arm": "arm", "norm": "norm", **{p.name: p.title for p in KEPT_APART}}
"""Title of each value of a way, by its name in `Curve`."""


def learning_curves(candidates: Sequence[Candidate], trained: Sequence[Sequence[Trained]]) -> tuple[Curve, ...]:
    """Return one curve for each way, the mean over its architectures and over folds.

    Args:
        candidates: what was trained.
        trained: the trainings of each candidate.
    """
    rows = max(len(t.member.split.train) for of_one in trained for t in of_one)
    groups: dict[Way, list[Trained]] = {}
    for candidate, of_one in zip(candidates, trained, strict=True):
        groups.setdefault(_way(candidate, rows), []).extend(of_one)
    differing = [len({way[place] for way in groups} - {None}) > 1 for place in range(len(TITLES))]
    if differing[0] and len({way[:2] for way in groups}) == len({way[0] for way in groups}):
        differing[1] = False  # each arm has one norm, so the arm tells it
    return tuple(_curve(way, group, differing) for way, group in groups.items())


def first_of_each_way(candidates: Sequence[Candidate], rows: int) -> list[Candidate]:
    """Return the first candidate of each way, in the order of their curves.

    Args:
        candidates: what was trained.
        rows: that they were trained on.
    """
    first: dict[Way, Candidate] = {}
    for candidate in candidates:
        first.setdefault(_way(candidate, rows), candidate)
    return list(first.values())


def _way(candidate: Candidate, rows: int) -> Way:
    a, plan = candidate.architecture, candidate.recipe.for_rows(rows)
    return a.arm, a.hidden_norm, *(getattr(plan, p.name) for p in KEPT_APART)


def _curve(way: Way, group: Sequence[Trained], differing: Sequence[bool]) -> Curve:
    words = [
        f"{title} {value:g}" if isinstance(value, int | float) else f"{title} {value}".strip()
        for title, value, differs in zip(TITLES.values(), way, differing, strict=True)
        if differs and value is not None
    ]
    finite = [t for t in group if not t.diverged]
    values: dict[str, Any] = dict(zip(TITLES, way, strict=True))
    return Curve(
        ", ".join(words) or "all networks",
        **values,
        loss=_mean([t.curve for t in finite]),
        judged_loss=_mean([t.judged_curve for t in finite]),
        accuracy=_mean([t.accuracy_curve for t in finite if t.accuracy_curve is not None]),
        trainings=len(group),
        diverged=len(group) - len(finite),
    )


def _mean(curves: Sequence[Floats]) -> tuple[float | None, ...]:
    """Average each epoch over the curves that reach it; some may have fewer epochs."""
    if not curves:
        return ()
    padded = np.full((len(curves), max(map(len, curves))), np.nan)
    for row, curve in zip(padded, curves, strict=True):
        row[: len(curve)] = curve
    count = np.isfinite(padded).sum(0)
    total = np.where(np.isfinite(padded), padded, 0.0).sum(0)
    return tuple(float(t / c) if c else None for t, c in zip(total, count, strict=True))

"""Choosing columns: after a first look, the weaker half is dropped in every fold, again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.additive import look
from bnfit.architecture import Architecture
from bnfit.narrow import shifted, stacked
from bnfit.network import calibrate
from bnfit.population import Member, Table, Trained, train
from bnfit.recipe import Recipe
from bnfit.resampling import Order, Rows, Split, splits

Floats = NDArray[np.floating]
Columns = NDArray[np.int64]

REPEATS = 4
"""Members of each fold in a round, each without another part of the fold's training rows."""
STRENGTH = 0.015
"""Of the group lasso in every round, on a standardised loss."""
ROUND_ROWS = 5_000
"""Rows that a fold's members see in a round, at most, evenly spread."""
EPOCHS, STEPS, BATCH = 40, 6, 128
"""Of a round: passes over the rows, batches that a pass has at least, and rows of a batch at most."""
SHARE = 0.8
"""Share of the work that choosing takes."""
SLOPE_ROWS = 2_000
"""Rows that importances are measured on in a round, at most."""


def choose(
    architecture: Architecture,
    table: Table,
    order: Order,
    folds: int,
    seed: int,
    on_progress: Callable[[float], None] | None,
) -> Selection:
    """Choose the columns that pay.

    Args:
        architecture: of the members that choose.
        table: all columns.
        order: what folds must respect.
        folds: how many; each chooses by its own training rows.
        seed: makes the choice repeatable.
        on_progress: told the share that is done.
    """
    recipe = round_recipe(min(ROUND_ROWS, len(table.x)))
    parts = [inner_splits(order, split.train, seed + f) for f, split in enumerate(splits(order, folds, 0.0, seed))]
    first = first_look(table, parts)
    return select(halvings(architecture, table, recipe, parts, first, seed, on_progress), first)


def round_recipe(rows: int) -> Recipe:
    """How the members of a round are trained on so many rows: until they overfit, without any decay.

    A member that stops at its best epoch has not yet learned what no column says alone.
    """
    batch = max(16, min(BATCH, rows // STEPS))
    epochs = max(EPOCHS, EPOCHS * STEPS * batch // max(rows, 1))
    return Recipe("sparse", optimizer="adam", epochs=epochs, batch_size=batch, weight_decay=0.0)


@dataclass(frozen=True)
class Round:
    """The members of every fold on the columns that are left to it.

    Attributes:
        columns: encoded columns of each fold, in rising order (f, k).
        importance: calibrated γ of each fold's members, summing to 1 over columns, 0 for columns that are gone (f, c).
        loss: of each fold's members on their rows set aside, the mean over members (f,).
        reference: of a constant guess on the same rows (f,).
    """

    columns: Columns
    importance: Floats
    loss: Floats
    reference: Floats

    @property
    def alive(self) -> NDArray[np.bool_]:
        """Whether each fold still has each column (f, c)."""
        out = np.zeros(self.importance.shape, bool)
        np.put_along_axis(out, self.columns, True, axis=1)
        return out

    @property
    def skill(self) -> Floats:
        """The share of the reference's loss that is removed, at least 0 (f,)."""
        return np.asarray(np.maximum(0.0, 1 - self.loss / np.maximum(self.reference, 1e-12)))


@dataclass(frozen=True)
class FirstLook(Round):
    """What an additive model of each fold says of all columns, as a round does.

    It sees weak curves of single columns, which networks of many columns overlook; they see what no column says alone.

    Attributes:
        entered: columns that one of the fold's additive models took (f, c).
    """

    entered: NDArray[np.bool_]


def first_look(table: Table, parts: Sequence[Sequence[Split]]) -> FirstLook:
    """The additive models of the folds, one for each of a fold's inner splits."""
    looks = [look(table.x, table.y, [(split.train, split.stop) for split in of_fold]) for of_fold in parts]
    gain = np.stack([found.gain for found in looks])
    importance = gain / np.maximum(gain.sum(1, keepdims=True), 1e-300)
    loss, reference = (np.array([getattr(found, name) for found in looks]) for name in ("loss", "reference"))
    columns = np.tile(np.arange(table.x.shape[1]), (len(parts), 1))
    return FirstLook(columns, importance, loss, reference, np.stack([found.entered for found in looks]))


def halvings(
    architecture: Architecture,
    table: Table,
    recipe: Recipe,
    parts: Sequence[Sequence[Split]],
    first: FirstLook,
    seed: int,
    on_progress: Callable[[float], None] | None = None,
) -> list[Round]:
    """Rounds from all columns down to one, each with half of the columns of the one before it.

    A fold's columns are chosen by the fold's training rows alone, so that its judged rows stay unseen.

    Args:
        parts: for each fold the inner splits of its training rows.
        first: what was seen of the columns before.
    """
    alive, sizes = first.columns, halved_sizes(table.x.shape[1])
    rounds: list[Round] = []
    for number, size in enumerate(sizes):
        if rounds:
            best = np.argsort(-standing(rounds[-1], first), axis=1, kind="stable")[:, :size]
            alive = np.sort(best, axis=1)
        rounds.append(_round(architecture, table, recipe, parts, alive, seed + 1000 * number))
        if on_progress is not None:
            on_progress((number + 1) / len(sizes))
    return rounds


def standing(last: Round, first: FirstLook) -> Floats:
    """What a round and the first look say of each column together (f, c); gone columns come last.

    While networks predict no better than the additive model, its columns come first, and γ ranks the others; after that
    the two count by their skill.
    """
    doubtful = (last.skill <= first.skill)[:, None]
    both = last.skill[:, None] * last.importance + first.skill[:, None] * first.importance
    return np.where(last.alive, np.where(doubtful, last.importance + first.entered, both), -1.0)


def halved_sizes(columns: int) -> list[int]:
    """Numbers of columns of the rounds: all, half of them rounded up, and so on down to 1."""
    sizes = [columns]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def scores(rounds: Sequence[Round]) -> Floats:
    """One score a column (c,): its importance over the first look, rounds and folds, each weighted by its skill."""
    importance = np.stack([r.importance for r in rounds])
    weight = np.stack([r.skill for r in rounds])
    if not weight.any():
        weight = np.ones_like(weight)
    return np.asarray(np.average(importance.reshape(-1, importance.shape[2]), axis=0, weights=weight.ravel()))


@dataclass(frozen=True)
class Selection:
    """The columns that stay, and why.

    Attributes:
        columns: encoded columns of each fold, and in the last row those of members that see all rows (f + 1, k).
        scores: one score an encoded column (c,), see `scores`.
        sizes: numbers of columns that were tried, falling.
        losses: mean over folds of the loss on rows set aside, of each size.
        errors: standard errors of those means over folds.
    """

    columns: Columns
    scores: Floats
    sizes: tuple[int, ...]
    losses: tuple[float, ...]
    errors: tuple[float, ...]

    @property
    def kept(self) -> Floats:
        """The share of folds in which each column stays (c,)."""
        folds = self.columns[:-1]
        return np.bincount(folds.ravel(), minlength=len(self.scores)) / len(folds)

    @property
    def size(self) -> int:
        """How many columns stay."""
        return int(self.columns.shape[1])


def select(rounds: Sequence[Round], first: FirstLook) -> Selection:
    """The fewest columns whose loss is within one standard error of the lowest (Breiman and others 1984)."""
    losses = np.array([r.loss.mean() for r in rounds])
    errors = np.array([r.loss.std(ddof=1) / np.sqrt(len(r.loss)) for r in rounds])
    best = int(losses.argmin())
    chosen = int(np.flatnonzero(losses <= losses[best] + errors[best])[-1])
    found, size = scores([first, *rounds]), rounds[chosen].columns.shape[1]
    common = np.sort(np.argsort(-found, kind="stable")[:size])
    columns = np.vstack([rounds[chosen].columns, common])
    sizes = tuple(r.columns.shape[1] for r in rounds)
    return Selection(columns, found, sizes, tuple(losses.tolist()), tuple(errors.tolist()))


def inner_splits(order: Order, rows: Rows, seed: int) -> list[Split]:
    """For each of the repeats all these rows but a part, which is set aside; classes and groups as in the folds."""
    rows = rows[:: -(-len(rows) // ROUND_ROWS)]
    classes, groups = (None if v is None else v[rows] for v in (order.classes, order.groups))
    inner = Order(len(rows), classes, groups)
    found = splits(inner, max(2, min(2 * REPEATS, inner.most_folds)), 0.0, seed)
    none = np.empty(0, np.int64)
    return [Split(rows[s.train], rows[s.judge], none) for r in range(REPEATS) for s in [found[r % len(found)]]]


def _round(
    architecture: Architecture,
    table: Table,
    recipe: Recipe,
    parts: Sequence[Sequence[Split]],
    alive: Columns,
    seed: int,
) -> Round:
    rows, count = len(table.x), table.x.shape[1]
    members = [
        Member(architecture, shifted(split, f * rows), seed + REPEATS * f + r, seed + REPEATS * f + r, STRENGTH)
        for f, of_fold in enumerate(parts)
        for r, split in enumerate(of_fold)
    ]
    trained = train(members, stacked(table, alive), recipe)
    importance, loss, reference = np.zeros((len(parts), count)), np.zeros(len(parts)), np.zeros(len(parts))
    for f, of_fold in enumerate(parts):
        group = trained[f * REPEATS : (f + 1) * REPEATS]
        importance[f, alive[f]] = shared_gamma(group, table.x[:, alive[f]], of_fold[0].seen)
        unit = 1.0 if table.loss != "mse" else 1 / float(np.square(table.y_sd).mean())
        loss[f] = np.mean([_last(t.judged_curve) for t in group]) * unit
        reference[f] = np.mean([_reference_loss(table, split) for split in of_fold]) * unit
    return Round(alive, importance, np.where(np.isfinite(loss), loss, np.inf), reference)


def shared_gamma(group: Sequence[Trained], x: Floats, rows: Rows) -> Floats:
    """Normalised calibrated γ, the mean over the members that did not diverge (k,)."""
    sample = x[rows[:: -(-len(rows) // SLOPE_ROWS)]]
    found = [calibrate(t.network, sample)[1] for t in group if not t.diverged]
    shares = [g / g.sum() for g in found if g.sum() > 0]
    return np.asarray(np.mean(shares, axis=0)) if shares else np.zeros(x.shape[1])


def _last(curve: Floats) -> float:
    finite = curve[np.isfinite(curve)]
    return float(finite[-1]) if len(finite) else float("nan")


def _reference_loss(table: Table, split: Split) -> float:
    """The loss of the mean of the training rows on the rows set aside."""
    mean, y = table.y[split.train].mean(0), table.y[split.stop]
    if table.loss == "mse":
        return float(np.square(y - mean).mean())
    from bnfit.metrics import log_losses

    return float(log_losses(y, np.broadcast_to(mean, y.shape)).mean())

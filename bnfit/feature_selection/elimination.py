"""Recursive elimination of columns: each fold drops the weaker half of its columns, again and again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Bools, Floats, Ints, at_most
from bnfit.evaluation.metrics import log_losses
from bnfit.evaluation.splits import FoldConstraints, Split, last_in_time, splits
from bnfit.feature_selection.additive import fit_additive
from bnfit.networks.architecture import Architecture
from bnfit.networks.gamma import calibrate
from bnfit.population.column_subsets import shifted, stacked
from bnfit.population.members import Member, Trained
from bnfit.population.recipe import Recipe
from bnfit.population.train import train
from bnfit.progress import Progress
from bnfit.schema.dataset import Dataset

REPEATS = 4
"""Members of each fold in a round, each trained without another part of the fold's training rows."""
STRENGTH = 0.015
"""Strength of the group lasso in every round, on a standardised loss."""
ROUND_ROWS = 5_000
"""The most rows of a fold in a round, evenly spaced."""
EPOCHS, STEPS, BATCH = 40, 6, 128
"""Of a round: epochs, the fewest batches of an epoch, and the most rows of a batch."""
SHARE = 0.8
"""Share of the progress that choosing columns takes."""
SLOPE_ROWS = 2_000
"""The most rows on which γ is calibrated in a round, evenly spaced."""


def choose(
    architecture: Architecture,
    table: Dataset,
    folds: Sequence[Split],
    seed: int,
    on_progress: Progress | None,
) -> Selection:
    """Choose the columns that lower the error.

    Args:
        architecture: of the members that choose.
        table: all columns.
        folds: the splits of the cross-validation; each fold chooses by its own training rows.
        seed: makes the choice repeatable.
        on_progress: is called with the share that is done.
    """
    recipe = round_recipe(min(ROUND_ROWS, len(table.x)))
    inner = [inner_splits(table.constraints, split.train, seed + f) for f, split in enumerate(folds)]
    screening = screen_columns(table, inner)
    return select(eliminate(architecture, table, recipe, inner, screening, seed, on_progress), screening)


def round_recipe(rows: int) -> Recipe:
    """Return the recipe of a round on so many rows: members train until they overfit, without any decay.

    A member that stops at its best epoch has not yet learned the interactions of columns.
    """
    batch = max(16, min(BATCH, rows // STEPS))
    epochs = max(EPOCHS, EPOCHS * STEPS * batch // max(rows, 1))
    return Recipe("sparse", optimizer="adam", epochs=epochs, batch_size=batch, weight_decay=0.0)


@dataclass(frozen=True)
class ColumnScreening:
    """Importance and loss of models of every fold on the columns that are left to it.

    Attributes:
        columns: encoded columns of each fold, in rising order (f, k).
        importance: share of each column (f, c), summing to 1 over columns, 0 for columns that are gone: calibrated γ of
            the fold's members, or the squared error that its additive models remove.
        loss: of each fold's models on their rows set aside, the mean over models (f,).
        reference: loss of a constant prediction on the same rows (f,).
    """

    columns: Ints
    importance: Floats
    loss: Floats
    reference: Floats

    @property
    def alive(self) -> Bools:
        """Whether each fold still has each column (f, c)."""
        out = np.zeros(self.importance.shape, bool)
        np.put_along_axis(out, self.columns, True, axis=1)
        return out

    @property
    def skill(self) -> Floats:
        """The share of the reference's loss that is removed, at least 0 (f,)."""
        return np.asarray(np.maximum(0.0, 1 - self.loss / np.maximum(self.reference, 1e-12)))


@dataclass(frozen=True)
class AdditiveScreening(ColumnScreening):
    """Importance and loss of additive models of each fold on all columns.

    They see weak curves of single columns, which networks of many columns overlook; networks see interactions.

    Attributes:
        entered: columns that one of the fold's additive models took (f, c).
    """

    entered: Bools


def screen_columns(table: Dataset, inner: Sequence[Sequence[Split]]) -> AdditiveScreening:
    """Fit additive models of each fold, one for each of its inner splits."""
    fits = [fit_additive(table.x, table.y, [(split.train, split.test) for split in of_fold]) for of_fold in inner]
    gain = np.stack([fit.gain for fit in fits])
    importance = gain / np.maximum(gain.sum(1, keepdims=True), 1e-300)
    loss, reference = (np.array([getattr(fit, name) for fit in fits]) for name in ("loss", "reference"))
    columns = np.tile(np.arange(table.x.shape[1]), (len(inner), 1))
    return AdditiveScreening(columns, importance, loss, reference, np.stack([fit.entered for fit in fits]))


def eliminate(
    architecture: Architecture,
    table: Dataset,
    recipe: Recipe,
    inner: Sequence[Sequence[Split]],
    screening: AdditiveScreening,
    seed: int,
    on_progress: Progress | None = None,
) -> list[ColumnScreening]:
    """Train rounds from all columns down to one, each on half of the columns of the one before it.

    A fold's columns are chosen by the fold's training rows alone, so that its test rows stay unseen.

    Args:
        architecture: of the members.
        table: all columns.
        recipe: of a round.
        inner: for each fold the splits of its training rows.
        screening: of all columns, by additive models.
        seed: makes the rounds repeatable.
        on_progress: is called with the share that is done.
    """
    alive, sizes = screening.columns, halved_sizes(table.x.shape[1])
    rounds: list[ColumnScreening] = []
    for number, size in enumerate(sizes):
        if rounds:
            best = np.argsort(-column_priority(rounds[-1], screening), axis=1, kind="stable")[:, :size]
            alive = np.sort(best, axis=1)
        rounds.append(_train_round(architecture, table, recipe, inner, alive, seed + 1000 * number))
        if on_progress is not None:
            on_progress((number + 1) / len(sizes))
    return rounds


def column_priority(last: ColumnScreening, screening: AdditiveScreening) -> Floats:
    """Combine a round's importance with that of the additive models (f, c); columns that are gone come last.

    While networks predict no better than the additive models, the columns of these come first, and γ ranks the others;
    after that both importances are weighted by their skill.
    """
    doubtful = (last.skill <= screening.skill)[:, None]
    both = last.skill[:, None] * last.importance + screening.skill[:, None] * screening.importance
    return np.where(last.alive, np.where(doubtful, last.importance + screening.entered, both), -1.0)


def halved_sizes(columns: int) -> list[int]:
    """Return the numbers of columns of the rounds: all, half of them rounded up, and so on down to 1."""
    sizes = [columns]
    while sizes[-1] > 1:
        sizes.append(-(-sizes[-1] // 2))
    return sizes


def column_scores(rounds: Sequence[ColumnScreening]) -> Floats:
    """Average each column's importance over rounds and folds, each weighted by its skill (c,)."""
    importance = np.stack([r.importance for r in rounds])
    weight = np.stack([r.skill for r in rounds])
    if not weight.any():
        weight = np.ones_like(weight)
    return np.asarray(np.average(importance.reshape(-1, importance.shape[2]), axis=0, weights=weight.ravel()))


@dataclass(frozen=True)
class Selection:
    """The columns that stay, with the scores and losses that decide it.

    Attributes:
        columns: encoded columns of each fold, and in the last row those of members that see all rows (f + 1, k).
        scores: one for each encoded column (c,), see `column_scores`.
        sizes: numbers of columns that were tried, falling.
        losses: mean over folds of the loss on rows set aside, of each size.
        errors: standard errors of those means over folds.
    """

    columns: Ints
    scores: Floats
    sizes: tuple[int, ...]
    losses: tuple[float, ...]
    errors: tuple[float, ...]

    @property
    def size(self) -> int:
        """Number of columns that stay."""
        return int(self.columns.shape[1])


def select(rounds: Sequence[ColumnScreening], screening: AdditiveScreening) -> Selection:
    """Keep the fewest columns whose loss is within one standard error of the lowest (Breiman and others 1984)."""
    losses = np.array([r.loss.mean() for r in rounds])
    spreads = [r.loss.std(ddof=1) if np.isfinite(r.loss).all() else np.inf for r in rounds]  # some diverged: infinite
    errors = np.array(spreads) / np.sqrt(len(rounds[0].loss))
    best = int(losses.argmin())
    chosen = int(np.flatnonzero(losses <= losses[best] + errors[best])[-1])
    scores, size = column_scores([screening, *rounds]), rounds[chosen].columns.shape[1]
    common = np.sort(np.argsort(-scores, kind="stable")[:size])
    columns = np.vstack([rounds[chosen].columns, common])
    sizes = tuple(r.columns.shape[1] for r in rounds)
    return Selection(columns, scores, sizes, tuple(losses.tolist()), tuple(errors.tolist()))


def inner_splits(order: FoldConstraints, rows: Ints, seed: int) -> list[Split]:
    """Set a part of these rows aside for each of the repeats, with classes and groups as in the folds.

    Of rows with times it is the last quarter, the same for all: what is to be predicted later is chosen by later rows.
    """
    rows = at_most(rows, ROUND_ROWS)
    none = np.empty(0, np.int64)
    times = None if order.times is None else order.times[rows]
    if times is not None and len(np.unique(times)) > 1:
        last = last_in_time(times, min(4, len(np.unique(times))))
        return [Split(rows[last.train], none, rows[last.test])] * REPEATS
    classes, groups = (None if v is None else v[rows] for v in (order.classes, order.groups))
    inner = FoldConstraints(len(rows), classes, groups)
    parts = splits(inner, max(2, min(2 * REPEATS, inner.most_folds)), 0.0, seed)
    return [Split(rows[s.train], none, rows[s.test]) for s in (parts[r % len(parts)] for r in range(REPEATS))]


def _train_round(
    architecture: Architecture,
    table: Dataset,
    recipe: Recipe,
    inner: Sequence[Sequence[Split]],
    alive: Ints,
    seed: int,
) -> ColumnScreening:
    rows, count = len(table.x), table.x.shape[1]
    members = [
        Member(architecture, shifted(split, f * rows), seed + REPEATS * f + r, seed + REPEATS * f + r, STRENGTH)
        for f, of_fold in enumerate(inner)
        for r, split in enumerate(of_fold)
    ]
    trained = train(members, stacked(table, alive), recipe)
    folds = len(inner)
    importance, loss, reference = np.zeros((folds, count)), np.zeros(folds), np.zeros(folds)
    for f, of_fold in enumerate(inner):
        group = trained[f * REPEATS : (f + 1) * REPEATS]
        fold_rows = np.concatenate([of_fold[0].train, of_fold[0].test])
        importance[f, alive[f]] = gamma_shares(group, table.x[:, alive[f]], fold_rows)
        unit = 1.0 if table.loss != "mse" else 1 / float(np.square(table.y_sd).mean())
        loss[f] = np.mean([_last_finite(t.judged_curve) for t in group]) * unit
        reference[f] = np.mean([_reference_loss(table, split) for split in of_fold]) * unit
    return ColumnScreening(alive, importance, np.where(np.isfinite(loss), loss, np.inf), reference)


def gamma_shares(group: Sequence[Trained], x: Floats, rows: Ints) -> Floats:
    """Average each column's share of the calibrated γ over the members that did not diverge (k,)."""
    return mean_shares(member_gammas(group, x, rows))


def mean_shares(gammas: Floats) -> Floats:
    """Average each column's share of γ over members (j, k); those of which all are 0 do not count."""
    total = gammas.sum(1, keepdims=True)
    some = total[:, 0] > 0
    return np.asarray((gammas[some] / total[some]).mean(0)) if some.any() else np.zeros(gammas.shape[1])


def member_gammas(group: Sequence[Trained], x: Floats, rows: Ints) -> Floats:
    """Return the calibrated γ of each encoded column in each member that did not diverge (j, k)."""
    sample = x[at_most(rows, SLOPE_ROWS)]
    gammas = [calibrate(t.network, sample)[1] for t in group if not t.diverged]
    return np.stack(gammas) if gammas else np.zeros((0, x.shape[1]))


def _last_finite(curve: Floats) -> float:
    finite = curve[np.isfinite(curve)]
    return float(finite[-1]) if len(finite) else float("nan")


def _reference_loss(table: Dataset, split: Split) -> float:
    """Return the loss of the training rows' mean on the rows set aside."""
    mean, y = table.y[split.train].mean(0), table.y[split.test]
    if table.loss == "mse":
        return float(np.square(y - mean).mean())
    return float(log_losses(y, np.broadcast_to(mean, y.shape)).mean())

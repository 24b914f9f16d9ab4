"""Ranking candidates by cross-validation, all of them in one population."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bnfit.architecture import Architecture
from bnfit.candidates import Candidate
from bnfit.curves import curves_of
from bnfit.errors import DataError
from bnfit.metrics import both_classes, classification_metrics, mean
from bnfit.population import Member, Table, Trained, train
from bnfit.references import guess, linear_prediction, logistic_prediction
from bnfit.resampling import Rows, Split
from bnfit.results import Curve, LeaderboardRow

Floats = NDArray[np.floating]

WAYS = ("batch_size", "learning_rate", "momentum", "epsilon", "weight_decay", "epochs")
"""What a row of the leaderboard tells of a candidate's recipe."""


@dataclass(frozen=True)
class Entry:
    """A candidate with what came of it.

    Attributes:
        candidate: the network and its recipe, which a search in rounds shortens.
        row: its row of the leaderboard, without a rank.
        errors: the error that ranks, on each split (f,); infinite where it diverged.
        trained: its training on each split.
        round: how far it came in a search in rounds; those of the last round are ranked before all others.
    """

    candidate: Candidate
    row: LeaderboardRow
    errors: tuple[float, ...]
    trained: tuple[Trained, ...]
    round: int = 0


@dataclass(frozen=True)
class Ranking:
    """The outcome of a search.

    Attributes:
        rows: the candidates in order of rank, diverged ones last, then the reference rows.
        order: for each candidate row, its position in the entries that were given.
        winner: position of the candidate to save.
        errors: the error that ranks, of each entry on each split (c, f); infinite where it diverged.
        repeats: how often all rows were judged.
        curves: how the candidates learned.
    """

    rows: tuple[LeaderboardRow, ...]
    order: tuple[int, ...]
    winner: int
    errors: tuple[tuple[float, ...], ...] = ()
    repeats: int = 1
    curves: tuple[Curve, ...] = ()


class Contest:
    """What candidates compete on: a table, and splits of its rows.

    Args:
        table: what to train on.
        splits: one for each fold, repeat by repeat.
        seed: makes the run repeatable.
        weight: how much each row counts when errors are measured (n,).
        repeats: how many cross-validations the splits are of. Their errors are averaged, but the standard error stays
            that of one: the rows are the same ones each time.

    Attributes:
        rows: the most that a member is trained on.
        trainings: how many were made so far.
    """

    def __init__(
        self, table: Table, splits: Sequence[Split], seed: int, weight: Floats | None = None, repeats: int = 1
    ) -> None:
        self.table, self.splits, self.seed = table, splits, seed
        self.board, self.repeats = Board(table, splits, weight, repeats), repeats
        self.rows, self.trainings = max(len(s.train) for s in splits), 0

    def cost(self, candidates: Sequence[Candidate]) -> int:
        """Trainings × epochs."""
        return len(self.splits) * sum(c.recipe.for_rows(self.rows).epochs for c in candidates)

    def entries(
        self, candidates: Sequence[Candidate], on_progress: Callable[[float], None] | None = None, round_: int = 0
    ) -> list[Entry]:
        """Train every candidate on every split, all in one population, and judge it there."""
        trained = trained_on(candidates, self.table, self.splits, self.seed, on_progress)
        self.trainings += len(candidates) * len(self.splits)
        return [self._entry(c, of_one, round_) for c, of_one in zip(candidates, trained, strict=True)]

    def _entry(self, candidate: Candidate, trained: Sequence[Trained], round_: int) -> Entry:
        said = [on_judged(t, self.table) for t in trained]
        row = self.board.candidate(candidate, said)
        return Entry(candidate, row, self.board.scores(said), tuple(trained), round_)

    def ranking(self, entries: Sequence[Entry]) -> Ranking:
        """Rank the entries by their error on the rows that judge, numbers by squared error, classes by log-loss.

        The winner is the candidate with the lowest error among those whose first layer is a BatchNormalization, or
        among all if there is none of these.

        Raises:
            DataError: every candidate diverged.
        """
        tried = [e.candidate for e in entries]
        architectures, rounds = [c.architecture for c in tried], [e.round for e in entries]
        ranking = ranking_of([e.row for e in entries], architectures, self.board.references(), rounds)
        curves = curves_of(tried, [e.trained for e in entries])
        return replace(ranking, errors=tuple(e.errors for e in entries), repeats=self.repeats, curves=curves)


def trained_on(
    candidates: Sequence[Candidate],
    table: Table,
    splits: Sequence[Split],
    seed: int,
    on_progress: Callable[[float], None] | None = None,
) -> list[list[Trained]]:
    """Each candidate, trained on each of the splits; candidates share what the splits' seeds draw."""
    members = [Member(c.architecture, split, seed + f, seed + f) for c in candidates for f, split in enumerate(splits)]
    recipes = [c.recipe for c in candidates for _ in splits]
    trained = train(members, table, recipes, on_progress=on_progress)
    return [trained[first : first + len(splits)] for first in range(0, len(trained), len(splits))]


def on_judged(trained: Trained, table: Table) -> Floats | None:
    """What a member says to the rows it is judged on; None when it diverged."""
    with np.errstate(over="ignore", invalid="ignore"):
        said = None if trained.diverged else trained.network(table.x[trained.member.split.judge])
    return said if said is not None and np.isfinite(said).all() else None


class Board:
    """Turns predictions into rows of the leaderboard, all on the same splits."""

    def __init__(self, table: Table, splits: Sequence[Split], weight: Floats | None, repeats: int = 1) -> None:
        self.table, self.splits, self.weight, self.folds = table, splits, weight, len(splits) / repeats
        self.classes = table.loss != "mse"
        self.sizes = np.array([float(len(s.judge)) if weight is None else weight[s.judge].sum() for s in splits])
        self.guesses = [
            np.broadcast_to(guess(table.y[s.seen], self._weights(s.seen)), (len(s.judge), table.y.shape[1]))
            for s in splits
        ]
        self.spread = float((self._errors(self.guesses)[:, 0] * self.sizes).sum())

    def candidate(self, candidate: Candidate, said: Sequence[Floats | None]) -> LeaderboardRow:
        """A candidate by what it says to each split's judged rows, with its size and its way of training."""
        a, plan = candidate.architecture, candidate.recipe.for_rows(max(len(s.train) for s in self.splits))
        row = self.row(a.label, a.arm, a.weights(self.table.x.shape[1], self.table.y.shape[1]), said)
        place = None if a.hidden_norm in ("weight-standardised", "none") else a.norm_position
        ways = {name: getattr(plan, name) for name in WAYS}
        return replace(row, norm=a.hidden_norm, norm_position=place, **ways)

    def row(self, label: str, arm: str, weights: int, said: Sequence[Floats | None]) -> LeaderboardRow:
        """What says so to each split's judged rows, under that name."""
        there = [prediction for prediction in said if prediction is not None]
        errors = self._errors(there) if len(there) == len(said) else np.full((1, 3), np.inf)
        if not np.isfinite(errors).all():
            return LeaderboardRow(None, label, arm, weights, None, None, None, diverged=True)
        mean, se = errors.mean(0).tolist(), (errors.std(0, ddof=1) / np.sqrt(self.folds)).tolist()
        r2 = 1 - float((errors[:, 0] * self.sizes).sum()) / self.spread
        row = LeaderboardRow(None, label, arm, weights, mean[0], se[0], r2)
        return replace(row, cv_log_loss=mean[1], cv_log_loss_se=se[1], cv_accuracy=mean[2]) if self.classes else row

    def scores(self, said: Sequence[Floats | None]) -> tuple[float, ...]:
        """The error that ranks, on each split; infinite where the member diverged."""
        column = 1 if self.classes else 0
        pairs = zip(said, self.splits, strict=True)
        return tuple(float("inf") if p is None else self._error(p, split.judge)[column] for p, split in pairs)

    def references(self) -> list[LeaderboardRow]:
        """Predicting the mean or the class shares, and linear least squares or logistic regression."""
        x, y = self.table.standard, self.table.y
        predict = logistic_prediction if self.classes else linear_prediction
        linear = [predict(x[s.seen], y[s.seen], x[s.judge], self._weights(s.seen)) for s in self.splits]
        outputs = y.shape[1]
        mean_row = self.row("predict the shares" if self.classes else "predict the mean", "", outputs, self.guesses)
        name = "logistic regression" if self.classes else "linear"
        linear_row = self.row(name, "", (x.shape[1] + 1) * outputs, linear)
        return [replace(mean_row, reference="mean"), replace(linear_row, reference="linear")]

    def _weights(self, rows: Rows) -> Floats | None:
        return None if self.weight is None else self.weight[rows]

    def _errors(self, said: Sequence[Floats]) -> Floats:
        """Squared error and, for classes, log-loss and accuracy of each split (f, 1 or 3)."""
        return np.array([self._error(p, split.judge) for p, split in zip(said, self.splits, strict=True)])

    def _error(self, prediction: Floats, rows: Rows) -> list[float]:
        y, weight = self.table.y[rows], self._weights(rows)
        squared = mean(np.square(prediction - y).mean(1), weight)
        if not self.classes:
            return [squared]
        metrics = classification_metrics(both_classes(y), both_classes(prediction), weight)
        return [squared, metrics["log_loss"], metrics["accuracy"]]


def ranking_of(
    rows: Sequence[LeaderboardRow],
    architectures: Sequence[Architecture],
    references: Sequence[LeaderboardRow],
    rounds: Sequence[int] | None = None,
) -> Ranking:
    """Number the candidates by error and mark the best, the smallest within one standard error, and the one to save.

    Args:
        rows: the candidates.
        architectures: of each of them.
        references: rows to put below.
        rounds: how far each candidate came: the errors of a shorter training do not compare with those of a longer one.

    Raises:
        DataError: every candidate diverged.
    """
    came = rounds or [0] * len(rows)
    errors = [row.score for row in rows]
    order = sorted(range(len(rows)), key=lambda i: (rows[i].cv_mse is None, -came[i], errors[i], rows[i].weights))
    best = order[0]
    if rows[best].cv_mse is None:
        raise DataError(
            "every training diverged", "a lower --learning-rate or an arm that normalises (--arm bn) may help"
        )
    finite = [i for i in order if rows[i].cv_mse is not None]
    alike = [i for i in finite if came[i] == came[best] and errors[i] <= errors[best] + rows[best].score_se]
    smallest = min(alike, key=lambda i: (rows[i].weights, errors[i]))
    first_is_batch = [i for i in finite if _batch_first(architectures[i])]
    winner = (first_is_batch or finite)[0]
    marked = [
        replace(rows[i], rank=n, best=i == best, smallest=i == smallest, saved=i == winner)
        for n, i in enumerate(order, 1)
    ]
    return Ranking((*marked, *references), tuple(order), winner)


def _batch_first(architecture: Architecture) -> bool:
    arm = architecture.normalisation
    return arm.input_norm and not arm.standardised

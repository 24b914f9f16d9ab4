"""The leaderboard of a search, as blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bnfit.report.blocks import MISSING, Block, Grid, Line, counted, decimals_for, number, spread
from bnfit.report.importances import metric
from bnfit.results import LeaderboardRow


def leaderboard(rows: Sequence[LeaderboardRow], top: int) -> list[Block]:
    """The first candidates, the marked ones and the references; and how many are not shown."""
    candidates = [row for row in rows if row.reference is None]
    shown = [row for place, row in enumerate(candidates) if place < top or row.best or row.smallest or row.saved]
    hidden = len(candidates) - len(shown)
    blocks: list[Block] = [board([*shown, *(row for row in rows if row.reference is not None)], candidates)]
    if hidden:
        blocks.append(Line(f"{counted(hidden, 'more candidate')}: --top {len(candidates)} shows all.", "note"))
    return blocks


AXES: tuple[tuple[str, Callable[[LeaderboardRow], str | None], bool], ...] = (
    ("arm", lambda row: row.arm or None, True),
    ("norm", lambda row: row.norm, True),
    ("place", lambda row: row.norm_position, True),
    ("batch", lambda row: None if row.batch_size is None else str(row.batch_size), False),
    ("rate", lambda row: None if row.learning_rate is None else f"{row.learning_rate:g}", False),
    ("momentum", lambda row: None if row.momentum is None else f"{row.momentum:g}", False),
    ("epsilon", lambda row: None if row.epsilon is None else f"{row.epsilon:g}", False),
    ("decay", lambda row: None if row.weight_decay is None else f"{row.weight_decay:.2g}", False),
    ("epochs", lambda row: None if row.epochs is None else str(row.epochs), False),
)
"""Columns that may be shown: title, cell (None where a row has no such thing), whether to align left."""


def board(rows: Sequence[LeaderboardRow], all_rows: Sequence[LeaderboardRow] = ()) -> Grid:
    """Candidates as a table, with a column for each axis in which they, or `all_rows` of the search, differ."""
    candidates = [row for row in all_rows or rows if row.reference is None]
    axes = [axis for axis in AXES if _differs(axis[1], candidates, within_arm=axis is not AXES[0])]
    classes = any(row.cv_log_loss is not None for row in rows)
    errors = ("CV log loss ± se", "Brier", "accuracy") if classes else ("CV error ± se", "R²")
    titles = ("rank", "architecture", *(title for title, _, _ in axes), "weights", *errors, "")
    left = frozenset({1, len(titles) - 1} | {place for place, axis in enumerate(axes, 2) if axis[2]})
    known = [row.score for row in rows if not row.diverged]
    decimals = decimals_for([min(known)] if known else [])
    cells = tuple(
        (
            MISSING if row.rank is None else str(row.rank),
            row.architecture,
            *(cell(row) or MISSING for _, cell, _ in axes),
            str(row.weights),
            "diverged" if row.diverged else spread(row.score, row.score_se, decimals),
            *((number(row.cv_mse), metric("accuracy", row.cv_accuracy)) if classes else (metric("r2", row.r2),)),
            _marks(row),
        )
        for row in rows
    )
    return Grid(titles, cells, left, frozenset(k for k, row in enumerate(rows) if row.best))


def _differs(
    cell: Callable[[LeaderboardRow], str | None], candidates: Sequence[LeaderboardRow], *, within_arm: bool
) -> bool:
    """Whether candidates differ in an axis, of one arm if so said: an arm also says which norm it has."""
    values = {(row.arm if within_arm else "", cell(row)) for row in candidates if cell(row) is not None}
    return len(values) > len({arm for arm, _ in values})


def _marks(row: LeaderboardRow) -> str:
    saved = row.saved and not row.best  # the best is what is saved, unless its arm cannot be
    marks = {"best": row.best, "smallest within 1 se": row.smallest, "saved": saved}
    return ", ".join(name for name, holds in marks.items() if holds)

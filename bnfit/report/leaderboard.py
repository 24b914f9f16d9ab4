"""The leaderboard of a search, as blocks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bnfit.population.recipe import HYPERPARAMETERS, Hyperparameter
from bnfit.report.blocks import MISSING, Block, Grid, Line, decimals_for, hidden_line, number, spread
from bnfit.report.importances import metric
from bnfit.results.search import CorrectedError, LeaderboardRow, Saved


def leaderboard(rows: Sequence[LeaderboardRow], top: int) -> list[Block]:
    """Format the first `top` candidates, the marked ones and the references, and the number of hidden ones."""
    candidates = [row for row in rows if row.reference is None]
    shown = [row for place, row in enumerate(candidates) if place < top or row.best or row.smallest or row.saved]
    hidden = len(candidates) - len(shown)
    blocks: list[Block] = [board([*shown, *(row for row in rows if row.reference is not None)], candidates)]
    if hidden:
        blocks.append(hidden_line(hidden, "candidate", len(candidates)))
    return blocks


NAMES = {"fit": "the networks of plain fit", "ensemble": "the ensemble", "candidate": "the best candidate"}
REASONS = {
    "best": "the lowest error out of fold",
    "tie": "nothing else is better by a standard error",
    "asked": "as asked",
    "absent": "what was asked for is not there: no candidate joined, or time was short",
    "only": "nothing else competes",
}
"""Words for `bnfit.results.search.Saved`."""


def saved_blocks(saved: Saved, corrected: CorrectedError, classes: bool) -> list[Block]:
    """Say what was saved and why, and what error to expect of it."""
    gain = ""
    if saved.gain is not None and saved.gain_se is not None:
        decimals = decimals_for([saved.gain_se])
        gain = f"; the best other error is {spread(saved.gain, saved.gain_se, decimals)} below that of fit"
    name = "log-loss" if classes else "MSE"
    decimals = decimals_for([corrected.error])
    why = "is optimistic: these rows helped to choose the networks" if corrected.optimistic else "does not flatter"
    error, own = spread(corrected.error, corrected.se, decimals), number(corrected.own, decimals)
    return [
        Line(f"Saved: {NAMES[saved.team]} ({REASONS[saved.why]}{gain})"),
        Line(f"Expect {name} {error} on new rows; {own}, measured out of fold, {why}"),
    ]


def _cell(parameter: Hyperparameter) -> Callable[[LeaderboardRow], str | None]:
    """Return a function that formats a hyperparameter of a row."""

    def cell(row: LeaderboardRow) -> str | None:
        value = getattr(row, parameter.name)
        return None if value is None else parameter.text(value)

    return cell


AXES: tuple[tuple[str, Callable[[LeaderboardRow], str | None], bool], ...] = (
    ("arm", lambda row: row.arm or None, True),
    ("norm", lambda row: row.norm, True),
    *((p.title, _cell(p), False) for p in HYPERPARAMETERS),
)
"""Optional columns: title, cell (None where a row has no value), whether to align left."""


def board(rows: Sequence[LeaderboardRow], all_rows: Sequence[LeaderboardRow] = ()) -> Grid:
    """Format candidates as a table, with a column for each axis in which they, or `all_rows` of the search, differ."""
    candidates = [row for row in all_rows or rows if row.reference is None]
    axes = [axis for axis in AXES if _differs(axis[1], candidates, within_arm=axis is not AXES[0])]
    classes = any(row.cv_log_loss is not None for row in rows)
    errors = ("CV log loss ± se", "Brier", "accuracy") if classes else ("CV error ± se", "R²")
    first = ("rank", "architecture", *(title for title, _, _ in axes), errors[0], "")
    titles = (*first, *errors[1:], "weights")
    left = frozenset({1, len(first) - 1} | {place for place, axis in enumerate(axes, 2) if axis[2]})
    known = [row.score for row in rows if not row.diverged]
    decimals = decimals_for([min(known)] if known else [])
    cells = tuple(
        (
            MISSING if row.rank is None else str(row.rank),
            row.architecture,
            *(cell(row) or MISSING for _, cell, _ in axes),
            "diverged" if row.diverged else spread(row.score, row.score_se, decimals),
            _marks(row),
            *((number(row.cv_mse), metric("accuracy", row.cv_accuracy)) if classes else (metric("r2", row.r2),)),
            str(row.weights),
        )
        for row in rows
    )
    return Grid(titles, cells, left, frozenset(k for k, row in enumerate(rows) if row.best), least=len(first))


def _differs(
    cell: Callable[[LeaderboardRow], str | None], candidates: Sequence[LeaderboardRow], *, within_arm: bool
) -> bool:
    """Tell whether candidates differ in an axis; `within_arm` compares those of one arm only, since arms set norms."""
    values = {(row.arm if within_arm else "", cell(row)) for row in candidates if cell(row) is not None}
    return len(values) > len({arm for arm, _ in values})


def _marks(row: LeaderboardRow) -> str:
    marks = {"best": row.best, "smallest": row.smallest, "saved": row.saved}
    return ", ".join(name for name, holds in marks.items() if holds)

"""Folds and members: how many there are, and which rows each fold holds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bnfit.ensemble.prepare import Prepared
from bnfit.errors import UsageError, one_a_kind
from bnfit.evaluation.splits import Split, choose_folds, splits
from bnfit.schema.dataset import Dataset

FOLDS, MEMBERS = 8, 16
MANY_ROWS, FEWER_MEMBERS = 1_000, 8
"""Above so many rows fewer members are averaged: each is surer then, and takes longer to train."""


@dataclass(frozen=True)
class Division:
    """The folds of a table's rows and the members that are dealt to them.

    Attributes:
        splits: one for each fold.
        members: in the model.
        notes: remarks on the folds.
    """

    splits: tuple[Split, ...]
    members: int
    notes: tuple[str, ...]

    @property
    def folds(self) -> int:
        """Number of folds."""
        return len(self.splits)


def usual_folds(members: int | None, usual: int = FOLDS) -> int:
    """The folds where the user does not say; a model of few members has as many."""
    return usual if members is None or members == 1 else min(usual, max(members, 2))


def divide(dataset: Dataset, folds: int | None, members: int | None, seed: int, usual: int = FOLDS) -> Division:
    """Draw the folds, and say how many members there are.

    Args:
        dataset: the rows.
        folds: how many; None takes as many as are usual and the rows allow.
        members: how many; None takes as many as are usual for so many rows, the same number in each fold.
        seed: draws the folds.
        usual: folds of a table where nobody says.

    Raises:
        UsageError: they do not go together.
        DataError: the rows do not allow so many folds.
    """
    if members is not None and members < 1:
        raise UsageError(f"members must be at least 1, not {members}")
    constraints = dataset.constraints
    number, note = choose_folds(constraints, folds, usual_folds(members, usual))
    if members is None:
        usual_members = FEWER_MEMBERS if constraints.rows > MANY_ROWS else MEMBERS
        members = number * -(-usual_members // number)
    if 1 < members < number:
        raise UsageError(
            f"{members} members cannot cover {number} folds",
            f"use at least {number} members, or `members=1`, or fewer folds",
        )
    return Division(splits(constraints, number, 0.0, seed), members, (note,) if note else ())


def fold_notes(prepared: Prepared) -> tuple[str, ...]:
    """Remarks on the folds of these rows."""
    constraints, notes = prepared.dataset.constraints, []
    roles = {column.use: column.name for column in prepared.schema.columns}
    if constraints.groups is not None:
        notes.append(f"the {len(np.unique(constraints.groups))} groups of '{roles['group']}' stay together in a fold")
    if constraints.times is not None:
        notes.append(
            f"folds never look ahead in '{roles['time']}': each is judged by members trained on earlier rows only; "
            "the members of the saved model are trained on all rows"
        )
    return tuple(notes)


def rare_classes(prepared: Prepared, folds: int) -> list[str]:
    """Name the classes that have fewer rows than there are folds."""
    constraints = prepared.dataset.constraints
    if constraints.classes is None or constraints.times is not None:
        return []
    counts = np.bincount(constraints.classes, minlength=len(prepared.schema.classes))
    short = f"fewer than the {folds} folds: some are judged without"
    return one_a_kind(
        (name, f"class '{name}' has {count} row{'s' * (count != 1)}, {short}")
        for name, count in zip(prepared.schema.classes, counts.tolist(), strict=True)
        if count < folds
    )

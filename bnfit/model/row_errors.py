"""Errors of predictions on the rows whose target can be read, counted piece by piece."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from bnfit.arrays import Bools, Floats
from bnfit.evaluation.metrics import both_classes
from bnfit.evaluation.streaming_metrics import ClassTally, RegressionTally
from bnfit.model.model import Model
from bnfit.schema.dataset import target_matrix, weights_there
from bnfit.schema.numbers import shown
from bnfit.schema.schema import Schema
from bnfit.schema.unreadable import without_target, without_weight
from bnfit.table.place import Place

LOOKED_UP = 20_000
"""Rows with a target that are looked up among the training rows."""


@dataclass
class RowErrors:
    """Errors of the predicted rows that have a target, and how many of them training had.

    Attributes:
        model: whose predictions they are.
        schema: the model's, as it reads this table.
        unmeasured: rows whose target or weight cannot be read.
    """

    model: Model
    schema: Schema
    unmeasured: int = 0
    tally: RegressionTally | ClassTally = field(init=False)
    notes: dict[str, None] = field(default_factory=dict)
    example: str = ""
    looked_up: int = 0
    trained_on: int = 0

    def __post_init__(self) -> None:
        classes, emphasis = self.schema.classes, self.schema.emphasis
        self.tally = RegressionTally() if self.schema.task == "regression" else ClassTally(len(classes), emphasis)

    def add(self, frame: pd.DataFrame, x: Floats, output: Floats, place: Place) -> None:
        """Count the errors of some rows; without a target column there are none.

        Args:
            frame: n rows as they came.
            x: their inputs (n, k).
            output: the model's outputs (n, o).
            place: where the rows come from, for messages.
        """
        if self.schema.target.name not in frame.columns or not len(frame):
            return
        known = self._known(frame, place)
        if not known.any():
            return
        if not known.all():
            frame, x, output, place = frame[known], x[known], output[known], place.only(known)
        y = target_matrix(self.schema, self.schema.encode_target(frame, place))
        weight = self.schema.role("weight", frame, place) if weights_there(self.schema, frame)[0] else None
        if isinstance(self.tally, ClassTally):
            self.tally.add(both_classes(y), both_classes(output), weight)
        else:
            self.tally.add(y, output, weight)
        self._look_up(x, y)

    def remarks(self) -> list[str]:
        """Say on which rows the errors were measured, as far as a reader should know."""
        remarks = [*self.notes]
        if self.unmeasured:
            remarks += [f"rows that are not measured, such as {self.example}: {self.unmeasured}"]
        if self.trained_on:
            of = f"{self.trained_on} of the first {self.looked_up}" if self.looked_up >= LOOKED_UP else self.trained_on
            remarks += [f"{of} rows are among those that the model was trained on: the errors flatter it"]
        if self.looked_up and self.model.metadata.rows is None:
            remarks += ["whether the model was trained on any of these rows is not known: its file keeps no keys"]
        return remarks

    def _known(self, frame: pd.DataFrame, place: Place) -> Bools:
        """Whether each row (n,) has a target and, where rows have weights, a weight; count those that are illegible."""
        target, weight = self.schema.target, self.schema.column_for("weight")
        there, remark = weights_there(self.schema, frame)
        self.notes |= dict.fromkeys(remark)
        gone, odd = without_target(target, frame[target.name])
        column = np.where(odd, target.name, "" if weight is None else weight.name)
        if weight is not None and there:
            odd |= ~gone & without_weight(weight, frame[weight.name])
        if odd.any():
            row = int(np.argmax(odd))
            name = str(column[row])
            cell = frame[name].iloc[row]
            held = shown(str(cell).strip()) if not pd.isna(cell) else "nothing"
            self.example = self.example or f"{place.at(row)}, where '{name}' holds {held}"
            self.unmeasured += int(odd.sum())
        return ~gone & ~odd

    def _look_up(self, x: Floats, y: Floats) -> None:
        if self.looked_up < LOOKED_UP:
            some = slice(0, LOOKED_UP - self.looked_up)
            folds = self.model.folds_of(x[some], y[some])
            self.looked_up += len(folds)
            self.trained_on += int((folds >= 0).sum())

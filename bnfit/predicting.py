"""Predictions for data frames and for files of any size: numbers, or classes with their probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.ahead import ahead
from bnfit.conformal import half_width
from bnfit.errors import DataError, UsageError
from bnfit.metrics import both_classes
from bnfit.model import Model
from bnfit.results import PredictReport
from bnfit.schema import Column, Encoded, Schema
from bnfit.schema.names import require_known, text_named
from bnfit.schema.types import NOWHERE, Place
from bnfit.sources import place_of
from bnfit.tally import ClassTally, RegressionTally

if TYPE_CHECKING:
    from bnfit.table import ReadOptions, Table

Floats = NDArray[np.floating]

LOSSES = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "categorical_crossentropy"}
"""The loss of each task."""
ROWS = 50_000
"""Rows of a file that are in memory at a time, or fewer where they are wide."""
LOOKED_UP = 20_000
"""Rows with a target that are looked up among the training rows."""
NAMED_ROWS = 10
"""Rejected rows that are named one by one in the report."""


def target_matrix(schema: Schema, target: NDArray[np.generic]) -> Floats:
    """The target (n,) as what a network puts out (n, o): values, the second class's 0/1, or one column a class."""
    if schema.task == "multiclass":
        return np.asarray(np.eye(len(schema.classes))[target.astype(int)])
    return np.asarray(target, float)[:, None]


def weights_there(schema: Schema, frame: pd.DataFrame) -> tuple[bool, tuple[str, ...]]:
    """Whether rows to judge a model on have the weights that its training rows had; a remark where they do not."""
    column = schema.column_for("weight")
    if column is None or column.name in map(str, frame.columns):
        return column is not None, ()
    return False, (f"no column '{column.name}' with weights: all rows count alike",)


def predict_file(
    model: Model,
    data: str | Path,
    output: str | Path | BinaryIO,
    *,
    keep: Sequence[str] = (),
    interval: float | None = None,
    read: ReadOptions | None = None,
    force: bool = False,
    on_progress: Callable[[float], None] | None = None,
) -> PredictReport:
    """See `bnfit.pipeline.predict_file`."""
    from bnfit.atomic import open_whole
    from bnfit.table import ReadOptions, read_chunks
    from bnfit.tablewriter import check_ending, table_writer

    predictions = Predictions(model, keep, interval)
    name = str(output) if isinstance(output, str | Path) else ""
    check_ending(name)
    with ExitStack() as stack:
        file = stack.enter_context(open_whole(Path(output), force=force)) if isinstance(output, str | Path) else output
        write = stack.enter_context(table_writer(file, name))
        tables = stack.enter_context(ahead(read_chunks(data, read or ReadOptions(), ROWS, on_progress)))
        for piece in predictions.of(tables):
            write(piece)
    return predictions.report()


def predict_frame(
    model: Model,
    frame: pd.DataFrame,
    keep: Sequence[str],
    place: Place,
    rejected: int,
    notes: tuple[str, ...],
    interval: float | None = None,
) -> tuple[pd.DataFrame, PredictReport]:
    """See `bnfit.pipeline.predict_table`."""
    predictions = Predictions(model, keep, interval)
    out = predictions.piece(frame, place)
    widened = out.astype({column: float for column in out.columns[len(keep) :] if out[column].dtype == np.float32})
    report = predictions.report()
    return widened, replace(report, rejected=rejected, notes=(*notes, *report.notes))


@dataclass
class Predictions:
    """Predicts a table piece by piece, and gathers what there is to report, in memory that does not grow.

    Attributes:
        model: a trained or loaded model.
        keep: columns to carry over.
        interval: the share of rows that are to lie between `low` and `high`; None for no such columns.
    """

    model: Model
    keep: Sequence[str] = ()
    interval: float | None = None
    rows: int = 0
    rejected: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)
    tally: RegressionTally | ClassTally = field(init=False)
    looked_up: int = 0
    trained_on: int = 0
    reach: float | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        schema = self.model.schema
        if self.interval is not None:
            self.reach = _reach(self.model, self.interval)
        self.tally = RegressionTally() if schema.task == "regression" else ClassTally(len(schema.classes))

    def of(self, tables: Iterable[Table]) -> Iterator[pd.DataFrame]:
        """Predict the tables in turn; see `piece` for the frames."""
        before: Counter[str] = Counter()
        for table in tables:
            for row in table.rejected[: max(NAMED_ROWS - self.rejected, 0)]:
                column = "" if row.column is None else f", column {row.column}"
                self.notes[f"rejected: {row.source or table.source}, line {row.line}{column}: {row.reason}"] = None
            self.rejected += len(table.rejected)
            self.notes |= dict.fromkeys(table.notes)
            yield self.piece(table.frame, place_of(table, before[table.source]))
            before[table.source] += table.rows

    def piece(self, frame: pd.DataFrame, place: Place = NOWHERE) -> pd.DataFrame:
        """Predict some rows, each by itself.

        Args:
            frame: n rows with the model's columns in any order; the target may be absent.
            place: where the rows come from, for messages.

        Returns:
            The kept columns, then `prediction` (for classes also `probability_<class>`; with an interval `low` and
            `high`), n rows; numbers are of the type that the network computes in.

        Raises:
            UsageError: a column to keep is not in the table.
            DataError: the table lacks a column or holds what the model cannot take.
        """
        frame = text_named(frame)
        require_known(self.keep, list(frame.columns), place.source)
        schema = self.model.schema
        encoded = self._encoded(frame, place)
        output = self.model.network.outputs(encoded.x)
        self.rows += len(frame)
        self.filled.update(encoded.filled)
        self.unseen.update(encoded.unseen)
        if schema.target.name in frame.columns and len(frame):
            self._judge(frame, encoded.x, output, place)
        kept = [frame[column] for column in self.keep]
        columns = [pd.Series(v, frame.index, name=k) for k, v in self._columns(output).items()]
        return pd.concat([*kept, *columns], axis=1)

    def _columns(self, output: Floats) -> dict[str, NDArray[np.generic]]:
        columns = _prediction_columns(self.model.schema, output)
        if self.reach is None:
            return columns
        low, high = (output[:, 0] + side * output.dtype.type(self.reach) for side in (-1, 1))
        return {**columns, "low": low, "high": high}

    def report(self) -> PredictReport:
        """What there is to say of the rows so far."""
        inputs = {column.name: column for column in self.model.schema.inputs}
        remarks = [f"empty cells of '{c}', read as {_stand_in(inputs[c])}: {n}" for c, n in self.filled.items()]
        remarks += [f"cells of '{c}' with a level that training did not have: {n}" for c, n in self.unseen.items()]
        remarks += (
            [f"rejected: {self.rejected - NAMED_ROWS} more rows, {self.rejected} in all"]
            if self.rejected > NAMED_ROWS
            else []
        )
        if self.trained_on:
            of = f"{self.trained_on} of the first {self.looked_up}" if self.looked_up >= LOOKED_UP else self.trained_on
            remarks += [f"{of} rows are among those that the model was trained on: the errors flatter it"]
        return PredictReport(self.rows, self.rejected, self.tally.metrics(), (*self.notes, *remarks))

    def _encoded(self, frame: pd.DataFrame, place: Place) -> Encoded:
        try:
            return self.model.schema.encode(frame, place)
        except DataError as error:
            if "--drop" not in error.hint:  # which is for training
                raise
            raise DataError(error.message, "correct the cell, or empty it: then the mean stands in") from error

    def _judge(self, frame: pd.DataFrame, x: Floats, output: Floats, place: Place) -> None:
        """Count the errors of the rows that have a target, and look up whether training had them."""
        schema = self.model.schema
        known = schema.labelled(frame, place)
        if not known.any():
            return
        if not known.all():
            frame, x, output, place = frame[known], x[known], output[known], place.only(known)
        y, weight = target_matrix(schema, schema.encode_target(frame, place)), self._weight(frame, place)
        if isinstance(self.tally, ClassTally):
            self.tally.add(both_classes(y), both_classes(output.astype(float)), weight)
        else:
            self.tally.add(y, output, weight)
        if self.looked_up < LOOKED_UP:
            some = slice(0, LOOKED_UP - self.looked_up)
            folds = self.model.folds_of(x[some], y[some])
            self.looked_up += len(folds)
            self.trained_on += int((folds >= 0).sum())

    def _weight(self, frame: pd.DataFrame, place: Place) -> Floats | None:
        """How much each row counts (n,), where the model's rows have weights and these have them too."""
        there, remark = weights_there(self.model.schema, frame)
        self.notes |= dict.fromkeys(remark)
        return self.model.schema.role("weight", frame, place) if there else None


def _reach(model: Model, level: float) -> float:
    """How far the model's interval of that level reaches to both sides."""
    if model.schema.task != "regression":
        raise UsageError("--interval is for numbers", "classes have their probabilities")
    kept = model.facts.get("errors")
    if kept is None:
        raise DataError(f"{model.called} holds no out-of-fold errors to make intervals of", "train it again")
    return half_width(kept, level)


def _stand_in(column: Column) -> str:
    """What missing cells of an input column are read as."""
    if column.kind != "category":
        return "the mean"
    return "a level of their own" if column.missing else "no level at all"


def _prediction_columns(schema: Schema, output: Floats) -> dict[str, NDArray[np.generic]]:
    if schema.task == "regression":
        return {"prediction": output[:, 0]}
    probability = both_classes(output)
    columns: dict[str, NDArray[np.generic]] = {"prediction": np.array(schema.classes, object)[probability.argmax(1)]}
    return columns | {f"probability_{name}": probability[:, c] for c, name in enumerate(schema.classes)}

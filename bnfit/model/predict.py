"""Predictions for data frames and for files of any size: numbers, or classes with their probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.arrays import Floats
from bnfit.errors import DataError, UsageError
from bnfit.evaluation.conformal import half_width
from bnfit.evaluation.metrics import both_classes, decided
from bnfit.evaluation.streaming_metrics import ClassTally, RegressionTally
from bnfit.model.digits import to_digits
from bnfit.model.kept_columns import Keep, added_names, kept_columns
from bnfit.model.model import Model
from bnfit.networks.rowwise import Rowwise
from bnfit.results.predict import PredictReport
from bnfit.schema.dataset import target_matrix, weights_there
from bnfit.schema.schema import Schema
from bnfit.schema.time_zones import tell_other_zones
from bnfit.schema.types import Column, Encoded
from bnfit.table.column_names import require_known, require_once, text_named
from bnfit.table.place import NOWHERE, Place
from bnfit.table.prefetch import ahead
from bnfit.table.source import place_of

if TYPE_CHECKING:
    from bnfit.table.types import ReadOptions, Table

ROWS = 50_000
"""Rows of a file in memory at a time; fewer where they are wide."""
LOOKED_UP = 20_000
"""Rows with a target that are looked up among the training rows."""
NAMED_ROWS = 10
"""Rejected rows that are named one by one in the report."""


def predict_file(
    model: Model,
    data: str | Path,
    output: str | Path | BinaryIO,
    *,
    keep: Keep = (),
    interval: float | None = None,
    read: ReadOptions | None = None,
    force: bool = False,
    on_progress: Callable[[float], None] | None = None,
) -> PredictReport:
    """Predict a file of any size into another, in memory that does not grow with it, rows in their order.

    Args:
        model: a trained or loaded model.
        data: a path, a glob of the parts of one table, or "-" for stdin.
        output: a path, whose ending says the format (.parquet, .arrow, .csv, .tsv, also .csv.gz and the like), or an
            open binary file, which gets CSV. A path appears when it is complete.
        keep: columns of the table to carry over; a pair gives a column another name.
        interval: as for `predict_table`.
        read: what is known about how the file is written; the rest is found out.
        force: replace an existing file.
        on_progress: told the share that is done, from 0 to 1, where the size of the data is known.

    Raises:
        UsageError: a column to keep is not in the table, two columns would have one name, the output exists, or its
            ending says another format.
        DataError: the table cannot be read, lacks a column or holds what the model cannot take.
    """
    from bnfit.files import open_whole
    from bnfit.table.reader import read_chunks
    from bnfit.table.types import ReadOptions
    from bnfit.table.writer import check_ending, table_writer

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
    keep: Keep,
    place: Place,
    rejected: int,
    notes: tuple[str, ...],
    interval: float | None = None,
) -> tuple[pd.DataFrame, PredictReport]:
    """See `bnfit.api.predict_table`."""
    predictions = Predictions(model, keep, interval)
    out, report = predictions.piece(frame, place), predictions.report()
    return out, replace(report, rejected=rejected, notes=(*notes, *report.notes))


@dataclass
class Predictions:
    """Predictions of a table piece by piece, with its report, in memory that does not grow.

    Attributes:
        model: a trained or loaded model.
        keep: columns to carry over; a pair gives a column another name.
        interval: the share of rows that are to lie between `low` and `high`; None for no such columns.
    """

    model: Model
    keep: Keep = ()
    interval: float | None = None
    rows: int = 0
    rejected: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    other_zones: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)
    tally: RegressionTally | ClassTally = field(init=False)
    looked_up: int = 0
    trained_on: int = 0
    half_width: float | None = field(init=False, default=None)
    network: Rowwise = field(init=False)
    kept: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        schema = self.model.schema
        self.kept = kept_columns(self.keep, added_names(schema, self.interval is not None))
        self.network = Rowwise(self.model.network)
        if self.interval is not None:
            self.half_width = _half_width(self.model, self.interval)
        self.tally = (
            RegressionTally() if schema.task == "regression" else ClassTally(len(schema.classes), schema.emphasis)
        )

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
            `high`), n rows; numbers are computed in float64 and have 12 significant digits.

        Raises:
            UsageError: a column to keep is not in the table.
            DataError: the table lacks a column or holds what the model cannot take.
        """
        frame = text_named(frame)
        require_known(self.kept.values(), list(frame.columns), place.source)
        require_once(self.kept.values(), list(frame.columns), place.source)
        schema = self.model.schema
        encoded = self._encoded(frame, place)
        output = self.network(encoded.x)
        self.rows += len(frame)
        self.filled.update(encoded.filled)
        self.unseen.update(encoded.unseen)
        self.other_zones.update(encoded.other_zones)
        if schema.target.name in frame.columns and len(frame):
            self._count_errors(frame, encoded.x, output, place)
        kept = [frame[column].rename(name) for name, column in self.kept.items()]
        columns = [pd.Series(v, frame.index, name=k) for k, v in self._columns(output).items()]
        return pd.concat([*kept, *columns], axis=1)

    def _columns(self, output: Floats) -> dict[str, NDArray[np.generic]]:
        columns = _prediction_columns(self.model.schema, output)
        if self.half_width is None:
            return columns
        low, high = (to_digits(output[:, 0] + side * self.half_width) for side in (-1, 1))
        return {**columns, "low": low, "high": high}

    def report(self) -> PredictReport:
        """Report the rows predicted so far."""
        inputs = {column.name: column for column in self.model.schema.inputs}
        remarks = [f"empty cells of '{c}', read as {_stand_in(inputs[c])}: {n}" for c, n in self.filled.items()]
        remarks += [f"cells of '{c}' with a level that training did not have: {n}" for c, n in self.unseen.items()]
        remarks += [tell_other_zones(inputs[c], n) for c, n in self.other_zones.items()]
        remarks += (
            [f"rejected: {self.rejected - NAMED_ROWS} more rows, {self.rejected} in all"]
            if self.rejected > NAMED_ROWS
            else []
        )
        if self.trained_on:
            of = f"{self.trained_on} of the first {self.looked_up}" if self.looked_up >= LOOKED_UP else self.trained_on
            remarks += [f"{of} rows are among those that the model was trained on: the errors flatter it"]
        if self.looked_up and self.model.metadata.rows is None:
            remarks += ["whether the model was trained on any of these rows is not known: its file keeps no keys"]
        return PredictReport(self.rows, self.rejected, self.tally.metrics(), (*self.notes, *remarks))

    def _encoded(self, frame: pd.DataFrame, place: Place) -> Encoded:
        self.model.schema.check(frame, source=place.source)
        try:
            return self.model.schema.encode(frame, place)
        except DataError as error:
            if error.column is None:
                raise
            # All columns are there, so that a cell is at fault; the schema's advice on it is for training.
            hint = "correct the cell, or empty it: then the mean stands in"
            raise DataError(error.message, hint, column=error.column) from error

    def _count_errors(self, frame: pd.DataFrame, x: Floats, output: Floats, place: Place) -> None:
        """Count the errors of the rows that have a target, and look up whether training had them."""
        schema = self.model.schema
        known = schema.labelled(frame, place)
        if not known.any():
            return
        if not known.all():
            frame, x, output, place = frame[known], x[known], output[known], place.only(known)
        y, weight = target_matrix(schema, schema.encode_target(frame, place)), self._weight(frame, place)
        if isinstance(self.tally, ClassTally):
            self.tally.add(both_classes(y), both_classes(output), weight)
        else:
            self.tally.add(y, output, weight)
        if self.looked_up < LOOKED_UP:
            some = slice(0, LOOKED_UP - self.looked_up)
            folds = self.model.folds_of(x[some], y[some])
            self.looked_up += len(folds)
            self.trained_on += int((folds >= 0).sum())

    def _weight(self, frame: pd.DataFrame, place: Place) -> Floats | None:
        """Return the weight of each row (n,); None where the training rows had none, or these have none."""
        there, remark = weights_there(self.model.schema, frame)
        self.notes |= dict.fromkeys(remark)
        return self.model.schema.role("weight", frame, place) if there else None


def _half_width(model: Model, level: float) -> float:
    """Return the half width of the model's prediction interval of that level.

    Raises:
        UsageError: the model predicts classes, or the level is not between 0 and 1.
        DataError: the model holds too few out-of-fold errors.
    """
    if model.schema.task != "regression":
        raise UsageError("`interval` is for numbers", "classes have their probabilities")
    errors = model.metadata.errors
    if errors is None:
        raise DataError(f"{model.called} holds no out-of-fold errors to make intervals of", "train it again")
    return half_width(errors, level)


def _stand_in(column: Column) -> str:
    """Name what stands in for missing cells of an input column."""
    if column.kind != "category":
        return "the mean"
    return "a level of their own" if column.missing else "no level at all"


def _prediction_columns(schema: Schema, output: Floats) -> dict[str, NDArray[np.generic]]:
    if schema.task == "regression":
        return {"prediction": to_digits(output[:, 0])}
    probability = to_digits(both_classes(output))
    columns: dict[str, NDArray[np.generic]] = {
        "prediction": np.array(schema.classes, object)[decided(probability, schema.emphasis)]
    }
    return columns | {f"probability_{name}": probability[:, c] for c, name in enumerate(schema.classes)}

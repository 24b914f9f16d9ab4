"""Predictions for data frames and for files of any size: numbers, or classes with their probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.arrays import Bools, Floats
from bnfit.errors import DataError
from bnfit.evaluation.metrics import both_classes, decided
from bnfit.model.bad_rows import BadRows
from bnfit.model.contributions import Contributions
from bnfit.model.digits import to_digits
from bnfit.model.drift import DriftWatch
from bnfit.model.intervals import Intervals
from bnfit.model.kept_columns import Keep, added_names, kept_columns
from bnfit.model.model import Model
from bnfit.model.outside_rows import OutsideRows
from bnfit.model.row_errors import RowErrors
from bnfit.networks.rowwise import Rowwise
from bnfit.results.predict import PredictReport
from bnfit.schema.schema import Schema
from bnfit.schema.time_zones import tell_other_zones
from bnfit.schema.types import LARGEST, Column, Encoded
from bnfit.table.column_names import require_known, require_once, text_named
from bnfit.table.place import NOWHERE, Place
from bnfit.table.source import Source, place_of

if TYPE_CHECKING:
    from bnfit.table.types import Table


def predict_frame(
    model: Model,
    source: Source,
    keep: Keep,
    interval: float | None = None,
    contributions: bool = False,
    drifts: bool = True,
) -> tuple[pd.DataFrame, PredictReport]:
    """See `bnfit.api.predict_table`."""
    predictions = Predictions(model, keep, interval, contributions, decimal=source.decimal, drifts=drifts)
    out, report = predictions.piece(source.frame, source.place), predictions.report()
    return out, replace(report, rejected=source.rejected, notes=(*source.notes, *report.notes))


def placed(tables: Iterable[Table]) -> Iterator[tuple[Table, Place]]:
    """Give each table of a file the place of its rows there."""
    before: Counter[str] = Counter()
    for table in tables:
        yield table, place_of(table, before[table.source])
        before[table.source] += table.rows


@dataclass
class Predictions:
    """Predictions of a table piece by piece, with its report, in memory that does not grow.

    Attributes:
        model: a trained or loaded model.
        keep: columns to carry over; a pair gives a column another name.
        interval: the share of rows that are to lie between `low` and `high`, or whose class is to be in `set`; None for
            no such columns.
        contributions: whether to add `base` and what each column contributes.
        max_bad_rows: the share of rows that may get no prediction: an input cell cannot be read, or the network puts
            out no number of use.
        decimal: the decimal mark of the table where it is stated; None for that of the training table.
        drifts: whether the report tells the drift.
    """

    model: Model
    keep: Keep = ()
    interval: float | None = None
    contributions: bool = False
    max_bad_rows: float = 0.0
    decimal: str | None = None
    drifts: bool = True
    rows: int = 0
    filled: Counter[str] = field(default_factory=Counter)
    unseen: Counter[str] = field(default_factory=Counter)
    other_zones: Counter[str] = field(default_factory=Counter)
    notes: dict[str, None] = field(default_factory=dict)
    schema: Schema = field(init=False)
    bad: BadRows = field(init=False)
    errors: RowErrors = field(init=False)
    outside: OutsideRows = field(init=False)
    drift: DriftWatch | None = field(init=False, default=None)
    intervals: Intervals | None = field(init=False, default=None)
    network: Rowwise = field(init=False)
    kept: Mapping[str, str] = field(init=False)
    parts: Contributions | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.schema = self.model.schema.with_decimal(self.decimal)
        self.kept = kept_columns(self.keep, added_names(self.schema, self.interval is not None, self.contributions))
        self.network = Rowwise(self.model.network)
        self.bad = BadRows(self.max_bad_rows)
        self.errors = RowErrors(self.model, self.schema)
        self.outside = OutsideRows(self.schema)
        if self.drifts:
            self.drift = DriftWatch(self.model, self.schema)
        if self.interval is not None:
            self.intervals = Intervals(self.model, self.interval)
        if self.contributions:
            self.parts = Contributions(self.model)

    def of(self, tables: Iterable[Table]) -> Iterator[pd.DataFrame]:
        """Predict the tables in turn; see `piece` for the frames.

        Raises:
            DataError: before the last one, if too many rows have a bad cell.
        """
        held: pd.DataFrame | None = None
        for table, place in placed(tables):
            if held is not None:
                yield held
            self.bad.reject(table)
            self.notes |= dict.fromkeys(table.notes)
            held = self.piece(table.frame, place)
        self.bad.check(self.rows)
        if held is not None:
            yield held

    def piece(self, frame: pd.DataFrame, place: Place = NOWHERE) -> pd.DataFrame:
        """Predict some rows, each by itself.

        Args:
            frame: n rows with the model's columns in any order; the target may be absent.
            place: where the rows come from, for messages.

        Returns:
            The kept columns, then `prediction` (for classes also `probability_<class>`; with an interval `low` and
            `high`, or `set`; with contributions `base` and `contribution_<column>`), n rows; numbers are computed in
            float64 and have 12 significant digits. They are missing in rows that have none, if some may be;
            `low`, `high` and `set` also in rows outside of what training had.

        Raises:
            UsageError: a column to keep is not in the table.
            DataError: the table lacks a column or holds what the model cannot take.
        """
        frame = text_named(frame)
        require_known(self.kept.values(), list(frame.columns), place.source)
        require_once(self.kept.values(), list(frame.columns), place.source)
        self.rows += len(frame)
        encoded, output, good = self._outputs(frame, place)
        outside = self.outside.add(encoded.outside, len(output))
        if self.drift is not None:
            self.drift.add(frame, good)
        self.filled.update(encoded.filled)
        self.unseen.update(encoded.unseen)
        self.other_zones.update(encoded.other_zones)
        if good is None:
            self.errors.add(frame, encoded.x, output, place)
        else:
            self.errors.add(frame[good], encoded.x, output, place.only(good))
        kept = [frame[column].rename(name) for name, column in self.kept.items()]
        index = frame.index if good is None else frame.index[good]
        values = self._columns(encoded.x, output, outside)
        columns = [pd.Series(v, index, name=k) for k, v in values.items()]
        return pd.concat([*kept, *(columns if good is None else [c.reindex(frame.index) for c in columns])], axis=1)

    def _columns(self, x: Floats, output: Floats, outside: Bools) -> dict[str, NDArray[np.generic]]:
        columns = _prediction_columns(self.schema, output)
        columns |= {} if self.intervals is None else self.intervals.of(x, output, outside)
        return columns | ({} if self.parts is None else self.parts.of(x))

    def report(self) -> PredictReport:
        """Report the rows predicted so far."""
        inputs = {column.name: column for column in self.schema.inputs}
        remarks = [f"empty cells of '{c}', read as {_stand_in(inputs[c])}: {n}" for c, n in self.filled.items()]
        remarks += [f"cells of '{c}' with a level that training did not have: {n}" for c, n in self.unseen.items()]
        remarks += [tell_other_zones(inputs[c], n) for c, n in self.other_zones.items()]
        remarks += self.outside.remarks()
        if self.intervals is not None and self.outside.rows:
            which = "set" if self.schema.classes else "low and high"
            remarks += [f"rows outside of what training had, which have no {which}: {self.outside.rows}"]
        notes = (*self.bad.remarks(), *self.notes, *remarks, *self.errors.remarks())
        return PredictReport(
            self.rows,
            self.bad.rejected,
            self.errors.tally.metrics(),
            notes,
            unpredicted=self.bad.unpredicted,
            unmeasured=self.errors.unmeasured,
            outside=self.outside.columns(),
            outside_share=self.outside.rows / max(self.rows - self.bad.unpredicted, 1),
            drift=() if self.drift is None else self.drift.result(self.network),
        )

    def _outputs(self, frame: pd.DataFrame, place: Place) -> tuple[Encoded, Floats, Bools | None]:
        """Encode and predict the rows that can be; also return which these are (n,), or None for all."""
        encoded, good = self._encoded(frame, place)
        with np.errstate(over="ignore", invalid="ignore"):
            output = self.network(encoded.x)
            finite = (np.abs(output) <= LARGEST).all(1)  # neither is what is no number, nor what has no square
        if finite.all():
            return encoded, output, good
        predicted = np.ones(len(frame), bool) if good is None else good.copy()
        predicted[predicted] = finite
        bad = ~predicted if good is None else good & ~predicted
        self.bad.add_infinite(bad, place)
        return self.schema.encode(frame[predicted], place.only(predicted)), output[finite], predicted

    def _encoded(self, frame: pd.DataFrame, place: Place) -> tuple[Encoded, Bools | None]:
        """Encode the rows that can be read; also return which these are (n,), or None for all."""
        self.schema.check(frame, source=place.source)
        try:
            return self.schema.encode(frame, place), None
        except DataError:
            if not self.max_bad_rows:
                raise
        good = ~self.bad.find(self.schema, frame, place)
        return self.schema.encode(frame[good], place.only(good)), good


def _stand_in(column: Column) -> str:
    """Name what stands in for missing cells of an input column."""
    if column.kind != "category":
        return "the mean"
    if column.fill:
        return f"the share of '{column.levels[1]}'"
    return "a level of their own" if column.missing else "no level at all"


def _prediction_columns(schema: Schema, output: Floats) -> dict[str, NDArray[np.generic]]:
    if schema.task == "regression":
        return {"prediction": to_digits(output[:, 0])}
    probability = to_digits(both_classes(output))
    columns: dict[str, NDArray[np.generic]] = {
        "prediction": np.array(schema.classes, object)[decided(probability, schema.emphasis)]
    }
    return columns | {f"probability_{name}": probability[:, c] for c, name in enumerate(schema.classes)}

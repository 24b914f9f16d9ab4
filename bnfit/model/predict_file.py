"""Predictions of files of any size, and another model measured on the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bnfit.files import open_whole
from bnfit.model.kept_columns import Keep
from bnfit.model.model import Model
from bnfit.model.predict import Predictions, placed
from bnfit.results.predict import PredictReport
from bnfit.table.prefetch import ahead
from bnfit.table.reader import read_chunks
from bnfit.table.types import ReadOptions
from bnfit.table.writer import check_ending, table_writer

if TYPE_CHECKING:
    from bnfit.table.types import Table

ROWS = 50_000
"""Rows of a file in memory at a time; fewer where they are wide."""


def predict_file(
    model: Model,
    data: str | Path,
    output: str | Path | BinaryIO,
    *,
    keep: Keep = (),
    interval: float | None = None,
    contributions: bool = False,
    read: ReadOptions | None = None,
    force: bool = False,
    on_progress: Callable[[float], None] | None = None,
    base: Model | None = None,
) -> PredictReport:
    """Predict a file of any size into another, in memory that does not grow with it, rows in their order.

    Args:
        model: a trained or loaded model.
        data: a path, a glob of the parts of one table, or "-" for stdin.
        output: a path, whose ending says the format (.parquet, .arrow, .csv, .tsv, also .csv.gz and the like), or an
            open binary file, which gets CSV. A path appears when it is complete.
        keep: columns of the table to carry over; a pair gives a column another name.
        interval, contributions: as for `predict_table`.
        read: what is known about how the file is written; the rest is found out. Its share of bad rows counts those
            with an input cell that cannot be read, too: they get no prediction.
        force: replace an existing file.
        on_progress: told the share that is done, from 0 to 1, where the size of the data is known.
        base: another model of the same target, to measure on the same rows.

    Raises:
        UsageError: a column to keep is not in the table, two columns would have one name, the output exists, or its
            ending says another format.
        DataError: the table cannot be read, lacks a column or holds what the model cannot take.
    """
    read = read or ReadOptions()
    predictions = Predictions(model, keep, interval, contributions, read.max_bad_rows, read.decimal)
    beside = None if base is None else Beside(model, base, read)
    name = str(output) if isinstance(output, str | Path) else ""
    check_ending(name)
    with ExitStack() as stack:
        file = stack.enter_context(open_whole(Path(output), force=force)) if isinstance(output, str | Path) else output
        write = stack.enter_context(table_writer(file, name))
        reading = read.expecting(needed_columns(model, base))
        tables: Iterable[Table] = stack.enter_context(ahead(read_chunks(data, reading, ROWS, on_progress)))
        for piece in predictions.of(tables if beside is None else beside.watch(tables)):
            write(piece)
    return replace(predictions.report(), base={} if beside is None else beside.metrics)


def needed_columns(model: Model, base: Model | None) -> frozenset[str]:
    """Return the columns that a table must have for a model, and for one that is measured beside it."""
    return model.schema.needed | (frozenset() if base is None else base.schema.needed)


class Beside:
    """Measures another model on the tables that a model predicts.

    Raises:
        UsageError: it predicts something else.
    """

    def __init__(self, model: Model, base: Model, read: ReadOptions) -> None:
        model.check_comparable(base)
        self._predictions = Predictions(base, max_bad_rows=read.max_bad_rows, decimal=read.decimal, drifts=False)

    def watch(self, tables: Iterable[Table]) -> Iterator[Table]:
        """Pass the tables on, and predict each of them."""
        for table, place in placed(tables):
            self._predictions.piece(table.frame, place)
            yield table

    @property
    def metrics(self) -> dict[str, float]:
        """Its errors on the rows so far, named as in `PredictReport`."""
        return self._predictions.errors.tally.metrics()

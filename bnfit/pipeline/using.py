"""`explain_model`, `predict_table` and `predict_file`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bnfit.errors import UsageError
from bnfit.pipeline.training import Progress
from bnfit.sources import Source, source_of

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

    import pandas as pd

    from bnfit.model import Model
    from bnfit.questions import Questions
    from bnfit.results import Explanation, PredictReport
    from bnfit.table import ReadOptions


def explain_model(
    model: Model, data: Source | pd.DataFrame | None = None, *, questions: Questions | None = None
) -> Explanation:
    """What each column matters to a model: as its file says, or measured afresh on a table with the target.

    Rows that the model was trained on are judged by the members that never saw them.

    Args:
        model: a trained or loaded model.
        data: a table with the target; None for what the file says.
        questions: what else to tell; only a table can answer what the file does not.

    Raises:
        DataError: the table lacks a column or holds what the model cannot take.
        ModelFileError: without data: the file holds no importances.
    """
    if data is None:
        return told(model, questions)
    from bnfit.fresh import explain_afresh
    from bnfit.preparing import judged
    from bnfit.questions import USUAL

    source = source_of(data)
    rows = judged(model.schema, source)
    notes = (*source.notes, *rows.notes)
    return explain_afresh(model, rows.x, rows.y, rows.weight, source.name or "the table", notes, questions or USUAL)


def told(model: Model, questions: Questions | None) -> Explanation:
    """What a file says, with the ways of switching off that were asked for.

    Raises:
        UsageError: it does not say so much.
        ModelFileError: it says nothing.
    """
    found = model.explanation()
    if questions is None:
        return found
    known = {i.baseline for entry in found.importances for i in entry.increases}
    missing = [name for name in questions.baselines if name not in known]
    if missing or questions.groups or questions.correlated is not None or questions.compare:
        what = f"the error with columns switched off by '{missing[0]}'" if missing else "groups of columns"
        what = "importances of other packages" if questions.compare else what
        raise UsageError(f"{model.called} does not hold {what}", "give a table to measure on: bnfit explain MODEL DATA")
    return replace(found, baselines=questions.baselines)


def predict_table(
    model: Model, data: Source | pd.DataFrame, keep: Sequence[str] = (), interval: float | None = None
) -> tuple[pd.DataFrame, PredictReport]:
    """Predict the target of each row.

    Args:
        model: a trained or loaded model.
        data: a table with the model's columns in any order; the target may be absent.
        keep: columns of the table to carry over.
        interval: for numbers: add `low` and `high`, between which about this share of new rows lies.

    Returns:
        The kept columns, then `prediction` (for classes also `probability_<class>`), one row for each row; and the
        errors where the target is there.

    Raises:
        UsageError: a column to keep is not in the table.
        DataError: the table lacks a column or holds what the model cannot take.
    """
    from bnfit.predicting import predict_frame

    source = source_of(data)
    return predict_frame(model, source.frame, keep, source.place, source.rejected, source.notes, interval)


def predict_file(
    model: Model,
    data: str | Path,
    output: str | Path | BinaryIO,
    *,
    keep: Sequence[str] = (),
    interval: float | None = None,
    read: ReadOptions | None = None,
    force: bool = False,
    on_progress: Progress | None = None,
) -> PredictReport:
    """Predict a file of any size into another, in memory that does not grow with it, rows in their order.

    Args:
        model: a trained or loaded model.
        data: a path, a glob of the parts of one table, or "-" for stdin.
        output: a path, whose ending says the format (.parquet, .arrow, .csv, .tsv, also .csv.gz and the like), or an
            open binary file, which gets CSV. A path appears when it is complete.
        keep: columns of the table to carry over.
        interval: as for `predict_table`.
        read: what is known about how the file is written; the rest is found out.
        force: replace an existing file.
        on_progress: told the share that is done, from 0 to 1, where the size of the data is known.

    Raises:
        UsageError: a column to keep is not in the table, the output exists, or its ending says another format.
        DataError: the table cannot be read, lacks a column or holds what the model cannot take.
    """
    from bnfit.predicting import predict_file

    return predict_file(
        model, data, output, keep=keep, interval=interval, read=read, force=force, on_progress=on_progress
    )

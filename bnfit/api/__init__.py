"""The functions behind the commands: on files and data frames; they return results and print nothing.

What is not defined here is loaded when it is first asked for, so that nobody waits for what is not used.
"""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from bnfit.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.ensemble.fit_table import fit_table, inspect_table
    from bnfit.importance.options import ImportanceOptions
    from bnfit.model.kept_columns import Keep
    from bnfit.model.model import Model, load_model, save_model
    from bnfit.model.onnx_export import export_onnx
    from bnfit.model.predict_file import predict_file
    from bnfit.results.explanation import Explanation
    from bnfit.results.predict import PredictReport
    from bnfit.table.source import Source, load_table
    from bnfit.tuning.search_table import search_table

__all__ = [
    "explain_model",
    "export_onnx",
    "fit_table",
    "inspect_table",
    "load_model",
    "load_table",
    "predict_file",
    "predict_table",
    "save_model",
    "search_table",
]
_HOMES = {
    "export_onnx": "bnfit.model.onnx_export",
    "fit_table": "bnfit.ensemble.fit_table",
    "inspect_table": "bnfit.ensemble.fit_table",
    "load_model": "bnfit.model.model",
    "load_table": "bnfit.table.source",
    "predict_file": "bnfit.model.predict_file",
    "save_model": "bnfit.model.model",
    "search_table": "bnfit.tuning.search_table",
}
"""The module of each function that is loaded on demand."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bnfit.api' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def explain_model(
    model: Model,
    data: Source | pd.DataFrame | None = None,
    *,
    questions: ImportanceOptions | None = None,
    base: Model | None = None,
) -> Explanation:
    """Explain a model: as its file says, or measured afresh on a table with the target.

    Rows that the model was trained on are predicted by the members that never saw them.

    Args:
        model: a trained or loaded model.
        data: a table with the target; None for what the file says.
        questions: what else to measure; without a table, only what the file holds.
        base: another model of the same target, to measure on the same table.

    Raises:
        UsageError: `base` predicts something else.
        DataError: the table lacks a column or holds what the model cannot take.
        ModelFileError: without data: the file holds no importances.
    """
    if data is None:
        return explain_by_file(model, questions)
    # pandas, which the file alone does not need
    from bnfit.importance.explain_model import errors_on, explain_afresh
    from bnfit.importance.options import USUAL
    from bnfit.model.drift import drift_of, drift_warnings
    from bnfit.schema.dataset import encode_test_rows
    from bnfit.table.column_names import text_named
    from bnfit.table.source import source_of

    source = source_of(data)
    schema = model.schema.with_decimal(source.decimal)
    dataset, notes = encode_test_rows(schema, source)
    notes = (*source.notes, *model.notes, *notes)
    beside = {}
    if base is not None:
        model.check_comparable(base)
        beside = errors_on(base, encode_test_rows(base.schema.with_decimal(source.decimal), source)[0])
    found = explain_afresh(model, dataset, source.name or "the table", notes, questions or USUAL)
    drift = drift_of(model, schema, text_named(source.frame)[schema.labelled(source.frame, source.place)])
    return replace(found, base=beside, drift=drift, warnings=(*found.warnings, *drift_warnings(drift)))


def explain_by_file(model: Model, questions: ImportanceOptions | None) -> Explanation:
    """Return what the model file says, with the ways of switching off that were asked for.

    Raises:
        UsageError: the file does not say so much.
        ModelFileError: the file holds no importances.
    """
    found = model.explanation()
    if questions is None:
        return found
    known = {i.baseline for entry in found.importances for i in entry.increases}
    missing = [name for name in questions.baselines if name not in known]
    unknown = questions.groups or questions.correlated is not None or questions.compare or questions.interactions
    if missing or unknown:
        what = f"the error with columns switched off by '{missing[0]}'" if missing else "groups of columns"
        what = "importances of other packages" if questions.compare else what
        what = "pairs of columns" if questions.interactions else what
        raise UsageError(f"{model.called} does not hold {what}", "give a table to measure on: bnfit explain MODEL DATA")
    return replace(found, baselines=questions.baselines)


def predict_table(
    model: Model,
    data: Source | pd.DataFrame,
    keep: Keep = (),
    interval: float | None = None,
    contributions: bool = False,
    drifts: bool = True,
) -> tuple[pd.DataFrame, PredictReport]:
    """Predict the target of each row.

    Args:
        model: a trained or loaded model.
        data: a table with the model's columns in any order; the target may be absent.
        keep: columns of the table to carry over; a pair gives a column another name.
        interval: add `low` and `high`, between which about this share of new rows lies; for classes `set`, the classes
            among which it is for about this share.
        contributions: add `base`, the prediction at the means of the training table, and `contribution_<column>`, what
            each column adds to it: their sum is the prediction, of classes the log-odds of the second class, or of the
            predicted one of several.
        drifts: whether the report tells the drift.

    Returns:
        The kept columns, then `prediction` (for classes also `probability_<class>`), one row for each row; and the
        errors where the target is there.

    Raises:
        UsageError: a column to keep is not in the table, or two columns would have one name.
        DataError: the table lacks a column or holds what the model cannot take.
    """
    from bnfit.model.predict import predict_frame  # pandas
    from bnfit.table.source import source_of

    source = source_of(data)
    return predict_frame(model, source, keep, interval, contributions, drifts)

"""Models by their files: `bnfit.load_model`, `bnfit.explain` and `bnfit.predict`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from bnfit import api
from bnfit.api.arguments import Names, names, read_options, real, renamed
from bnfit.api.models import Model, read
from bnfit.api.reports import Explanation, Prediction
from bnfit.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.table.source import Source

ModelOrPath = Model | str | os.PathLike[str]


def load_model(path: str | os.PathLike[str], *, trust_model: bool = False) -> Model:
    """Read a model file that bnfit wrote. This needs no TensorFlow.

    Args:
        path: the file.
        trust_model: let Keras load the file even if it may run code of its author's; otherwise none of it runs.

    Raises:
        bnfit.ModelFileError: it is none, is damaged, or was written in an earlier or later format.
    """
    return Model(api.load_model(path, trust=trust_model))


def explain(
    model: ModelOrPath,
    data: Any = None,
    *,
    where: str | None = None,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
    baseline: Names = None,
    group_columns: Mapping[str, Names] | None = None,
    group_correlated: float | None = None,
    compare: bool = False,
    target: str | None = None,
    features: Names = None,
    classes: Names = None,
    nodes: bool = False,
    interactions: bool = False,
    trust_model: bool = False,
) -> Explanation:
    """Tell how much each column matters to a model: by γ, and by the error with the column switched off.

    Args:
        model: a model, or the path of one; with `target` any of Keras.
        data: a table with the target to measure on; None for what training measured.
        target: for a model that bnfit did not make: the column that it predicts.
        features: with `target`: the model's columns in the model's order; None for all but the target.
        classes: with `target`: the classes in the order of the model's outputs; None for their sorted order.
        trust_model: as for `load_model`.
        where, delimiter, quote, header, encoding, decimal, na, max_bad_rows: as for `bnfit.fit`.
        baseline, group_columns, group_correlated, compare, nodes, interactions: as for `Model.explain`.

    Raises:
        UsageError: a value cannot be used, or needs a table.
        DataError: the table lacks a column or holds what the model cannot take.
        bnfit.ModelFileError: the file is no model, or without a table: it holds no importances.
    """
    reading = read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    if target is not None:
        inputs = names(features, "features")
        data = None if data is None else read(data, where, reading.expecting((target, *inputs)))
        how = {"features": inputs, "classes": names(classes, "classes"), "trust": trust_model}
        loaded = _foreign(model, data, target, how)
    elif features is not None or classes is not None:
        what = "features" if features is not None else "classes"
        raise UsageError(f"`{what}` goes with `target`, for a model that bnfit did not make")
    else:
        loaded = _loaded(model, trust_model)
    return loaded.explain(
        data,
        where=where,
        delimiter=delimiter,
        quote=quote,
        header=header,
        encoding=encoding,
        decimal=decimal,
        na=na,
        max_bad_rows=max_bad_rows,
        baseline=baseline,
        group_columns=group_columns,
        group_correlated=group_correlated,
        compare=compare,
        nodes=nodes,
        interactions=interactions,
    )


def _loaded(model: ModelOrPath, trust_model: bool) -> Model:
    return model if isinstance(model, Model) else load_model(model, trust_model=trust_model)


def _foreign(model: ModelOrPath, source: Source | None, target: str, how: dict[str, Any]) -> Model:
    """Load a model that bnfit did not make; its schema comes from the table."""
    if source is None:
        raise UsageError("`target` needs a table", "give one after the model")
    if isinstance(model, Model):
        raise UsageError("`target` is for the file of a model that bnfit did not make", "leave it out")
    from bnfit.model.foreign import foreign_model  # pandas

    return Model(foreign_model(model, source, target, **how))


@overload
def predict(
    model: ModelOrPath,
    data: Any,
    *,
    output: None = None,
    keep: Names | Mapping[str, str] = None,
    interval: float | None = None,
    contributions: bool = False,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
    force: bool = False,
    trust_model: bool = False,
) -> pd.DataFrame: ...
@overload
def predict(
    model: ModelOrPath,
    data: str | os.PathLike[str],
    *,
    output: str | os.PathLike[str],
    keep: Names | Mapping[str, str] = None,
    interval: float | None = None,
    contributions: bool = False,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
    force: bool = False,
    trust_model: bool = False,
) -> Prediction: ...
def predict(
    model: ModelOrPath,
    data: Any,
    *,
    output: str | os.PathLike[str] | None = None,
    keep: Names | Mapping[str, str] = None,
    interval: float | None = None,
    contributions: bool = False,
    delimiter: str | None = None,
    quote: str | None = None,
    header: bool | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    na: Names = None,
    max_bad_rows: float = 0.01,
    force: bool = False,
    trust_model: bool = False,
) -> pd.DataFrame | Prediction:
    """Predict the target of each row of a table, which needs no TensorFlow.

    Args:
        model: a model, or the path of one.
        data: rows with the model's columns, in any order; the target may be absent.
        output: the file to write: .csv, .tsv, each also with .gz and the like, .parquet, .arrow. The table is a file
            then, which may be larger than the memory.
        keep: columns of the table to carry over; a mapping gives each its new name.
        interval: add `low` and `high`, between which about this share of new rows lies; for classes `set`, the classes
            among which it is for about this share.
        contributions: add `base`, the prediction at the means of the training table, and `contribution_<column>`, what
            each column adds to it: their sum is the prediction, of classes the log-odds of the second class, or of the
            predicted one of several.
        delimiter, quote, header, encoding, decimal, na, max_bad_rows: as for `bnfit.fit`.
        force: replace an existing output.
        trust_model: as for `load_model`.

    Returns:
        The kept columns, then `prediction` (for classes also `probability_<class>`), one row for each row; with
        `output` what was written.

    Raises:
        UsageError: a value cannot be used, a column to keep is not there, two columns would have one name, or the
            output exists.
        DataError: the table lacks a column or holds what the model cannot take.
        bnfit.ModelFileError: the file is no model.
    """
    reading = read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    loaded, kept, level = _loaded(model, trust_model).core, renamed(keep, "keep"), real(interval, "interval")
    if output is None:
        reading = reading.expecting(loaded.schema.needed)
        return api.predict_table(loaded, read(data, None, reading), kept, level, contributions, drifts=False)[0]
    if not isinstance(data, str | os.PathLike):
        raise UsageError("`output` is for a table in a file", "leave it out, and write the frame that comes back")
    path = os.fspath(data)
    report = api.predict_file(
        loaded,
        path,
        Path(output),
        keep=kept,
        interval=level,
        contributions=contributions,
        read=reading,
        force=force,
    )
    return Prediction(report)

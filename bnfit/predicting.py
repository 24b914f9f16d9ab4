"""Predictions for data frames: numbers, or classes with their probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.explaining import both_classes
from bnfit.metrics import classification_metrics, regression_metrics
from bnfit.model import Model
from bnfit.results import PredictReport
from bnfit.schema import Schema
from bnfit.schema.names import require_known

Floats = NDArray[np.floating]

LOSSES = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "categorical_crossentropy"}
"""The loss of each task."""


def target_matrix(schema: Schema, target: NDArray[np.generic]) -> Floats:
    """The target (n,) as what a network puts out (n, o): values, the second class's 0/1, or one column a class."""
    if schema.task == "multiclass":
        return np.asarray(np.eye(len(schema.classes))[target.astype(int)])
    return np.asarray(target, float)[:, None]


def predict_frame(
    model: Model,
    frame: pd.DataFrame,
    keep: Sequence[str],
    name: str,
    lines: NDArray[np.int64] | None,
    rejected: int,
    notes: tuple[str, ...],
) -> tuple[pd.DataFrame, PredictReport]:
    """See `bnfit.pipeline.predict_table`."""
    require_known(keep, [str(column) for column in frame.columns], name)
    schema = model.schema
    encoded = schema.encode(frame, source=name, lines=lines)
    output = model.network(encoded.x)
    out = pd.DataFrame({column: frame[column] for column in keep}, index=frame.index)
    for column, values in _prediction_columns(schema, output).items():
        out[column] = values
    remarks = [f"{count} cells of '{c}' were empty; the mean stands in" for c, count in encoded.filled.items()]
    remarks += [
        f"{count} cells of '{c}' hold a level that training did not have" for c, count in encoded.unseen.items()
    ]
    report = PredictReport(len(frame), rejected, _errors(schema, frame, output, name, lines), (*notes, *remarks))
    return out, report


def _prediction_columns(schema: Schema, output: Floats) -> dict[str, NDArray[np.generic]]:
    if schema.task == "regression":
        return {"prediction": output[:, 0]}
    probability = both_classes(output)
    columns: dict[str, NDArray[np.generic]] = {"prediction": np.array(schema.classes, object)[probability.argmax(1)]}
    return columns | {f"probability_{name}": probability[:, c] for c, name in enumerate(schema.classes)}


def _errors(
    schema: Schema, frame: pd.DataFrame, output: Floats, name: str, lines: NDArray[np.int64] | None
) -> dict[str, float]:
    """Errors on the rows that have a target; empty where none has, or the column is absent."""
    if schema.target.name not in frame.columns:
        return {}
    known = schema.labelled(frame, source=name, lines=lines)
    if not known.any():
        return {}
    target = schema.encode_target(frame[known], source=name, lines=None if lines is None else lines[known])
    y, said = target_matrix(schema, target), output[known]
    if schema.task == "regression":
        return regression_metrics(y[:, 0], said[:, 0], np.full(len(y), y.mean()))
    return classification_metrics(both_classes(y), both_classes(said))

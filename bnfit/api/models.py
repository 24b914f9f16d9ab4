"""Models as users hold them: `bnfit.Model`."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit import api
from bnfit.api.arguments import Names, questions, read_options
from bnfit.api.reports import Explanation, Export, Importances, Leaderboard, Nodes, Report, Statistics, Training
from bnfit.errors import UsageError
from bnfit.results.fit import FitReport
from bnfit.results.search import SearchReport

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from bnfit.importance.options import ImportanceOptions
    from bnfit.model import model as core
    from bnfit.report.blocks import Block
    from bnfit.schema.schema import Schema
    from bnfit.table.source import Source
    from bnfit.table.types import ReadOptions

REJECTED = 3
"""Rows of a file that are named in a warning that they could not be read."""


class Model(Report):
    """A trained or loaded model. `bnfit.fit`, `bnfit.search` and `bnfit.load_model` make one.

    It shows itself with its errors and importances. It can be pickled.

    Attributes:
        core: the model as functions of `bnfit.api` take it.
    """

    def __init__(self, core: core.Model, result: FitReport | SearchReport | None = None) -> None:
        self.core = core
        self._result = result

    @property
    def schema(self) -> Schema:
        """How a table becomes the network's input: `schema.encode(frame).x`, of columns `schema.features`."""
        return self.core.schema

    @property
    def target(self) -> str:
        """Name of the column that it predicts."""
        return self.core.schema.target.name

    @property
    def task(self) -> str:
        """What it predicts: "regression", "binary" or "multiclass"."""
        return self.core.schema.task

    @property
    def classes(self) -> tuple[str, ...]:
        """The target's classes, in the order of `predict_proba`; empty for numbers."""
        return self.core.schema.classes

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it takes, in the table's order."""
        return tuple(column.name for column in self.core.schema.inputs)

    @property
    def metrics(self) -> dict[str, float]:
        """Its error on rows that it never saw, named as in docs/json.md: `mse`, `r2`, `log_loss`, `accuracy`, ...

        Raises:
            ModelFileError: its file does not say.
        """
        return dict(self.core.explanation().metrics)

    @property
    def importances(self) -> Importances:
        """Importance of each column, as training measured it; see `explain`."""
        return self.explain().importances

    @property
    def statistics(self) -> Statistics:
        """The first layer's moving mean and standard deviation of each input."""
        return self.explain().statistics

    @property
    def leaderboard(self) -> Leaderboard:
        """The candidates of the search that found it.

        Raises:
            UsageError: no search did.
        """
        if isinstance(self._result, SearchReport):
            return Leaderboard(self._result)
        fit, search = self._fit(), self.core.metadata.search
        if search is None or fit is None:
            raise UsageError("no search found this model, so that it has no leaderboard", "bnfit.search makes one")
        of_fit: dict[str, Any] = {
            "folds": fit.folds,
            "recipe": fit.recipe,
            "seed": fit.seed,
            "seconds": 0.0,
            "fit": fit,
        }
        return Leaderboard(SearchReport(search.leaderboard, (), trainings=0, **of_fit))

    @property
    def report(self) -> Training | Explanation:
        """What its training found out; of a model that bnfit did not train, what its file says.

        Raises:
            ModelFileError: its file does not say.
        """
        result = self._result or self._fit()
        if result is None:
            return self.explain()
        return Training(result, self.core.metadata.curves, self.core.metadata.out_of_fold)

    def predict(self, data: Any) -> NDArray[Any]:
        """Predict the target of each row, each by itself.

        Args:
            data: n rows with the model's columns, in any order where they have names: a frame, an array, a path.

        Returns:
            Numbers, or classes, (n,).

        Raises:
            DataError: a column is missing, or a cell cannot be read.
        """
        return self._predicted(data)["prediction"].to_numpy()

    def predict_proba(self, data: Any) -> NDArray[np.float64]:
        """Predict the probability of each class.

        Args:
            data: as for `predict`.

        Returns:
            Probabilities (n, c), in the order of `classes`.

        Raises:
            UsageError: the model predicts numbers.
            DataError: a column is missing, or a cell cannot be read.
        """
        if not self.classes:
            raise UsageError(f"'{self.target}' is a number: the model has no probabilities")
        return self._predicted(data)[[f"probability_{name}" for name in self.classes]].to_numpy(float)

    def explain(
        self,
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
        nodes: bool = False,
        interactions: bool = False,
    ) -> Explanation:
        """Tell how much each column matters: by γ, and by the error with the column switched off.

        Args:
            data: a table with the target to measure on; None for what training measured.
            where, delimiter, quote, header, encoding, decimal, na, max_bad_rows: as for `bnfit.fit`.
            baseline: ways to switch a column off, with intervals: "zero", "mean", "permute", "conditional".
            group_columns: name -> columns to switch off together.
            group_correlated: switch columns off together that correlate at least so much.
            compare: put scikit-learn's permutation importance and SHAP values beside; needs a table.
            nodes: switch hidden nodes off too, in normalised layers; needs a table.
            interactions: measure which pairs of columns act together; needs a table.

        Raises:
            UsageError: a value cannot be used, or needs a table.
            DataError: the table lacks a column or holds what the model cannot take.
            bnfit.ModelFileError: without a table: the model's file holds no importances.
        """
        asked = questions(baseline, group_columns, group_correlated, compare, interactions=interactions)
        reading = read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
        if data is None:
            wanted = {"where": where, "compare": compare, "nodes": nodes, "interactions": interactions}
            return self._explained(None, asked, wanted)
        if compare:
            from bnfit.importance.compare import check_installed  # numpy

            check_installed()
        source = read(data, where, reading.expecting(self.core.schema.needed))
        return self._explained(source, asked, {"nodes": nodes})

    def save(self, path: str | os.PathLike[str], *, force: bool = False, no_rows: bool = False) -> None:
        """Write the model file, which stock Keras loads too.

        Args:
            path: the file, ending in .keras.
            force: replace an existing file.
            no_rows: leave targets, predictions and keys of training rows out; `explain` then cannot tell these rows
                from others.

        Raises:
            UsageError: the file exists, or cannot be written.
        """
        api.save_model(self.core, path, force=force, keep_rows=not no_rows)

    def export(self, path: str | os.PathLike[str], data: Any = None, *, force: bool = False) -> Export:
        """Write the model as ONNX, from the raw columns by name to the prediction, after running it beside the model.

        Args:
            path: the file, ending in .onnx.
            data: a table to compare on; None for rows drawn from what the model knows of its columns.
            force: replace an existing file.

        Raises:
            UsageError: the file exists, has another ending, or a package is not installed.
            DataError: the table lacks a column or holds what the model cannot take.
            bnfit.ModelFileError: the model cannot be carried over.
        """
        source = None if data is None else read(data, None, read_options().expecting(self.core.schema.needed))
        return Export(api.export_onnx(self.core, Path(path), source, force=force))

    def plot(self) -> Figure:
        """Draw its training: losses by epoch, and predictions of rows that its members never saw."""
        return self.report.plot()

    def blocks(self) -> list[Block]:
        """Return what it says, as `bnfit.report` lays it out."""
        return self.report.blocks()

    def __repr__(self) -> str:
        known = self.core.metadata
        label = "" if known.fit is None else f" by {known.fit.architecture}"
        measured = {} if known.explanation is None else known.explanation.metrics
        name = next((name for name in ("r2", "accuracy") if name in measured), None)
        return f"<bnfit.Model of {self.target}{label}{f', {name} {measured[name]:.3f}' if name else ''}>"

    def _fit(self) -> FitReport | None:
        """The report of the training, as far as the model's file has it."""
        known = self.core.metadata
        if known.fit is None or known.explanation is None:
            return None
        return FitReport(**vars(known.fit), explanation=known.explanation, seconds=0.0)

    def _explained(self, source: Source | None, asked: ImportanceOptions, wanted: Mapping[str, Any]) -> Explanation:
        """Explain the model on a table, or by its file."""
        for name, value in wanted.items():
            if source is None and value:
                raise UsageError(f"`{name}` needs a table", "give one after the model")
        measured = api.explain_model(self.core, source, questions=asked)
        nodes = None
        if source is not None and wanted["nodes"]:
            from bnfit.importance.nodes import node_table  # numpy

            nodes = Nodes(node_table(self.core, source))
        inputs = self.core.schema.inputs
        return Explanation(measured, tuple(inputs[origin].name for origin in self.core.schema.origins), nodes)

    def _predicted(self, data: Any) -> pd.DataFrame:
        reading = read_options().expecting(self.core.schema.needed)
        frame, _ = api.predict_table(self.core, read(data, None, reading), drifts=False)
        return frame


def read(data: Any, where: str | None = None, reading: ReadOptions | None = None) -> Source:
    """Read a table, and warn of its rows that could not be read; see `bnfit.table.frames.table_of`."""
    from bnfit.table.frames import table_of  # pandas

    source = table_of(data, where, reading)
    if source.rejected:
        left = "1 row is" if source.rejected == 1 else f"{source.rejected} rows are"
        rows = [f"line {row.line}: {row.reason}" for row in source.rejected_rows[:REJECTED]]
        more = "; ..." if source.rejected > REJECTED else ""
        warnings.warn(f"{left} left out of {source.name}, unreadable: {'; '.join(rows)}{more}", stacklevel=4)
    return source

"""Results as users hold them: they show themselves, also in a notebook, and give data frames and figures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from bnfit.results.explanation import Explanation as Measured
from bnfit.results.explanation import Importance, NodeImportance
from bnfit.results.export import ExportReport
from bnfit.results.fit import FitReport, LossCurves, OutOfFoldPredictions
from bnfit.results.predict import PredictReport
from bnfit.results.search import LeaderboardRow, SearchReport

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from bnfit.report.blocks import Block


class Report(ABC):
    """A result that shows itself as the command line prints it: as text, and in a notebook as HTML."""

    @abstractmethod
    def blocks(self) -> list[Block]:
        """Return what it says, as `bnfit.report` lays it out."""

    def __repr__(self) -> str:
        from bnfit.report.terminal import to_text  # rich

        return to_text(self.blocks())

    def _repr_html_(self) -> str:
        from bnfit.report.html.blocks import to_html  # the layout, which few ask for

        return to_html(self.blocks())


class Rows(ABC):
    """A table of results, which shows itself as its data frame does."""

    @abstractmethod
    def to_frame(self) -> pd.DataFrame:
        """Return one row for each entry, sorted; columns are named as in docs/json.md."""

    def __repr__(self) -> str:
        return self.to_frame().to_string()

    def _repr_html_(self) -> str:
        return self.to_frame().to_html(border=0)


@dataclass(frozen=True, repr=False)
class Importances(Rows):
    """Importances of columns.

    Attributes:
        explanation: what they were measured with.
        entries: the importances, in any order.
    """

    explanation: Measured
    entries: tuple[Importance, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each column, sorted by γ, the largest first; without a γ by the error.

        Columns are those of `bnfit.results.explanation.Importance` that hold anything. Each way of switching off that
        was asked for adds `<way>_increase`, its 95 % interval `<way>_low` and `<way>_high`, and `<way>_p`.
        """
        entries = sorted(self.entries, key=_unimportance)
        asked = self.explanation.baselines
        return _frame([_flat(entry, asked) for entry in entries], kept=("column", "gamma"))

    def plot(self) -> Figure:
        """Draw γ with its spread, and the error with each column switched off."""
        from bnfit.report.figures.save import draw  # matplotlib

        return draw(self.explanation)


@dataclass(frozen=True, repr=False)
class Effects(Rows):
    """How the prediction changes along the columns.

    Attributes:
        explanation: which holds them, those of the largest γ first.
    """

    explanation: Measured

    def to_frame(self) -> pd.DataFrame:
        """Return `column`, `of` (a class), `at` (a value or a level), `change` and `se` of each point."""
        rows = [
            {"column": e.column, "of": e.of or None, "at": at, "change": change, "se": se}
            for e in self.explanation.effects
            for at, change, se in zip(e.levels or e.at, e.change, e.se or [None] * len(e.change), strict=True)
        ]
        return _frame(rows, kept=("column", "at", "change"))


@dataclass(frozen=True, repr=False)
class Statistics(Rows):
    """Statistics of the first layer.

    Attributes:
        explanation: which holds them, in the order of the network's inputs.
        columns: the table's column that each input was made of.
    """

    explanation: Measured
    columns: tuple[str, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return `input`, `column`, `mean` and `sd` of each input of the network, those of the largest γ first."""
        order = {e.column: place for place, e in enumerate(sorted(self.explanation.importances, key=_unimportance))}
        entries = zip(self.columns, self.explanation.statistics, strict=True)
        found = sorted(entries, key=lambda entry: order.get(entry[0], len(order)))
        rows = [{"input": s.column, "column": column, "mean": s.mean, "sd": s.sd} for column, s in found]
        return _frame(rows, kept=("input", "column", "mean", "sd"))


@dataclass(frozen=True, repr=False)
class Leaderboard(Rows):
    """Candidates of a search, and references.

    Attributes:
        report: of the search.
    """

    report: SearchReport

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each candidate, the best first, then the references.

        Columns are those of `bnfit.results.search.LeaderboardRow` that hold anything.
        """
        rows = sorted(self.report.leaderboard, key=_place)
        frame = _frame([asdict(row) for row in rows], kept=("rank", "architecture"))
        return frame.astype({"rank": "Int64"})

    def plot(self) -> Figure:
        """Draw the best candidates with standard errors, and all of them by their number of weights."""
        from bnfit.report.figures.save import draw  # matplotlib

        return draw(self.report)


@dataclass(frozen=True, repr=False)
class Nodes(Rows):
    """Importances of hidden nodes.

    Attributes:
        entries: the nodes, layer by layer.
    """

    entries: tuple[NodeImportance, ...]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each node, sorted by γ, the largest first."""
        rows = [asdict(node) for node in sorted(self.entries, key=lambda node: -node.gamma)]
        return _frame(rows, kept=("layer", "node"))


@dataclass(frozen=True, repr=False)
class Explanation(Report):
    """How much each column matters to a model, and how far to believe it.

    Attributes:
        result: all that was measured.
        input_columns: the table's column that each input of the network was made of.
        nodes: importances of hidden nodes; None where nobody asked.
    """

    result: Measured
    input_columns: tuple[str, ...]
    nodes: Nodes | None = None

    @property
    def metrics(self) -> dict[str, float]:
        """The model's error on rows it never saw, named as in docs/json.md: `mse`, `r2`, `log_loss`, `accuracy`, ..."""
        return dict(self.result.metrics)

    @property
    def importances(self) -> Importances:
        """Importance of each column."""
        return Importances(self.result, self.result.importances)

    @property
    def groups(self) -> Importances:
        """Importance of columns that were switched off together."""
        return Importances(self.result, self.result.groups)

    @property
    def statistics(self) -> Statistics:
        """The first layer's moving mean and standard deviation."""
        return Statistics(self.result, self.input_columns)

    @property
    def effects(self) -> Effects:
        """How the prediction changes along each column."""
        return Effects(self.result)

    @property
    def interactions(self) -> pd.DataFrame:
        """Pairs of columns that act together: `first`, `second`, `h` and `size`, the strongest first."""
        return _frame([asdict(pair) for pair in self.result.interactions or ()], kept=("first", "second", "h", "size"))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What puts the errors or the importances in doubt, the worst first."""
        return self.result.warnings

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks that a reader should know."""
        return self.result.notes

    def to_frame(self) -> pd.DataFrame:
        """Return the importances; see `Importances.to_frame`."""
        return self.importances.to_frame()

    def plot(self) -> Figure:
        """Draw the importances; see `Importances.plot`."""
        return self.importances.plot()

    def blocks(self) -> list[Block]:
        return _laid_out(self.result)


@dataclass(frozen=True, repr=False)
class Training(Report):
    """What a training found out.

    Attributes:
        result: the report of `fit`, or of `search`.
        curves: losses by epoch of each member.
        out_of_fold: targets beside predictions of members that never saw them; None where they are not known.
    """

    result: FitReport | SearchReport
    curves: tuple[LossCurves, ...] = ()
    out_of_fold: OutOfFoldPredictions | None = None

    def plot(self) -> Figure:
        """Draw the losses by epoch and the predictions out of fold; of a search the candidates."""
        from bnfit.report.figures.save import draw  # matplotlib

        return draw(self.result, self.curves, self.out_of_fold)

    def blocks(self) -> list[Block]:
        return _laid_out(self.result)


@dataclass(frozen=True, repr=False)
class Prediction(Report):
    """Predictions that were written to a file.

    Attributes:
        result: how many rows, and the errors where the target is there.
    """

    result: PredictReport

    @property
    def metrics(self) -> dict[str, float]:
        """Errors of the predictions, named as in docs/json.md; empty where the table lacks the target."""
        return dict(self.result.metrics)

    def blocks(self) -> list[Block]:
        return _laid_out(self.result)


@dataclass(frozen=True, repr=False)
class Export(Report):
    """A model that was written as ONNX.

    Attributes:
        result: what it takes and returns, and how far it is from the model.
    """

    result: ExportReport

    def blocks(self) -> list[Block]:
        return _laid_out(self.result)


def _laid_out(result: Measured | FitReport | SearchReport | PredictReport | ExportReport) -> list[Block]:
    from bnfit.report.content import blocks_of  # the layout, which few ask for

    return blocks_of(result)


def _unimportance(entry: Importance) -> tuple[bool, float, float]:
    """Sort key: the largest γ first, those without one last, by the error with the column at 0."""
    return entry.gamma is None, -(entry.gamma or 0.0), -entry.mspe_zero


def _place(row: LeaderboardRow) -> tuple[bool, bool, float]:
    """Sort key: by rank, then candidates without one, then references."""
    return row.reference is not None, row.rank is None, row.rank or 0


def _flat(entry: Importance, asked: Sequence[str]) -> dict[str, Any]:
    """Return the fields of an importance as one row, with the increases that were asked for."""
    row = {field.name: getattr(entry, field.name) for field in fields(entry) if field.name != "increases"}
    for increase in entry.increases:
        if increase.baseline in asked:
            ends = {"increase": increase.increase, "low": increase.low, "high": increase.high, "p": increase.p}
            row |= {f"{increase.baseline}_{end}": value for end, value in ends.items()}
    return row


def _frame(rows: Sequence[dict[str, Any]], kept: Iterable[str]) -> pd.DataFrame:
    """Return rows as a frame, without columns that hold nothing, save those to keep."""
    import pandas as pd  # pandas, which a report that is only printed does without

    frame = pd.DataFrame(rows, columns=list(rows[0]) if rows else list(kept))
    empty = [name for name in frame if frame[name].isna().all() and name not in set(kept)]
    return frame.drop(columns=empty).infer_objects()

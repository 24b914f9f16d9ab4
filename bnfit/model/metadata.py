"""Metadata of a model, beside its schema: the content of `bnfit.json`, written and strictly read."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import ModelFileError
from bnfit.evaluation.conformal import ErrorScores
from bnfit.model.training_rows import TrainingRows
from bnfit.population.recipe import Recipe
from bnfit.results.decode import decode
from bnfit.results.explanation import Explanation
from bnfit.results.fit import FitReport, LatestRows, LossCurves, OutOfFoldPredictions
from bnfit.results.gamma import Gamma
from bnfit.results.search import CorrectedError, LeaderboardRow, Saved
from bnfit.results.versions import installed_versions
from bnfit.schema.schema import Schema

FORMAT = 2
"""Number of the form of `bnfit.json`; it goes up when files of before can no longer be read."""
DAMAGED = "copy or save the file again"


@dataclass(frozen=True)
class FitSummary:
    """The training that made the model: the fields of `FitReport` that depend on neither clock nor table report."""

    target: str
    architecture: str
    arm: str
    weights: int
    members: int
    folds: int
    recipe: str
    seed: int
    task: str = "regression"
    linear_gain: float | None = None
    linear_gain_se: float | None = None
    linear_share: float = 0.0
    norm: str | None = None
    later: LatestRows | None = None

    @classmethod
    def of(cls, report: FitReport) -> FitSummary:
        """Take the fields from a report."""
        return cls(**{part.name: getattr(report, part.name) for part in fields(cls)})


@dataclass(frozen=True)
class MemberFolds:
    """For each member of the network the fold it never saw; none for a network trained on all rows."""

    folds: tuple[int, ...]


@dataclass(frozen=True)
class GammaValues:
    """What of `bnfit.results.gamma.Gamma` the network alone does not tell, as plain numbers; c columns, j judges."""

    gamma: tuple[float, ...] | None = None
    gammas: tuple[tuple[float, ...], ...] | None = None
    raws: tuple[tuple[float, ...], ...] | None = None
    se: tuple[float, ...] | None = None

    @classmethod
    def of(cls, gamma: Gamma) -> GammaValues:
        """Take the numbers out of the arrays."""
        return cls(_numbers(gamma.gamma), _number_rows(gamma.gammas), _number_rows(gamma.raws), _numbers(gamma.se))

    def arrays(self) -> Gamma:
        """Make arrays of the numbers."""
        known = (self.gamma, self.gammas, self.raws, self.se)
        return Gamma(*(None if values is None else np.array(values, float) for values in known))


@dataclass(frozen=True)
class SearchSummary:
    """The search that found the model.

    Attributes:
        leaderboard, saved, corrected: as in `SearchReport`; files of earlier versions have the leaderboard alone.
    """

    leaderboard: tuple[LeaderboardRow, ...]
    saved: Saved | None = None
    corrected: CorrectedError | None = None


@dataclass(frozen=True)
class Metadata:
    """Metadata of a model; a field that the file does not hold is None or empty.

    Nothing in it depends on the time or the machine's speed. The schema, which stands beside it in the file, is the
    model's own.

    Attributes:
        versions: of bnfit and of what it ran on.
        fit: the training that made the model.
        recipe: how its members were trained.
        members: which fold each member never saw.
        rows: the training rows by key; None also for large tables.
        means: the mean of each encoded column in the training rows (k,).
        gamma: γ of the original columns.
        explanation: error and importances as `fit` measured them.
        curves: losses by epoch of each member.
        errors: what prediction intervals and sets are made of.
        out_of_fold: targets beside predictions out of fold; None also for classes and large tables.
        search: the search, for a model that one found.
    """

    versions: dict[str, str | None] = field(default_factory=dict)
    fit: FitSummary | None = None
    recipe: Recipe | None = None
    members: MemberFolds | None = None
    rows: TrainingRows | None = None
    means: tuple[float, ...] | None = None
    gamma: GammaValues | None = None
    explanation: Explanation | None = None
    curves: tuple[LossCurves, ...] = ()
    errors: ErrorScores | None = None
    out_of_fold: OutOfFoldPredictions | None = None
    search: SearchSummary | None = None


def fit_metadata(
    report: FitReport,
    recipe: Recipe,
    member_folds: Sequence[int],
    rows: TrainingRows | None,
    curves: Sequence[tuple[Floats, Floats]],
    means: Floats,
    gamma: Gamma,
) -> Metadata:
    """Gather what a training leaves in the file.

    Args:
        report: the report of the training.
        recipe: how members were trained.
        member_folds: the fold that each member never saw.
        rows: the training rows.
        curves: training loss and judged loss of each member, (epochs,) each.
        means: the mean of each encoded column (k,).
        gamma: γ of the original columns.
    """
    return Metadata(
        versions=installed_versions(),
        fit=FitSummary.of(report),
        recipe=recipe,
        members=MemberFolds(tuple(member_folds)),
        rows=rows,
        means=_numbers(means),
        gamma=GammaValues.of(gamma),
        explanation=report.explanation,
        curves=tuple(LossCurves(_six_digits(loss), _six_digits(judged)) for loss, judged in curves),
    )


def to_document(metadata: Metadata, schema: Schema) -> dict[str, Any]:
    """Make the content of `bnfit.json`: values that JSON knows, without what is None."""
    said = _without_none(vars(metadata))
    document = {name: _plain(value) for name, value in said.items() if name not in ("rows", "gamma")}
    if metadata.rows is not None:
        document["rows"] = {k: base64.b64encode(v).decode() for k, v in vars(metadata.rows).items()}
    if metadata.gamma is not None:
        document["gamma"] = _without_none(vars(metadata.gamma))
    return {"format": FORMAT, "schema": schema.to_json(), **document}


def from_document(document: Mapping[str, Any]) -> Metadata:
    """Read what `to_document` made.

    Raises:
        ModelFileError: a value is not of the type that `Metadata` says, or a field is unknown.
    """
    own = _with_linear_errors({name: value for name, value in document.items() if name not in ("format", "schema")})
    try:
        return decode(own, Metadata)
    except ValueError as error:  # also an error of our own that a value's check raised, whose hint is a second line
        what = "; ".join(str(error).splitlines())
        raise ModelFileError(f"bnfit.json is damaged: {what}", DAMAGED) from error


def _with_linear_errors(document: dict[str, Any]) -> dict[str, Any]:
    """Put the linear model's errors where they stand now; earlier versions wrote them beside the training."""
    fit, explanation = document.get("fit"), document.get("explanation")
    if not isinstance(fit, dict) or "linear" not in fit:
        return document
    trained = {name: value for name, value in fit.items() if name != "linear"}
    measured = {"linear": fit["linear"], **explanation} if isinstance(explanation, dict) else explanation
    return document | {"fit": trained} | ({} if measured is None else {"explanation": measured})


def check_format(document: Mapping[str, Any], name: str) -> None:
    """Refuse the metadata of an earlier or a later bnfit.

    Args:
        document: the content of `bnfit.json`.
        name: the file's, for the message.

    Raises:
        ModelFileError: saying what to do.
    """
    number = document.get("format", FORMAT)
    if type(number) is not int:
        raise ModelFileError(f"'{name}': bnfit.json is damaged: its format is no number", DAMAGED)
    if number > FORMAT:
        raise ModelFileError(f"'{name}' was written by a later bnfit", "update bnfit to read it")
    if number < FORMAT:
        versions = document.get("versions")
        made_by = versions.get("bnfit") if isinstance(versions, dict) else None
        maker = f"bnfit {made_by}" if isinstance(made_by, str) else "an earlier bnfit"
        raise ModelFileError(f"'{name}' was made by {maker}, in a form that is no longer read", "fit again")


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _numbers(values: Floats | None) -> Any:
    return None if values is None else tuple(values.tolist())


def _number_rows(values: Floats | None) -> tuple[tuple[float, ...], ...] | None:
    return None if values is None else tuple(map(tuple, values.tolist()))


def _six_digits(values: Floats) -> tuple[float | None, ...]:
    return tuple(float(f"{value:.6g}") if np.isfinite(value) else None for value in values)

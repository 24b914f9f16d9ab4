"""Gates: conditions such as `r2 < 0.8` or `mse > 1.05 * base.mse` on the figures of a report."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from bnfit.errors import UsageError, similar
from bnfit.report.blocks import number
from bnfit.results.explanation import Explanation
from bnfit.results.fit import FitReport
from bnfit.results.gates import GateResult
from bnfit.results.predict import PredictReport
from bnfit.results.search import SearchReport

METRICS = {
    "regression": ("mse", "rmse", "mae", "r2"),
    "classes": ("log_loss", "brier", "ece", "accuracy", "balanced_accuracy", "roc_auc"),
}
"""Names of errors by the kind of target."""
WITH_INTERVALS = ("mse", "rmse", "mae", "r2", "log_loss", "accuracy")
WORSE, REJECTED, OUTSIDE, CORRECTED, GAMMA, BASE, DRIFT = (
    "worse-than-linear",
    "rejected",
    "outside",
    "corrected",
    "gamma",
    "base",
    "drift",
)
COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "<": operator.lt,
    ">": operator.gt,
}
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_NAME = r"[a-z][a-z0-9_.-]*(?:\[(?:\"[^\"]*\"|'[^']*'|[^\]]*)\])?"
_GATE = re.compile(
    rf"\s*(?P<name>{_NAME})\s*(?:(?P<how><=|>=|==|<|>)\s*(?:(?P<factor>{_NUMBER})\s*(?:\*\s*(?P<of>{_NAME}))?|(?P<other>{_NAME})))?\s*"
)
_HINT = "write it as 'r2 < 0.8', 'gamma[Upos] < gamma[PP]', 'mse > 1.05 * base.mse' or 'worse-than-linear'"


@dataclass(frozen=True)
class Gate:
    """A condition to fail on: `name` compared with `factor`, or with `factor` times the figure `other`.

    Attributes:
        expression: as it was written.
        name: of a figure; see `figures`.
        how: one of `COMPARISONS`.
        factor: the number on the right.
        other: the figure on the right; empty for a number alone.
    """

    expression: str
    name: str
    how: str
    factor: float
    other: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The figures that it is about."""
        return (self.name, self.other) if self.other else (self.name,)

    def check(self, figures: Mapping[str, float | None]) -> GateResult:
        """Compare the figures; what is not known does not pass."""
        value, of = figures.get(self.name), figures.get(self.other) if self.other else 1.0
        bound = None if of is None else self.factor * of
        known = value is not None and bound is not None
        holds = value is not None and bound is not None and COMPARISONS[self.how](value, bound)
        return GateResult(self.expression, value, bound, known and not holds)


def parse_gate(expression: str) -> Gate:
    """Read a condition.

    Raises:
        UsageError: it is none.
    """
    found = _GATE.fullmatch(expression)
    if found is None or (found["how"] is None and _plain(found["name"]) != WORSE):
        raise UsageError(f"'{expression}' is no condition", _HINT)
    if found["how"] is None:
        return Gate(expression, WORSE, ">", 0.0)
    other = found["of"] or found["other"] or ""
    return Gate(expression, _plain(found["name"]), found["how"], float(found["factor"] or 1.0), _plain(other))


def _plain(name: str) -> str:
    """Leave out the quotes around the column of a name."""
    return re.sub(r"\[([\"'])(.*)\1\]$", r"[\2]", name)


def check_names(gates: Sequence[Gate], allowed: Collection[str]) -> None:
    """Refuse gates on figures that there are none of.

    Raises:
        UsageError: naming the nearest one.
    """
    for gate in gates:
        for name in gate.names:
            if name not in allowed:
                near = similar(name, allowed)
                plain = [n for n in allowed if "[" not in n]
                hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(plain)} and gamma[COLUMN]"
                raise UsageError(f"'{name}' in '{gate.expression}' is no figure here", hint)


def names_of(
    task: str, columns: Collection[str], more: Collection[str], base: bool = False, drifting: Collection[str] = ()
) -> list[str]:
    """Return the names of figures.

    Args:
        task: "regression", "binary" or "multiclass".
        columns: those with a γ.
        more: further ones, such as `REJECTED`.
        base: whether there is a model to compare with.
        drifting: columns whose drift is measured.
    """
    errors = METRICS["regression" if task == "regression" else "classes"]
    ends = [f"{name}.{end}" for name in errors if name in WITH_INTERVALS and columns for end in ("low", "high")]
    others = [f"{BASE}.{name}" for name in errors] if base else []
    of_columns = [*(f"{GAMMA}[{column}]" for column in columns), *(f"{DRIFT}[{column}]" for column in drifting)]
    return [*errors, *ends, *others, *more, *of_columns]


def figures(result: object, rejected: float | None = None) -> dict[str, float | None]:
    """Return the figures of a result by name.

    Args:
        result: of a training, an explanation or a prediction.
        rejected: the share of the rows that could not be read.
    """
    if isinstance(result, SearchReport):
        corrected = None if result.corrected is None else result.corrected.error
        return {**figures(result.fit, rejected), CORRECTED: corrected}
    if isinstance(result, FitReport):
        worse = result.worse_than_linear
        return {**figures(result.explanation, rejected), WORSE: None if worse is None else float(worse)}
    if isinstance(result, Explanation):
        return {
            **result.metrics,
            **{f"{name}.low": low for name, (low, _) in result.intervals.items()},
            **{f"{name}.high": high for name, (_, high) in result.intervals.items()},
            **{f"{GAMMA}[{i.column}]": i.gamma for i in result.importances},
            **_beside(result),
            REJECTED: rejected,
        }
    if isinstance(result, PredictReport):
        lost, whole = result.rejected + result.unpredicted, result.rows + result.rejected
        return {**result.metrics, **_beside(result), OUTSIDE: result.outside_share, REJECTED: lost / max(whole, 1)}
    raise TypeError(f"no figures of {type(result).__name__}")


def _beside(result: Explanation | PredictReport) -> dict[str, float | None]:
    """Return the figures of another model on the table, and those of the table beside that of training."""
    drift = {f"{DRIFT}[{entry.column}]": entry.moves for entry in result.drift}
    return {**{f"{BASE}.{name}": value for name, value in result.base.items()}, **drift}


def gate_line(result: GateResult) -> str:
    """Say in a line whether a gate was passed, with both sides."""
    if result.value is None or result.bound is None:
        return f"gate failed: {result.expression} (not measured)"
    sides = f"{number(result.value)}, bound {number(result.bound)}"
    return f"gate {'passed' if result.passed else 'failed'}: {result.expression} ({sides})"

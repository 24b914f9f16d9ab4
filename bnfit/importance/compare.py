"""Compare importances with those of scikit-learn and SHAP, on the same rows, with the same predictions and loss."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import UsageError
from bnfit.evaluation.held_out import HeldOut
from bnfit.evaluation.metrics import correlation, mean, ranks
from bnfit.importance.ablation import PERMUTATIONS
from bnfit.results.explanation import ComparedColumn, Comparison, Importance

SHAP_ROWS, BACKGROUND, SHAP_ORDERS = 100, 50, 3
"""Rows that get SHAP values, background rows that replace a column left out, and orders of columns for each row."""


def check_installed() -> None:
    """Check that a package to compare with is installed.

    Raises:
        UsageError: none is.
    """
    if not (installed("sklearn") or installed("shap")):
        raise UsageError(
            "`compare` needs scikit-learn or SHAP, and neither is installed", "pip install scikit-learn shap"
        )


def installed(package: str) -> bool:
    """Return whether a package can be imported."""
    return importlib.util.find_spec(package) is not None


def compared(
    importances: Sequence[Importance], held_out: Sequence[HeldOut], columns: Sequence[Sequence[int]], seed: int
) -> Comparison:
    """Compare importances with those of the packages that are installed.

    Args:
        importances: bnfit's.
        held_out: predictors with their test rows; each is explained on its own, and the means over them count.
        columns: for each original column the positions of what it was encoded to.
        seed: draws shuffles and samples.

    Raises:
        UsageError: no package is installed.
    """
    check_installed()
    by_sklearn = by_shap = None
    if installed("sklearn"):
        by_sklearn = np.mean([sklearn_permutation(j, columns, seed) for j in held_out], axis=0)
    if installed("shap"):
        rows = max(1, SHAP_ROWS // len(held_out))
        by_shap = np.mean([mean_shap(j, columns, seed, rows) for j in held_out], axis=0)
    by_permute = [next((e.increase for e in i.increases if e.baseline == "permute"), None) for i in importances]
    found = tuple(
        ComparedColumn(i.column, i.gamma, by_permute[c], _entry(by_sklearn, c), _entry(by_shap, c))
        for c, i in enumerate(importances)
    )
    scores = {"permute": by_permute, "sklearn": by_sklearn, "shap": by_shap}
    gamma = [i.gamma for i in importances]
    missing = tuple(name for name in ("scikit-learn", "shap") if not installed(name.replace("scikit-", "sk")))
    return Comparison(found, {name: _rank_correlation(gamma, score) for name, score in scores.items()}, missing)


def sklearn_permutation(fold: HeldOut, columns: Sequence[Sequence[int]], seed: int) -> Floats:
    """Compute scikit-learn's permutation importance of each original column (c,): the mean increase of squared error.

    scikit-learn is given numbers of rows in place of values, so that all that a column was encoded to moves together.
    """
    from sklearn.inspection import permutation_importance

    at = _at_rows(fold, columns)

    def score(_estimator: object, numbers: Floats, _y: object) -> float:
        return -mean(np.square(at(numbers) - fold.y).mean(1), fold.weight)

    numbers = _row_numbers(len(fold.x), len(columns))
    found = permutation_importance(
        _Estimator(), numbers, numbers[:, 0], scoring=score, n_repeats=PERMUTATIONS, random_state=seed
    )
    return np.asarray(found.importances_mean, float)


def mean_shap(fold: HeldOut, columns: Sequence[Sequence[int]], seed: int, rows: int) -> Floats:
    """Compute the mean |SHAP value| over rows (and classes) of each original column (c,), in the prediction's units."""
    import shap

    rng = np.random.default_rng([seed, 0x5A9])
    numbers = _row_numbers(len(fold.x), len(columns))
    background = numbers[rng.permutation(len(numbers))[:BACKGROUND]]
    chosen = numbers[rng.permutation(len(numbers))[:rows]]
    masker = shap.maskers.Independent(background, max_samples=BACKGROUND)
    explainer = shap.explainers.Permutation(_at_rows(fold, columns), masker, seed=seed)
    evaluations = SHAP_ORDERS * (2 * len(columns) + 1)
    values = np.abs(np.asarray(explainer(chosen, max_evals=evaluations, silent=True).values))
    return np.asarray(values.reshape(len(chosen), len(columns), -1).mean(axis=(0, 2)))


class _Estimator:
    """Estimator without a state, for scikit-learn's checks; the scorer predicts."""

    def fit(self, *_data: Any) -> _Estimator:
        return self


def _row_numbers(rows: int, columns: int) -> Floats:
    """Return each row's own number in every column (n, c)."""
    return np.repeat(np.arange(rows, dtype=float)[:, None], columns, axis=1)


def _at_rows(fold: HeldOut, columns: Sequence[Sequence[int]]) -> Callable[[Floats], Floats]:
    """Return the predictor that takes each original column from the row that its number names, (m, c) to (m, o)."""

    def predict(numbers: Floats) -> Floats:
        x = np.empty((len(numbers), fold.x.shape[1]))
        for c, positions in enumerate(columns):
            x[:, list(positions)] = fold.x[numbers[:, c].astype(np.int64)][:, list(positions)]
        return np.asarray(fold.predict(x), float)

    return predict


def _rank_correlation(gamma: Sequence[float | None], score: Sequence[float | None] | Floats | None) -> float | None:
    if score is None or any(value is None for value in (*gamma, *score)):
        return None
    return correlation(ranks(np.array(gamma, float)), ranks(np.array(score, float)))


def _entry(values: Floats | None, column: int) -> float | None:
    return None if values is None else float(values[column])

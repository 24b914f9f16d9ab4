"""Estimators for scikit-learn: `bnfit.BNRegressor` and `bnfit.BNClassifier`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from bnfit.api.models import Model
from bnfit.api.training import fit
from bnfit.arrays import Floats
from bnfit.errors import UsageError
from bnfit.table.frames import unnamed

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.utils import check_array, compute_sample_weight
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import (
        _check_sample_weight,
        assert_all_finite,
        check_consistent_length,
        check_is_fitted,
        column_or_1d,
        validate_data,
    )
except ImportError as error:
    raise ImportError("bnfit's estimators need scikit-learn 1.6 or later: pip install 'bnfit[sklearn]'") from error

LEAST_ROWS = 4
"""Rows that two folds take, at least."""


class _Estimator(BaseEstimator):  # type: ignore[misc]
    """What both estimators share: parameters, input, importances."""

    _task: str

    def __init__(
        self,
        *,
        types: Mapping[str, str] | None = None,
        group: str | None = None,
        time: str | None = None,
        layers: int | None = None,
        units: int | None = None,
        activation: str | None = None,
        output_activation: str | None = None,
        arm: str | None = None,
        norm: str | None = None,
        folds: int | None = None,
        members: int | None = None,
        recipe: str = "default",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        momentum: float | None = None,
        epsilon: float | None = None,
        weight_decay: float | None = None,
        sparse: bool = False,
        seed: int = 0,
    ) -> None:
        self.types = types
        self.group = group
        self.time = time
        self.layers = layers
        self.units = units
        self.activation = activation
        self.output_activation = output_activation
        self.arm = arm
        self.norm = norm
        self.folds = folds
        self.members = members
        self.recipe = recipe
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.sparse = sparse
        self.seed = seed

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    @property
    def feature_importances_(self) -> Floats:
        """|γ| of each column (k,), see `gamma_`; 0 of a column that was left out.

        Raises:
            AttributeError: the arm has no γ.
        """
        check_is_fitted(self)
        if self.gamma_ is None:
            raise AttributeError(f"arm {self.arm} has no BatchNormalization on the columns, so there is no γ")
        return np.abs(self.gamma_)

    def _fit(self, X: Any, y: Any, target: Any, sample_weight: Any) -> None:
        """Train on checked rows.

        Args:
            X: the columns (n, k).
            y: the target as it was given (n,), which may have a name.
            target: the target to train on (n,).
            sample_weight: weight of each row (n,), or None.
        """
        frame = self._frame(X, reset=True)
        options = {name: value for name, value in self.get_params().items() if name not in ("types", "class_weight")}
        types = {**self._number_types(X, frame), **(self.types or {})}
        rows = np.ones(len(frame), bool)
        weight = None
        if sample_weight is not None:
            rows = sample_weight > 0
            weight = _free("weight", frame)
            frame = frame.assign(**{weight: sample_weight})
        name = y.name if isinstance(y, pd.Series) and isinstance(y.name, str) else "y"
        goal = pd.Series(np.asarray(target)[rows], name=_free(name, frame))
        kept = frame[rows].reset_index(drop=True)
        self.model_: Model = fit(kept, goal, task=self._task, types=types, weight=weight, **options, **self._ways())
        self.gamma_ = self._gamma(frame.columns)

    def _ways(self) -> dict[str, Any]:
        """Further options of `bnfit.fit`."""
        return {}

    def _gamma(self, columns: Any) -> Floats | None:
        """γ of each column that came in; 0 of those that were left out."""
        found = {i.column: i.gamma for i in self.model_.core.explanation().importances}
        if any(value is None for value in found.values()):
            return None
        return np.array([found.get(name, 0.0) or 0.0 for name in columns[: self.n_features_in_]])

    def _number_types(self, X: Any, frame: pd.DataFrame) -> dict[str, str]:
        """Columns without names are numbers: none is taken for a key."""
        return {} if isinstance(X, pd.DataFrame) else dict.fromkeys(frame.columns, "number")

    def _frame(self, X: Any, *, reset: bool) -> pd.DataFrame:
        """Check the columns, and return them as a frame; those of an array are x0, x1, ...

        Frames whose columns are all numbers are checked as arrays are: infinite values are refused.
        """
        if isinstance(X, pd.DataFrame) and not all(pd.api.types.is_numeric_dtype(kind) for kind in X.dtypes):
            validate_data(self, X, skip_check_array=True, reset=reset)
            check_array(np.zeros(X.shape), ensure_min_samples=LEAST_ROWS if reset else 1)
            return X.rename(columns=str)
        least = 2 if reset else 1
        checked = validate_data(self, X, reset=reset, ensure_all_finite="allow-nan", ensure_min_samples=least)
        if isinstance(X, pd.DataFrame):
            return X.rename(columns=str)
        return pd.DataFrame(checked, columns=unnamed(checked.shape[1]))


class BNRegressor(RegressorMixin, _Estimator):  # type: ignore[misc]
    """Regression by networks whose first layer is a BatchNormalization on the raw columns.

    Columns may be numbers, categories, dates and booleans, with gaps; nothing has to be scaled or encoded.

    Parameters are those of `bnfit.fit`; what is None is found out or taken as usual.

    Attributes:
        model_: the `bnfit.Model`, which has errors out of fold, importances with their evidence, and `save`.
        gamma_: calibrated γ of each column (k,), 0 of one that was left out; None for an arm without γ.
        feature_importances_: its absolute value.
        n_features_in_, feature_names_in_: of the columns.
    """

    _task = "regression"

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BNRegressor:
        """Train on columns (n, k) and a target (n,).

        Args:
            X: a frame or an array.
            y: numbers.
            sample_weight: how much each row counts (n,).

        Raises:
            ValueError: the input is unfit; of the kinds `bnfit.DataError` and `bnfit.UsageError` where bnfit says so.
        """
        target = _target(X, y, self)
        self._fit(X, y, np.asarray(target, float), _weight(len(target), sample_weight))
        return self

    def predict(self, X: Any) -> Floats:
        """Predict the target of each row (n,)."""
        check_is_fitted(self)
        return self.model_.predict(self._frame(X, reset=False)).astype(float)


class BNClassifier(ClassifierMixin, _Estimator):  # type: ignore[misc]
    """Classification by networks whose first layer is a BatchNormalization on the raw columns.

    Columns may be numbers, categories, dates and booleans, with gaps; nothing has to be scaled or encoded.

    Parameters are those of `bnfit.fit`; what is None is found out or taken as usual. `class_weight` is "balanced",
    which keeps probabilities at the classes' shares, or a weight for each class, as in scikit-learn.

    Attributes:
        classes_: the classes, sorted (c,).
        model_, gamma_, feature_importances_, n_features_in_, feature_names_in_: as of `BNRegressor`.
    """

    _task = "classification"

    def __init__(
        self,
        *,
        types: Mapping[str, str] | None = None,
        group: str | None = None,
        time: str | None = None,
        layers: int | None = None,
        units: int | None = None,
        activation: str | None = None,
        arm: str | None = None,
        norm: str | None = None,
        folds: int | None = None,
        members: int | None = None,
        recipe: str = "default",
        epochs: int | None = None,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        momentum: float | None = None,
        epsilon: float | None = None,
        weight_decay: float | None = None,
        class_weight: str | Mapping[Any, float] | None = None,
        sparse: bool = False,
        seed: int = 0,
    ) -> None:
        self.types = types
        self.group = group
        self.time = time
        self.layers = layers
        self.units = units
        self.activation = activation
        self.arm = arm
        self.norm = norm
        self.folds = folds
        self.members = members
        self.recipe = recipe
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.class_weight = class_weight
        self.sparse = sparse
        self.seed = seed

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> BNClassifier:
        """Train on columns (n, k) and classes (n,).

        Args:
            X: a frame or an array.
            y: classes, of any type.
            sample_weight: how much each row counts (n,).

        Raises:
            ValueError: the input is unfit; of the kinds `bnfit.DataError` and `bnfit.UsageError` where bnfit says so.
        """
        target = _target(X, y, self)
        check_classification_targets(target)
        classes, codes = np.unique(target, return_inverse=True)
        weight = _weight(len(target), sample_weight)
        if isinstance(self.class_weight, Mapping):
            by_class = compute_sample_weight(dict(self.class_weight), target)
            weight = by_class if weight is None else weight * by_class
        present = np.unique(codes if weight is None else codes[weight > 0])
        if len(present) < 2:
            raise UsageError(f"BNClassifier needs rows of two classes, and y has {len(present)} class")
        self.classes_ = classes
        self._labels = _labels(classes)
        self._fit(X, y, np.array(self._labels, object)[codes], weight)
        return self

    def predict(self, X: Any) -> Any:
        """Predict the class of each row (n,)."""
        check_is_fitted(self)
        places = {label: place for place, label in enumerate(self._labels)}
        found = self.model_.predict(self._frame(X, reset=False))
        return self.classes_[[places[label] for label in found.astype(str)]]

    def predict_proba(self, X: Any) -> Floats:
        """Predict the probability of each class (n, c), in the order of `classes_`."""
        check_is_fitted(self)
        known = self.model_.predict_proba(self._frame(X, reset=False))
        out = np.zeros((len(known), len(self.classes_)))
        out[:, [self._labels.index(label) for label in self.model_.classes]] = known
        return out

    def _ways(self) -> dict[str, Any]:
        return {} if isinstance(self.class_weight, Mapping) else {"class_weight": self.class_weight}


def _labels(classes: Any) -> list[str]:
    """Return texts for classes: their own, where bnfit reads them as they are, or numbers in their order."""
    texts = [str(value) for value in classes]
    plain = all(text.isidentifier() for text in texts) or all(text.isdigit() for text in texts)
    if plain and len(set(texts)) == len(texts) and not {text.lower() for text in texts} & _MISSING:
        return texts
    return [f"class_{number}" for number in range(len(texts))]


_MISSING = frozenset({"na", "nan", "null", "none", "unknown", "nd", "missing", "inf", "nil"})
"""Words that may stand for a value that is missing."""


def _target(X: Any, y: Any, estimator: Any) -> Any:
    """Check a target, and that it is as long as the columns."""
    if y is None:
        name = type(estimator).__name__
        raise ValueError(f"{name} requires y to be passed, but the target y is None")
    target = column_or_1d(y, warn=True)
    check_consistent_length(X, target)
    assert_all_finite(target, input_name="y")
    return target


def _weight(rows: int, sample_weight: Any) -> Floats | None:
    """Check the weights of so many rows, where there are any."""
    if sample_weight is None:
        return None
    return np.asarray(_check_sample_weight(sample_weight, np.zeros((rows, 1)), dtype=np.float64))


def _free(name: str, frame: pd.DataFrame) -> str:
    """Return a name that no column has."""
    while name in frame.columns:
        name += "_"
    return name

"""bnfit: any table to an end-to-end Keras model whose first layer explains it.

model = bnfit.fit("table.csv", target="Ueq")
model.predict(frame)
bnfit.explain(model)

What is named here is loaded when it is first asked for: `import bnfit` loads no pandas, TensorFlow or scikit-learn.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bnfit.api.loading import explain, load_model, predict
    from bnfit.api.models import Model
    from bnfit.api.training import fit, search
    from bnfit.errors import DataError, ModelFileError, UsageError
    from bnfit.sklearn import BNClassifier, BNRegressor

__version__ = "0.1.0"
__all__ = [
    "BNClassifier",
    "BNRegressor",
    "DataError",
    "Model",
    "ModelFileError",
    "UsageError",
    "explain",
    "fit",
    "load_model",
    "predict",
    "search",
]
_HOMES = {
    "BNClassifier": "bnfit.sklearn",
    "BNRegressor": "bnfit.sklearn",
    "DataError": "bnfit.errors",
    "Model": "bnfit.api.models",
    "ModelFileError": "bnfit.errors",
    "UsageError": "bnfit.errors",
    "explain": "bnfit.api.loading",
    "fit": "bnfit.api.training",
    "load_model": "bnfit.api.loading",
    "predict": "bnfit.api.loading",
    "search": "bnfit.api.training",
}
"""The module of each name that is loaded on demand."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bnfit' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""Names in a Keras configuration: each must be of something that is Keras' own, wherever it stands.

bnfit builds nothing from these names. But who reads a file here may hand it to Keras next, which would import and run
what they name: so a file that brings along anything of its own is refused.
"""

from __future__ import annotations

import re
from typing import Any

INITIALISERS = (
    "Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform Ones "
    "Orthogonal OrthogonalInitializer RandomNormal RandomUniform STFT STFTInitializer TruncatedNormal VarianceScaling "
    "Zeros"
)
OPTIMISERS = (
    "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion LossScaleOptimizer Muon Nadam RMSprop SGD "
    "ScheduleFreeAdamW"
)
LOSSES = (
    "BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy "
    "CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh "
    "MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson "
    "SparseCategoricalCrossentropy SquaredHinge Tversky"
)
METRICS = (
    "AUC Accuracy BinaryAccuracy BinaryCrossentropy BinaryIoU CategoricalAccuracy CategoricalCrossentropy "
    "CategoricalHinge ConcordanceCorrelation CosineSimilarity F1Score FBetaScore FalseNegatives FalsePositives Hinge "
    "IoU KLDivergence LogCoshError Mean MeanAbsoluteError MeanAbsolutePercentageError MeanIoU MeanMetricWrapper "
    "MeanSquaredError MeanSquaredLogarithmicError OneHotIoU OneHotMeanIoU PearsonCorrelation Poisson Precision "
    "PrecisionAtRecall R2Score Recall RecallAtPrecision RootMeanSquaredError SensitivityAtSpecificity "
    "SparseCategoricalAccuracy SparseCategoricalCrossentropy SparseTopKCategoricalAccuracy SpecificityAtSensitivity "
    "SquaredHinge Sum TopKCategoricalAccuracy TrueNegatives TruePositives"
)
SCHEDULES = "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay PiecewiseConstantDecay PolynomialDecay"
MODELS = frozenset(("Sequential", "Functional", "Model"))
OWN = {
    "keras": MODELS | {"DTypePolicy", "FloatDTypePolicy"},
    "keras.models": MODELS,
    "keras.src.models.sequential": MODELS,
    "keras.src.models.functional": MODELS,
    "keras.dtype_policies": frozenset(("DTypePolicy", "FloatDTypePolicy")),
    "keras.initializers": frozenset(INITIALISERS.split()),
    "keras.regularizers": frozenset(("L1", "L1L2", "L2", "OrthogonalRegularizer")),
    "keras.constraints": frozenset(("MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm")),
    "keras.optimizers": frozenset(OPTIMISERS.split()),
    "keras.optimizers.schedules": frozenset(SCHEDULES.split()),
    "keras.losses": frozenset(LOSSES.split()),
    "keras.metrics": frozenset(METRICS.split()),
}
"""Classes by module, but for layers, which have a list of their own."""
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}", re.ASCII)


def foreign_name(config: Any) -> str | None:
    """Return the name of the first thing in a configuration that is not Keras' own; None where all is."""
    waiting = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            if ("class_name" in value or "module" in value) and not _is_own(value):
                names = [str(value[key]) for key in ("module", "class_name") if value.get(key) is not None]
                return ".".join(names)
            waiting += value.values()
    return None


def _is_own(value: dict[str, Any]) -> bool:
    module, name, registered = value.get("module"), value.get("class_name"), value.get("registered_name")
    match module, name:
        case "keras.layers", str():
            return registered is None and IDENTIFIER.fullmatch(name) is not None
        case "builtins", "function":  # such as a loss, which Keras looks up among its own by its name
            function = value.get("config")
            return (
                registered in (None, "function") and isinstance(function, str) and bool(IDENTIFIER.fullmatch(function))
            )
        case None, "__keras_tensor__":
            return True
        case str(), str():
            return name in OWN.get(module, ()) and (registered is None or (registered == name and name in MODELS))
    return False

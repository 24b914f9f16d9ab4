"""Checks of a model's metadata against its schema and network: a model file may come from anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from bnfit.errors import ModelFileError
from bnfit.evaluation.conformal import FAR, ErrorScores
from bnfit.model.metadata import DAMAGED, GammaValues, Metadata
from bnfit.model.training_rows import FOLD_BYTES, KEY_BYTES, TrainingRows
from bnfit.networks.architecture import ARMS
from bnfit.networks.layers import BatchNorm, Dense, Network, Normalization
from bnfit.results.baselines import BASELINES
from bnfit.results.explanation import Explanation, Importance
from bnfit.results.fit import OutOfFoldPredictions
from bnfit.schema.schema import Schema
from bnfit.schema.types import LARGEST

MOST_INPUT, LARGEST_LOGARITHM = FAR**2, 700.0
"""Of the inputs of `bnfit.evaluation.conformal.ErrorScale`, squares among them; of a number that is finite."""
MOST_ROWS = 1 << 48
"""Rows of a training table, at most."""
GAMMA_AXES = {"gamma": 1, "gammas": 2, "raws": 2, "se": 1}
"""Axes of each array of γ; the last is that of the columns."""
NEVER_NEGATIVE = frozenset(("mse", "rmse", "mae", "log_loss", "brier", "accuracy", "ece"))
"""Errors and shares among an explanation's metrics."""


def width(network: Network) -> int | None:
    """Return the number of columns that the network takes; None where only Keras knows."""
    first = network.layers[0]
    if isinstance(first, BatchNorm | Normalization):
        return len(first.mean)
    return first.kernel.shape[0] if isinstance(first, Dense) else None


def outputs(network: Network, columns: int) -> int:
    """Return the number of outputs of the network for a row of so many columns."""
    return int(network(np.zeros((1, columns))).shape[1])


def check_metadata(metadata: Metadata, schema: Schema, network: Network) -> None:
    """Refuse metadata whose values are of the right types, but go with another schema or network.

    What the metadata does not say is not missed here.

    Raises:
        ModelFileError: naming what is damaged.
    """
    encoded = len(schema.features)
    taken = width(network)
    needed = len(schema.classes) if schema.task == "multiclass" else 1
    if (taken is not None and taken != encoded) or outputs(network, encoded) != needed:
        raise ModelFileError("the network does not fit the schema beside it", DAMAGED)
    for fault in _faults(metadata, schema, network):
        raise ModelFileError(f"bnfit.json is damaged: {fault}", DAMAGED)


def _faults(metadata: Metadata, schema: Schema, network: Network) -> Iterator[str]:
    """Yield what is wrong, in the form of the messages of `bnfit.results.decode`."""
    fit, means = metadata.fit, metadata.means
    folds = None if fit is None else fit.folds
    if fit is not None and fit.seed < 0:
        yield "Expected 'int' >= 0 - at '$.fit.seed'"
    if fit is not None and fit.arm not in ARMS:
        yield f"Expected one of {', '.join(ARMS)} - at '$.fit.arm'"
    if means is not None and len(means) != len(schema.features):
        yield f"Expected one number for each of {len(schema.features)} encoded columns - at '$.means'"
    elif means is not None and max(map(abs, means), default=0.0) > LARGEST:
        yield f"Expected numbers of at most {LARGEST:g} - at '$.means'"
    if metadata.members is not None:
        yield from _member_faults(metadata.members.folds, network.members(), folds)
    if metadata.rows is not None:
        yield from _row_faults(metadata.rows, folds)
    if metadata.gamma is not None:
        yield from _gamma_faults(metadata.gamma, len(schema.inputs))
    if metadata.explanation is not None:
        yield from _explanation_faults(metadata.explanation, schema)
    yield from _error_faults(metadata.errors, metadata.out_of_fold, len(schema.features))


def _error_faults(errors: ErrorScores | None, known: OutOfFoldPredictions | None, columns: int) -> Iterator[str]:
    if errors is not None:
        scores = np.array(errors.scores, float)
        if not MOST_ROWS >= errors.count >= len(scores) > 0:
            yield "Expected at least one score and no more than 'count' - at '$.errors.scores'"
        elif (np.diff(scores) < 0).any():
            yield "Expected scores in rising order - at '$.errors.scores'"
        scale = errors.scale
        if scale is not None:
            sizes = len(scale.centre), len(scale.width), len(scale.weights) - 1
            if sizes != (columns + 1,) * 3 or min(scale.width) <= 0:
                yield "Expected a mean, a deviation above 0 and a weight for each input - at '$.errors.scale'"
            largest = abs(scale.offset) + MOST_INPUT * sum(map(abs, scale.weights))
            if largest + np.log(np.abs(scores).max(initial=1.0)) > LARGEST_LOGARITHM:
                yield "Expected weights of which errors are finite - at '$.errors.scale'"
    if known is not None and len(known.true) != len(known.predicted):
        yield "Expected as many numbers as 'true' has - at '$.out_of_fold.predicted'"


def _member_faults(member_folds: Sequence[int], members: int, folds: int | None) -> Iterator[str]:
    if len(member_folds) not in (0, members):
        yield f"Expected a fold for each of {members} members, or none - at '$.members.folds'"
    if any(fold < 0 or (folds is not None and fold >= folds) for fold in member_folds):
        yield "Expected folds from 0 to below the number of folds - at '$.members.folds'"


def _row_faults(rows: TrainingRows, folds: int | None) -> Iterator[str]:
    if len(rows.keys) % KEY_BYTES or len(rows.folds) * KEY_BYTES != len(rows.keys) * FOLD_BYTES:
        yield f"Expected {KEY_BYTES} bytes a row, and {FOLD_BYTES} in '$.rows.folds' - at '$.rows.keys'"
        return
    numbers = rows.fold_numbers
    if (numbers < 0).any() or (folds is not None and (numbers > folds).any()):
        yield "Expected folds from 0 to the number of folds - at '$.rows.folds'"


def _gamma_faults(gamma: GammaValues, columns: int) -> Iterator[str]:
    for name, axes in GAMMA_AXES.items():
        values = getattr(gamma, name)
        rows = () if values is None else values if axes == 2 else (values,)
        if values is not None and not (rows and all(len(row) == columns for row in rows)):
            yield f"Expected one number for each of {columns} columns - at '$.gamma.{name}'"


def _explanation_faults(explanation: Explanation, schema: Schema) -> Iterator[str]:
    at = "$.explanation"
    names = [column.name for column in schema.inputs]
    yield from _name_faults((i.column for i in explanation.importances), names, f"{at}.importances")
    if explanation.statistics:
        yield from _name_faults((s.column for s in explanation.statistics), schema.features, f"{at}.statistics")
    groups = [group.column for group in explanation.groups]
    if len(set(groups)) < len(groups):
        yield f"Expected groups of different names - at '{at}.groups'"
    for where, entries in (("importances", explanation.importances), ("groups", explanation.groups)):
        yield from _share_faults(entries, f"{at}.{where}")
    yield from _effect_faults(explanation, schema, at)
    yield from _metric_faults(explanation.metrics, f"{at}.metrics")
    if explanation.rows < 0:
        yield f"Expected 'int' >= 0 - at '{at}.rows'"
    if not set(explanation.baselines) <= set(BASELINES):
        yield f"Expected ways of {', '.join(BASELINES)} - at '{at}.baselines'"
    if explanation.shadows is not None:
        shadows = explanation.shadows
        yield from _name_faults((c.column for c in shadows.columns), names, f"{at}.shadows.columns")
        if not all(0 <= p <= 1 for p in (shadows.level, *(c.p for c in shadows.columns))):
            yield f"Expected a probability from 0 to 1 - at '{at}.shadows'"
    origin = explanation.origin
    of_training = origin.kind in ("out_of_fold", "later_rows")
    if (origin.rows is None) != of_training or min(origin.rows or 0, origin.trained) < 0:
        yield f"Expected numbers of rows for a table other than that of the training - at '{at}.origin'"
    yield from _confusion_faults(explanation, schema, f"{at}.confusion")
    yield from _roc_faults(explanation, schema, f"{at}.roc")


def _metric_faults(metrics: Mapping[str, float], at: str) -> Iterator[str]:
    for name, value in metrics.items():
        if name in NEVER_NEGATIVE and value < 0:
            yield f"Expected 'float' >= 0 - at '{at}.{name}'"


def _effect_faults(explanation: Explanation, schema: Schema, at: str) -> Iterator[str]:
    names = {column.name for column in schema.inputs}
    for index, effect in enumerate(explanation.effects):
        if effect.column not in names or effect.of not in ("", *schema.classes):
            yield f"Expected a column of the schema, and one of its classes - at '{at}.effects[{index}]'"
        points = len(effect.levels or effect.at)
        sizes = {len(effect.change), points if effect.se is None else len(effect.se)}
        if not points or (effect.levels and effect.at) or sizes != {points}:
            yield f"Expected a change at each value or level - at '{at}.effects[{index}]'"
    pairs = [(pair.first, pair.second) for pair in explanation.interactions or ()]
    told = [("interactions", name) for pair in pairs for name in pair]
    told += [("drift", entry.column) for entry in explanation.drift]
    for where, name in told:
        if name not in names:
            yield f"Expected a column of the schema - at '{at}.{where}'"
    if any(group.rows < 1 for group in explanation.calibration):
        yield f"Expected 'int' >= 1 - at '{at}.calibration'"


def _name_faults(found: Iterable[str], expected: Sequence[str], at: str) -> Iterator[str]:
    if list(found) != list(expected):
        yield f"Expected one entry for each column of the schema, in its order - at '{at}'"


def _share_faults(importances: Sequence[Importance], at: str) -> Iterator[str]:
    for index, entry in enumerate(importances):
        shares = [entry.kept, *(increase.p for increase in entry.increases)]
        if not all(share is None or 0 <= share <= 1 for share in shares):
            yield f"Expected a probability from 0 to 1 - at '{at}[{index}]'"


def _roc_faults(explanation: Explanation, schema: Schema, at: str) -> Iterator[str]:
    for index, curve in enumerate(explanation.roc):
        if curve.name not in schema.classes:
            yield f"Expected the name of a class - at '{at}[{index}]'"
        points = curve.false_positive, curve.true_positive
        if len(points[0]) != len(points[1]) or not points[0]:
            yield f"Expected as many false as true positives - at '{at}[{index}]'"
        if not all(0 <= share <= 1 for share in (curve.area, *points[0], *points[1])):
            yield f"Expected a share from 0 to 1 - at '{at}[{index}]'"


def _confusion_faults(explanation: Explanation, schema: Schema, at: str) -> Iterator[str]:
    confusion, classes = explanation.confusion, schema.classes
    if confusion is None:
        if classes:
            yield f"Expected 'object', got 'null' - at '{at}'"
        return
    counts = confusion.counts
    if confusion.classes != classes or [len(row) for row in counts] != [len(classes)] * len(classes):
        yield f"Expected a row and a column for each of {len(classes)} classes - at '{at}'"
    if any(count < 0 for row in counts for count in row):
        yield f"Expected 'int' >= 0 - at '{at}.counts'"

"""The matrices that networks train on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.arrays import Floats, Ints, digest, pick
from bnfit.errors import DataError
from bnfit.evaluation.splits import FoldConstraints
from bnfit.schema.roles import require_weight
from bnfit.schema.schema import Schema
from bnfit.schema.time_zones import tell_other_zones
from bnfit.schema.types import ROLES
from bnfit.scratch import blocks, empty, moments, take
from bnfit.table.source import Source

LOSSES = {"regression": "mse", "binary": "binary_crossentropy", "multiclass": "categorical_crossentropy"}
"""The loss of each task."""
SMALLEST_RANGE, LARGEST_TARGET = 1e-75, 1e75
"""Of a target: standard errors take the square of squared errors, which must neither vanish nor overflow in 64 bits."""
OUTPUTS = {"binary": "sigmoid", "multiclass": "softmax"}
"""The output activation of each task that predicts classes."""


@dataclass(frozen=True)
class Dataset:
    """Encoded columns and targets of a table's rows, with what folds have to respect.

    Attributes:
        x: columns (n, k) float64 in raw units, all finite.
        y: targets (n, o) float64: raw values, 0/1, or one column a class (one-hot).
        loss: "mse", "binary_crossentropy" or "categorical_crossentropy".
        row_weight: weight of each row's loss in training (n,); None for equal ones.
        weight: weight of each row where errors are measured (n,), 1 on average; None for equal ones.
        groups, times: group and time of each row (n,); None without.
        emphasis: weight of each class in training as `row_weight` has it, relative to its share of the rows (c,); None
            for equal ones. Networks and linear models that heeded it are brought back to the shares.
    """

    x: Floats
    y: Floats
    loss: str = "mse"
    row_weight: Floats | None = None
    weight: Floats | None = None
    groups: Ints | None = None
    times: Floats | None = None
    emphasis: Floats | None = None

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.ndim != 2 or len(self.x) != len(self.y):
            raise ValueError(f"x must be (n, k) and y (n, o), not {self.x.shape} and {self.y.shape}")
        if not all(np.isfinite(values[block]).all() for values in (self.x, self.y) for block in _blocks(values)):
            raise DataError("the table holds numbers that are not finite", "replace or remove them")

    def check_variation(self) -> Dataset:
        """Return the dataset, ready to train on.

        Raises:
            DataError: a column has the same value in all rows, or varies so little that its square is 0.
        """
        if not (self.sd > 0).all():
            raise DataError(
                "a column without any variation, or with less than 64 bits can square, cannot be normalised",
                "leave it out, or state it in a smaller unit",
            )
        if self.loss == "mse":
            self._check_size()
        return self

    def _check_size(self) -> None:
        """Raises: DataError where errors of the target could not be measured in 64 bits."""
        spread, size = np.ptp(self.y), np.abs(self.y).max()
        if 0 < spread < SMALLEST_RANGE:
            what = f"the target's values are all within {spread:.3g}"
            raise DataError(f"{what}: the errors of such errors are 0 in 64 bits", "state it in a smaller unit")
        if size > LARGEST_TARGET:
            what = f"the target's values reach {size:.3g}"
            raise DataError(f"{what}: the errors of such errors overflow 64 bits", "state it in a larger unit")

    @cached_property
    def constraints(self) -> FoldConstraints:
        """Constraints on how these rows are divided into folds."""
        classes = None if self.loss == "mse" else class_numbers(self.y)
        return FoldConstraints(len(self.x), classes, self.groups, self.times)

    @cached_property
    def linear_predictions(self) -> dict[str, Floats]:
        """What linear models predict, by a digest of the rows that they are fitted to and of those that they predict.

        Several comparisons take the same folds; of many classes and columns a fit takes seconds.
        """
        return {}

    def weight_of(self, rows: Ints) -> Floats | None:
        """Weights (r,) of these rows where errors are measured; None for equal ones."""
        return pick(self.weight, rows)

    @cached_property
    def digest(self) -> str:
        """Digest of all its numbers."""
        arrays = self.x, self.y, self.row_weight, self.weight, self.groups, self.times, self.emphasis
        return f"{self.loss} {digest(*arrays)}"

    @cached_property
    def mean(self) -> Floats:
        """Mean of each column over all rows, (k,)."""
        return np.asarray(self.x.mean(0))

    @cached_property
    def sd(self) -> Floats:
        """Standard deviation of each column over all rows, (k,)."""
        return np.asarray(np.sqrt(moments(len(self.x), self.x[:1].nbytes, lambda block: self.x[block])[1]))

    def standard_rows(self, rows: Ints | slice) -> Floats:
        """Return some rows of the columns centred and scaled, (r, k)."""
        return np.asarray((self.x[rows] - self.mean) / self.sd)

    def standard(self, dtype: str = "float64") -> Floats:
        """Return the columns centred and scaled, (n, k): what the program computes on."""
        standard = empty(self.x.shape, dtype)
        for block in _blocks(self.x):
            standard[block] = self.standard_rows(block)
        return standard

    def moments(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return mean and variance (k,) of rows (r,) of the columns centred and scaled."""
        return moments(len(rows), self.x[:1].nbytes, lambda block: self.standard_rows(rows[block]))

    def target_moments(self, rows: Ints) -> tuple[Floats, Floats]:
        """Return mean and variance (o,) of rows (r,) of the scaled target."""
        return moments(len(rows), self.y[:1].nbytes, lambda block: (self.y[rows[block]] - self.y_mean) / self.y_sd)

    @cached_property
    def evenness(self) -> Floats:
        """For columns of two values twice their standard deviation over their range, at most 1, else 1, (k,)."""
        low, high = self.x.min(0), self.x.max(0)
        parts = (self.x[block] for block in _blocks(self.x))
        two = np.all([((part == low) | (part == high)).all(0) for part in parts], axis=0)
        return np.where(two, np.minimum(1.0, 2 * self.sd / (high - low)), 1.0)

    @cached_property
    def y_mean(self) -> Floats:
        """Offset of the target within the program, (o,); 0 for classes."""
        return np.asarray(self.y.mean(0)) if self.loss == "mse" else np.zeros(self.y.shape[1])

    @cached_property
    def y_sd(self) -> Floats:
        """Scale of the target within the program, (o,); 1 for classes and for a constant target."""
        sd = self.y.std(0) if self.loss == "mse" else np.ones(self.y.shape[1])
        return np.asarray(np.where(sd > 0, sd, 1.0))

    def balanced(self) -> Dataset:
        """Return the dataset of a classification with every class counting alike in training."""
        classes = class_numbers(self.y)
        weight = np.ones(len(classes)) if self.weight is None else self.weight
        totals = np.bincount(classes, weight, max(2, self.y.shape[1]))
        there = totals > 0  # all rows of a class may weigh nothing
        emphasis = np.where(there, weight.sum() / (there.sum() * np.where(there, totals, 1)), 1.0)
        return replace(self, row_weight=weight * emphasis[classes], emphasis=emphasis)

    @cached_property
    def logit_shift(self) -> Floats:
        """What heeding `emphasis` adds to the logits, (o,); 0 without any.

        By Bayes the probability of a class is its share times a density, and weights act on the share alone (Saerens
        and others, "Adjusting the outputs of a classifier to new a priori probabilities", 2002).
        """
        if self.emphasis is None:
            return np.zeros(self.y.shape[1])
        shift = np.log(self.emphasis)
        return shift if self.y.shape[1] > 1 else shift[1:] - shift[:1]

    def take(self, rows: Ints) -> Dataset:
        """Return the dataset of these rows alone, in this order; its means and scales are their own.

        Args:
            rows: row numbers (r,).
        """
        return replace(
            self,
            x=take(self.x, rows),
            y=self.y[rows],
            row_weight=pick(self.row_weight, rows),
            weight=pick(self.weight, rows),
            groups=pick(self.groups, rows),
            times=pick(self.times, rows),
        )


def _blocks(matrix: Floats) -> Iterator[slice]:
    return blocks(len(matrix), matrix[:1].nbytes)


def target_matrix(schema: Schema, target: NDArray[np.generic]) -> Floats:
    """Encode the target (n,) as network outputs (n, o): values, 0/1 of the second class, or one column a class."""
    if schema.task == "multiclass":
        return np.asarray(np.eye(len(schema.classes))[target.astype(int)])
    return np.asarray(target, float)[:, None]


def weights_there(schema: Schema, frame: pd.DataFrame) -> tuple[bool, tuple[str, ...]]:
    """Tell whether test rows have the weights that the training rows had, with a remark where they do not."""
    column = schema.column_for("weight")
    if column is None or column.name in map(str, frame.columns):
        return column is not None, ()
    return False, (f"no column '{column.name}' with weights: all rows count alike",)


def encode_labelled(schema: Schema, source: Source, roles: tuple[str, ...] = ROLES) -> tuple[Dataset, tuple[str, ...]]:
    """Encode the rows that have a target, and a weight above 0 where rows have weights.

    Args:
        schema: what the columns are.
        source: the table.
        roles: those of weight, group and time that matter.

    Returns:
        The dataset, and remarks on what was left out or filled in.

    Raises:
        DataError: a column is missing, or a cell cannot be read.
    """
    source = source.rows(schema.labelled(source.frame, source.place))
    weight = schema.role("weight", source.frame, source.place) if "weight" in roles else None
    column, notes = schema.column_for("weight"), []
    if weight is not None and column is not None and not weight.all():
        require_weight(column, weight)
        notes.append(f"{int((weight == 0).sum())} of {len(weight)} rows weigh nothing and are left out")
        source, weight = source.rows(weight > 0), weight[weight > 0]
    inputs = schema.encode(source.frame, source.place)
    notes += [f"{n} cells of '{name}' hold a level that training did not have" for name, n in inputs.unseen.items()]
    notes += [tell_other_zones(c, inputs.other_zones[c.name]) for c in schema.inputs if c.name in inputs.other_zones]
    notes += [
        f"{int(cells.rows.sum())} cells of '{name}' lie far beyond those of training"
        for name, cells in inputs.outside.items()
        if cells.least is not None
    ]
    y = target_matrix(schema, schema.encode_target(source.frame, source.place))
    groups, times = (
        schema.role(role, source.frame, source.place) if role in roles else None for role in ("group", "time")
    )
    weight = None if weight is None else weight / weight.mean()
    return Dataset(inputs.x, y, LOSSES[schema.task], weight, weight, groups, times), tuple(notes)


def encode_test_rows(schema: Schema, source: Source) -> tuple[Dataset, tuple[str, ...]]:
    """Encode the rows of a table to measure a trained model on; their weights may be absent."""
    there, remark = weights_there(schema, source.frame)
    dataset, notes = encode_labelled(schema, source, ("weight",) if there else ())
    return dataset, (*notes, *remark)


def class_numbers(y: Floats) -> Ints:
    """Return the class of each row (n,) from 0/1 targets (n, o)."""
    return (y.argmax(1) if y.shape[1] > 1 else y[:, 0]).astype(np.int64)

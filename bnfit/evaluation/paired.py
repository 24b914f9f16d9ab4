"""Paired comparison of predictors: losses of the same rows, and what their difference says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.evaluation.intervals import student_probability, student_quantile
from bnfit.evaluation.metrics import log_losses
from bnfit.evaluation.splits import FoldConstraints, Rows
from bnfit.scratch import blocks, joined, keep


def row_losses(y: Floats, y_pred: Floats, classes: bool) -> Floats:
    """Return the loss of each row (n,): the squared error of numbers, the log-loss of classes.

    Args:
        y, y_pred: targets and predictions (n, o).
        classes: whether the predictions are probabilities.
    """
    return log_losses(y, y_pred) if classes else np.asarray(np.square(y_pred - y).sum(1))


@dataclass(frozen=True)
class Units:
    """What varies by itself: rows, or groups of them, or blocks in time.

    Attributes:
        of_row: the unit of each row, from 0 (n,).
        weight: of each row (n,).
        single: whether every row is a unit of its own.
    """

    of_row: Rows
    weight: Floats
    single: bool = False

    @property
    def sizes(self) -> Floats:
        """Total weight of each unit (u,)."""
        return np.asarray(np.bincount(self.of_row, self.weight), float)

    def sums(self, values: Floats) -> Floats:
        """Sum values of rows (..., n) over each unit, (..., u)."""
        flat = np.reshape(values, (-1, len(self.of_row)))
        summed = np.array([np.bincount(self.of_row, row * self.weight) for row in flat])
        return np.asarray(summed.reshape(*np.shape(values)[:-1], summed.shape[-1]))

    def blocks(self, values: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Yield sums of values of rows (n,) over some units, and the sizes of these (u,), until all had their turn."""
        if not self.single:
            yield self.sums(values), self.sizes
            return
        for block in blocks(len(values), values.itemsize):
            yield values[block] * self.weight[block], self.weight[block]


def units(constraints: FoldConstraints, rows: Rows, weight: Floats | None) -> Units:
    """Return the units of some rows: groups where there are any, about √n blocks in time, else the rows themselves.

    Args:
        constraints: on the folds of the whole table.
        rows: numbers of the rows (n,).
        weight: of these rows; None for equal ones.
    """
    of_row = units_of_rows(constraints, rows)
    return units_of(of_row, len(rows), weight)


def units_of(unit: Rows | None, rows: int, weight: Floats | None) -> Units:
    """Number the units of so many rows, given by any number of each (n,); None where each row is its own."""
    of_row = np.arange(rows) if unit is None else np.unique(unit, return_inverse=True)[1]
    return Units(keep(of_row), keep(np.ones(rows)) if weight is None else weight, unit is None)


def together(parts: Sequence[Units]) -> Units:
    """Put units of different rows into one; none is in two parts."""
    first = np.cumsum([0, *(len(part.sizes) for part in parts[:-1])])
    of_row = joined([part.of_row + start for part, start in zip(parts, first, strict=True)])
    return Units(of_row, joined([part.weight for part in parts]), all(part.single for part in parts))


def units_of_rows(constraints: FoldConstraints, rows: Rows) -> Rows | None:
    """Return the group of each of some rows (n,), or its block in time; None where rows vary by themselves."""
    if constraints.groups is not None:
        return np.asarray(constraints.groups[rows])
    if constraints.times is None:
        return None
    place = np.argsort(np.argsort(constraints.times[rows], kind="stable"), kind="stable")
    return np.asarray(place * max(2, math.isqrt(len(rows))) // len(rows))


@dataclass(frozen=True)
class UnitSums:
    """Sums over units of the values of several columns, from which their means and standard errors follow.

    Sums of parts of the rows that share no unit may be added.

    Attributes:
        total: of the values (..., c).
        squares: of the squared sums of each unit's values (..., c).
        products: of each unit's sum times its size (..., c).
        size, size_squared: of the sizes of the units, and of their squares.
        units: how many have rows.
    """

    total: Floats
    squares: Floats
    products: Floats
    size: float
    size_squared: float
    units: int

    def __add__(self, other: UnitSums) -> UnitSums:
        return UnitSums(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def mean(self) -> Floats:
        """Mean over rows (..., c)."""
        return self.total / self.size

    @property
    def se(self) -> Floats:
        """Standard error of the mean (..., c), by the ratio estimator: units count by what they hold; 0 for one."""
        if self.units < 2:
            return np.zeros_like(self.total)
        residual = self.squares - 2 * self.mean * self.products + np.square(self.mean) * self.size_squared
        rounding = 1e-12 * self.squares
        residual = np.where(residual > rounding, residual, 0.0)
        return np.asarray(np.sqrt(self.units / (self.units - 1) * residual) / self.size)


@dataclass(frozen=True)
class Difference:
    """A mean over rows, with its standard error over units.

    Attributes:
        mean, se: of the values; the standard error is 0 with fewer than two units.
        units: how many there are.
    """

    mean: float
    se: float
    units: int

    @property
    def p(self) -> float:
        """The chance of a mean as high where the true one is 0, by Student's t."""
        if self.units < 2:
            return 1.0
        if self.se == 0:
            return 0.0 if self.mean > 0 else 1.0
        return 1 - student_probability(self.mean / self.se, self.units - 1)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The ends of the mean's 95 % interval, by Student's t; None with fewer than two units."""
        if self.units < 2:
            return None
        half = student_quantile(0.975, self.units - 1) * self.se
        return self.mean - half, self.mean + half


def mean_of_rows(values: Floats, of: Units) -> Difference:
    """Average values of rows (n,), such as differences of two predictors' losses."""
    count, size, total = 0, 0.0, 0.0
    for sums, sizes in of.blocks(values):
        count, size, total = count + int((sizes > 0).sum()), size + float(sizes.sum()), total + float(sums.sum())
    mean = total / size
    if count < 2:
        return Difference(mean, 0.0, count)
    # the ratio estimator's variance: units of different sizes count by what they hold
    squares = sum(float(np.square(sums - mean * sizes).sum()) for sums, sizes in of.blocks(values))
    return Difference(mean, float(np.sqrt(count / (count - 1) * squares) / size), count)

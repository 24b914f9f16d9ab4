"""What a chunk of members brings into the program: its constants, and its state before the first step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bnfit.errors import DataError
from bnfit.population.members import UNITS, Chunk, Floats, Member, normalising, start
from bnfit.recipe import Recipe

RARE = 1e-10
"""Relative to a column's variance: below this a member's rows count as constant in it."""


@dataclass(frozen=True)
class Table:
    """What a population trains on.

    Attributes:
        x: columns (n, k) float64 in raw units, all finite, none constant.
        y: targets (n, o) float64: raw values, 0/1, or one column a class (one-hot).
        loss: "mse", "binary_crossentropy" or "categorical_crossentropy".
        row_weight: weight of each row's loss (n,); None for equal ones.
    """

    x: Floats
    y: Floats
    loss: str = "mse"
    row_weight: Floats | None = None

    def __post_init__(self) -> None:
        if self.x.ndim != 2 or self.y.ndim != 2 or len(self.x) != len(self.y):
            raise ValueError(f"x must be (n, k) and y (n, o), not {self.x.shape} and {self.y.shape}")
        if not (np.isfinite(self.x).all() and np.isfinite(self.y).all()):
            raise DataError("the table holds numbers that are not finite", "replace or remove them")
        if not (self.sd > 0).all():
            raise DataError("a column without any variation cannot be normalised", "leave it out")

    @cached_property
    def mean(self) -> Floats:
        """Mean of each column over all rows, (k,)."""
        return np.asarray(self.x.mean(0))

    @cached_property
    def sd(self) -> Floats:
        """Standard deviation of each column over all rows, (k,)."""
        return np.asarray(np.sqrt(np.square(self.x - self.mean).mean(0)))

    @cached_property
    def standard(self) -> Floats:
        """The columns centred and scaled, (n, k): what the program computes on."""
        return (self.x - self.mean) / self.sd

    @cached_property
    def evenness(self) -> Floats:
        """For columns of two values twice their standard deviation over their range, at most 1, else 1, (k,)."""
        low, high = self.x.min(0), self.x.max(0)
        two = ((self.x == low) | (self.x == high)).all(0)
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


@dataclass(frozen=True)
class Moments:
    """Mean and variance of a member's training rows in the program's units, each (k,) or (o,)."""

    mean: Floats
    variance: Floats


def column_moments(table: Table, member: Member) -> Moments:
    """Of the columns; a variance of nearly 0 becomes 1, so that a column constant in these rows stays finite."""
    rows = table.standard[member.split.train]
    variance = np.square(rows - rows.mean(0)).mean(0)
    return Moments(rows.mean(0), np.where(variance > RARE, variance, 1.0))


def target_moments(table: Table, member: Member, scaled: bool) -> Moments:
    """Of the scaled target; those that undo the program's scaling when the recipe wants the raw target."""
    if table.loss != "mse":
        return Moments(np.zeros(table.y.shape[1]), np.ones(table.y.shape[1]))
    if not scaled:
        return Moments(-table.y_mean / table.y_sd, 1 / table.y_sd**2)
    y = (table.y[member.split.train] - table.y_mean) / table.y_sd
    variance = y.var(0)
    return Moments(y.mean(0), np.where(variance > 0, variance, 1.0))


def input_epsilon(table: Table, recipe: Recipe) -> float:
    """ε of the first layer in the columns' raw units: the recipe's, or one millionth of the smallest variance."""
    return recipe.epsilon if recipe.epsilon is not None else float(np.square(table.sd).min()) * 1e-6


def chunk_constants(chunk: Chunk, shape: Sequence[int], table: Table, dtype: str) -> dict[str, Floats]:
    """The program's `constants`, one entry per member each; `shape` is as for `chunk_state`."""
    recipe, members = chunk.plans[0], chunk.members
    columns = {id(g.split): column_moments(table, g) for g in chunk.groups}
    targets = {id(g.split): target_moments(table, g, recipe.scale_target) for g in chunk.groups}
    floats: dict[str, Floats] = {}
    epsilon = input_epsilon(table, recipe)

    def put(name: str, value: Callable[[Member], object]) -> None:
        floats[name] = np.stack([np.atleast_1d(np.asarray(value(m), np.float64)) for m in chunk.members])[:, None, :]

    put("scale", lambda m: _input_affine(m, columns[id(m.split)], table, recipe, epsilon)[0])
    put("shift", lambda m: _input_affine(m, columns[id(m.split)], table, recipe, epsilon)[1])
    put("epsilon", lambda m: _relative_epsilon(m, columns[id(m.split)], table, recipe, epsilon))
    # beside a group lasso γ stands still: the rows of weights could shrink at its expense without any effect
    put("learn_input_gamma", lambda m: m.architecture.normalisation.input_norm and m.sparsity == 0)
    put("learn_input_beta", _learns_beta)
    put("target_scale", lambda m: 1 / np.sqrt(targets[id(m.split)].variance))
    put("target_shift", lambda m: -targets[id(m.split)].mean / np.sqrt(targets[id(m.split)].variance))
    put("floor", lambda m: _floor(m, targets[id(m.split)], table, recipe.scale_target))
    put("first_decay", lambda m: m.knots == 0)
    put("sparsity", lambda m: m.sparsity)
    floats["decay"] = np.array([plan.weight_decay for plan in chunk.plans])[:, None, None]
    for layer, width in enumerate(shape):
        masks = [np.arange(width) < m.architecture.units[layer] for m in chunk.members]
        floats[f"mask{layer}"] = np.array(masks, float)[:, None, :]
        if normalising(chunk.members[0])[0] == UNITS:
            floats[f"averaging{layer}"] = np.stack([_averaging(m, m.architecture.units[layer], width) for m in members])
    out: dict[str, Floats] = {name: value.astype(dtype) for name, value in floats.items()}
    flags = {
        "input_norm": [m.architecture.normalisation.input_norm for m in chunk.members],
        "hidden_norm": [m.architecture.hidden_norm == "batch" for m in chunk.members],
    }
    out |= {name: np.array(values)[:, None, None] for name, values in flags.items()}
    return {**out, "group": np.array(chunk.group, np.int32)}


def _averaging(member: Member, units: int, width: int) -> Floats:
    """The matrix (w, w) that puts the mean of its group in the place of each unit, and 0 in the padding."""
    groups = member.architecture.groups(units)
    block = np.full((units // groups, units // groups), groups / units)
    out = np.zeros((width, width))
    out[:units, :units] = np.kron(np.eye(groups), block)
    return out


def _learns_beta(member: Member) -> bool:
    """Not before a normalisation of batches, which takes every shift out again: its gradient is 0 by construction."""
    architecture = member.architecture
    taken_out = architecture.hidden_norm == "batch" and architecture.norm_position == "before"
    return architecture.normalisation.input_norm and not taken_out


def _input_affine(
    member: Member, moments: Moments, table: Table, recipe: Recipe, epsilon: float
) -> tuple[Floats, Floats]:
    """Scale and shift that take the program's columns to what the member's first Dense or γ gets."""
    arm = member.architecture.normalisation
    if not (arm.input_norm or arm.standardised):
        return table.sd, table.mean
    extra = _relative_epsilon(member, moments, table, recipe, epsilon) if arm.input_norm else 0.0
    scale = 1 / np.sqrt(moments.variance + extra)
    return scale, -moments.mean * scale


def _relative_epsilon(member: Member, moments: Moments, table: Table, recipe: Recipe, epsilon: float) -> Floats:
    """ε as it acts on the program's columns; an ε of our own choice stays large enough for float32."""
    arm = member.architecture.normalisation
    relative = epsilon * moments.variance if arm.standardised else epsilon / np.square(table.sd)
    return np.asarray(relative if recipe.epsilon is not None else np.maximum(relative, RARE))


def _floor(member: Member, target: Moments, table: Table, scaled: bool) -> Floats:
    """Where the relu of the output cuts, in the member's units of the target; -inf for other outputs."""
    if member.architecture.output_activation != "relu":
        return np.full(table.y.shape[1], -np.inf)
    if not scaled:
        return np.zeros(table.y.shape[1])
    return (-table.y_mean / table.y_sd - target.mean) / np.sqrt(target.variance)


def widths(members: Sequence[Member]) -> list[int]:
    """The widest member's units in each hidden layer."""
    return [max(units) for units in zip(*(m.architecture.units for m in members), strict=True)]


def chunk_state(chunk: Chunk, shape: Sequence[int], table: Table, dtype: str) -> dict[str, object]:
    """The program's `state` before training.

    Args:
        shape: padded width of each hidden layer.
    """
    recipe = chunk.plans[0]
    count, columns, outputs = len(chunk.members), table.x.shape[1], table.y.shape[1]
    sizes = [columns, *shape, outputs]
    weights: dict[str, Floats] = {
        "input_gamma": np.ones((count, 1, columns)),
        "input_beta": np.zeros((count, 1, columns)),
    }
    if recipe.even_start:
        even = [_even_gamma(table, member) for member in chunk.members]
        weights["input_gamma"] = np.stack(even)[:, None, :]
    moving = _moving_start(chunk, table)
    for layer, (i, o) in enumerate(itertools.pairwise(sizes)):
        weights[f"kernel{layer}"] = np.zeros((count, i, o))
        weights[f"bias{layer}"] = np.zeros((count, 1, o))
        if layer < len(shape):
            weights[f"gamma{layer}"], weights[f"beta{layer}"] = np.ones((count, 1, o)), np.zeros((count, 1, o))
            moving[f"mean{layer}"], moving[f"variance{layer}"] = np.zeros((count, 1, o)), np.ones((count, 1, o))
    for position, member in enumerate(chunk.members):
        x = _normalised(member, table) if member.knots else None
        for name, kernel in start(member, columns, outputs, x).items():
            weights[name][position, : kernel.shape[0], : kernel.shape[1]] = kernel
    cast = {k: v.astype(dtype) for k, v in weights.items()}
    averages = {k: v.astype(dtype) for k, v in moving.items()}
    state: dict[str, object] = {
        "weights": cast,
        "moving": averages,
        "done": np.zeros(count, bool),
        "diverged": np.zeros(count, bool),
        "epoch": np.zeros(count, np.int32),
    }
    if recipe.optimizer != "sgd":
        zeros = {k: np.zeros_like(v) for k, v in cast.items()}
        state |= {"m": zeros, "v": {k: v.copy() for k, v in zeros.items()}, "steps": np.zeros((count, 1, 1), dtype)}
    if recipe.patience is not None:
        state |= {"best_weights": cast, "best_moving": averages, "best": np.full(count, np.inf, dtype)}
        state |= {"best_epoch": np.zeros(count, np.int32), "wait": np.zeros(count, np.int32)}
    return state


def _even_gamma(table: Table, member: Member) -> Floats:
    """The γ (k,) that a member starts with by `Recipe.even_start`: twice sd / range in columns of two values, else 1.

    The standard deviation of two equally frequent values is half their range. It stays 1 where γ does not learn.
    """
    if not member.architecture.normalisation.input_norm or member.sparsity > 0:
        return np.ones(table.x.shape[1])
    return table.evenness


def _normalised(member: Member, table: Table) -> Floats:
    """The member's training rows as its first layer normalises them (n, k)."""
    moments = column_moments(table, member)
    return np.asarray((table.standard[member.split.train] - moments.mean) / np.sqrt(moments.variance))


def _moving_start(chunk: Chunk, table: Table) -> dict[str, Floats]:
    """Keras' moving mean 0 and variance 1 of the first BatchNormalization, in the program's units, (m, 1, k)."""
    means, variances = [], []
    for member in chunk.members:
        if member.architecture.normalisation.standardised:
            moments = column_moments(table, member)
            means.append(moments.mean)
            variances.append(moments.variance)
        else:
            means.append(-table.mean / table.sd)
            variances.append(1 / np.square(table.sd))
    return {"input_mean": np.stack(means)[:, None, :], "input_variance": np.stack(variances)[:, None, :]}

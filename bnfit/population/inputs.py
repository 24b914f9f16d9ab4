"""Arguments of the program for a chunk of members: its constants, and its state before the first step."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.networks.architecture import Architecture
from bnfit.population.chunks import Chunk
from bnfit.population.members import UNITS, Member, normalising, start
from bnfit.population.recipe import Recipe
from bnfit.population.step_init import STEP_ROWS
from bnfit.schema.dataset import Dataset

RARE = 1e-10
"""Relative to a column's variance: below this a member's rows count as constant in it."""


@dataclass(frozen=True)
class Moments:
    """Mean and variance of a member's training rows in the program's units, each (k,) or (o,)."""

    mean: Floats
    variance: Floats


def column_moments(table: Dataset, member: Member) -> Moments:
    """Compute the moments of the columns; a variance of nearly 0 becomes 1, so that constant columns stay finite."""
    mean, variance = table.moments(member.split.train)
    return Moments(mean, np.where(variance > RARE, variance, 1.0))


def target_moments(table: Dataset, member: Member, scaled: bool) -> Moments:
    """Compute those of the scaled target, or those that undo the scaling where the recipe takes the raw target."""
    if table.loss != "mse":
        return Moments(np.zeros(table.y.shape[1]), np.ones(table.y.shape[1]))
    if not scaled:
        return Moments(-table.y_mean / table.y_sd, 1 / table.y_sd**2)
    mean, variance = table.target_moments(member.split.train)
    return Moments(mean, np.where(variance > 0, variance, 1.0))


def input_epsilon(table: Dataset, recipe: Recipe) -> float:
    """ε of the first layer in the columns' raw units: the recipe's, or one millionth of the smallest variance."""
    return recipe.epsilon if recipe.epsilon is not None else float(np.square(table.sd).min()) * 1e-6


def chunk_constants(chunk: Chunk, shape: Sequence[int], table: Dataset, dtype: str) -> dict[str, Floats]:
    """Build the program's `constants`, one entry per member each; `shape` is as for `chunk_state`."""
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
        if normalising(chunk.members[0].architecture).over == UNITS:
            floats[f"averaging{layer}"] = np.stack([_averaging(m, m.architecture.units[layer], width) for m in members])
    out: dict[str, Floats] = {name: value.astype(dtype) for name, value in floats.items()}
    flags = {
        "input_norm": [m.architecture.normalisation.input_norm for m in chunk.members],
        "hidden_norm": [m.architecture.hidden.units == "batch" for m in chunk.members],
    }
    out |= {name: np.array(values)[:, None, None] for name, values in flags.items()}
    return {**out, "group": np.array(chunk.group, np.int32)}


def _averaging(member: Member, units: int, width: int) -> Floats:
    """Matrix (w, w) that replaces each unit by the mean of its group, and the padding by 0."""
    groups = member.architecture.groups(units)
    block = np.full((units // groups, units // groups), groups / units)
    out = np.zeros((width, width))
    out[:units, :units] = np.kron(np.eye(groups), block)
    return out


def _learns_beta(member: Member) -> bool:
    """Whether β learns: not before a normalisation of batches, which undoes every shift, so that its gradient is 0."""
    architecture = member.architecture
    taken_out = architecture.hidden.units == "batch" and not architecture.hidden.after
    return architecture.normalisation.input_norm and not taken_out


def _input_affine(
    member: Member, moments: Moments, table: Dataset, recipe: Recipe, epsilon: float
) -> tuple[Floats, Floats]:
    """Scale and shift from the program's columns to the inputs of the member's γ, or else of its first Dense."""
    arm = member.architecture.normalisation
    if not (arm.input_norm or arm.standardised):
        return table.sd, table.mean
    extra = _relative_epsilon(member, moments, table, recipe, epsilon) if arm.input_norm else 0.0
    scale = 1 / np.sqrt(moments.variance + extra)
    return scale, -moments.mean * scale


def _relative_epsilon(member: Member, moments: Moments, table: Dataset, recipe: Recipe, epsilon: float) -> Floats:
    """ε as it acts on the program's columns; an ε of our own choice stays large enough for float32."""
    arm = member.architecture.normalisation
    relative = epsilon * moments.variance if arm.standardised else epsilon / np.square(table.sd)
    return np.asarray(relative if recipe.epsilon is not None else np.maximum(relative, RARE))


def _floor(member: Member, target: Moments, table: Dataset, scaled: bool) -> Floats:
    """Lower bound of a relu output in the member's units of the target; -inf for other outputs."""
    if member.architecture.output_activation != "relu":
        return np.full(table.y.shape[1], -np.inf)
    if not scaled:
        return np.zeros(table.y.shape[1])
    return (-table.y_mean / table.y_sd - target.mean) / np.sqrt(target.variance)


def widths(architectures: Sequence[Architecture]) -> tuple[int, ...]:
    """The widest one's units in each hidden layer."""
    return tuple(max(units) for units in zip(*(a.units for a in architectures), strict=True))


def chunk_state(
    chunk: Chunk, shape: Sequence[int], table: Dataset, dtype: str, normalises: bool = True
) -> dict[str, object]:
    """Build the program's `state` before training.

    Args:
        shape: padded width of each hidden layer.
        normalises: whether a member's hidden layers are normalised; otherwise nothing is kept for that.
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
        if layer < len(shape) and normalises:
            weights[f"gamma{layer}"], weights[f"beta{layer}"] = np.ones((count, 1, o)), np.zeros((count, 1, o))
            moving[f"mean{layer}"], moving[f"variance{layer}"] = np.zeros((count, 1, o)), np.ones((count, 1, o))
    for position, member in enumerate(chunk.members):
        x = _normalised(member, table) if member.knots else None
        for name, kernel in start(member, columns, outputs, x).items():
            weights[name][position, : kernel.shape[0], : kernel.shape[1]] = kernel
        if member.architecture.hidden_norm == "weight-normalised":
            _start_gains(weights, position, len(shape))
    cast = {k: v.astype(dtype) for k, v in weights.items()}
    averages = {k: v.astype(dtype) for k, v in moving.items()}
    state: dict[str, object] = {
        "weights": cast,
        "moving": averages,
        "done": np.zeros(count, bool),
        "diverged": np.zeros(count, bool),
        "epoch": np.zeros(count, np.int32),
        "running": np.zeros(count, bool),
        "loss": np.zeros(count, dtype),
        "rows": np.zeros(count, dtype),
    }
    if recipe.optimizer != "sgd":
        numbers = sum(v[0].size for v in cast.values())
        zeros = np.zeros((count, 1, numbers), dtype)
        state |= {"m": zeros, "v": zeros.copy(), "steps": np.zeros((count, 1, 1), dtype)}
    return state


def _start_gains(weights: dict[str, Floats], position: int, depth: int) -> None:
    """Give each unit of a member the length of its weights as its gain, so that it starts as without a norm."""
    for layer in range(depth):
        length = np.sqrt(np.square(weights[f"kernel{layer}"][position]).sum(0))
        weights[f"gamma{layer}"][position, 0] = np.where(length > 0, length, 1.0)


def _even_gamma(table: Dataset, member: Member) -> Floats:
    """The γ (k,) that a member starts with by `Recipe.even_start`: twice sd / range in columns of two values, else 1.

    The standard deviation of two equally frequent values is half their range. It stays 1 where γ does not learn.
    """
    if not member.architecture.normalisation.input_norm or member.sparsity > 0:
        return np.ones(table.x.shape[1])
    return table.evenness


def _normalised(member: Member, table: Dataset) -> Floats:
    """Those of the member's training rows that steps are placed by, as its first layer normalises them (r, k)."""
    moments = column_moments(table, member)
    rows = table.standard_rows(at_most(member.split.train, STEP_ROWS))
    return np.asarray((rows - moments.mean) / np.sqrt(moments.variance))


def _moving_start(chunk: Chunk, table: Dataset) -> dict[str, Floats]:
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

"""From the program's stacked arrays to each member's own network on raw columns and raw targets."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from bnfit.arrays import Floats
from bnfit.networks.hidden_norms import HiddenNorm
from bnfit.networks.layers import Activation, BatchNorm, Dense, Layer, LayerNorm, Network, Normalization
from bnfit.population.inputs import column_moments, input_epsilon, target_moments
from bnfit.population.members import Member
from bnfit.population.norms import WEIGHT_EPSILON
from bnfit.population.recipe import Recipe
from bnfit.schema.dataset import Dataset
from bnfit.scratch import blocks, joined, keep, moments, take


def member_network(
    weights: dict[str, Floats], moving: dict[str, Floats], member: Member, table: Dataset, recipe: Recipe, dtype: str
) -> tuple[Network, Floats | None]:
    """Return the member's network, and the γ of its first layer (k,) where it has one.

    Args:
        weights: the member's slices of the program's weights, padded.
        moving: the member's slices of the moving averages.
        dtype: of every layer after the first and before the last.
    """
    first = _input_layers(weights, moving, member, table, recipe)
    hidden: list[Layer] = []
    architecture = member.architecture
    depth = len(architecture.units)
    sizes = [table.x.shape[1], *architecture.units, table.y.shape[1]]
    for layer in range(depth + 1):
        i, o = sizes[layer], sizes[layer + 1]
        kernel, bias = weights[f"kernel{layer}"][:i, :o], weights[f"bias{layer}"][0, :o]
        if layer == depth:
            kernel, bias = _unscaled_output(kernel, bias, member, table, recipe)
        elif architecture.hidden.weights is not None:
            kernel = _effective_kernel(kernel, weights[f"gamma{layer}"][0, :o], architecture.hidden)
        # the output adds a target's offset to what may be a small part of it, so it keeps all digits
        precision = "float64" if layer == depth else dtype
        hidden.append(Dense(kernel.astype(precision), bias.astype(precision)))
        if layer < depth:
            norm = _hidden_norm(weights, moving, layer, member, recipe, dtype)
            pair = [*norm, Activation(architecture.activation)]
            hidden += pair[::-1] if architecture.hidden.after else pair
    if architecture.output_activation != "linear":
        hidden.append(Activation(architecture.output_activation))
    network = Network((*first, *hidden))
    if not recipe.moving_statistics and architecture.hidden.units == "batch":
        network = _with_exact_statistics(network, len(first), take(table.x, member.split.train))
    raw = next((layer.gamma for layer in first if isinstance(layer, BatchNorm)), None)
    return network, raw


def _hidden_norm(
    weights: dict[str, Floats], moving: dict[str, Floats], layer: int, member: Member, recipe: Recipe, dtype: str
) -> list[Layer]:
    """The normalisation of a hidden layer, where it is a layer."""
    architecture = member.architecture
    if architecture.hidden.units is None:
        return []
    units, epsilon = architecture.units[layer], recipe.hidden_epsilon
    gamma, beta = (weights[f"{n}{layer}"][0, :units].astype(dtype) for n in ("gamma", "beta"))
    if architecture.hidden.units == "batch":
        mean, variance = (moving[f"{n}{layer}"][0, :units].astype(dtype) for n in ("mean", "variance"))
        return [BatchNorm(gamma, beta, mean, variance, epsilon)]
    groups = architecture.groups(units) if architecture.hidden.units == "group" else None
    return [LayerNorm(gamma, beta, epsilon, groups)]


def _effective_kernel(kernel: Floats, gain: Floats, norm: HiddenNorm) -> Floats:
    """Standardise or normalise a kernel (i, o) as the program does, for a stock Dense."""
    made = kernel.astype(np.float64)
    if norm.weights == "weight-standardised":
        made = made - made.mean(0)
    made = made / np.sqrt(np.square(made).sum(0) + WEIGHT_EPSILON)
    return np.asarray(made * gain if norm.has_gain else made)


def _input_layers(
    weights: dict[str, Floats], moving: dict[str, Floats], member: Member, table: Dataset, recipe: Recipe
) -> list[Layer]:
    arm = member.architecture.normalisation
    moments = column_moments(table, member)
    mean, variance = table.mean + moments.mean * table.sd, moments.variance * np.square(table.sd)
    layers: list[Layer] = [Normalization(mean, variance)] if arm.standardised else []
    if not arm.input_norm:
        return layers
    gamma, beta = (weights[n][0].astype(np.float64) for n in ("input_gamma", "input_beta"))
    if recipe.moving_statistics and recipe.batch_statistics:
        seen = moving["input_mean"][0].astype(np.float64), moving["input_variance"][0].astype(np.float64)
        if arm.standardised:
            mean, variance = (seen[0] - moments.mean) / np.sqrt(moments.variance), seen[1] / moments.variance
        else:
            mean, variance = table.mean + seen[0] * table.sd, seen[1] * np.square(table.sd)
    elif arm.standardised:
        mean, variance = np.zeros_like(mean), np.ones_like(variance)
    epsilon = input_epsilon(table, recipe)
    if recipe.epsilon is None and arm.standardised:
        epsilon = 1e-6
    return [*layers, BatchNorm(gamma, beta, mean, variance, epsilon)]


def _unscaled_output(
    kernel: Floats, bias: Floats, member: Member, table: Dataset, recipe: Recipe
) -> tuple[Floats, Floats]:
    """Fold the target's scale into the output layer, so that the network answers in the target's own units.

    Of classes, the emphasis of training is taken out: the probabilities are those at the classes' shares of the rows.
    """
    if table.loss != "mse":
        return kernel, bias - table.logit_shift
    moments = target_moments(table, member, recipe.scale_target)
    scale = np.sqrt(moments.variance) * table.y_sd
    shift = table.y_mean + moments.mean * table.y_sd
    return kernel.astype(np.float64) * scale, bias.astype(np.float64) * scale + shift


def _with_exact_statistics(network: Network, first: int, rows: Floats) -> Network:
    """Give each hidden BatchNorm the exact statistics of its inputs for these rows, layer by layer."""
    layers: list[Layer] = list(network.layers)
    h: Floats = rows
    for position, layer in enumerate(layers):
        if position > first and isinstance(layer, BatchNorm):
            mean, variance = _exact_moments(h, layer.mean.dtype)
            layers[position] = layer = BatchNorm(layer.gamma, layer.beta, mean, variance, layer.epsilon)
        h = _forward(layer, h)
    return Network(tuple(layers))


def _exact_moments(h: Floats, dtype: DTypeLike) -> tuple[Floats, Floats]:
    """Compute mean and variance (u,) of outputs (n, u) in float64, and return them in `dtype`."""
    mean, variance = moments(len(h), 8 * h.shape[1], lambda block: h[block].astype(np.float64))
    return mean.astype(dtype), variance.astype(dtype)


def _forward(layer: Layer, h: Floats) -> Floats:
    """Compute a layer's outputs block by block: those of many rows are in a temporary file."""
    return joined([keep(layer.forward(h[block])) for block in blocks(len(h), 8 * h.shape[1])])


def member_slices(state: dict[str, Any], position: int) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """One member's weights and moving averages."""
    weights, moving = ({k: v[position] for k, v in state[name].items()} for name in ("weights", "moving"))
    return weights, moving

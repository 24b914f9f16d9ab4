"""Trained members become one network: folding, merging, calibrating γ.

The only module that knows at which position of a network which layer stands. A member is
`[Normalization] [BatchNorm] Dense ([Norm] Activation [Norm] Dense)* [BatchNorm] [Activation]`, Norm a BatchNorm or a
UnitNorm; several members merge to
`[Normalization | BatchNorm] Dense Reshape ([Units] Activation [Units] MemberDense)* [Activation] MemberMean`, those of
different architectures to one such branch each from the first Dense on, joined by `Beside` before MemberMean. Units is
`[Reshape] UnitNorm [Reshape] [MemberDense]`: one UnitNorm serves all members, so each member's γ and β go into the next
MemberDense, or into a diagonal one of their own where an activation comes first.
All folding is exact and computed in float64; only finished weights are cast to the dtype of the layer they stand in.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import (
    BLOCK,
    Activation,
    Array,
    BatchNorm,
    Beside,
    Dense,
    Layer,
    MemberDense,
    MemberMean,
    Network,
    Normalization,
    Reshape,
    UnitNorm,
)

Vector = NDArray[np.float64]

LARGEST_WEIGHT = 1e20
"""Calibration never makes a kernel's weight larger than this, so that float32 holds it and its sums."""


def input_layer(network: Network) -> tuple[int, BatchNorm] | None:
    """The BatchNorm whose γ weighs the raw columns, with its position: 0, or 1 after a Normalization; None without."""
    position = 1 if isinstance(network.layers[0], Normalization) else 0
    layer = network.layers[position] if position < len(network.layers) else None
    return (position, layer) if isinstance(layer, BatchNorm) else None


def without_hidden_norms(network: Network) -> Network:
    """The same function with every BatchNorm that follows a Dense folded into it, in float64; all others stay."""
    layers: list[Layer] = []
    for layer in network.layers:
        before = layers[-1] if layers else None
        if isinstance(layer, BatchNorm) and isinstance(before, Dense | MemberDense):
            layers[-1] = _cast(_fold_after(_cast(before, np.float64), layer), before.kernel.dtype)
        else:
            layers.append(layer)
    return Network(tuple(layers))


def merge(members: Sequence[Network], x: Array, epsilon: float) -> Network:
    """One network whose output is the mean of the members' outputs.

    Args:
        members: networks of one arm; those of one architecture stand together. Each keeps its own first-layer
            statistics, γ and β: they fold into its slice of the merged first Dense.
        x: raw columns (n, k) of all rows, finite; the merged first layer takes their exact mean and variance.
        epsilon: the ε of the merged BatchNorm, far below the smallest column variance.

    Returns:
        The merged network, with γ 1 and β 0 where its first layer is a BatchNorm. One member is returned as it is.

    Raises:
        ValueError: no members, members whose first layers or outputs differ, or members of one architecture apart.
    """
    if not members:
        raise ValueError("no members to merge")
    if len(members) == 1:
        return members[0]
    _check_alike(members)
    first = _first_layer(split_off(members[0])[0], np.asarray(x, np.float64), epsilon)
    alike = [list(group) for _, group in itertools.groupby(members, _outline)]
    branches = [_side_by_side(group, first) for group in alike]
    inside = branches[0] if len(branches) == 1 else (Beside(tuple(branches)),)
    return Network((*([] if first is None else [first]), *inside, MemberMean()))


def _side_by_side(members: Sequence[Network], first: BatchNorm | Normalization | None) -> tuple[Layer, ...]:
    """The layers after a merged first layer that give the outputs (n, m, o) of members of one architecture."""
    # each Dense keeps its own: that of the last holds a target far from 0
    dtypes = [layer.kernel.dtype for layer in members[0].layers if isinstance(layer, Dense)]
    dtype, later = dtypes[0], iter(dtypes[1:])
    split = [split_off(member) for member in members]
    entries = [refolded(leading, rest[0], first) for leading, rest in split]
    side_by_side = Dense(np.hstack([entry.kernel for entry in entries]), np.hstack([entry.bias for entry in entries]))
    layers: list[Layer] = [_cast(side_by_side, dtype), Reshape((len(members), entries[0].bias.size))]
    for alike in zip(*(rest[1:] for _, rest in split), strict=True):
        dense = [layer for layer in alike if isinstance(layer, Dense)]
        stacked = MemberDense(np.stack([d.kernel for d in dense]), np.stack([d.bias for d in dense])) if dense else None
        if isinstance(alike[0], UnitNorm):
            norms = [layer for layer in alike if isinstance(layer, UnitNorm)]
            layers += _unit_norms(norms, dtype)
        else:
            layers.append(_cast(stacked, next(later)) if stacked else alike[0])
    return tuple(layers)


def calibrate(network: Network, x: Array) -> tuple[Network, Vector]:
    """Rescale a network so that the |γ| of its first layer is each column's importance; the function stays the same.

    The importance G_k is the RMS over rows and outputs of ∂f/∂x̂_k, x̂ being the first layer's normalised columns: the
    change of the output per standard deviation. The sign of γ stays, β moves into the next Dense's bias and becomes 0.

    Args:
        network: any network; one that does not begin with a BatchNorm and a Dense is returned as it is.
        x: raw columns (n, k) to average over.

    Returns:
        The network, and G (k,). A column with γ 0 or without any weight has G 0 and γ exactly 0. A column that matters
        but has slope 0 on every row (saturated units) has G 0 and keeps a γ of about 1e-20, as its weights still count.
        Without a BatchNorm, x̂ is what Normalization makes of x, or x over its standard deviations.
    """
    found = input_layer(network)
    if found is None:
        scaled = isinstance(network.layers[0], Normalization)
        deviation = 1.0 if scaled else np.sqrt(statistics(x)[1])
        return network, _rms_slope(network, x, int(scaled)) * deviation
    position, norm = found
    gamma, slope = norm.gamma.astype(np.float64), _rms_slope(network, x, position + 1)
    entries = entry_layers(network.layers[position + 1 :])
    if not entries:
        return network, np.abs(gamma) * slope
    kernel = np.hstack([dense.kernel.astype(np.float64) for dense in entries])
    used = (gamma != 0) & kernel.any(axis=1)
    factor = np.where(used, np.maximum(slope, np.abs(kernel).max(axis=1) / LARGEST_WEIGHT), 1)
    beta = norm.beta.astype(np.float64)

    def rescaled(dense: Dense) -> Dense:
        exact = dense.kernel.astype(np.float64)
        moved: Dense = _cast(Dense(exact / factor[:, None], dense.bias + beta @ exact), dense.kernel.dtype)
        return moved

    calibrated = replace(
        norm, gamma=np.where(used, gamma * factor, 0).astype(norm.gamma.dtype), beta=np.zeros_like(norm.beta)
    )
    rest = _with_entries(network.layers[position + 1 :], rescaled)
    return Network((*network.layers[:position], calibrated, *rest)), np.abs(gamma) * slope


def entry_layers(layers: Sequence[Layer]) -> list[Dense]:
    """The Dense that the layers begin with, or that each of their branches does; none if they begin otherwise."""
    starts = [branch[0] for branch in layers[0].branches] if layers and isinstance(layers[0], Beside) else layers[:1]
    dense = [layer for layer in starts if isinstance(layer, Dense)]
    return dense if len(dense) == len(starts) else []


def _with_entries(layers: Sequence[Layer], change: Callable[[Dense], Dense]) -> tuple[Layer, ...]:
    """The layers with every layer of `entry_layers` changed."""
    first, *rest = layers
    if isinstance(first, Beside):
        return Beside(tuple(_with_entries(branch, change) for branch in first.branches)), *rest
    assert isinstance(first, Dense)
    return change(first), *rest


def statistics(x: Array) -> tuple[Vector, Vector]:
    """Mean and variance (k,) of each column of x (n, k), exact in float64 however far the column lies from 0."""
    x = np.asarray(x, np.float64)
    centred = x - x[0]
    mean = centred.mean(axis=0)
    return x[0] + mean, np.square(centred - mean).mean(axis=0)


def layer_weights(layer: Layer) -> list[Any]:
    """A layer's arrays in the order of Keras' `set_weights`; none for a layer without any."""
    match layer:
        case BatchNorm():
            return [layer.gamma, layer.beta, layer.mean, layer.variance]
        case Normalization():
            # With a count, as after `adapt`: what the constructor is given becomes float32 on loading.
            return [layer.mean, layer.variance, np.int64(0)]
        case Dense() | MemberDense():
            return [layer.kernel, layer.bias]
        case UnitNorm():
            return [layer.gamma, layer.beta]
        case _:
            return []


def _unit_norms(norms: Sequence[UnitNorm], dtype: Any) -> list[Layer]:
    """The same UnitNorm of every member as one layer on (n, m, u), with each member's own γ and β behind it."""
    count, units, groups = len(norms), norms[0].gamma.size, norms[0].groups or 1
    inner = units // groups
    shared: Layer = UnitNorm(np.ones(inner, dtype), np.zeros(inner, dtype), norms[0].epsilon)
    layers = [shared] if groups == 1 else [Reshape((count * groups, inner)), shared, Reshape((count, units))]
    gamma, beta = np.stack([n.gamma for n in norms]), np.stack([n.beta for n in norms])
    if (gamma == 1).all() and not beta.any():
        return layers
    return [*layers, _cast(MemberDense(gamma[:, :, None] * np.eye(units), beta), dtype)]


def _rms_slope(network: Network, x: Array, start: int) -> Vector:
    """RMS over rows and outputs of the derivative at the input of layer `start`, (d,), with bounded memory."""
    outputs = network(x[:1]).shape[1]
    rows = max(1, BLOCK // (outputs * x.shape[1]))
    blocks = (network.jacobian(x[i : i + rows], start) for i in range(0, len(x), rows))
    total = sum(np.square(block).sum(axis=(0, 1)) for block in blocks)
    return np.asarray(np.sqrt(total / (len(x) * outputs)))


def _cast(layer: Dense | MemberDense, dtype: Any) -> Any:
    return type(layer)(layer.kernel.astype(dtype), layer.bias.astype(dtype))


def _affine(layer: BatchNorm | Normalization) -> tuple[Vector, Vector, Vector]:
    """A leading layer as (x - mean) * factor + offset, all (k,) float64; a γ of 0 gives a factor of 0."""
    mean, variance = layer.mean.astype(np.float64), layer.variance.astype(np.float64)
    if isinstance(layer, Normalization):
        return mean, Normalization(mean, variance).scale().astype(np.float64), np.zeros_like(mean)
    gamma, deviation = layer.gamma.astype(np.float64), np.sqrt(variance + layer.epsilon)
    factor = np.divide(gamma, deviation, out=np.zeros_like(gamma), where=gamma != 0)
    return mean, factor, layer.beta.astype(np.float64)


def _fold_after(dense: Dense | MemberDense, norm: BatchNorm) -> Dense | MemberDense:
    """A dense layer that also does what the BatchNorm after it does."""
    mean, factor, offset = _affine(norm)
    return type(dense)(dense.kernel * factor, (dense.bias - mean) * factor + offset)


def _scale_and_offset(norm: BatchNorm | UnitNorm) -> tuple[Vector, Vector]:
    """What a norm after an activation multiplies by and adds, besides what a UnitNorm does to each row."""
    if isinstance(norm, UnitNorm):
        return norm.gamma.astype(np.float64), norm.beta.astype(np.float64)
    mean, factor, offset = _affine(norm)
    return factor, offset - mean * factor


def split_off(member: Network) -> tuple[list[BatchNorm | Normalization], list[Dense | Activation | UnitNorm]]:
    """A member's layers before its first Dense, and the rest with the hidden norms folded, in float64.

    Of a UnitNorm only γ and β fold, into a Dense right after it; those before an activation stay.
    """
    layers = tuple(_cast(layer, np.float64) if isinstance(layer, Dense) else layer for layer in member.layers)
    leading: list[BatchNorm | Normalization] = []
    rest: list[Dense | Activation | UnitNorm] = []
    waiting: tuple[Vector, Vector] | None = None
    for layer in without_hidden_norms(Network(layers)).layers:
        if isinstance(layer, BatchNorm | Normalization) and not rest:
            leading.append(layer)
        elif isinstance(layer, BatchNorm | UnitNorm) and rest and isinstance(rest[-1], Activation):
            waiting = _scale_and_offset(layer)
            if isinstance(layer, UnitNorm):
                rest.append(replace(layer, gamma=np.ones_like(layer.gamma), beta=np.zeros_like(layer.beta)))
        elif isinstance(layer, Dense) and waiting is not None:
            factor, offset = waiting
            rest.append(Dense(layer.kernel * factor[:, None], layer.bias + offset @ layer.kernel))
            waiting = None
        elif isinstance(layer, Dense) or (isinstance(layer, Activation | UnitNorm) and rest):
            rest.append(layer)
        else:
            raise ValueError(f"a member with {type(layer).__name__} at this place cannot be merged")
    return leading, rest


def _first_layer(leading: Sequence[Layer], x: Vector, epsilon: float) -> BatchNorm | Normalization | None:
    """The merged network's first layer, with the statistics of all rows."""
    if not leading:
        return None
    mean, variance = statistics(x)
    if any(isinstance(layer, BatchNorm) for layer in leading):
        return BatchNorm(np.ones_like(mean), np.zeros_like(mean), mean, variance, epsilon)
    return Normalization(mean, variance)


def refolded(
    leading: Sequence[BatchNorm | Normalization], dense: Layer, first: BatchNorm | Normalization | None
) -> Dense:
    """The Dense that gives from the merged first layer's output what the member's own layers give from raw columns."""
    assert isinstance(dense, Dense)
    if first is None:
        return dense
    scale, shift = 1 / first.scale(), first.mean  # x = shift + scale * (output of `first`)
    for layer in leading:
        mean, factor, offset = _affine(layer)
        scale, shift = scale * factor, (shift - mean) * factor + offset
    return Dense(dense.kernel * scale[:, None], dense.bias + shift @ dense.kernel)


def _outline(member: Network) -> list[tuple[str, str, list[tuple[int, ...]]]]:
    """What members that can be stacked have in common."""
    return [(type(a).__name__, getattr(a, "name", ""), [w.shape for w in layer_weights(a)]) for a in member.layers]


def _check_alike(members: Sequence[Network]) -> None:
    """Raises: ValueError where the members take or give something else, or one architecture stands in two places."""
    ends = [_ends(member) for member in members]
    for number, end in enumerate(ends):
        if end != ends[0]:
            raise ValueError(f"member {number} is {_outline(members[number])}, but member 0 is {_outline(members[0])}")
    runs = [outline for outline, _ in itertools.groupby(members, _outline)]
    if any(run in runs[:number] for number, run in enumerate(runs)):
        raise ValueError("members of one architecture must stand together")


def _ends(member: Network) -> tuple[list[str], int, tuple[int, ...], str]:
    """Kinds of the layers before the first Dense, columns, outputs, and the output's activation."""
    leading = [type(layer).__name__ for layer in itertools.takewhile(lambda a: not isinstance(a, Dense), member.layers)]
    dense = [layer for layer in member.layers if isinstance(layer, Dense)]
    last = getattr(member.layers[-1], "name", "")
    return leading, len(dense[0].kernel), dense[-1].bias.shape, last

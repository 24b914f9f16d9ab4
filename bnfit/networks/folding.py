"""Normalisations folded into the dense layers beside them: fewer layers, the same function.

All folding is exact and computed in float64; only finished weights are cast to the dtype of the layer they stand in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import DTypeLike

from bnfit.arrays import Floats
from bnfit.networks.layers import Activation, BatchNorm, Dense, Layer, LayerNorm, MemberDense, Network, Normalization
from bnfit.scratch import moments

AnyDense = TypeVar("AnyDense", bound=Dense | MemberDense)


def cast_dense(layer: AnyDense, dtype: DTypeLike) -> AnyDense:
    """Return the layer with its kernel and its bias in `dtype`."""
    return type(layer)(layer.kernel.astype(dtype), layer.bias.astype(dtype))


def statistics(x: Floats) -> tuple[Floats, Floats]:
    """Compute mean and variance (k,) of each column of x (n, k), exact in float64 however far it lies from 0."""
    first = x[0].astype(np.float64)
    mean, variance = moments(len(x), 8 * x.shape[1], lambda block: x[block] - first)
    return first + mean, variance


def without_hidden_norms(network: Network) -> Network:
    """Fold every BatchNorm that follows a dense layer into it, in float64; all other layers stay."""
    layers: list[Layer] = []
    for layer in network.layers:
        before = layers[-1] if layers else None
        if isinstance(layer, BatchNorm) and isinstance(before, Dense | MemberDense):
            layers[-1] = cast_dense(_fold_after(cast_dense(before, np.float64), layer), before.kernel.dtype)
        else:
            layers.append(layer)
    return Network(tuple(layers))


def split_off(member: Network) -> tuple[list[BatchNorm | Normalization], list[Dense | Activation | LayerNorm]]:
    """Split a member into the layers before its first Dense, and the rest with the hidden norms folded, in float64.

    Of a LayerNorm only γ and β fold, into a Dense right after it; those before an activation stay.

    Raises:
        ValueError: a layer stands where no member has it.
    """
    layers = tuple(cast_dense(layer, np.float64) if isinstance(layer, Dense) else layer for layer in member.layers)
    leading: list[BatchNorm | Normalization] = []
    rest: list[Dense | Activation | LayerNorm] = []
    waiting: tuple[Floats, Floats] | None = None
    for layer in without_hidden_norms(Network(layers)).layers:
        if isinstance(layer, BatchNorm | Normalization) and not rest:
            leading.append(layer)
        elif isinstance(layer, BatchNorm | LayerNorm) and rest and isinstance(rest[-1], Activation):
            waiting = _scale_and_offset(layer)
            if isinstance(layer, LayerNorm):
                rest.append(replace(layer, gamma=np.ones_like(layer.gamma), beta=np.zeros_like(layer.beta)))
        elif isinstance(layer, Dense) and waiting is not None:
            factor, offset = waiting
            rest.append(Dense(layer.kernel * factor[:, None], layer.bias + offset @ layer.kernel))
            waiting = None
        elif isinstance(layer, Dense) or (isinstance(layer, Activation | LayerNorm) and rest):
            rest.append(layer)
        else:
            raise ValueError(f"a member with {type(layer).__name__} at this place cannot be merged")
    return leading, rest


def refolded(
    leading: Sequence[BatchNorm | Normalization], dense: Layer, first: BatchNorm | Normalization | None
) -> Dense:
    """Fold a member's leading layers into its first Dense, which then follows another first layer.

    Args:
        leading: the member's layers before its first Dense.
        dense: that Dense, in float64.
        first: the layer that the Dense follows from now on, with γ 1 and β 0; None where it takes the raw columns.
    """
    assert isinstance(dense, Dense)
    if first is None:
        return dense
    scale, shift = 1 / first.scale(), first.mean  # x = shift + scale * (output of `first`)
    for layer in leading:
        mean, factor, offset = _affine(layer)
        scale, shift = scale * factor, (shift - mean) * factor + offset
    return Dense(dense.kernel * scale[:, None], dense.bias + shift @ dense.kernel)


def _affine(layer: BatchNorm | Normalization) -> tuple[Floats, Floats, Floats]:
    """Write a leading layer as (x - mean) * factor + offset, all (k,) float64; a γ of 0 gives a factor of 0."""
    mean, variance = layer.mean.astype(np.float64), layer.variance.astype(np.float64)
    if isinstance(layer, Normalization):
        return mean, Normalization(mean, variance).scale().astype(np.float64), np.zeros_like(mean)
    gamma, deviation = layer.gamma.astype(np.float64), np.sqrt(variance + layer.epsilon)
    factor = np.divide(gamma, deviation, out=np.zeros_like(gamma), where=gamma != 0)
    return mean, factor, layer.beta.astype(np.float64)


def _fold_after(dense: AnyDense, norm: BatchNorm) -> AnyDense:
    """Return a dense layer that also does what the BatchNorm after it does."""
    mean, factor, offset = _affine(norm)
    return type(dense)(dense.kernel * factor, (dense.bias - mean) * factor + offset)


def _scale_and_offset(norm: BatchNorm | LayerNorm) -> tuple[Floats, Floats]:
    """Return the factor and the offset of a norm after an activation, without a LayerNorm's work on each row."""
    if isinstance(norm, LayerNorm):
        return norm.gamma.astype(np.float64), norm.beta.astype(np.float64)
    mean, factor, offset = _affine(norm)
    return factor, offset - mean * factor

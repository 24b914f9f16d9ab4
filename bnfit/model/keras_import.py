"""Import of a Keras model: its configuration and weights, checked, become a network.

A model is a chain of stock layers, which may fork. Layers and settings are checked against a list, weights against the
shapes that the configuration implies. Nothing is imported, looked up or run because a file names it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import ModelFileError
from bnfit.model.keras_config import Fork, Shape, Spec, UnknownModelError, read_graph, shown
from bnfit.model.keras_names import foreign_name
from bnfit.networks.layers import (
    Activation,
    BatchNorm,
    Branches,
    Dense,
    Layer,
    LayerNorm,
    MemberDense,
    MemberMean,
    Network,
    Normalization,
    Reshape,
)

MOST_WIDTHS = 1 << 23
"""Widths of all layers together: more than 64 members on 20,000 columns have in five layers each."""


class Weights(Protocol):
    """Source of the arrays of a layer."""

    def __call__(self, spec: Spec, shapes: Sequence[Shape]) -> list[Floats]:
        """Return the first arrays of a layer, which must have these shapes and finite values."""


class _Counted:
    """Weights that count the widths of the layers, which some layers make arrays of without any in the file."""

    def __init__(self, weights: Weights) -> None:
        self._weights, self._left = weights, MOST_WIDTHS

    def __call__(self, spec: Spec, shapes: Sequence[Shape]) -> list[Floats]:
        return self._weights(spec, shapes)

    def count(self, spec: Spec, shape: Shape) -> None:
        """Count the width of a layer's input.

        Raises:
            ModelFileError: all layers so far are wider together than bnfit reads.
        """
        self._left -= math.prod(shape)
        if self._left < 0:
            raise spec.damaged(f"and the layers before it are wider than {MOST_WIDTHS:,} together")


class LayerFallback(Protocol):
    """Source of the layers that bnfit has no counterpart of."""

    def __call__(self, spec: Spec) -> tuple[list[Layer], Shape]:
        """Return the layer, and the shape of its output per row."""


def build_network(
    config: Any, weights: Weights, fallback: LayerFallback | None = None, columns: int | None = None
) -> Network:
    """Build the network that a parsed config.json describes.

    Args:
        config: the content of config.json, of any type.
        weights: source of the arrays.
        fallback: source of the layers that are not in `READERS`; None refuses them, and all that is not Keras' own.
        columns: how many it must take; None for any number.

    Raises:
        ModelFileError: not a chain of the layers in `READERS`, with forks or without, or weights that do not fit it.
    """
    first, *rest = read_graph(config)
    weights = _Counted(weights)
    batch_shape = first.settings.get("batch_shape") if isinstance(first, Spec) and first.kind == "InputLayer" else None
    if not isinstance(first, Spec) or not isinstance(batch_shape, list) or len(batch_shape) != 2:
        raise UnknownModelError("the model does not take one table of shape (rows, columns)")
    shape = first.sizes("batch_shape", batch_shape[1:])
    first.dtype()
    if columns is not None and shape != (columns,):
        raise ModelFileError(f"the network takes {shape[0]:,} columns, and the file describes {columns:,}")
    layers, shape = _read_layers(rest, shape, weights, fallback)
    foreign = None if fallback is not None else foreign_name(config)
    if foreign is not None:
        raise UnknownModelError(f"the file names {shown(foreign)}, which is not Keras' own")
    if len(shape) != 1 or not layers:
        raise ModelFileError(f"the model's output has shape {shown(shape)} per row; bnfit reads (outputs,)")
    return Network(tuple(layers))


def _read_layers(
    specs: Sequence[Spec | Fork], shape: Shape, weights: Weights, fallback: LayerFallback | None
) -> tuple[list[Layer], Shape]:
    """Read layers whose input has `shape` per row; also return the shape of their output."""
    layers: list[Layer] = []
    for spec in specs:
        if isinstance(spec, Fork):
            added, shape = _read_fork(spec, shape, weights, fallback)
        else:
            try:
                added, shape = _read_layer(spec, shape, weights)
            except UnknownModelError:
                if fallback is None:
                    raise
                added, shape = fallback(spec)
        layers += added
    return layers, shape


def _read_fork(fork: Fork, shape: Shape, weights: Weights, fallback: LayerFallback | None) -> tuple[list[Layer], Shape]:
    """Read branches whose outputs are joined along the axis of the members."""
    join = fork.join
    if not join.stock or join.kind != "Concatenate" or len(shape) != 1:
        raise join.unknown("joins layers in a way that bnfit does not read")
    join.expect("axis", 1, -2)
    join.dtype()
    read = [_read_layers(branch, shape, weights, fallback) for branch in fork.branches]
    shapes = [made for _, made in read]
    if any(len(made) != 2 or made[1] != shapes[0][-1] for made in shapes):
        raise join.unknown(f"joins {shown(shapes)}")
    together = join.bounded((sum(made[0] for made in shapes), shapes[0][1]))
    return [Branches(tuple(tuple(layers) for layers, _ in read))], together


def _read_layer(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    if not spec.stock or spec.kind not in READERS:
        raise UnknownModelError(f"layer {shown(spec.kind)} is not on the list of layers that bnfit reads")
    if isinstance(weights, _Counted):
        weights.count(spec, shape)
    return READERS[spec.kind](spec, shape, weights)


def _batch_normalization(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("axis", -1, len(shape), [-1], [len(shape)])
    width, dtype = shape[-1], np.dtype(spec.dtype())
    scale, center = spec.expect("scale", True, False), spec.expect("center", True, False)
    epsilon = spec.settings.get("epsilon", 1e-3)
    if type(epsilon) not in (int, float) or not 0 <= epsilon < 1e300:
        raise spec.damaged(f"has epsilon {shown(epsilon)}")
    arrays = [a.astype(dtype) for a in weights(spec, [(width,)] * (2 + scale + center))]
    gamma = arrays.pop(0) if scale else np.ones(width, dtype)
    beta = arrays.pop(0) if center else np.zeros(width, dtype)
    if not np.all(arrays[1] + dtype.type(epsilon) > 0):
        raise spec.damaged("has a variance that is not positive")
    return [BatchNorm(gamma, beta, arrays[0], arrays[1], float(epsilon))], shape


def _layer_normalization(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("axis", -1, len(shape), [-1], [len(shape)])
    spec.expect("rms_scaling", False)
    width, dtype = shape[-1], np.dtype(spec.dtype())
    groups = spec.size("groups") if spec.kind == "GroupNormalization" else None
    if groups is not None and (width % groups or len(shape) > 1):
        raise spec.damaged(f"makes {groups} groups of {shown(shape)}")
    scale, center = spec.expect("scale", True, False), spec.expect("center", True, False)
    epsilon = spec.settings.get("epsilon", 1e-3)
    if type(epsilon) not in (int, float) or not 0 < epsilon < 1e30:
        raise spec.damaged(f"has epsilon {shown(epsilon)}")
    arrays = [a.astype(dtype) for a in weights(spec, [(width,)] * (scale + center))] if scale or center else []
    gamma = arrays.pop(0) if scale else np.ones(width, dtype)
    beta = arrays.pop(0) if center else np.zeros(width, dtype)
    return [LayerNorm(gamma, beta, float(epsilon), groups)], shape


def _normalization(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("axis", -1, len(shape), [-1], [len(shape)])
    spec.expect("invert", False)
    given = [spec.settings.get("mean"), spec.settings.get("variance")]
    if given == [None, None]:
        arrays = weights(spec, [(shape[-1],)] * 2)
    else:  # Keras makes them float32 when it loads them, whatever the layer's dtype
        arrays = [_constants(spec, value, shape[-1]) for value in given]
    if not np.all(arrays[1] >= 0):
        raise spec.damaged("has a negative variance")
    return [Normalization(*(a.astype(spec.dtype()) for a in arrays))], shape


def _constants(spec: Spec, value: Any, width: int) -> Floats:
    numbers = value if isinstance(value, list) else [value]
    fits = len(numbers) == width or not isinstance(value, list)
    if not fits or not all(type(n) in (int, float) and abs(n) < 1e38 for n in numbers):
        raise spec.damaged(f"has no usable mean and variance: {shown(value)}")
    return np.broadcast_to(np.array(numbers, np.float32), (width,))


def _dense(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    units, dtype = spec.size("units"), spec.dtype()
    kernel, bias = _kernel_and_bias(spec, (shape[-1], units), (units,), spec.expect("use_bias", True, False), weights)
    return [Dense(kernel.astype(dtype), bias.astype(dtype)), *_activated(spec)], spec.bounded((*shape[:-1], units))


def _einsum_dense(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("equation", "bmi,mio->bmo")
    biased, dtype = spec.expect("bias_axes", None, "mo") is not None, spec.dtype()
    out = spec.sizes("output_shape")
    if len(shape) != 2 or len(out) != 2 or out[0] != shape[0]:
        raise spec.damaged(f"makes {shown(out)} from {shown(shape)}")
    kernel, bias = _kernel_and_bias(spec, (*shape, out[1]), out, biased, weights)
    return [MemberDense(kernel.astype(dtype), bias.astype(dtype)), *_activated(spec)], out


def _kernel_and_bias(spec: Spec, kernel: Shape, bias: Shape, biased: bool, weights: Weights) -> tuple[Floats, Floats]:
    arrays = weights(spec, [spec.bounded(kernel), spec.bounded(bias)][: 1 + biased])
    return arrays[0], arrays[1] if biased else np.zeros(bias)


def _activated(spec: Spec) -> list[Layer]:
    name = spec.activation()
    return [] if name == "linear" else [Activation(name)]


def _activation(spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    spec.dtype()
    return _activated(spec), shape


def _reshape(spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    target = spec.sizes("target_shape")
    if np.prod(target) != np.prod(shape):
        raise spec.damaged(f"makes {shown(target)} from {shown(shape)}")
    return [Reshape(target)], target


def _average(spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("keepdims", False)
    spec.expect("data_format", "channels_last")
    if len(shape) != 2:
        raise spec.damaged(f"averages {shown(shape)}")
    return [MemberMean()], shape[1:]


def _nothing(_spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    return [], shape


READERS: dict[str, Callable[[Spec, Shape, Weights], tuple[list[Layer], Shape]]] = {
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "GroupNormalization": _layer_normalization,
    "Normalization": _normalization,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Activation": _activation,
    "Reshape": _reshape,
    "GlobalAveragePooling1D": _average,
    "Dropout": _nothing,
    "GaussianNoise": _nothing,
}
"""Reader of each stock layer; those that only act in training become nothing."""

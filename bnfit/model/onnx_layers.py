"""Layers of a network as ONNX nodes, in float64."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from bnfit.errors import ModelFileError
from bnfit.model.onnx_graph import Graph
from bnfit.networks.activations import SELU_ALPHA, SELU_SCALE
from bnfit.networks.layers import (
    Activation,
    BatchNorm,
    Branches,
    Dense,
    Layer,
    LayerNorm,
    MemberDense,
    MemberMean,
    Normalization,
    Reshape,
)
from bnfit.networks.rowwise import affine

Shape = tuple[int, ...]
"""Of a row."""


def add_layers(graph: Graph, layers: Sequence[Layer], value: str, shape: Shape) -> tuple[str, Shape]:
    """Add layers that take a value (rows, *shape); return that of the last one, and the shape of its rows.

    Raises:
        ModelFileError: a layer is one that only Keras can run.
    """
    for layer in layers:
        value, shape = _add(graph, layer, value, shape)
    return value, shape


def _add(graph: Graph, layer: Layer, value: str, shape: Shape) -> tuple[str, Shape]:
    if isinstance(layer, BatchNorm | Normalization):
        return _add_norm(graph, layer, value), shape
    if isinstance(layer, LayerNorm):
        return _add_layer_norm(graph, layer, value, shape), shape
    if isinstance(layer, Dense):
        product = graph.add("MatMul", value, graph.numbers(layer.kernel))
        return graph.add("Add", product, graph.numbers(layer.bias)), (*shape[:-1], layer.bias.size)
    if isinstance(layer, MemberDense):
        first = graph.add("Transpose", value, perm=[1, 0, 2])
        product = graph.add("MatMul", first, graph.numbers(layer.kernel))
        out = graph.add("Add", product, graph.numbers(layer.bias[:, None]))
        return graph.add("Transpose", out, perm=[1, 0, 2]), layer.bias.shape
    if isinstance(layer, Activation):
        return ACTIVATIONS[layer.name](graph, value), shape
    if isinstance(layer, Reshape):
        return graph.reshape(value, (-1, *layer.shape)), layer.shape
    if isinstance(layer, Branches):
        ends = [add_layers(graph, branch, value, shape) for branch in layer.branches]
        joined = graph.add("Concat", *(end for end, _ in ends), axis=1)
        return joined, (sum(of[0] for _, of in ends), *ends[0][1][1:])
    if isinstance(layer, MemberMean):
        return graph.add("ReduceMean", value, axes=[1], keepdims=0), shape[1:]
    raise ModelFileError(f"layer '{layer.name}' cannot be exported: only Keras can run it")


def _add_norm(graph: Graph, layer: BatchNorm | Normalization, value: str) -> str:
    mean, scale, shift = map(graph.numbers, affine(layer))
    return graph.add("Add", graph.add("Mul", graph.add("Sub", value, mean), scale), shift)


def _add_layer_norm(graph: Graph, layer: LayerNorm, value: str, shape: Shape) -> str:
    groups = layer.groups or 1
    grouped = graph.reshape(value, (-1, *shape[:-1], groups, shape[-1] // groups))
    centred = graph.add("Sub", grouped, graph.add("ReduceMean", grouped, axes=[-1], keepdims=1))
    square = graph.add("Mul", centred, centred)
    variance = graph.add("ReduceMean", square, axes=[-1], keepdims=1)
    spread = graph.add("Sqrt", graph.add("Add", variance, graph.numbers(layer.epsilon)))
    normalised = graph.reshape(graph.add("Div", centred, spread), (-1, *shape))
    scaled = graph.add("Mul", normalised, graph.numbers(layer.gamma))
    return graph.add("Add", scaled, graph.numbers(layer.beta))


def _selu(graph: Graph, value: str) -> str:
    below = graph.add("Min", value, graph.numbers(0.0))
    grown = graph.add("Sub", graph.add("Exp", below), graph.numbers(1.0))
    curved = graph.add("Mul", grown, graph.numbers(SELU_SCALE * SELU_ALPHA))
    straight = graph.add("Mul", graph.add("Relu", value), graph.numbers(SELU_SCALE))
    return graph.add("Add", straight, curved)


def _one(operator: str) -> Callable[[Graph, str], str]:
    return lambda graph, value: graph.add(operator, value)


ACTIVATIONS: dict[str, Callable[[Graph, str], str]] = {
    "linear": _one("Identity"),
    "relu": _one("Relu"),
    "tanh": _one("Tanh"),
    "sigmoid": _one("Sigmoid"),
    "selu": _selu,
    "silu": lambda graph, value: graph.add("Mul", value, graph.add("Sigmoid", value)),
    "softmax": lambda graph, value: graph.add("Softmax", value, axis=-1),
}
"""By name of `bnfit.networks.activations.ACTIVATION_FUNCTIONS`: adds its nodes."""


def add_sine(graph: Graph, turns: str, wave: str) -> str:
    """Add the sine or cosine of a number of turns."""
    angle = graph.add("Mul", turns, graph.numbers(2 * np.pi))
    # the sine alone is in every runtime for float64
    return graph.add("Sin", angle if wave == "sin" else graph.add("Add", angle, graph.numbers(math.pi / 2)))

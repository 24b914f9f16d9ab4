"""Activations and their slopes in NumPy, by Keras' names."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


def _one_plus_exp(z: Array) -> Array:
    """1 + exp(-z), infinite where that is too large; in one array, as these are the dearest steps of an explanation."""
    out = np.negative(z)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    out += 1
    return np.asarray(out)


def _sigmoid(z: Array) -> Array:
    return np.asarray(1 / _one_plus_exp(z))


def _silu(z: Array) -> Array:
    out = _one_plus_exp(z)
    return np.asarray(np.divide(z, out, out=out))


def softmax(z: Array) -> Array:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _selu(z: Array) -> Array:
    scale, alpha = z.dtype.type(SELU_SCALE), z.dtype.type(SELU_ALPHA)
    return np.asarray(scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))))


def _selu_slope(z: Array) -> Array:
    scale, alpha = z.dtype.type(SELU_SCALE), z.dtype.type(SELU_ALPHA)
    return np.asarray(scale * np.where(z > 0, z.dtype.type(1), alpha * np.exp(np.minimum(z, 0))))


def _silu_slope(z: Array) -> Array:
    s = _sigmoid(z)
    return np.asarray(s * (1 + z * (1 - s)))


ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, z.dtype.type(0)),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "selu": _selu,
    "silu": _silu,
    "softmax": softmax,
}
"""Activation name (Keras') to function; softmax is over the last axis."""

SLOPES: dict[str, Callable[[Array], Array]] = {
    "linear": np.ones_like,
    "relu": lambda z: (z > 0).astype(z.dtype),
    "tanh": lambda z: 1 - np.tanh(z) ** 2,
    "sigmoid": lambda z: _sigmoid(z) * (1 - _sigmoid(z)),
    "selu": _selu_slope,
    "silu": _silu_slope,
}
"""Derivative of each elementwise activation at its input."""

"""Normalisations of hidden layers that need no batch, for all members at once."""

from __future__ import annotations

from typing import Any

from bnfit.population.backend import tf

Tensors = dict[str, Any]

WEIGHT_EPSILON = 1e-10
"""Added to the variance of standardised weights, so that a unit with equal weights stays finite."""


def over_units(z: Any, layer: int, weights: Tensors, constants: Tensors, epsilon: float) -> Any:
    """Keras' LayerNormalization and GroupNormalization: each row over its own units, 0 in the padding of z."""
    averaging = constants[f"averaging{layer}"]
    centred = z - tf.matmul(z, averaging)
    variance = tf.matmul(tf.square(centred), averaging)
    factor = tf.math.rsqrt(variance + epsilon) * weights[f"gamma{layer}"]
    return centred * factor + weights[f"beta{layer}"]


def standardised(layer: int, weights: Tensors, constants: Tensors) -> Any:
    """Kernels (m, i, o) whose columns have mean 0 and variance γ² / i, the padding left out (Qiao et al. 2019)."""
    kernel = weights[f"kernel{layer}"]
    real = tf.transpose(constants[f"mask{layer - 1}"], [0, 2, 1]) if layer else tf.ones_like(kernel[:, :, :1])
    count = tf.reduce_sum(real, 1, keepdims=True)
    centred = (kernel - tf.reduce_sum(kernel * real, 1, keepdims=True) / count) * real
    size = tf.reduce_sum(tf.square(centred), 1, keepdims=True)
    return centred * tf.math.rsqrt(size + WEIGHT_EPSILON) * weights[f"gamma{layer}"]

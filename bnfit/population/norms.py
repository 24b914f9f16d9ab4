"""Normalisations of hidden layers, and of weights, that need no batch, for all members at once."""

from __future__ import annotations

from typing import Any

from bnfit.population.backend import tf
from bnfit.population.members import Normalising

Tensors = dict[str, Any]

WEIGHT_EPSILON = 1e-10
"""Added to the sum of squares of a unit's weights, so that a unit with equal weights stays finite."""


def over_units(z: Any, layer: int, weights: Tensors, constants: Tensors, epsilon: float) -> Any:
    """Keras' LayerNormalization and GroupNormalization: each row over its own units, 0 in the padding of z."""
    averaging = constants[f"averaging{layer}"]
    centred = z - tf.matmul(z, averaging)
    variance = tf.matmul(tf.square(centred), averaging)
    factor = tf.math.rsqrt(variance + epsilon) * weights[f"gamma{layer}"]
    return centred * factor + weights[f"beta{layer}"]


def effective_kernel(layer: int, weights: Tensors, constants: Tensors, how: Normalising) -> Any:
    """Kernels (m, i, o) that the units are computed with, the padding of inputs 0.

    Weight standardisation (Qiao et al. 2019) gives the weights of each unit mean 0 and a sum of squares of 1, weight
    normalisation (Salimans and Kingma 2016) the latter alone; then they are multiplied by the unit's gain, if any.
    """
    kernel = weights[f"kernel{layer}"]
    if how.weights is None:
        return kernel
    if how.weights == "weight-standardised":
        real = tf.transpose(constants[f"mask{layer - 1}"], [0, 2, 1]) if layer else tf.ones_like(kernel[:, :, :1])
        count = tf.reduce_sum(real, 1, keepdims=True)
        kernel = (kernel - tf.reduce_sum(kernel * real, 1, keepdims=True) / count) * real
    kernel = kernel * tf.math.rsqrt(tf.reduce_sum(tf.square(kernel), 1, keepdims=True) + WEIGHT_EPSILON)
    return kernel * weights[f"gamma{layer}"] if how.gain else kernel

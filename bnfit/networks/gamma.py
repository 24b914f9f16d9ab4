"""Calibrated γ: a network's first layer rescaled so that its γ is the importance of each column."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.networks.folding import cast_dense, statistics
from bnfit.networks.layers import BLOCK, BatchNorm, Dense, Layer, Network, Normalization
from bnfit.networks.positions import change_entry_layers, entry_layers, input_layer

GAMMA_ROWS = 20_000
"""Rows that γ is calibrated on, at most, evenly spaced."""
LARGEST_WEIGHT = 1e20
"""Calibration never makes a kernel's weight larger than this, so that float32 holds it and its sums."""


def calibrate(network: Network, x: Floats) -> tuple[Network, Floats]:
    """Rescale a network so that the |γ| of its first layer is each column's importance; the function stays the same.

    The importance G_k is the RMS over rows and outputs of ∂f/∂x̂_k, x̂ being the first layer's normalised columns: the
    change of the output per standard deviation. The sign of γ stays, β moves into the next Dense's bias and becomes 0.
    G² is the mean squared slope of Zurada et al. (1997), and ν · sd² of Sobol' and Kucherenko (2009).

    Args:
        network: any network; one that does not begin with a BatchNorm and a Dense is returned as it is.
        x: raw columns (n, k) to average over, of which it takes `GAMMA_ROWS` at most.

    Returns:
        The network, and G (k,). A column with γ 0 or without any weight has G 0 and γ exactly 0. A column that matters
        but has slope 0 on every row (saturated units) has G 0 and keeps a γ of about 1e-20, as its weights still count.
        Without a BatchNorm, x̂ is what Normalization makes of x, or x over its standard deviations.
    """
    x = at_most(x, GAMMA_ROWS)
    first = input_layer(network)
    if first is None:
        scaled = isinstance(network.layers[0], Normalization)
        deviation = 1.0 if scaled else np.sqrt(statistics(x)[1])
        return network, _rms_slope(network, x, int(scaled)) * deviation
    position, norm = first
    gamma, slope = norm.gamma.astype(np.float64), _rms_slope(network, x, position + 1)
    following = network.layers[position + 1 :]
    entries = entry_layers(following)
    if not entries:
        return network, np.abs(gamma) * slope
    kernel = np.hstack([dense.kernel.astype(np.float64) for dense in entries])
    used = (gamma != 0) & kernel.any(axis=1)
    factor = np.where(used, np.maximum(slope, np.abs(kernel).max(axis=1) / LARGEST_WEIGHT), 1)
    scaled_gamma = np.where(used, gamma * factor, 0).astype(norm.gamma.dtype)
    calibrated = replace(norm, gamma=scaled_gamma, beta=np.zeros_like(norm.beta))
    rest = _with_scale_in_kernels(following, factor, norm)
    return Network((*network.layers[:position], calibrated, *rest)), np.abs(gamma) * slope


def _with_scale_in_kernels(layers: tuple[Layer, ...], factor: Floats, norm: BatchNorm) -> tuple[Layer, ...]:
    """Divide row k of each entry kernel by factor k, and fold the norm's β into the bias."""
    beta = norm.beta.astype(np.float64)

    def rescaled(dense: Dense) -> Dense:
        exact = dense.kernel.astype(np.float64)
        return cast_dense(Dense(exact / factor[:, None], dense.bias + beta @ exact), dense.kernel.dtype)

    return change_entry_layers(layers, rescaled)


def _rms_slope(network: Network, x: Floats, start: int) -> Floats:
    """RMS over rows and outputs of the derivative at the input of layer `start`, (d,), with bounded memory."""
    outputs = network(x[:1]).shape[1]
    rows = max(1, BLOCK // (outputs * x.shape[1]))
    blocks = (network.jacobian(x[i : i + rows], start) for i in range(0, len(x), rows))
    total = sum(np.square(block).sum(axis=(0, 1)) for block in blocks)
    return np.asarray(np.sqrt(total / (len(x) * outputs)))

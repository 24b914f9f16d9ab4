"""Calibrated γ: a network's first layer rescaled so that its γ is the importance of each column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bnfit.arrays import Floats, at_most
from bnfit.networks.folding import cast_dense, statistics
from bnfit.networks.layers import BLOCK, MOST_SLOPES, BatchNorm, Dense, Layer, Network, Normalization
from bnfit.networks.positions import change_entry_layers, entry_layers, input_layer

GAMMA_ROWS, SLOPES = 20_000, 4_000_000
"""Rows that γ is calibrated on, at most, evenly spaced; and rows times slopes of each times outputs, at most, as each
slope goes back through all outputs."""
TWO_VALUED_ROWS, LEAST_ROWS, TWO_VALUED_WORK = 1_000, 50, 50_000
"""Rows on which an input of two values is set to both, at most; at least; and for all such inputs together."""
LARGEST_WEIGHT = 1e20
"""Calibration never makes a kernel's weight larger than this, so that float32 holds it and its sums; a kernel that it
divides by more becomes float64."""


def calibrate(network: Network, x: Floats, two_valued: Sequence[int] = ()) -> tuple[Network, Floats]:
    """Rescale a network so that the |γ| of its first layer is each column's importance; the function stays the same.

    The importance G_k is the RMS over rows and outputs of ∂f/∂x̂_k, x̂ being the first layer's normalised columns: the
    change of the output per standard deviation. The sign of γ stays, β moves into the next Dense's bias and becomes 0.
    G² is the mean squared slope of Zurada et al. (1997), and ν · sd² of Sobol' and Kucherenko (2009). Between the two
    values of an input the slope is that of the straight line: a step between them has no slope at either.

    Args:
        network: any network; one that does not begin with a BatchNorm and a Dense is returned as it is.
        x: raw columns (n, k) to average over, of which it takes `GAMMA_ROWS` at most, fewer of many outputs.
        two_valued: positions of inputs that hold two values only, and can be set to either as other inputs are.

    Returns:
        The network, and G (k,). A column with γ 0 or without any weight has G 0 and γ exactly 0. A column that matters
        but has slope 0 on every row (saturated units) has G 0 and keeps a γ of about 1e-20, as its weights still count.
        Without a BatchNorm, x̂ is what Normalization makes of x, or x over its standard deviations.
    """
    x = rows_for_slopes(network, x, GAMMA_ROWS)
    first = input_layer(network)
    deviation = input_deviations(network, x)
    if first is None:
        scaled = isinstance(network.layers[0], Normalization)
        slope = _rms_slope(network, x, int(scaled)) * (1.0 if scaled else deviation)
        return network, _with_steps(slope, network, x, deviation, two_valued)
    position, norm = first
    gamma, slope = norm.gamma.astype(np.float64), _rms_slope(network, x, position + 1)
    steps = _with_steps(np.abs(gamma) * slope, network, x, deviation, two_valued)
    slope = np.where(gamma != 0, steps / np.where(gamma != 0, np.abs(gamma), 1), slope)
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


def rows_for_slopes(network: Network, x: Floats, most: int) -> Floats:
    """Take at most so many rows of x (n, k), evenly spaced, fewer of many outputs."""
    outputs = network(x[:1]).shape[1]
    return at_most(x, max(LEAST_ROWS, min(most, SLOPES // (outputs * min(outputs, MOST_SLOPES)))))


def input_deviations(network: Network, x: Floats) -> Floats:
    """Return what one unit behind the network's leading normalisations is in raw units (k,), without γ.

    Without any it is the standard deviation of each column of x (n, k).
    """
    found, first = input_layer(network), network.layers[0]
    known = 1 / first.scale() if isinstance(first, Normalization) else 1.0
    if found is not None:
        return np.asarray(known * np.sqrt(found[1].variance.astype(np.float64) + found[1].epsilon))
    return np.asarray(known if isinstance(first, Normalization) else np.sqrt(statistics(x)[1]))


def rows_for_steps(x: Floats, inputs: int) -> Floats:
    """Take the rows of x (n, k) on which so many inputs of two values are set to both."""
    return at_most(x, max(LEAST_ROWS, min(TWO_VALUED_ROWS, TWO_VALUED_WORK // max(inputs, 1))))


def steps_between(network: Network, x: Floats, position: int, low: float, high: float) -> Floats:
    """Return how the outputs change where one input of x (n, k) goes from a value to another, (n, o)."""
    ends = []
    for value in (low, high):
        changed = x.copy()
        changed[:, position] = value
        ends.append(network(changed).astype(np.float64))
    return np.asarray(ends[1] - ends[0])


def _with_steps(g: Floats, network: Network, x: Floats, deviation: Floats, two_valued: Sequence[int]) -> Floats:
    """Put in the place of the RMS slopes (k,) of inputs of two values those of the lines between their ends."""
    g = g.copy()
    if len(two_valued):
        sample = rows_for_steps(x, len(two_valued))
        for k in two_valued:
            low, high = float(x[:, k].min()), float(x[:, k].max())
            if high > low:
                steps = steps_between(network, sample, k, low, high)
                g[k] = np.sqrt(np.square(steps).mean()) * deviation[k] / (high - low)
    return g


def _with_scale_in_kernels(layers: tuple[Layer, ...], factor: Floats, norm: BatchNorm) -> tuple[Layer, ...]:
    """Divide row k of each entry kernel by factor k, and fold the norm's β into the bias."""
    beta = norm.beta.astype(np.float64)

    # γ in the units of a very large target leaves weights that 32 bits would round to 0
    wide = bool((factor > LARGEST_WEIGHT).any())

    def rescaled(dense: Dense) -> Dense:
        exact = dense.kernel.astype(np.float64)
        dtype = np.dtype(np.float64) if wide else dense.kernel.dtype
        return cast_dense(Dense(exact / factor[:, None], dense.bias + beta @ exact), dtype)

    return change_entry_layers(layers, rescaled)


def _rms_slope(network: Network, x: Floats, start: int) -> Floats:
    """RMS over rows and outputs of the derivative at the input of layer `start`, (d,), with bounded memory."""
    slopes = min(network(x[:1]).shape[1], MOST_SLOPES)
    rows = max(1, BLOCK // (slopes * x.shape[1]))
    blocks = (network.slopes(x[i : i + rows], start) for i in range(0, len(x), rows))
    total = sum(np.square(block).sum(axis=(0, 1)) for block in blocks)
    return np.asarray(np.sqrt(total / (len(x) * slopes)))


def per_column(values: Floats, columns: Sequence[Sequence[int]]) -> Floats:
    """Reduce encoded columns to original ones by the root of the sum of squares: (..., k) to (..., c)."""
    squares = [np.square(values[..., list(positions)]).sum(axis=-1) for positions in columns]
    return np.asarray(np.sqrt(np.stack(squares, axis=-1)))

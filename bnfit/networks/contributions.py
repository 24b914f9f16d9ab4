"""What each input adds to a prediction: integrated gradients (Sundararajan, Taly and Yan 2017)."""

from __future__ import annotations

import numpy as np

from bnfit.arrays import Floats, Ints
from bnfit.networks.layers import BLOCK, Network
from bnfit.networks.rowwise import TILE

STEPS = 31
"""Pieces of the way from the baseline to a row; with both ends a whole tile of points."""
SURE = 1e-12
"""Probabilities are kept so far from 0 and 1 that their log-odds are finite."""


def integrated_gradients(network: Network, x: Floats, baseline: Floats, outputs: Ints | None = None) -> Floats:
    """Divide among the inputs what the output changes by on the straight way from a baseline to each row.

    Of each piece of the way the slopes at its middle say how much every input is worth. What they miss of the change
    between its ends is shared out by the same sizes, so that the sum is exact.

    Args:
        network: on raw columns, in float64.
        x: rows (n, k).
        baseline: where the way begins (k,).
        outputs: of probabilities, whose log-odds are divided, the output of each row (n,); None for one number.

    Returns:
        (n, k); each row's sum is its value less that of the baseline.
    """
    rows = max(TILE, BLOCK // (network.width() * STEPS) // TILE * TILE)
    out = np.zeros(x.shape)
    for start in range(0, len(x), rows):
        # blocks of one size, so that a row gets the same sums whatever rows stand beside it
        chosen = np.minimum(np.arange(start, start + rows), len(x) - 1)
        parts = _of_block(network, x[chosen], baseline, None if outputs is None else outputs[chosen])
        out[start : start + rows] = parts[: len(x) - start]
    return out


def value_of(out: Floats, outputs: Ints | None) -> Floats:
    """Return what is divided: the only output (n, 1) as (n,), or the log-odds of the named one of (n, o)."""
    if outputs is None:
        return np.asarray(out[:, 0], np.float64)
    p = np.clip(out[np.arange(len(out)), outputs].astype(np.float64), SURE, 1 - SURE)
    return np.asarray(np.log(p / (1 - p)))


def _of_block(network: Network, x: Floats, baseline: Floats, outputs: Ints | None) -> Floats:
    n, k = x.shape
    way = x - baseline
    ends = baseline + (np.arange(STEPS + 1) / STEPS)[:, None, None] * way
    middles = baseline + ((np.arange(STEPS) + 0.5) / STEPS)[:, None, None] * way
    which = None if outputs is None else np.tile(outputs, STEPS + 1)
    values = value_of(network(ends.reshape(-1, k)), which).reshape(STEPS + 1, n)
    flat = middles.reshape(-1, k)
    slopes = network.jacobian(flat, 0)
    if outputs is None:
        slope = slopes[:, 0]
    else:
        which = np.tile(outputs, STEPS)
        p = np.clip(network(flat)[np.arange(len(flat)), which].astype(np.float64), SURE, 1 - SURE)
        slope = slopes[np.arange(len(flat)), which] / (p * (1 - p))[:, None]
    return _completed(slope.reshape(STEPS, n, k) * way / STEPS, np.diff(values, axis=0), way)


def _completed(parts: Floats, changes: Floats, way: Floats) -> Floats:
    """Share out, in each piece of the way, what the parts (s, n, k) miss of the changes (s, n)."""
    missed = changes - parts.sum(-1)
    sizes = np.abs(parts)
    total = sizes.sum(-1, keepdims=True)
    moved = way != 0
    even = moved / np.maximum(moved.sum(-1, keepdims=True), 1)
    shares = np.where(total > 0, sizes / np.where(total > 0, total, 1), even)
    return np.asarray((parts + shares * missed[..., None]).sum(0))

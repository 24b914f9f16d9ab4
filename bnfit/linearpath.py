"""A linear model inside a network: units that pass a linear sum through the hidden layers to the output.

The layers stay the stock ones: relu(z) - relu(-z) and silu(z) - silu(-z) are z exactly, and tanh(z) is z to z³/3 for
small z. So a linear model needs one unit for each output and hidden layer, or two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import Activation, BatchNorm, Dense, Layer, Network, UnitNorm
from bnfit.network import refolded, split_off

Floats = NDArray[np.floating]

BOTH, ONE = np.array([[1.0, -1.0]]), np.array([[1.0]])
PASSING: dict[str, tuple[Floats, float]] = {
    "linear": (ONE, 1.0),
    "relu": (BOTH, 1.0),
    "silu": (BOTH, 1.0),
    "tanh": (ONE, 1e-3),
}
"""Activation to the signs of the units that together pass a number through (1, s), and how large a standard deviation
of it becomes on the way. Tanh takes 1 part in 10⁵ from five standard deviations, and ends near a thousand."""


@dataclass(frozen=True)
class LinearModel:
    """A linear model of columns that are centred and scaled.

    Attributes:
        kernel: (k, o), on (x - mean) / sd.
        bias: (o,).
        mean, sd: of the raw columns (k,).
        spread: about the standard deviation of each output, above 0 (o,).
    """

    kernel: Floats
    bias: Floats
    mean: Floats
    sd: Floats
    spread: Floats

    def __call__(self, x: Floats) -> Floats:
        """Outputs (n, o), of classes the logits, for raw columns x (n, k)."""
        return np.asarray((x - self.mean) / self.sd @ self.kernel + self.bias)


def can_carry(network: Network) -> bool:
    """Whether a network begins with a BatchNorm and a Dense and has activations that let a linear model through."""
    layers = network.layers
    hidden = [layer.name for layer in layers[:-1] if isinstance(layer, Activation)]
    starts = isinstance(layers[0], BatchNorm) and len(layers) > 1 and isinstance(layers[1], Dense)
    ends = isinstance(layers[-1], Dense) or getattr(layers[-1], "name", "") in ("sigmoid", "softmax")
    mixed = any(isinstance(layer, UnitNorm) for layer in layers)  # the linear sum would be normalised with the units
    return starts and ends and not mixed and all(name in PASSING for name in hidden)


def carrying(network: Network, linear: LinearModel, own: float, other: float, centre: Floats | float = 0.0) -> Network:
    """The network own · f(x) + other · l(x) + centre, before any activation of the output.

    Args:
        network: f, for which `can_carry` holds; its hidden norms are folded.
        linear: l, with as many outputs.
        own, other: the two weights.
        centre: added to every output, or (o,).
    """
    first, dense, rest = _plain(network)
    signs, step = PASSING[next((r.name for r in rest if isinstance(r, Activation)), "linear")]
    unit, sides = step / linear.spread, signs.shape[1]
    scale = first.scale() * linear.sd
    kernel = linear.kernel / scale[:, None]
    offset = linear.bias + (first.mean - linear.mean) / linear.sd @ linear.kernel
    layers: list[Layer] = [first, _beside(dense, np.kron(kernel * unit, signs), np.zeros(sides * len(unit)))]
    on = np.kron(np.eye(len(unit)), signs.T @ signs)
    denses = [position for position, layer in enumerate(rest) if isinstance(layer, Dense)]
    for position, layer in enumerate(rest):
        if isinstance(layer, Dense) and position == denses[-1]:
            out = np.kron(np.diag(other / unit), signs.T)
            bias = own * layer.bias.astype(np.float64) + other * offset + centre
            layers.append(Dense(np.vstack([own * layer.kernel, out]).astype(layer.kernel.dtype), bias))
        elif isinstance(layer, Dense):
            layers.append(_below(layer, on))
        else:
            layers.append(layer)
    return _as_precise_as(network, layers)


def _plain(network: Network) -> tuple[BatchNorm, Dense, list[Dense | Activation | UnitNorm]]:
    """The first layer with γ 1 and β 0, the Dense after it, and the rest, hidden norms folded, in float64."""
    leading, rest = split_off(network)
    norm = leading[0]
    assert isinstance(norm, BatchNorm)
    plain = BatchNorm(np.ones_like(norm.mean), np.zeros_like(norm.mean), norm.mean, norm.variance, norm.epsilon)
    return plain, refolded(leading, rest[0], plain), rest[1:]


def _beside(dense: Dense, kernel: Floats, bias: Floats) -> Dense:
    """A Dense with further units on the same inputs."""
    return Dense(np.hstack([dense.kernel, kernel]), np.hstack([dense.bias, bias]))


def _below(dense: Dense, block: Floats) -> Dense:
    """A Dense with further units on further inputs of their own."""
    (i, o), (more_in, more_out) = dense.kernel.shape, block.shape
    kernel = np.zeros((i + more_in, o + more_out))
    kernel[:i, :o], kernel[i:, o:] = dense.kernel, block
    return Dense(kernel, np.hstack([dense.bias, np.zeros(more_out)]))


def _as_precise_as(network: Network, layers: list[Layer]) -> Network:
    """The layers, each Dense in the precision of the network's own."""
    types = iter([layer.kernel.dtype for layer in network.layers if isinstance(layer, Dense)])
    return Network(tuple(_cast(layer, next(types)) if isinstance(layer, Dense) else layer for layer in layers))


def _cast(dense: Dense, dtype: np.dtype[np.floating]) -> Dense:
    return Dense(dense.kernel.astype(dtype), dense.bias.astype(dtype))

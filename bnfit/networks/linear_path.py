"""A linear model inside a network: units that pass its outputs through the hidden layers to the output layer.

The layers stay stock ones: relu(z) - relu(-z) and silu(z) - silu(-z) are exactly z, and tanh(z) is nearly z near 0.
So a linear model needs one or two units for each output in each hidden layer; see
`bnfit.networks.activations.LinearUnits`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.networks.activations import ACTIVATION_FUNCTIONS
from bnfit.networks.architecture import PROBABILITY_ACTIVATIONS
from bnfit.networks.folding import cast_dense, refolded, split_off
from bnfit.networks.layers import Activation, BatchNorm, Dense, Layer, LayerNorm, Network


@dataclass(frozen=True)
class LinearModel:
    """A linear model of columns that are centred and scaled.

    Attributes:
        kernel: (k, o), on (x - mean) / sd.
        bias: (o,).
        mean, sd: of the raw columns (k,).
        spread: roughly the standard deviation of each output, above 0 (o,).
    """

    kernel: Floats
    bias: Floats
    mean: Floats
    sd: Floats
    spread: Floats

    def __call__(self, x: Floats) -> Floats:
        """Compute the outputs (n, o), logits of a classification, for raw columns x (n, k)."""
        return np.asarray((x - self.mean) / self.sd @ self.kernel + self.bias)


def can_carry(network: Network) -> bool:
    """Whether a network begins with a BatchNorm and a Dense, and has activations that pass a linear term on."""
    layers = network.layers
    hidden = [layer.name for layer in layers[:-1] if isinstance(layer, Activation)]
    starts = isinstance(layers[0], BatchNorm) and len(layers) > 1 and isinstance(layers[1], Dense)
    ends = isinstance(layers[-1], Dense) or getattr(layers[-1], "name", "") in PROBABILITY_ACTIVATIONS
    # a LayerNorm would normalise the linear term together with the units
    apart = not any(isinstance(layer, LayerNorm) for layer in layers)
    return starts and ends and apart and all(ACTIVATION_FUNCTIONS[name].linear_units for name in hidden)


def carrying(network: Network, linear: LinearModel, own: float, other: float, centre: Floats | float = 0.0) -> Network:
    """Build the network own · f(x) + other · l(x) + centre, before any activation of the output.

    Args:
        network: f, for which `can_carry` holds; its hidden norms are folded.
        linear: l, with as many outputs.
        own, other: the weights of f and l.
        centre: added to every output, or (o,).
    """
    first, dense, rest = _plain(network)
    units = ACTIVATION_FUNCTIONS[next((r.name for r in rest if isinstance(r, Activation)), "linear")].linear_units
    assert units is not None, "can_carry holds"
    signs, unit = np.array([units.signs]), units.step / linear.spread
    scale = first.scale() * linear.sd
    kernel = linear.kernel / scale[:, None]
    offset = linear.bias + (first.mean - linear.mean) / linear.sd @ linear.kernel
    layers: list[Layer] = [first, _with_units(dense, np.kron(kernel * unit, signs), np.zeros(signs.size * len(unit)))]
    on = np.kron(np.eye(len(unit)), signs.T @ signs)
    denses = [position for position, layer in enumerate(rest) if isinstance(layer, Dense)]
    for position, layer in enumerate(rest):
        if isinstance(layer, Dense) and position == denses[-1]:
            out = np.kron(np.diag(other / unit), signs.T)
            bias = own * layer.bias.astype(np.float64) + other * offset + centre
            layers.append(Dense(np.vstack([own * layer.kernel, out]).astype(layer.kernel.dtype), bias))
        elif isinstance(layer, Dense):
            layers.append(_with_block(layer, on))
        else:
            layers.append(layer)
    return _in_dtypes_of(network, layers)


def _plain(network: Network) -> tuple[BatchNorm, Dense, list[Dense | Activation | LayerNorm]]:
    """Return the first layer with γ 1 and β 0, the Dense after it, and the rest, hidden norms folded, in float64."""
    leading, rest = split_off(network)
    norm = leading[0]
    assert isinstance(norm, BatchNorm)
    plain = BatchNorm(np.ones_like(norm.mean), np.zeros_like(norm.mean), norm.mean, norm.variance, norm.epsilon)
    return plain, refolded(leading, rest[0], plain), rest[1:]


def _with_units(dense: Dense, kernel: Floats, bias: Floats) -> Dense:
    """Add units on the same inputs to a Dense."""
    return Dense(np.hstack([dense.kernel, kernel]), np.hstack([dense.bias, bias]))


def _with_block(dense: Dense, block: Floats) -> Dense:
    """Add units on inputs of their own to a Dense."""
    (i, o), (more_in, more_out) = dense.kernel.shape, block.shape
    kernel = np.zeros((i + more_in, o + more_out))
    kernel[:i, :o], kernel[i:, o:] = dense.kernel, block
    return Dense(kernel, np.hstack([dense.bias, np.zeros(more_out)]))


def _in_dtypes_of(network: Network, layers: list[Layer]) -> Network:
    """Make a network of the layers, each Dense in the dtype of the one in the same place of `network`."""
    dtypes = iter([layer.kernel.dtype for layer in network.layers if isinstance(layer, Dense)])
    return Network(tuple(cast_dense(layer, next(dtypes)) if isinstance(layer, Dense) else layer for layer in layers))

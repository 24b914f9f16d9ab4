"""Networks as tuples of NumPy layers: their forward pass, and the gradient with respect to the input.

No TensorFlow: this is what `predict` and `explain` run, and the form in which trained members leave the population.
Each layer mirrors one stock Keras layer in inference mode and computes in the dtype of its own arrays, as Keras does:
the first layer in float64 on raw columns, the rest in float32.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bnfit.activations import ACTIVATIONS, SLOPES, softmax

Array = NDArray[np.floating]


@dataclass(frozen=True)
class BatchNorm:
    """Keras `BatchNormalization` at inference: (x - mean) / sqrt(variance + epsilon) * gamma + beta, arrays (k,)."""

    gamma: Array
    beta: Array
    mean: Array
    variance: Array
    epsilon: float

    def scale(self) -> Array:
        """The factor 1 / sqrt(variance + epsilon) of each column, shape (k,)."""
        return np.asarray(1 / np.sqrt(self.variance + self.variance.dtype.type(self.epsilon)))

    def forward(self, x: Array) -> Array:
        return np.asarray((x.astype(self.mean.dtype, copy=False) - self.mean) * (self.scale() * self.gamma) + self.beta)

    def pull_back(self, slope: Array, _x: Array) -> Array:
        return np.asarray(slope * (self.scale() * self.gamma))


@dataclass(frozen=True)
class UnitNorm:
    """Keras `LayerNormalization` over the last axis, or `GroupNormalization` of (n, u) in groups of adjacent units.

    Attributes:
        gamma, beta: (u,).
        epsilon: added to the variance.
        groups: how many; None for Keras' LayerNormalization, which is one.
    """

    gamma: Array
    beta: Array
    epsilon: float
    groups: int | None = None

    def forward(self, x: Array) -> Array:
        return np.asarray(self._normalised(x)[0].reshape(x.shape) * self.gamma + self.beta)

    def pull_back(self, slope: Array, x: Array) -> Array:
        normalised, factor = self._normalised(x)
        slope = (slope * self.gamma).reshape(normalised.shape)
        along = (slope * normalised).mean(-1, keepdims=True)
        return np.asarray((slope - slope.mean(-1, keepdims=True) - normalised * along) * factor).reshape(x.shape)

    def _normalised(self, x: Array) -> tuple[Array, Array]:
        """x normalised within each group (..., g, u / g), and the factor that did it (..., g, 1)."""
        apart = x.reshape(*x.shape[:-1], self.groups or 1, -1)
        centred = apart - apart.mean(-1, keepdims=True)
        factor = 1 / np.sqrt(np.square(centred).mean(-1, keepdims=True) + x.dtype.type(self.epsilon))
        return centred * factor, factor


@dataclass(frozen=True)
class Normalization:
    """Keras `Normalization`: (x - mean) / max(sqrt(variance), 1e-7), each array (k,)."""

    mean: Array
    variance: Array

    def scale(self) -> Array:
        """The factor of each column, shape (k,)."""
        return np.asarray(1 / np.maximum(np.sqrt(self.variance), self.variance.dtype.type(1e-7)))

    def forward(self, x: Array) -> Array:
        return np.asarray((x.astype(self.mean.dtype, copy=False) - self.mean) * self.scale())

    def pull_back(self, slope: Array, _x: Array) -> Array:
        return np.asarray(slope * self.scale())


@dataclass(frozen=True)
class Dense:
    """Keras `Dense` without activation: x (n, i) @ kernel (i, o) + bias (o,)."""

    kernel: Array
    bias: Array

    def forward(self, x: Array) -> Array:
        out = x.astype(self.kernel.dtype, copy=False) @ self.kernel
        out += self.bias
        return np.asarray(out)

    def pull_back(self, slope: Array, _x: Array) -> Array:
        return np.asarray(slope @ self.kernel.T)


@dataclass(frozen=True)
class MemberDense:
    """Keras `EinsumDense("bmi,mio->bmo", bias_axes="mo")`: x (n, m, i), kernel (m, i, o), bias (m, o) -> (n, m, o)."""

    kernel: Array
    bias: Array

    def forward(self, x: Array) -> Array:
        members_first = x.astype(self.kernel.dtype, copy=False).transpose(1, 0, 2)
        return np.asarray((members_first @ self.kernel).transpose(1, 0, 2) + self.bias)

    def pull_back(self, slope: Array, _x: Array) -> Array:
        return np.asarray((slope.transpose(1, 0, 2) @ self.kernel.transpose(0, 2, 1)).transpose(1, 0, 2))


@dataclass(frozen=True)
class Activation:
    """Keras `Activation` by name, see `ACTIVATIONS`."""

    name: str

    def forward(self, x: Array) -> Array:
        return ACTIVATIONS[self.name](x)

    def pull_back(self, slope: Array, x: Array) -> Array:
        if self.name == "softmax":
            p = softmax(x)
            return np.asarray(p * (slope - (slope * p).sum(axis=-1, keepdims=True)))
        return np.asarray(slope * SLOPES[self.name](x))


@dataclass(frozen=True)
class Reshape:
    """Keras `Reshape`: (n, prod(shape)) -> (n, *shape)."""

    shape: tuple[int, ...]

    def forward(self, x: Array) -> Array:
        return x.reshape(len(x), *self.shape)

    def pull_back(self, slope: Array, x: Array) -> Array:
        return slope.reshape(x.shape)


@dataclass(frozen=True)
class Beside:
    """Keras `Concatenate(axis=1)` of branches that take the same input (n, i): their members (n, m, o) side by side.

    Attributes:
        branches: the layers of each, from the input to its members' outputs.
    """

    branches: tuple[tuple[Layer, ...], ...]

    def forward(self, x: Array) -> Array:
        return np.concatenate([_forward(branch, x) for branch in self.branches], axis=1)

    def pull_back(self, slope: Array, x: Array) -> Array:
        total, first = np.zeros(x.shape, slope.dtype), 0
        for branch in self.branches:
            *inputs, out = _through(branch, x)
            last = first + out.shape[1]
            total = total + _pulled_back(branch, slope[:, first:last], inputs)
            first = last
        return np.asarray(total)


@dataclass(frozen=True)
class MemberMean:
    """Keras `GlobalAveragePooling1D`: the mean over members, (n, m, o) -> (n, o)."""

    def forward(self, x: Array) -> Array:
        return np.asarray(x.mean(axis=1, dtype=np.float64))

    def pull_back(self, slope: Array, x: Array) -> Array:
        return np.broadcast_to(slope[:, None, :] / x.shape[1], x.shape)


@dataclass(frozen=True)
class Foreign:
    """A layer that only Keras can run, from a file that the user trusts; its functions import what they need.

    Attributes:
        name: what the file calls it.
        function: inputs to outputs, rows first.
        gradient: (slope at the outputs, inputs) to the slope at the inputs.
    """

    name: str
    function: Callable[[Array], Array]
    gradient: Callable[[Array, Array], Array]

    def forward(self, x: Array) -> Array:
        return self.function(x)

    def pull_back(self, slope: Array, x: Array) -> Array:
        return self.gradient(slope, x)


Layer = (
    BatchNorm | UnitNorm | Normalization | Dense | MemberDense | Activation | Reshape | Beside | MemberMean | Foreign
)

BLOCK = 1 << 18
"""Rows are passed in blocks whose widest activation holds about this many numbers: they stay in the processor's cache,
and memory stays bounded."""


@dataclass(frozen=True)
class Network:
    """A stack of layers from raw columns (n, k) float64 to outputs (n, o)."""

    layers: tuple[Layer, ...]

    def __call__(self, x: Array) -> Array:
        """Outputs (n, o) in float64 for raw columns x (n, k)."""
        return self.outputs(x).astype(np.float64)

    def outputs(self, x: Array) -> Array:
        """Outputs (n, o) for raw columns x (n, k), in the dtype that the last layer computes in."""
        return _in_blocks(lambda rows: _forward(self.layers, rows), x, self.width())

    def member_outputs(self, x: Array) -> Array:
        """Outputs of each member before their mean, (n, m, o) float64; m is 1 for a single network."""
        merged = isinstance(self.layers[-1], MemberMean)
        layers = self.layers[:-1] if merged else self.layers
        out = _in_blocks(lambda rows: _forward(layers, rows), x, self.width()).astype(np.float64)
        return out if merged else out[:, None, :]

    def width(self) -> int:
        """Numbers per row in the widest layer."""
        sizes = (layer.bias.size for layer in flat(self.layers) if isinstance(layer, Dense | MemberDense))
        return max(sizes, default=1)

    def members(self) -> int:
        """How many members are averaged; 0 for a single network."""
        return members_in(self.layers)

    def jacobian(self, x: Array, start: int) -> Array:
        """Derivative of each output with respect to the input of layer `start`, shape (n, o, d) float64.

        Args:
            x: raw columns (n, k).
            start: position of the layer whose input of width d the derivative is taken at.
        """
        return _in_blocks(lambda rows: _jacobian(self.layers, rows, start), x, self.width()).astype(np.float64)


def flat(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Every layer, those of branches one branch after the other, in the place of what joins them."""
    for layer in layers:
        if isinstance(layer, Beside):
            for branch in layer.branches:
                yield from flat(branch)
        else:
            yield layer


def members_in(layers: Sequence[Layer]) -> int:
    """How many members stand side by side in these layers; 0 where no `Reshape` makes any."""
    for layer in layers:
        if isinstance(layer, Reshape):
            return layer.shape[0]
        if isinstance(layer, Beside):
            return sum(members_in(branch) for branch in layer.branches)
    return 0


def _forward(layers: tuple[Layer, ...], x: Array) -> Array:
    for layer in layers:
        x = layer.forward(x)
    return x


def _through(layers: tuple[Layer, ...], x: Array) -> list[Array]:
    """The input of every layer, and the output of the last."""
    seen = [x]
    for layer in layers:
        seen.append(layer.forward(seen[-1]))
    return seen


def _pulled_back(layers: Sequence[Layer], slope: Array, inputs: Sequence[Array]) -> Array:
    """The derivative at the input of the first layer, of that at the output of the last."""
    for layer, seen in zip(reversed(layers), reversed(inputs), strict=True):
        slope = layer.pull_back(slope, seen)
    return slope


def _jacobian(layers: tuple[Layer, ...], x: Array, start: int) -> Array:
    *inputs, out = _through(layers, x)
    per_output = []
    for o in range(out.shape[-1]):
        slope: Array = np.zeros_like(out)
        slope[..., o] = 1
        per_output.append(_pulled_back(layers[start:], slope, inputs[start:]))
    return np.stack(per_output, axis=1)


def _in_blocks(function: Callable[[Array], Array], x: Array, width: int) -> Array:
    rows = max(1, BLOCK // width)
    blocks = [function(x[i : i + rows]) for i in range(0, max(len(x), 1), rows)]
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

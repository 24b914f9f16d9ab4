"""Networks as tuples of NumPy layers: their forward pass, and the gradient with respect to the input.

No TensorFlow: this is what `predict` and `explain` run, and the form in which trained members leave the population.
Each layer mirrors one stock Keras layer in inference mode and computes in the dtype of its own arrays, as Keras does:
the first layer in float64 on raw columns, the rest in float32.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bnfit.arrays import Floats
from bnfit.networks.activations import ACTIVATION_FUNCTIONS


@dataclass(frozen=True)
class BatchNorm:
    """Keras `BatchNormalization` at inference: (x - mean) / sqrt(variance + epsilon) * gamma + beta, arrays (k,)."""

    gamma: Floats
    beta: Floats
    mean: Floats
    variance: Floats
    epsilon: float

    def scale(self) -> Floats:
        """Return the factor 1 / sqrt(variance + epsilon) of each column, (k,)."""
        return np.asarray(1 / np.sqrt(self.variance + self.variance.dtype.type(self.epsilon)))

    def forward(self, x: Floats) -> Floats:
        return np.asarray((x.astype(self.mean.dtype, copy=False) - self.mean) * (self.scale() * self.gamma) + self.beta)

    def pull_back(self, slope: Floats, _x: Floats) -> Floats:
        return np.asarray(slope * (self.scale() * self.gamma))


@dataclass(frozen=True)
class LayerNorm:
    """Keras `LayerNormalization` over the last axis, or `GroupNormalization` of (n, u) in groups of adjacent units.

    Attributes:
        gamma, beta: (u,).
        epsilon: added to the variance.
        groups: number of groups; None for Keras' LayerNormalization, which has one.
    """

    gamma: Floats
    beta: Floats
    epsilon: float
    groups: int | None = None

    def forward(self, x: Floats) -> Floats:
        return np.asarray(self._normalised(x)[0].reshape(x.shape) * self.gamma + self.beta)

    def pull_back(self, slope: Floats, x: Floats) -> Floats:
        normalised, factor = self._normalised(x)
        slope = (slope * self.gamma).reshape(normalised.shape)
        along = (slope * normalised).mean(-1, keepdims=True)
        return np.asarray((slope - slope.mean(-1, keepdims=True) - normalised * along) * factor).reshape(x.shape)

    def _normalised(self, x: Floats) -> tuple[Floats, Floats]:
        """Normalise x within each group: (..., g, u / g), and the factor of the centred x (..., g, 1)."""
        grouped = x.reshape(*x.shape[:-1], self.groups or 1, -1)
        centred = grouped - grouped.mean(-1, keepdims=True)
        factor = 1 / np.sqrt(np.square(centred).mean(-1, keepdims=True) + x.dtype.type(self.epsilon))
        return centred * factor, factor


@dataclass(frozen=True)
class Normalization:
    """Keras `Normalization`: (x - mean) / max(sqrt(variance), 1e-7), each array (k,)."""

    mean: Floats
    variance: Floats

    def scale(self) -> Floats:
        """Return the factor of each column, (k,)."""
        return np.asarray(1 / np.maximum(np.sqrt(self.variance), self.variance.dtype.type(1e-7)))

    def forward(self, x: Floats) -> Floats:
        return np.asarray((x.astype(self.mean.dtype, copy=False) - self.mean) * self.scale())

    def pull_back(self, slope: Floats, _x: Floats) -> Floats:
        return np.asarray(slope * self.scale())


def _times(slope: Floats, kernel: Floats) -> Floats:
    """Multiply slopes by a kernel in its dtype, which may be narrower: to widen it at each call takes longer.

    Slopes may be too large or too small for that dtype, as those of a target in a very small unit are.
    """
    if slope.dtype == kernel.dtype:
        return np.asarray(slope @ kernel)
    size = np.abs(slope).max(initial=np.float64(np.finfo(np.float64).tiny))
    return np.asarray((slope / size).astype(kernel.dtype) @ kernel * size)


@dataclass(frozen=True)
class Dense:
    """Keras `Dense` without activation: x (n, i) @ kernel (i, o) + bias (o,)."""

    kernel: Floats
    bias: Floats

    def forward(self, x: Floats) -> Floats:
        out = x.astype(self.kernel.dtype, copy=False) @ self.kernel
        out += self.bias
        return np.asarray(out)

    def pull_back(self, slope: Floats, _x: Floats) -> Floats:
        return _times(slope, self.kernel.T)


@dataclass(frozen=True)
class MemberDense:
    """Keras `EinsumDense("bmi,mio->bmo", bias_axes="mo")`: x (n, m, i), kernel (m, i, o), bias (m, o) -> (n, m, o)."""

    kernel: Floats
    bias: Floats

    def forward(self, x: Floats) -> Floats:
        members_first = x.astype(self.kernel.dtype, copy=False).transpose(1, 0, 2)
        out = members_first @ self.kernel
        out += self.bias[:, None]
        return np.asarray(out.transpose(1, 0, 2))

    def pull_back(self, slope: Floats, _x: Floats) -> Floats:
        return _times(slope.transpose(1, 0, 2), self.kernel.transpose(0, 2, 1)).transpose(1, 0, 2)


@dataclass(frozen=True)
class Activation:
    """Keras `Activation` by name, see `ACTIVATION_FUNCTIONS`."""

    name: str

    def forward(self, x: Floats) -> Floats:
        return ACTIVATION_FUNCTIONS[self.name].function(x)

    def pull_back(self, slope: Floats, x: Floats) -> Floats:
        return ACTIVATION_FUNCTIONS[self.name].pull_back(slope, x)


@dataclass(frozen=True)
class Reshape:
    """Keras `Reshape`: (n, prod(shape)) -> (n, *shape)."""

    shape: tuple[int, ...]

    def forward(self, x: Floats) -> Floats:
        return x.reshape(len(x), *self.shape)

    def pull_back(self, slope: Floats, x: Floats) -> Floats:
        return slope.reshape(x.shape)


@dataclass(frozen=True)
class Branches:
    """Keras `Concatenate(axis=1)` of branches that take the same input (n, i) to their members' outputs (n, m, o).

    Attributes:
        branches: the layers of each branch, first to last.
    """

    branches: tuple[tuple[Layer, ...], ...]

    def forward(self, x: Floats) -> Floats:
        return np.concatenate([_forward(branch, x) for branch in self.branches], axis=1)

    def pull_back(self, slope: Floats, x: Floats) -> Floats:
        total, first = np.zeros(x.shape, slope.dtype), 0
        for branch in self.branches:
            *inputs, out = _forward_all(branch, x)
            last = first + out.shape[1]
            total = total + _pull_back(branch, slope[:, first:last], inputs)
            first = last
        return np.asarray(total)


@dataclass(frozen=True)
class MemberMean:
    """Keras `GlobalAveragePooling1D`: the mean over members, (n, m, o) -> (n, o)."""

    def forward(self, x: Floats) -> Floats:
        return np.asarray(x.mean(axis=1, dtype=np.float64))

    def pull_back(self, slope: Floats, x: Floats) -> Floats:
        return np.broadcast_to(slope[:, None, :] / x.shape[1], x.shape)


@dataclass(frozen=True)
class KerasLayer:
    """A layer that only Keras can run, from a file that the user trusts.

    Attributes:
        name: its name in the file.
        function: inputs to outputs, rows first.
        gradient: (slope at the outputs, inputs) to the slope at the inputs.
    """

    name: str
    function: Callable[[Floats], Floats]
    gradient: Callable[[Floats, Floats], Floats]

    def forward(self, x: Floats) -> Floats:
        return self.function(x)

    def pull_back(self, slope: Floats, x: Floats) -> Floats:
        return self.gradient(slope, x)


Normalisation = BatchNorm | LayerNorm | Normalization
Layer = Normalisation | Dense | MemberDense | Activation | Reshape | Branches | MemberMean | KerasLayer

MOST_SLOPES = 64
"""Directions in the outputs that slopes are taken along, at most, where only their mean square counts."""
BLOCK, MOST_ALIVE = 1 << 18, 1 << 25
"""Rows are passed in blocks whose widest dense activation holds about the first number of values: they stay in the
processor's cache. All layers of any kind together hold no more than the second: memory stays bounded."""


@dataclass(frozen=True)
class Network:
    """A chain of layers from raw columns (n, k) float64 to outputs (n, o)."""

    layers: tuple[Layer, ...]

    def __call__(self, x: Floats) -> Floats:
        """Compute the outputs (n, o) in float64 for raw columns x (n, k)."""
        return self.outputs(x).astype(np.float64)

    def forward(self, x: Floats) -> Floats:
        """Compute the outputs (n, o) for raw columns x (n, k) at once, in the dtype of the last layer."""
        return _forward(self.layers, x)

    def outputs(self, x: Floats) -> Floats:
        """Compute the outputs (n, o) for raw columns x (n, k), in the dtype of the last layer."""
        return _in_blocks(lambda rows: _forward(self.layers, rows), x, self._rows())

    def member_outputs(self, x: Floats) -> Floats:
        """Compute each member's outputs (n, m, o) in float64; m is 1 for a single network."""
        merged = isinstance(self.layers[-1], MemberMean)
        layers = self.layers[:-1] if merged else self.layers
        out = _in_blocks(lambda rows: _forward(layers, rows), x, self._rows()).astype(np.float64)
        return out if merged else out[:, None, :]

    def width(self) -> int:
        """Return the number of units of the widest dense layer, those of all members counted; 1 without any."""
        sizes = (layer.bias.size for layer in flat(self.layers) if isinstance(layer, Dense | MemberDense))
        return max(sizes, default=1)

    def _rows(self) -> int:
        """Return the number of rows of a block."""
        together = sum(_size(layer) for layer in flat(self.layers))
        return max(1, min(BLOCK // self.width(), MOST_ALIVE // max(together, 1)))

    def members(self) -> int:
        """Return the number of members that are averaged; 0 for a single network."""
        return members_in(self.layers)

    def jacobian(self, x: Floats, start: int) -> Floats:
        """Compute each output's derivative with respect to the d inputs of layer `start`, (n, o, d) float64."""
        return self._slopes_along(np.eye, x, start)

    def slopes(self, x: Floats, start: int) -> Floats:
        """Compute slopes (n, s, d) whose mean squares over s are those of the `jacobian` over outputs.

        They are the jacobian itself, except of more than `MOST_SLOPES` outputs: of these, that many sums with random
        signs (Hutchinson, 1990), the same at every call.
        """
        return self._slopes_along(_few_directions, x, start)

    def _slopes_along(self, directions: Callable[[int], Floats], x: Floats, start: int) -> Floats:
        of_rows = functools.partial(_slopes, self.layers, start, directions)
        return _in_blocks(of_rows, x, self._rows()).astype(np.float64)


def flat(layers: Sequence[Layer]) -> Iterator[Layer]:
    """Yield every layer; in the place of `Branches` come their layers, one branch after the other."""
    for layer in layers:
        if isinstance(layer, Branches):
            for branch in layer.branches:
                yield from flat(branch)
        else:
            yield layer


def members_in(layers: Sequence[Layer]) -> int:
    """Return the number of members side by side in these layers; 0 where no `Reshape` makes any."""
    for layer in layers:
        if isinstance(layer, Reshape):
            return layer.shape[0]
        if isinstance(layer, Branches):
            return sum(members_in(branch) for branch in layer.branches)
    return 0


def _forward(layers: tuple[Layer, ...], x: Floats) -> Floats:
    for layer in layers:
        x = layer.forward(x)
    return x


def _forward_all(layers: tuple[Layer, ...], x: Floats) -> list[Floats]:
    """Return the input of every layer, and the output of the last."""
    values = [x]
    for layer in layers:
        values.append(layer.forward(values[-1]))
    return values


def _pull_back(layers: Sequence[Layer], slope: Floats, inputs: Sequence[Floats]) -> Floats:
    """Take the slope at the output of the last layer back to the input of the first."""
    for layer, x in zip(reversed(layers), reversed(inputs), strict=True):
        slope = layer.pull_back(slope, x)
    return slope


def _few_directions(outputs: int) -> Floats:
    """Return each output, or random signs of many, as rows (s, o)."""
    if outputs <= MOST_SLOPES:
        return np.eye(outputs)
    return np.asarray(np.random.default_rng(outputs).choice([-1.0, 1.0], (MOST_SLOPES, outputs)) / np.sqrt(outputs))


def _slopes(layers: tuple[Layer, ...], start: int, directions: Callable[[int], Floats], x: Floats) -> Floats:
    """Take directions of the outputs, (s, o) by their number, back to the input of layer `start`, (n, s, d)."""
    *inputs, out = _forward_all(layers, x)
    slopes = (np.broadcast_to(along.astype(out.dtype), out.shape) for along in directions(out.shape[-1]))
    return np.stack([_pull_back(layers[start:], slope, inputs[start:]) for slope in slopes], axis=1)


def _size(layer: Layer) -> int:
    """Return the numbers that a layer makes of a row, 0 where it makes no more than the one before it."""
    if isinstance(layer, Dense | MemberDense):
        return int(layer.bias.size)
    return int(layer.gamma.size) if isinstance(layer, BatchNorm | LayerNorm) else 0


def _in_blocks(function: Callable[[Floats], Floats], x: Floats, rows: int) -> Floats:
    blocks = [function(x[i : i + rows]) for i in range(0, max(len(x), 1), rows)]
    return blocks[0] if len(blocks) == 1 else np.concatenate(blocks)

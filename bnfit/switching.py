"""Predictions with a few columns changed: only their part of the first layer is computed anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from bnfit.inference import BatchNorm, Dense, Layer, MemberDense, MemberMean, Network, Normalization, Reshape

Floats = NDArray[np.floating]
Predict = Callable[[Floats], Floats]
Switch = Callable[[list[int], Floats], Floats]

NUMBERS = 1 << 17
"""Rows are passed in blocks whose first hidden layer holds about this many numbers, so that they stay in the cache."""
THREADS = 2
ACTIVATION_WORK = 20


class Ensemble:
    """The mean output of some networks on the same raw columns."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self.networks = tuple(networks)

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(np.mean([network(x) for network in self.networks], axis=0))

    @property
    def work(self) -> int:
        """About how many multiplications a row takes with a column switched off; an activation counts as twenty."""
        layers = [layer for n in self.networks for layer in n.layers if isinstance(layer, Dense | MemberDense)]
        first = sum(next((d.kernel.size for d in n.layers if isinstance(d, Dense)), 0) for n in self.networks)
        return sum(layer.kernel.size + ACTIVATION_WORK * layer.bias.size for layer in layers) - first

    def switch(self, x: Floats) -> Switch:
        """What is predicted for x with other values at some positions; see `switch_of`."""
        parts = [_first_layer_kept(network, x) or _anew(network, x) for network in self.networks]
        return lambda where, values: np.asarray(np.mean([part(where, values) for part in parts], axis=0))


def switch_of(predict: Predict, x: Floats) -> Switch:
    """A function of positions and of new values there, (n, p) or (p,), that gives the predictions for x (n, k)."""
    if isinstance(predict, Ensemble):
        return predict.switch(x)
    return _anew(predict, x)


def only_members(network: Network, members: Sequence[int]) -> Network:
    """The mean of some members of a merged network, as a network that computes no others."""
    layers: list[Layer] = []
    chosen, count = list(members), 1
    for layer in network.layers:
        if isinstance(layer, Reshape):
            count = layer.shape[0]
    for layer in network.layers:
        if isinstance(layer, Reshape):
            layers.append(Reshape((len(chosen), *layer.shape[1:])))
        elif isinstance(layer, MemberDense):
            layers.append(MemberDense(layer.kernel[chosen], layer.bias[chosen]))
        elif isinstance(layer, Dense):
            kernel = layer.kernel.reshape(len(layer.kernel), count, -1)[:, chosen]
            layers.append(Dense(kernel.reshape(len(kernel), -1), layer.bias.reshape(count, -1)[chosen].ravel()))
        else:
            layers.append(layer)
    if not isinstance(network.layers[-1], MemberMean):
        raise ValueError("a single network has no members to choose")
    return Network(tuple(layers))


def _anew(predict: Predict, x: Floats) -> Switch:
    def switch(where: list[int], values: Floats) -> Floats:
        changed = x.copy()
        changed[:, where] = values
        return np.asarray(predict(changed))

    return switch


def _first_layer_kept(network: Network, x: Floats) -> Switch | None:
    """The switch of a network that begins with normalisations and a Dense; None for any other."""
    leading = 0
    while isinstance(network.layers[leading], BatchNorm | Normalization):
        leading += 1
    dense = network.layers[leading]
    if not isinstance(dense, Dense):
        return None
    rest = Network(network.layers[leading + 1 :])
    normalised = x
    for layer in network.layers[:leading]:
        normalised = layer.forward(normalised)
    before = dense.forward(normalised)
    block = max(1, NUMBERS // dense.bias.size)

    def changed(where: list[int], values: Floats, rows: slice) -> Floats:
        new = values[rows] if values.ndim == 2 else values[None]
        for layer in network.layers[:leading]:
            new = _only_columns(layer, where).forward(new)
        shift = (new - normalised[rows][:, where]).astype(dense.kernel.dtype)
        hidden: Floats = shift @ dense.kernel[where]
        hidden += before[rows]
        for layer in rest.layers:
            hidden = layer.forward(hidden)
        return hidden.astype(np.float64)

    def switch(where: list[int], values: Floats) -> Floats:
        return np.concatenate([changed(where, values, slice(i, i + block)) for i in range(0, len(x), block)])

    return switch


def _only_columns(layer: Layer, where: list[int]) -> Layer:
    """A normalisation of some of its columns."""
    if isinstance(layer, BatchNorm):
        return BatchNorm(layer.gamma[where], layer.beta[where], layer.mean[where], layer.variance[where], layer.epsilon)
    assert isinstance(layer, Normalization)
    return Normalization(layer.mean[where], layer.variance[where])


def in_threads(work: Callable[[int], None], count: int) -> None:
    """Do the work for 0 to count - 1; NumPy lets go of the interpreter, so threads run side by side."""
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(count)))

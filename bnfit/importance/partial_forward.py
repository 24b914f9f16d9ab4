"""Predict with a few columns changed: only their part of the first layer is computed again."""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from threadpoolctl import ThreadpoolController

from bnfit.arrays import Floats
from bnfit.evaluation.held_out import Predict
from bnfit.networks.layers import BatchNorm, Branches, Dense, Layer, MemberDense, Network, Normalization, flat
from bnfit.networks.positions import entry_layers

Switch = Callable[[list[int], Floats], Floats]
"""From positions and values there, (..., n or 1, p) or (p,), to predictions (..., n, o)."""

NUMBERS = 1 << 17
"""Rows are passed in blocks whose first hidden layer holds about this many numbers, so that they stay in the cache."""
THREADS = 2
STACKED_ROWS = 1 << 12
ACTIVATION_WORK = 20


class Ensemble:
    """Predictor that averages the outputs of some networks on the same raw columns."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self.networks = tuple(networks)

    def __call__(self, x: Floats) -> Floats:
        return np.asarray(np.mean([network(x) for network in self.networks], axis=0))

    @property
    def work(self) -> int:
        """Rough number of multiplications for a row with a column switched off; an activation counts as 20."""
        layers = [layer for n in self.networks for layer in flat(n.layers) if isinstance(layer, Dense | MemberDense)]
        first = sum(dense.kernel.size for n in self.networks for dense in entry_layers(_leading(n)[1]))
        return sum(layer.kernel.size + ACTIVATION_WORK * layer.bias.size for layer in layers) - first

    def switch(self, x: Floats) -> Switch:
        """Return the function that predicts for x (n, k) with other values at some positions; see `switch_of`."""
        parts = [_first_layer_kept(network, x) or _from_the_start(network, x) for network in self.networks]
        return lambda where, values: np.asarray(np.mean([part(where, values) for part in parts], axis=0))


def switch_of(predict: Predict, x: Floats) -> Switch:
    """Return a function of positions and of new values there, see `Switch`, that predicts for x (n, k)."""
    if isinstance(predict, Ensemble):
        return predict.switch(x)
    return _from_the_start(predict, x)


def _from_the_start(predict: Predict, x: Floats) -> Switch:
    def switch(where: list[int], values: Floats) -> Floats:
        if values.ndim > 2:
            return np.stack([switch(where, of_one) for of_one in values])
        changed = x.copy()
        changed[:, where] = values
        return np.asarray(predict(changed))

    return switch


def _first_layer_kept(network: Network, x: Floats) -> Switch | None:
    """Return the switch of a network that begins with normalisations and a Dense; None for any other."""
    leading, rest = _leading(network)
    entries = entry_layers(rest)
    if not entries:
        return None
    normalised = x
    for layer in leading:
        normalised = layer.forward(normalised)
    first, *after = rest
    branches = [branch[1:] for branch in first.branches] if isinstance(first, Branches) else [()]
    before = [dense.forward(normalised) for dense in entries]
    block = max(1, NUMBERS // max(dense.bias.size for dense in entries))

    def changed(where: list[int], values: Floats, rows: slice) -> Floats:
        new = values if values.shape[-2] == 1 else values[..., rows, :]
        for layer in leading:
            new = _only_columns(layer, where).forward(new)
        shift = new - normalised[rows][:, where]
        sides = []
        for dense, intact, layers in zip(entries, before, branches, strict=True):
            moved, kernel = shift.astype(dense.kernel.dtype), dense.kernel[where]
            # NumPy multiplies a matrix of one column slowly
            hidden: Floats = moved * kernel if len(where) == 1 else moved @ kernel
            hidden += intact[rows]
            hidden = hidden.reshape(-1, intact.shape[1])
            for layer in layers:
                hidden = layer.forward(hidden)
            sides.append(hidden)
        joined = sides[0] if len(sides) == 1 else np.concatenate(sides, axis=1)
        for layer in after:
            joined = layer.forward(joined)
        return joined.astype(np.float64).reshape(*shift.shape[:-1], *joined.shape[1:])

    def switch(where: list[int], values: Floats) -> Floats:
        values = np.atleast_2d(values)
        step = max(1, block // math.prod(values.shape[:-2]))
        parts = [changed(where, values, slice(i, i + step)) for i in range(0, len(x), step)]
        return np.concatenate(parts, axis=values.ndim - 2)

    return switch


def _leading(network: Network) -> tuple[Sequence[Layer], Sequence[Layer]]:
    """Split a network into the normalisations that it begins with, and the other layers."""
    count = next(i for i, layer in enumerate(network.layers) if not isinstance(layer, BatchNorm | Normalization))
    return network.layers[:count], network.layers[count:]


def _only_columns(layer: Layer, where: list[int]) -> Layer:
    """Cut a normalisation down to some of its columns."""
    if isinstance(layer, BatchNorm):
        return BatchNorm(layer.gamma[where], layer.beta[where], layer.mean[where], layer.variance[where], layer.epsilon)
    assert isinstance(layer, Normalization)
    return Normalization(layer.mean[where], layer.variance[where])


def stacked(arrays: Iterable[Floats], rows: int) -> Iterator[Floats]:
    """Stack arrays of equal shape, (s, ...); of few rows many, as each call of a switch has its cost."""
    every, most = iter(arrays), max(1, STACKED_ROWS // rows)
    while stack := list(itertools.islice(every, most)):
        yield np.stack(stack)


def in_threads(work: Callable[[int], None], count: int) -> None:
    """Call `work` with 0 to count - 1 in threads; NumPy releases the interpreter's lock, so they run side by side.

    Each product takes one thread meanwhile: BLAS's own would wait for each other.
    """
    with _blas().limit(limits=1, user_api="blas"), ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(count)))


@functools.cache
def _blas() -> ThreadpoolController:
    """Find NumPy's BLAS, once: the search goes through all libraries of the process."""
    return ThreadpoolController()

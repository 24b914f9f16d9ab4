"""Where the layers that γ depends on stand in a network: the first BatchNorm, and the Dense layers after it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bnfit.networks.layers import BatchNorm, Branches, Dense, Layer, Network, Normalization


def input_layer(network: Network) -> tuple[int, BatchNorm] | None:
    """Find the BatchNorm whose γ weighs the raw columns.

    Returns:
        Its position, 0, or 1 after a Normalization, and the layer; None where the network has none there.
    """
    position = 1 if isinstance(network.layers[0], Normalization) else 0
    layer = network.layers[position] if position < len(network.layers) else None
    return (position, layer) if isinstance(layer, BatchNorm) else None


def entry_layers(layers: Sequence[Layer]) -> list[Dense]:
    """Return the Dense that the layers, or each of their branches, begin with; none if they begin otherwise."""
    starts = [branch[0] for branch in layers[0].branches] if layers and isinstance(layers[0], Branches) else layers[:1]
    dense = [layer for layer in starts if isinstance(layer, Dense)]
    return dense if len(dense) == len(starts) else []


def change_entry_layers(layers: Sequence[Layer], change: Callable[[Dense], Dense]) -> tuple[Layer, ...]:
    """Return the layers with every layer of `entry_layers` changed; there must be some."""
    first, *rest = layers
    if isinstance(first, Branches):
        return Branches(tuple(change_entry_layers(branch, change) for branch in first.branches)), *rest
    assert isinstance(first, Dense)
    return change(first), *rest

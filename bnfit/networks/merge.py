"""Merging: several trained members become one network whose output is their mean.

This module alone knows the order of layers. A member is
`[Normalization] [BatchNorm] Dense ([Norm] Activation [Norm] Dense)* [BatchNorm] [Activation]`, Norm a BatchNorm or a
LayerNorm. Members of one architecture merge to
`[Normalization | BatchNorm] Dense Reshape ([Norms] Activation [Norms] MemberDense)* [Activation] MemberMean`. Those of
several architectures merge to one such branch each, from the first Dense on, joined by `Branches` before MemberMean.
Norms is `[Reshape] LayerNorm [Reshape] [MemberDense]`: one LayerNorm serves all members. So each member's γ and β go
into the next MemberDense, or into a diagonal one of their own where an activation comes first.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.networks.folding import cast_dense, refolded, split_off, statistics
from bnfit.networks.layers import (
    BatchNorm,
    Branches,
    Dense,
    Layer,
    LayerNorm,
    MemberDense,
    MemberMean,
    Network,
    Normalization,
    Reshape,
    members_in,
)


def merge(members: Sequence[Network], x: Floats, epsilon: float) -> Network:
    """Merge members to one network whose output is the mean of theirs.

    Args:
        members: networks of one arm; those of one architecture stand together. Each keeps its own first-layer
            statistics, γ and β: they fold into its slice of the merged first Dense.
        x: raw columns (n, k) of all rows, finite; the merged first layer takes their exact mean and variance.
        epsilon: the ε of the merged BatchNorm, far below the smallest column variance.

    Returns:
        The merged network, with γ 1 and β 0 where its first layer is a BatchNorm. One member is returned as it is.

    Raises:
        ValueError: no members, members whose first layers or outputs differ, or members of one architecture apart.
    """
    if not members:
        raise ValueError("no members to merge")
    if len(members) == 1:
        return members[0]
    _check_alike(members)
    first = _first_layer(split_off(members[0])[0], np.asarray(x, np.float64), epsilon)
    alike = [list(group) for _, group in itertools.groupby(members, _outline)]
    branches = [_merge_alike(group, first) for group in alike]
    inside = branches[0] if len(branches) == 1 else (Branches(tuple(branches)),)
    return Network((*([] if first is None else [first]), *inside, MemberMean()))


def _merge_alike(members: Sequence[Network], first: BatchNorm | Normalization | None) -> tuple[Layer, ...]:
    """Merge members of one architecture to the layers from the first layer's output to their outputs (n, m, o)."""
    # each Dense keeps its own: that of the last holds a target far from 0
    dtypes = [layer.kernel.dtype for layer in members[0].layers if isinstance(layer, Dense)]
    dtype, later = dtypes[0], iter(dtypes[1:])
    split = [split_off(member) for member in members]
    entries = [refolded(leading, rest[0], first) for leading, rest in split]
    side_by_side = Dense(np.hstack([entry.kernel for entry in entries]), np.hstack([entry.bias for entry in entries]))
    layers: list[Layer] = [cast_dense(side_by_side, dtype), Reshape((len(members), entries[0].bias.size))]
    for alike in zip(*(rest[1:] for _, rest in split), strict=True):
        dense = [layer for layer in alike if isinstance(layer, Dense)]
        stacked = MemberDense(np.stack([d.kernel for d in dense]), np.stack([d.bias for d in dense])) if dense else None
        if isinstance(alike[0], LayerNorm):
            norms = [layer for layer in alike if isinstance(layer, LayerNorm)]
            layers += _layer_norms(norms, dtype)
        else:
            layers.append(cast_dense(stacked, next(later)) if stacked else alike[0])
    return tuple(layers)


def alike_together(members: Sequence[Network]) -> list[int]:
    """Return the members' positions in an order in which those of one architecture stand together, as `merge` asks."""
    outlines = [_outline(member) for member in members]
    return sorted(range(len(members)), key=lambda i: outlines.index(outlines[i]))


def layer_weights(layer: Layer) -> list[Any]:
    """Return a layer's arrays in the order of Keras' `set_weights`; none for a layer without any."""
    match layer:
        case BatchNorm():
            return [layer.gamma, layer.beta, layer.mean, layer.variance]
        case Normalization():
            # With a count, as after `adapt`: what the constructor is given becomes float32 on loading.
            return [layer.mean, layer.variance, np.int64(0)]
        case Dense() | MemberDense():
            return [layer.kernel, layer.bias]
        case LayerNorm():
            return [layer.gamma, layer.beta]
        case _:
            return []


def _layer_norms(norms: Sequence[LayerNorm], dtype: Any) -> list[Layer]:
    """Merge the LayerNorm of each member to one on (n, m, u), followed by each member's own γ and β."""
    count, units, groups = len(norms), norms[0].gamma.size, norms[0].groups or 1
    inner = units // groups
    shared: Layer = LayerNorm(np.ones(inner, dtype), np.zeros(inner, dtype), norms[0].epsilon)
    layers = [shared] if groups == 1 else [Reshape((count * groups, inner)), shared, Reshape((count, units))]
    gamma, beta = np.stack([n.gamma for n in norms]), np.stack([n.beta for n in norms])
    if (gamma == 1).all() and not beta.any():
        return layers
    return [*layers, cast_dense(MemberDense(gamma[:, :, None] * np.eye(units), beta), dtype)]


def _first_layer(leading: Sequence[Layer], x: Floats, epsilon: float) -> BatchNorm | Normalization | None:
    """Make the merged network's first layer, with the statistics of all rows."""
    if not leading:
        return None
    mean, variance = statistics(x)
    if any(isinstance(layer, BatchNorm) for layer in leading):
        return BatchNorm(np.ones_like(mean), np.zeros_like(mean), mean, variance, epsilon)
    return Normalization(mean, variance)


def _outline(member: Network) -> list[tuple[str, str, list[tuple[int, ...]]]]:
    """Describe each layer by its kind, its activation and its shapes: equal for members of one architecture."""
    return [(type(a).__name__, getattr(a, "name", ""), [w.shape for w in layer_weights(a)]) for a in member.layers]


def _check_alike(members: Sequence[Network]) -> None:
    """Refuse members with different inputs or outputs, and members of one architecture that stand apart.

    Raises:
        ValueError: naming the first member that differs from member 0.
    """
    ends = [_ends(member) for member in members]
    for number, end in enumerate(ends):
        if end != ends[0]:
            raise ValueError(f"member {number} is {_outline(members[number])}, but member 0 is {_outline(members[0])}")
    runs = [outline for outline, _ in itertools.groupby(members, _outline)]
    if any(run in runs[:number] for number, run in enumerate(runs)):
        raise ValueError("members of one architecture must stand together")


def _ends(member: Network) -> tuple[list[str], int, tuple[int, ...], str]:
    """Return the kinds of the layers before the first Dense, the columns, the outputs and their activation."""
    leading = [type(layer).__name__ for layer in itertools.takewhile(lambda a: not isinstance(a, Dense), member.layers)]
    dense = [layer for layer in member.layers if isinstance(layer, Dense)]
    last = getattr(member.layers[-1], "name", "")
    return leading, len(dense[0].kernel), dense[-1].bias.shape, last


def only_members(network: Network, members: Sequence[int]) -> Network:
    """Cut a merged network down to some members, whose mean it puts out.

    Raises:
        ValueError: the network is a single one.
    """
    if not isinstance(network.layers[-1], MemberMean):
        raise ValueError("a single network has no members to choose")
    return Network(tuple(_only(network.layers, list(members))))


def _only(network: Sequence[Layer], chosen: list[int]) -> list[Layer]:
    layers: list[Layer] = []
    count = members_in(network)
    for layer in network:
        if isinstance(layer, Reshape):
            layers.append(Reshape((len(chosen), *layer.shape[1:])))
        elif isinstance(layer, MemberDense):
            layers.append(MemberDense(layer.kernel[chosen], layer.bias[chosen]))
        elif isinstance(layer, Dense):
            kernel = layer.kernel.reshape(len(layer.kernel), count, -1)[:, chosen]
            layers.append(Dense(kernel.reshape(len(kernel), -1), layer.bias.reshape(count, -1)[chosen].ravel()))
        elif isinstance(layer, Branches):
            layers += _only_of_branches(layer, chosen)
        else:
            layers.append(layer)
    return layers


def _only_of_branches(layer: Branches, chosen: list[int]) -> list[Layer]:
    """Cut branches down to the chosen members; one branch alone needs no joining."""
    kept, first = [], 0
    for branch in layer.branches:
        last = first + members_in(branch)
        inside = [member - first for member in chosen if first <= member < last]
        if inside:
            kept.append(_only(branch, inside))
        first = last
    return kept[0] if len(kept) == 1 else [Branches(tuple(map(tuple, kept)))]

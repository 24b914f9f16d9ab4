"""Export of a network to Keras: one stock layer for each NumPy layer, named by kind and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bnfit.networks.layers import (
    Activation,
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
    flat,
)
from bnfit.networks.merge import layer_weights
from bnfit.networks.positions import input_layer

if TYPE_CHECKING:
    import keras


KINDS: dict[type, str] = {
    Normalization: "standardization",
    BatchNorm: "normalization",
    LayerNorm: "normalization",
    Dense: "dense",
    MemberDense: "dense",
    Activation: "activation",
    Reshape: "members",
    MemberMean: "average",
}
"""Names of the layers of a saved model, before their numbers."""
JOINED = "side_by_side"
"""Name of the layer that joins branches."""


def to_keras(network: Network) -> keras.Model:
    """Convert a network to a stock Keras functional model, its layers named by kind and number.

    The input is float64 (n, k): `model(array)` keeps that, but `model.predict(array)` rounds to float32 first.

    Raises:
        ValueError: a layer is a `KerasLayer`.
    """
    import bnfit.population.backend  # noqa: F401, I001 - before Keras, which loads TensorFlow with its log lines
    import keras

    dtype = "float64"
    inputs = keras.Input((_columns(network),), dtype=dtype, name="columns")
    outputs = _apply(network.layers, iter(_names(network)), inputs, dtype)
    return keras.Model(inputs, outputs, name="bnfit")


def _apply(layers: Sequence[Layer], names: Iterator[str], tensor: Any, dtype: str) -> Any:
    """Apply stock layers to a Keras tensor; those without arrays compute in the `dtype` of the ones before."""
    import keras

    for layer in layers:
        if isinstance(layer, Branches):
            outputs = [_apply(branch, names, tensor, dtype) for branch in layer.branches]
            dtype = outputs[0].dtype
            tensor = keras.layers.Concatenate(axis=1, name=JOINED, dtype=dtype)(outputs)
            continue
        arrays = layer_weights(layer)
        # The mean over members adds many outputs of equal sign: in float32 their sum would lose digits.
        dtype = "float64" if isinstance(layer, MemberMean) else arrays[0].dtype.name if arrays else dtype
        stock = _stock_layer(layer, next(names), dtype)
        tensor = stock(tensor)
        if arrays:
            stock.set_weights(arrays)
        if isinstance(layer, Normalization):
            stock.finalize_state()
    return tensor


def _stock_layer(layer: Layer, name: str, dtype: str) -> Any:
    """Make the stock Keras layer of one NumPy layer, without its weights."""
    from keras import layers

    settings: dict[str, Any] = {"name": name, "dtype": dtype}
    match layer:
        case BatchNorm(epsilon=epsilon):
            return layers.BatchNormalization(epsilon=epsilon, **settings)
        case LayerNorm(epsilon=epsilon, groups=None):
            return layers.LayerNormalization(epsilon=epsilon, **settings)
        case LayerNorm(epsilon=epsilon, groups=groups):
            return layers.GroupNormalization(groups, epsilon=epsilon, **settings)
        case Normalization():
            return layers.Normalization(**settings)
        case Dense(bias=bias):
            return layers.Dense(bias.size, kernel_initializer="zeros", **settings)
        case MemberDense(bias=bias):
            return layers.EinsumDense(
                "bmi,mio->bmo", bias.shape, bias_axes="mo", kernel_initializer="zeros", **settings
            )
        case Activation(name=function):
            return layers.Activation(function, **settings)
        case Reshape(shape=shape):
            return layers.Reshape(shape, **settings)
        case MemberMean():
            return layers.GlobalAveragePooling1D(**settings)
        case _:
            raise ValueError(f"layer {getattr(layer, 'name', layer)} is not bnfit's to save")


def _names(network: Network) -> list[str]:
    """Name each layer, in the order of `flat`: its kind, numbered from 1 where there are several of the kind."""
    first = input_layer(network)
    kinds = [KINDS.get(type(layer), "keras") for layer in flat(network.layers)]
    if first is not None:
        kinds[first[0]] = "input_normalization"
    return [f"{kind}_{kinds[:i].count(kind)}" if kinds.count(kind) > 1 else kind for i, kind in enumerate(kinds, 1)]


def _columns(network: Network) -> int:
    """Return the number of raw columns that the network takes."""
    return int(layer_weights(network.layers[0])[0].shape[0])

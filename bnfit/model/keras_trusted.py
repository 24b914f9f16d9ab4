"""Files that the user trusts, loaded by Keras itself, which also runs the layers that bnfit does not have."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bnfit.arrays import Floats
from bnfit.errors import ModelFileError
from bnfit.model.keras_config import Shape, Spec, UnknownModelError, shown
from bnfit.model.keras_import import READERS, build_network
from bnfit.networks.layers import KerasLayer, Layer, Network


def load_with_keras(path: Path) -> Network:
    """Load a model with Keras, code from the file included, and convert the layers that bnfit has.

    Returns:
        The network. A layer that bnfit does not have becomes a `KerasLayer`, as does a whole model that is no chain.

    Raises:
        ModelFileError: Keras cannot load the file, or the model does not map (rows, columns) to (rows, outputs).
    """
    import bnfit.population.backend  # noqa: F401, I001 - before Keras, which loads TensorFlow with its log lines
    import keras

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=False)
    except Exception as error:  # the file's own code runs here
        reason = str(error).strip().partition("\n")[0]
        raise ModelFileError(f"Keras cannot load it: {reason[:200] or type(error).__name__}") from error
    try:
        return _convert(model)
    except UnknownModelError as error:
        if (network := _after_norm(model)) is not None:
            return network
        shapes = [getattr(model, name, None) for name in ("input_shape", "output_shape")]
        if not all(isinstance(shape, tuple) and len(shape) == 2 for shape in shapes):
            raise ModelFileError(
                f"the model maps {shown(shapes[0])} to {shown(shapes[1])}, not rows to rows"
            ) from error
        return Network((_keras_layer(model),))


def _convert(model: Any) -> Network:
    """Convert a model layer by layer, with `KerasLayer` where bnfit has none.

    Raises:
        UnknownModelError: the model is no chain of layers.
    """

    def weights(spec: Spec, shapes: Sequence[Shape]) -> list[Floats]:
        arrays = [np.asarray(a) for a in model.get_layer(spec.name).get_weights()[: len(shapes)]]
        if [a.shape for a in arrays] != list(shapes) or not all(np.isfinite(a).all() for a in arrays):
            raise spec.damaged(f"needs finite weights of shapes {list(shapes)}")
        return arrays

    def fallback(spec: Spec) -> tuple[list[Layer], Shape]:
        layer = model.get_layer(spec.name)
        return [_keras_layer(layer)], tuple(layer.output.shape[1:])

    return build_network(json.loads(model.to_json()), weights, fallback)


def _after_norm(model: Any) -> Network | None:
    """Split a model that is no chain after its first layer, where that is a BatchNormalization of its only input.

    So the columns have a γ, whatever follows; None where it begins otherwise.
    """
    import keras

    first = next((layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)), None)
    if first is None or len(model.inputs) != 1 or len(model.outputs) != 1 or len(first.input.shape) != 2:
        return None
    spec = _spec_of(first)
    try:
        if first.input is not model.inputs[0]:
            return None
        rest = keras.Model(first.output, model.outputs[0])  # which fails where something else takes the input too
        columns = int(first.input.shape[1])
        (norm,), _ = READERS["BatchNormalization"](
            spec, (columns,), lambda _, shapes: first.get_weights()[: len(shapes)]
        )
    except (ValueError, ModelFileError):
        return None
    return Network((norm, _keras_layer(rest)))


def _spec_of(layer: Any) -> Spec:
    return Spec(type(layer).__name__, layer.name, layer.name, True, layer.get_config())


def _keras_layer(layer: Any) -> KerasLayer:
    """Wrap a Keras layer or model as a layer of a network, with its gradient."""
    from bnfit.population.backend import tf  # TensorFlow

    def function(x: Floats) -> Floats:
        return np.asarray(layer(tf.convert_to_tensor(x), training=False))

    def gradient(slope: Floats, x: Floats) -> Floats:
        with tf.GradientTape() as tape:
            inputs = tf.convert_to_tensor(x)
            tape.watch(inputs)
            outputs = layer(inputs, training=False)
        pulled_back = tape.gradient(outputs, inputs, output_gradients=tf.cast(slope, outputs.dtype))
        return np.zeros_like(x) if pulled_back is None else np.asarray(pulled_back)

    return KerasLayer(str(layer.name), function, gradient)

"""Files that the user trusts, loaded by Keras itself: whatever bnfit has no layer for, Keras runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bnfit.errors import ModelFileError
from bnfit.inference import Array, Foreign, Layer, Network
from bnfit.kerasconfig import Shape, Spec, UnknownModelError, shown
from bnfit.kerasfile import build_network


def load_with_keras(path: Path) -> Network:
    """Load a model with Keras, code from the file included, and convert the layers that bnfit has.

    Returns:
        The network. Layers that bnfit does not have run in Keras, as one with the whole model where it is no chain.

    Raises:
        ModelFileError: Keras cannot load the file, or the model does not map (rows, columns) to (rows, outputs).
    """
    import keras

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=False)
    except Exception as error:  # the file's own code runs here
        reason = str(error).strip().partition("\n")[0]
        raise ModelFileError(f"Keras cannot load it: {reason[:200] or type(error).__name__}") from error
    try:
        return _converted(model)
    except UnknownModelError as error:
        shapes = [getattr(model, name, None) for name in ("input_shape", "output_shape")]
        if not all(isinstance(shape, tuple) and len(shape) == 2 for shape in shapes):
            raise ModelFileError(
                f"the model maps {shown(shapes[0])} to {shown(shapes[1])}, not rows to rows"
            ) from error
        return Network((_foreign(model),))


def _converted(model: Any) -> Network:
    def weights(spec: Spec, shapes: Sequence[Shape]) -> list[Array]:
        arrays = [np.asarray(a) for a in model.get_layer(spec.name).get_weights()[: len(shapes)]]
        if [a.shape for a in arrays] != list(shapes) or not all(np.isfinite(a).all() for a in arrays):
            raise spec.damaged(f"needs finite weights of shapes {list(shapes)}")
        return arrays

    def foreign(spec: Spec) -> tuple[list[Layer], Shape]:
        layer = model.get_layer(spec.name)
        return [_foreign(layer)], tuple(layer.output.shape[1:])

    return build_network(json.loads(model.to_json()), weights, foreign)


def _foreign(layer: Any) -> Foreign:
    """A Keras layer or model as a layer of a network, with its gradient."""
    import tensorflow as tf

    def function(x: Array) -> Array:
        return np.asarray(layer(tf.convert_to_tensor(x), training=False))

    def gradient(slope: Array, x: Array) -> Array:
        with tf.GradientTape() as tape:
            seen = tf.convert_to_tensor(x)
            tape.watch(seen)
            out = layer(seen, training=False)
        found = tape.gradient(out, seen, output_gradients=tf.cast(slope, out.dtype))
        return np.zeros_like(x) if found is None else np.asarray(found)

    return Foreign(str(layer.name), function, gradient)

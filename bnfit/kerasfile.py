"""What a Keras archive says, checked and turned into a network: a linear chain of stock layers, and nothing else.

Every value from the file is taken for hostile: names and sizes are checked against a list, weights against the shapes
that the configuration implies. Nothing is imported, looked up or run because a file names it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from bnfit.errors import ModelFileError
from bnfit.inference import (
    ACTIVATIONS,
    Activation,
    Array,
    BatchNorm,
    Dense,
    Layer,
    MemberDense,
    MemberMean,
    Network,
    Normalization,
    Reshape,
)

MOST_NUMBERS = 1 << 27
"""No layer, and no array of weights, may be larger than this many numbers."""

TRUST_HINT = "--trust-model loads it with Keras, which may run code that the file brings along"

Shape = tuple[int, ...]


class Weights(Protocol):
    """Where the arrays of a layer come from."""

    def __call__(self, spec: Spec, shapes: Sequence[Shape]) -> list[Array]:
        """The first arrays of a layer, which must have these shapes and finite values."""


@dataclass(frozen=True)
class Spec:
    """One layer as config.json describes it. Every getter raises `ModelFileError` for a value that is not allowed.

    Attributes:
        kind: Keras' class name.
        name: the layer's own name.
        group: the layer's group in the weights file.
        settings: the layer's configuration, unchecked.
    """

    kind: str
    name: str
    group: str
    settings: dict[str, Any] = field(repr=False)

    def fail(self, what: str) -> ModelFileError:
        return ModelFileError(f"layer {shown(self.name)} ({self.kind}) {what}", TRUST_HINT)

    def expect(self, key: str, *allowed: Any) -> Any:
        """A setting that must be one of a few values; an absent one counts as the first."""
        value = self.settings.get(key, allowed[0])
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise self.fail(f"has {key} {shown(value)}, which bnfit does not read")
        return value

    def size(self, key: str) -> int:
        return self.sizes(key, [self.settings.get(key)])[0]

    def sizes(self, key: str, values: Any = None) -> Shape:
        """A list of positive whole numbers whose product is bounded."""
        values = self.settings.get(key) if values is None else values
        if not isinstance(values, list) or not values or not all(type(v) is int and v > 0 for v in values):
            raise self.fail(f"has no usable {key}: {shown(values)}")
        return self.bounded(tuple(values))

    def bounded(self, shape: Shape) -> Shape:
        product = 1
        for length in shape:
            product *= length
        if product > MOST_NUMBERS:
            raise self.fail(f"holds an array of {shown(shape)} numbers, more than bnfit reads")
        return shape

    def activation(self) -> str:
        name = self.settings.get("activation", "linear")
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise self.fail(f"has activation {shown(name)}; bnfit reads {', '.join(ACTIVATIONS)}")
        return name

    def dtype(self) -> str:
        policy = self.settings.get("dtype", "float32")
        if isinstance(policy, dict) and isinstance(policy.get("config"), dict):
            policy = policy["config"].get("name")
        if policy not in ("float32", "float64"):
            raise self.fail(f"has dtype {shown(policy)}; bnfit reads float32 and float64")
        return str(policy)


def shown(value: Any) -> str:
    """A value from the file as a short text without control characters."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."


def build_network(config: Any, weights: Weights) -> Network:
    """The network that a parsed config.json describes.

    Args:
        config: the content of config.json, of any type.
        weights: where the arrays come from.

    Raises:
        ModelFileError: not a chain of the layers in `READERS`, or weights that do not fit it.
    """
    specs = _chain(config)
    batch_shape = specs[0].settings.get("batch_shape")
    if specs[0].kind != "InputLayer" or not isinstance(batch_shape, list) or len(batch_shape) != 2:
        raise ModelFileError(
            "the model does not take one table of numbers", "its input must have shape (rows, columns)"
        )
    shape = specs[0].sizes("batch_shape", batch_shape[1:])
    specs[0].dtype()
    layers: list[Layer] = []
    for spec in specs[1:]:
        if spec.kind not in READERS:
            raise ModelFileError(f"layer {shown(spec.kind)} is not on the list of layers that bnfit reads", TRUST_HINT)
        added, shape = READERS[spec.kind](spec, shape, weights)
        layers += added
    if len(shape) != 1 or not layers:
        raise ModelFileError(f"the model's output has shape {shown(shape)} per row; bnfit reads (outputs,)")
    return Network(tuple(layers))


def _batch_normalization(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("axis", -1, len(shape), [-1], [len(shape)])
    width, dtype = shape[-1], np.dtype(spec.dtype())
    scale, center = spec.expect("scale", True, False), spec.expect("center", True, False)
    epsilon = spec.settings.get("epsilon", 1e-3)
    if type(epsilon) not in (int, float) or not 0 <= epsilon < 1e300:
        raise spec.fail(f"has epsilon {shown(epsilon)}")
    arrays = [a.astype(dtype) for a in weights(spec, [(width,)] * (2 + scale + center))]
    gamma = arrays.pop(0) if scale else np.ones(width, dtype)
    beta = arrays.pop(0) if center else np.zeros(width, dtype)
    if not np.all(arrays[1] + dtype.type(epsilon) > 0):
        raise spec.fail("has a variance that is not positive")
    return [BatchNorm(gamma, beta, arrays[0], arrays[1], float(epsilon))], shape


def _normalization(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("axis", -1, len(shape), [-1], [len(shape)])
    spec.expect("invert", False)
    given = [spec.settings.get("mean"), spec.settings.get("variance")]
    if given == [None, None]:
        arrays = weights(spec, [(shape[-1],)] * 2)
    else:  # Keras makes them float32 when it loads them, whatever the layer's dtype
        arrays = [_constants(spec, value, shape[-1]) for value in given]
    if not np.all(arrays[1] >= 0):
        raise spec.fail("has a negative variance")
    return [Normalization(*(a.astype(spec.dtype()) for a in arrays))], shape


def _constants(spec: Spec, value: Any, width: int) -> Array:
    numbers = value if isinstance(value, list) else [value] * width
    if len(numbers) != width or not all(type(n) in (int, float) and abs(n) < 1e38 for n in numbers):
        raise spec.fail(f"has no usable mean and variance: {shown(value)}")
    return np.array(numbers, np.float32)


def _dense(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    units, dtype = spec.size("units"), spec.dtype()
    kernel, bias = _kernel_and_bias(spec, (shape[-1], units), (units,), spec.expect("use_bias", True, False), weights)
    return [Dense(kernel.astype(dtype), bias.astype(dtype)), *_activated(spec)], spec.bounded((*shape[:-1], units))


def _einsum_dense(spec: Spec, shape: Shape, weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("equation", "bmi,mio->bmo")
    biased, dtype = spec.expect("bias_axes", None, "mo") is not None, spec.dtype()
    out = spec.sizes("output_shape")
    if len(shape) != 2 or len(out) != 2 or out[0] != shape[0]:
        raise spec.fail(f"makes {shown(out)} from {shown(shape)}")
    kernel, bias = _kernel_and_bias(spec, (*shape, out[1]), out, biased, weights)
    return [MemberDense(kernel.astype(dtype), bias.astype(dtype)), *_activated(spec)], out


def _kernel_and_bias(spec: Spec, kernel: Shape, bias: Shape, biased: bool, weights: Weights) -> tuple[Array, Array]:
    arrays = weights(spec, [spec.bounded(kernel), spec.bounded(bias)][: 1 + biased])
    return arrays[0], arrays[1] if biased else np.zeros(bias)


def _activated(spec: Spec) -> list[Layer]:
    name = spec.activation()
    return [] if name == "linear" else [Activation(name)]


def _activation(spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    spec.dtype()
    return _activated(spec), shape


def _reshape(spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    target = spec.sizes("target_shape")
    if np.prod(target) != np.prod(shape):
        raise spec.fail(f"makes {shown(target)} from {shown(shape)}")
    return [Reshape(target)], target


def _average(spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    spec.expect("keepdims", False)
    spec.expect("data_format", "channels_last")
    if len(shape) != 2:
        raise spec.fail(f"averages {shown(shape)}")
    return [MemberMean()], shape[1:]


def _nothing(_spec: Spec, shape: Shape, _weights: Weights) -> tuple[list[Layer], Shape]:
    return [], shape


READERS: dict[str, Callable[[Spec, Shape, Weights], tuple[list[Layer], Shape]]] = {
    "BatchNormalization": _batch_normalization,
    "Normalization": _normalization,
    "Dense": _dense,
    "EinsumDense": _einsum_dense,
    "Activation": _activation,
    "Reshape": _reshape,
    "GlobalAveragePooling1D": _average,
    "Dropout": _nothing,
    "GaussianNoise": _nothing,
}
"""The stock layers that bnfit reads. Those that only act in training become nothing."""


def _chain(config: Any) -> list[Spec]:
    """The layers of a Sequential or Functional model in order, each fed by the one before it alone."""
    kind = config.get("class_name") if isinstance(config, dict) else None
    inner = config.get("config") if isinstance(config, dict) else None
    entries = inner.get("layers") if isinstance(inner, dict) else None
    if (
        not isinstance(inner, dict)
        or kind not in ("Sequential", "Functional")
        or not isinstance(entries, list)
        or not entries
    ):
        raise ModelFileError(
            f"the model is {shown(kind)}, not a Sequential or Functional model of stock layers", TRUST_HINT
        )
    seen = Counter[str]()
    specs: list[Spec] = []
    for entry in entries:
        spec = _spec(entry, seen)
        if kind == "Functional" and _sources(entry) != [s.name for s in specs[-1:]]:
            raise ModelFileError(f"layer {shown(spec.name)} does not follow the layer before it alone", TRUST_HINT)
        specs.append(spec)
    if kind == "Functional" and _output(inner) != specs[-1].name:
        raise ModelFileError("the model's output is not its last layer", TRUST_HINT)
    return specs


def _spec(entry: Any, seen: Counter[str]) -> Spec:
    settings = entry.get("config") if isinstance(entry, dict) else None
    if not isinstance(settings, dict):
        raise ModelFileError(f"config.json holds a layer without configuration: {shown(entry)}")
    kind, name = entry.get("class_name"), settings.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise ModelFileError(f"config.json holds a layer without name: {shown(entry)}")
    if entry.get("module") != "keras.layers" or entry.get("registered_name") is not None:
        raise ModelFileError(f"layer {shown(kind)} is not a stock Keras layer", TRUST_HINT)
    stem = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)).lower()
    seen[stem] += 1
    return Spec(kind, name, stem if seen[stem] == 1 else f"{stem}_{seen[stem] - 1}", settings)


def _sources(entry: dict[str, Any]) -> list[Any] | None:
    """The names of the layers that feed one; None when it is called more than once or in any unusual way."""
    match entry.get("inbound_nodes"):
        case []:
            return []
        case [{"args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}]}]:
            return [name]
    return None


def _output(inner: dict[str, Any]) -> str | None:
    """The name of the one layer whose output is the model's."""
    match inner.get("output_layers"):
        case [str(name), 0, 0] | [[str(name), 0, 0]]:
            return name
    return None

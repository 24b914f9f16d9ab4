"""Keras' config.json as a chain of layer descriptions, every value of which is taken for hostile until checked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bnfit.errors import ModelFileError
from bnfit.inference import ACTIVATIONS

MOST_NUMBERS = 1 << 27
"""No layer, and no array of weights, may be larger than this many numbers."""

Shape = tuple[int, ...]


class UnknownModelError(ModelFileError):
    """A model that is perhaps sound, but that only Keras can load."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "--trust-model loads it with Keras, which may run code that the file brings along")


@dataclass(frozen=True)
class Spec:
    """One layer as config.json describes it. Every getter raises `ModelFileError` for a value that is not allowed.

    Attributes:
        kind: Keras' class name.
        name: the layer's own name.
        group: the layer's group in the weights file.
        stock: the file says that the layer is Keras' own.
        settings: the layer's configuration, unchecked.
    """

    kind: str
    name: str
    group: str
    stock: bool
    settings: dict[str, Any] = field(repr=False)

    def unknown(self, what: str) -> ModelFileError:
        """The error for a layer that Keras may know how to load."""
        return UnknownModelError(f"layer {shown(self.name)} ({shown(self.kind)}) {what}")

    def damaged(self, what: str) -> ModelFileError:
        """The error for a layer that contradicts itself or its weights."""
        return ModelFileError(f"layer {shown(self.name)} ({shown(self.kind)}) {what}", "save the model again")

    def expect(self, key: str, *allowed: Any) -> Any:
        """A setting that must be one of a few values; an absent one counts as the first."""
        value = self.settings.get(key, allowed[0])
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise self.unknown(f"has {key} {shown(value)}, which bnfit does not read")
        return value

    def size(self, key: str) -> int:
        return self.sizes(key, [self.settings.get(key)])[0]

    def sizes(self, key: str, values: Any = None) -> Shape:
        """A list of positive whole numbers whose product is bounded."""
        values = self.settings.get(key) if values is None else values
        if not isinstance(values, list) or not values or not all(type(v) is int and v > 0 for v in values):
            raise self.damaged(f"has no usable {key}: {shown(values)}")
        return self.bounded(tuple(values))

    def bounded(self, shape: Shape) -> Shape:
        product = 1
        for length in shape:
            product *= length
        if product > MOST_NUMBERS:
            raise self.damaged(f"holds an array of {shown(shape)} numbers, more than bnfit reads")
        return shape

    def activation(self) -> str:
        name = self.settings.get("activation", "linear")
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise self.unknown(f"has activation {shown(name)}; bnfit reads {', '.join(ACTIVATIONS)}")
        return name

    def dtype(self) -> str:
        policy = self.settings.get("dtype", "float32")
        if isinstance(policy, dict) and isinstance(policy.get("config"), dict):
            policy = policy["config"].get("name")
        if policy not in ("float32", "float64"):
            raise self.unknown(f"has dtype {shown(policy)}; bnfit reads float32 and float64")
        return str(policy)


def shown(value: Any) -> str:
    """A value from the file as a short text without control characters."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."


def read_chain(config: Any) -> list[Spec]:
    """The layers of a Sequential or Functional model in order, each fed by the one before it alone."""
    match config:
        case {
            "module": str(module),
            "class_name": "Sequential" | "Functional" as kind,
            "config": {"layers": [_, *_] as entries} as inner,
        } if module.partition(".")[0] == "keras":
            pass
        case _:
            raise UnknownModelError("the model is not a Sequential or Functional model of stock layers")
    seen = Counter[str]()
    specs: list[Spec] = []
    for entry in entries:
        spec = _spec(entry, seen)
        if kind == "Functional" and _sources(entry) != [s.name for s in specs[-1:]]:
            raise UnknownModelError(f"layer {shown(spec.name)} does not follow the layer before it alone")
        specs.append(spec)
    if kind == "Functional" and _output(inner) != specs[-1].name:
        raise UnknownModelError("the model's output is not its last layer")
    return specs


def _spec(entry: Any, seen: Counter[str]) -> Spec:
    settings = entry.get("config") if isinstance(entry, dict) else None
    if not isinstance(settings, dict):
        raise ModelFileError(f"config.json holds a layer without configuration: {shown(entry)}")
    kind, name = entry.get("class_name"), settings.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise ModelFileError(f"config.json holds a layer without name: {shown(entry)}")
    stem = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)).lower()
    seen[stem] += 1
    group = stem if seen[stem] == 1 else f"{stem}_{seen[stem] - 1}"
    stock = entry.get("module") == "keras.layers" and entry.get("registered_name") is None
    return Spec(kind, name, group, stock, settings)


def _sources(entry: dict[str, Any]) -> list[Any] | None:
    """The names of the layers that feed one; None when it is called more than once or in any unusual way."""
    match entry.get("inbound_nodes"):
        case []:
            return []
        case [
            {
                "args": [{"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}],
                "kwargs": {**options},
            }
        ] if all(option in (None, False, True) for option in options.values()):
            return [name]
    return None


def _output(inner: dict[str, Any]) -> str | None:
    """The name of the one layer whose output is the model's."""
    match inner.get("output_layers"):
        case [str(name), 0, 0] | [[str(name), 0, 0]]:
            return name
    return None

"""Keras' config.json read as a chain of layer descriptions; every value counts as hostile until it is checked."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from bnfit.errors import ModelFileError
from bnfit.networks.activations import ACTIVATION_FUNCTIONS

MOST_NUMBERS = 1 << 27
MOST_LAYERS = 2_000
"""Far more than a model of 64 members has."""
MODEL_MODULES = ("keras", "keras.models", "keras.src.models.sequential", "keras.src.models.functional")
"""Where the class of a whole model may come from."""
"""No layer, and no array of weights, may be larger than this many numbers."""

Shape = tuple[int, ...]


class UnknownModelError(ModelFileError):
    """A model that may be sound, but that only Keras can load."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message, "`trust_model=True` loads it with Keras, which may run code that the file brings along"
        )


@dataclass(frozen=True)
class Spec:
    """One layer as config.json describes it. Every getter raises `ModelFileError` for a value that is not allowed.

    Attributes:
        kind: Keras' class name.
        name: the layer's own name.
        group: name of the layer's group in the weights file.
        stock: whether the file says that the layer is Keras' own.
        settings: the layer's configuration, unchecked.
    """

    kind: str
    name: str
    group: str
    stock: bool
    settings: dict[str, Any] = field(repr=False)

    def unknown(self, what: str) -> ModelFileError:
        """Make the error for a layer that Keras may be able to load."""
        return UnknownModelError(f"layer {shown(self.name)} ({shown(self.kind)}) {what}")

    def damaged(self, what: str) -> ModelFileError:
        """Make the error for a layer that contradicts itself or its weights."""
        return ModelFileError(f"layer {shown(self.name)} ({shown(self.kind)}) {what}", "save the model again")

    def expect(self, key: str, *allowed: Any) -> Any:
        """Return a setting that must be one of a few values; an absent one counts as the first."""
        value = self.settings.get(key, allowed[0])
        if not any(type(value) is type(one) and value == one for one in allowed):
            raise self.unknown(f"has {key} {shown(value)}, which bnfit does not read")
        return value

    def size(self, key: str) -> int:
        """Return a positive whole number."""
        return self.sizes(key, [self.settings.get(key)])[0]

    def sizes(self, key: str, values: Any = None) -> Shape:
        """Return a list of positive whole numbers whose product is at most `MOST_NUMBERS`."""
        values = self.settings.get(key) if values is None else values
        if not isinstance(values, list) or not values or not all(type(v) is int and v > 0 for v in values):
            raise self.damaged(f"has no usable {key}: {shown(values)}")
        return self.bounded(tuple(values))

    def bounded(self, shape: Shape) -> Shape:
        """Return the shape of an array if it has at most `MOST_NUMBERS` numbers."""
        product = 1
        for length in shape:
            product *= length
        if product > MOST_NUMBERS:
            raise self.damaged(f"holds an array of {shown(shape)} numbers, more than bnfit reads")
        return shape

    def activation(self) -> str:
        """Return the name of the layer's activation, one of `ACTIVATION_FUNCTIONS`."""
        name = self.settings.get("activation", "linear")
        if not isinstance(name, str) or name not in ACTIVATION_FUNCTIONS:
            raise self.unknown(f"has activation {shown(name)}; bnfit reads {', '.join(ACTIVATION_FUNCTIONS)}")
        return name

    def dtype(self) -> str:
        """Return the layer's dtype, also from a policy: "float32" or "float64"."""
        policy = self.settings.get("dtype", "float32")
        if isinstance(policy, dict) and isinstance(policy.get("config"), dict):
            policy = policy["config"].get("name")
        if policy not in ("float32", "float64"):
            raise self.unknown(f"has dtype {shown(policy)}; bnfit reads float32 and float64")
        return str(policy)


def shown(value: Any) -> str:
    """Format a value from the file as a short text without control characters."""
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:56]} ..."


def says_logits(config: Any) -> bool:
    """Whether a model was compiled with a loss that takes its outputs for logits."""
    match config:
        case {"compile_config": {"loss": {"config": {"from_logits": True}}}}:
            return True
    return False


@dataclass(frozen=True)
class Fork:
    """Chains of layers that one layer feeds, and the layer that joins them."""

    branches: tuple[tuple[Spec, ...], ...]
    join: Spec


def read_graph(config: Any) -> list[Spec | Fork]:
    """Read the layers of a Sequential or Functional model in order: a chain, parts of which may be forks of chains.

    Raises:
        UnknownModelError: the model has another form.
        ModelFileError: a layer has no configuration or no name.
    """
    match config:
        case {
            "module": str(module),
            "class_name": "Sequential" | "Functional" as kind,
            "config": {"layers": [_, *_] as entries} as inner,
        } if module in MODEL_MODULES:
            pass
        case _:
            raise UnknownModelError("the model is not a Sequential or Functional model of stock layers")
    if len(entries) > MOST_LAYERS:
        raise UnknownModelError(f"the model has {len(entries):,} layers; bnfit reads {MOST_LAYERS:,}")
    seen = Counter[str]()
    specs = [_spec(entry, seen) for entry in entries]
    if kind == "Sequential":
        return [*specs]
    sources = {spec.name: _sources(entry) for spec, entry in zip(specs, entries, strict=True)}
    if len(sources) != len(specs):
        raise UnknownModelError("two layers of the model have one name")
    ordered, last = _Graph({spec.name: spec for spec in specs}, sources).in_order(specs[0])
    if _output(inner) != last.name:
        raise UnknownModelError("the model's output is not its last layer")
    return ordered


@dataclass
class _Graph:
    """The layers of a Functional model by name, and the names of their sources; None for an unusual call."""

    specs: dict[str, Spec]
    sources: dict[str, list[str] | None]
    visited: set[str] = field(default_factory=set)

    def in_order(self, first: Spec) -> tuple[list[Spec | Fork], Spec]:
        """Return the input layer and all that follow it in order, and the last layer."""
        if self.sources[first.name] != []:
            raise self._astray(first.name)
        ordered: list[Spec | Fork] = [first]
        last = first
        while fed := self._fed_by(last.name):
            if len(fed) == 1:
                last = self._only(fed[0], last.name)
                ordered.append(last)
            else:
                fork = self._fork(fed, last.name)
                ordered.append(fork)
                last = fork.join
        for name in self.specs.keys() - {first.name} - self.visited:
            raise self._astray(name)
        return ordered, last

    def _fed_by(self, name: str) -> list[str]:
        return [fed for fed, sources in self.sources.items() if sources is None or name in sources]

    def _only(self, name: str, source: str) -> Spec:
        """Visit a layer that has one source alone; each only once, so that a circle ends."""
        if self.sources[name] != [source] or name in self.visited:
            raise self._astray(name)
        self.visited.add(name)
        return self.specs[name]

    def _fork(self, starts: list[str], source: str) -> Fork:
        chains = [self._chain(start, source) for start in starts]
        joins = {join for chain in chains for join in self._fed_by(chain[-1].name)}
        join = joins.pop()
        order = self.sources[join]
        if joins or order is None or sorted(order) != sorted(chain[-1].name for chain in chains):
            raise self._astray(join)
        self.visited.add(join)
        return Fork(tuple(sorted(chains, key=lambda chain: order.index(chain[-1].name))), self.specs[join])

    def _chain(self, name: str, source: str) -> tuple[Spec, ...]:
        """Follow the layers from one on, up to the one that feeds a layer with several sources."""
        chain = [self._only(name, source)]
        while True:
            fed = self._fed_by(chain[-1].name)
            if len(fed) != 1 or self.sources[fed[0]] is None:
                raise self._astray(fed[0] if fed else name)
            if len(self.sources[fed[0]] or []) > 1:
                return tuple(chain)
            chain.append(self._only(fed[0], chain[-1].name))

    def _astray(self, name: str) -> UnknownModelError:
        return UnknownModelError(f"layer {shown(name)} does not follow the layer before it alone")


def _spec(entry: Any, seen: Counter[str]) -> Spec:
    settings = entry.get("config") if isinstance(entry, dict) else None
    if not isinstance(settings, dict):
        raise ModelFileError(f"config.json holds a layer without configuration: {shown(entry)}")
    kind, name = entry.get("class_name"), settings.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        raise ModelFileError(f"config.json holds a layer without name: {shown(entry)}")
    if not name.isprintable() or name in (".", "..") or set(name) & set("/\\"):
        raise ModelFileError(f"config.json names a layer {shown(name)}, which Keras would take for a path")
    stem = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", kind)).lower()
    seen[stem] += 1
    group = stem if seen[stem] == 1 else f"{stem}_{seen[stem] - 1}"
    stock = entry.get("module") == "keras.layers" and entry.get("registered_name") is None
    return Spec(kind, name, group, stock, settings)


def _sources(entry: dict[str, Any]) -> list[str] | None:
    """Return the names of a layer's sources; None where it is called more than once or in any unusual way."""
    match entry.get("inbound_nodes"):
        case []:
            return []
        case [{"args": [fed], "kwargs": {**options}}] if all(o in (None, False, True) for o in options.values()):
            names = [_tensor(tensor) for tensor in (fed if isinstance(fed, list) else [fed])]
            return [name for name in names if name is not None] if None not in names else None
    return None


def _tensor(value: Any) -> str | None:
    """Return the name of the layer whose only output a value of the configuration stands for."""
    match value:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [str(name), 0, 0]}}:
            return name
    return None


def _output(inner: dict[str, Any]) -> str | None:
    """Return the name of the one layer whose output is the model's."""
    match inner.get("output_layers"):
        case [str(name), 0, 0] | [[str(name), 0, 0]]:
            return name
    return None

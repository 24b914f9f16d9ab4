"""The activation functions: what each computes, where it may stand and how a linear term gets through it.

A new activation is one entry of `ACTIVATION_FUNCTIONS`, and one in `bnfit.population.program` to train with. Functions
import NumPy where they need it: the command line lists the names in its help, which loads no NumPy.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from bnfit.arrays import Floats


Place = Literal["hidden", "output", "probabilities"]
"""Hidden layers; the output layer of a regression; that of a classification."""

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@dataclass(frozen=True)
class LinearUnits:
    """Units of one activation f that together pass a number z on: sum of s · f(s · step · z) / step over `signs`.

    Attributes:
        signs: s of each unit, 1 or -1.
        step: 1 where the sum is exactly z; small where it is z near 0 only. A standard deviation of z becomes `step`.
    """

    signs: tuple[float, ...]
    step: float = 1.0


@dataclass(frozen=True)
class ActivationFunction:
    """An activation function, in NumPy, and where it may stand.

    Attributes:
        name: its name, which is also Keras'.
        function: inputs z to outputs of the same shape and dtype.
        pull_back: (slope at the outputs, inputs z) to the slope at the inputs.
        places: where it may stand.
        linear_units: the units that pass a linear term on; None where none do, so that such networks hold none.
    """

    name: str
    function: Callable[[Floats], Floats]
    pull_back: Callable[[Floats, Floats], Floats]
    places: tuple[Place, ...]
    linear_units: LinearUnits | None


def _elementwise(derivative: Callable[[Floats], Floats]) -> Callable[[Floats, Floats], Floats]:
    """Return the `pull_back` of an activation whose outputs each depend on one input, from its derivative."""
    return lambda slope, z: slope * derivative(z)


def _linear(z: Floats) -> Floats:
    return z


def _linear_derivative(z: Floats) -> Floats:
    import numpy as np

    return np.ones_like(z)


def _relu(z: Floats) -> Floats:
    import numpy as np

    return np.maximum(z, z.dtype.type(0))


def _relu_derivative(z: Floats) -> Floats:
    return (z > 0).astype(z.dtype)


def _tanh(z: Floats) -> Floats:
    import numpy as np

    return np.tanh(z)


def _tanh_derivative(z: Floats) -> Floats:
    return 1 - _tanh(z) ** 2


def _one_plus_exp(z: Floats) -> Floats:
    """Return 1 + exp(-z), infinite where that overflows; in one array, as this is an explanation's slowest step."""
    import numpy as np

    out = np.negative(z)
    with np.errstate(over="ignore"):
        np.exp(out, out=out)
    out += 1
    return np.asarray(out)


def _sigmoid(z: Floats) -> Floats:
    return 1 / _one_plus_exp(z)


def _sigmoid_derivative(z: Floats) -> Floats:
    s = _sigmoid(z)
    return s * (1 - s)


def _selu(z: Floats) -> Floats:
    import numpy as np

    scale, alpha = z.dtype.type(SELU_SCALE), z.dtype.type(SELU_ALPHA)
    return np.asarray(scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))))


def _selu_derivative(z: Floats) -> Floats:
    import numpy as np

    scale, alpha = z.dtype.type(SELU_SCALE), z.dtype.type(SELU_ALPHA)
    return np.asarray(scale * np.where(z > 0, z.dtype.type(1), alpha * np.exp(np.minimum(z, 0))))


def _silu(z: Floats) -> Floats:
    import numpy as np

    out = _one_plus_exp(z)
    return np.asarray(np.divide(z, out, out=out))


def _silu_derivative(z: Floats) -> Floats:
    s = _sigmoid(z)
    return s * (1 + z * (1 - s))


def _softmax(z: Floats) -> Floats:
    """Compute the softmax over the last axis."""
    import numpy as np

    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def _softmax_pull_back(slope: Floats, z: Floats) -> Floats:
    p = _softmax(z)
    along: Floats = (slope * p).sum(axis=-1, keepdims=True)
    return p * (slope - along)


ONE_UNIT, TWO_UNITS = LinearUnits((1.0,)), LinearUnits((1.0, -1.0))
SMALL_UNIT = LinearUnits((1.0,), 1e-3)
"""For tanh(z) = z - z³/3 + ...: it takes 1 part in 10⁵ from five standard deviations, and saturates near a thousand."""

ACTIVATION_FUNCTIONS: dict[str, ActivationFunction] = {
    activation.name: activation
    for activation in (
        ActivationFunction("linear", _linear, _elementwise(_linear_derivative), ("hidden", "output"), ONE_UNIT),
        ActivationFunction("relu", _relu, _elementwise(_relu_derivative), ("hidden", "output"), TWO_UNITS),
        ActivationFunction("tanh", _tanh, _elementwise(_tanh_derivative), ("hidden",), SMALL_UNIT),
        ActivationFunction("sigmoid", _sigmoid, _elementwise(_sigmoid_derivative), ("hidden", "probabilities"), None),
        ActivationFunction("selu", _selu, _elementwise(_selu_derivative), ("hidden",), None),
        ActivationFunction("silu", _silu, _elementwise(_silu_derivative), ("hidden",), TWO_UNITS),
        ActivationFunction("softmax", _softmax, _softmax_pull_back, ("probabilities",), None),
    )
}
"""Every activation by name."""


def activations_for(place: Place) -> tuple[str, ...]:
    """Return the names of the activations that may stand in a place."""
    return tuple(name for name, activation in ACTIVATION_FUNCTIONS.items() if place in activation.places)

"""One step of an optimiser for all members at once, in Keras' formulas, with the group lasso's proximal step."""

from __future__ import annotations

from typing import Any

from bnfit.population.backend import tf

Tensors = dict[str, Any]

ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-7


def updated(
    optimizer: str,
    sparse: bool,
    gamma_rate: float,
    state: Tensors,
    gradients: Tensors,
    constants: Tensors,
    rate: Any,
) -> Tensors:
    """Compute the parts of the state that one step changes (keras/src/optimizers: sgd, adam, adamw).

    Args:
        optimizer: "sgd", "adam" or "adamw".
        sparse: whether some member has a group lasso on its first layer.
        gamma_rate: learning rate of the first layer's γ and β, as a multiple of the others'.
        state: weights, and for Adam its averages and the number of steps.
        gradients: of each member's loss, named as the weights.
        constants: the members' decay and sparsity (m, 1, 1), and masks of the weights that they learn.
        rate: each member's learning rate of this step (m, 1, 1).
    """
    learned = {k: g * constants["learn_" + k] if "learn_" + k in constants else g for k, g in gradients.items()}
    if optimizer == "sgd":
        own = _own_rates(rate, gamma_rate, learned)
        new: Tensors = {"weights": {k: w - own[k] * learned[k] for k, w in state["weights"].items()}}
    else:
        new = _adam(state, learned, constants if optimizer == "adamw" else None, rate, gamma_rate)
    if sparse:
        amount = rate * constants["sparsity"]
        if optimizer != "sgd":
            squares = _unstacked(new["v"], state["weights"])["kernel0"]
            amount = amount / _gradient_size(squares, new["steps"], constants["mask0"])
        new["weights"]["kernel0"] = _shrunk(new["weights"]["kernel0"], amount)
    return new


def _gradient_size(squares: Any, steps: Any, real: Any) -> Any:
    """Adam's divisor of a column's gradients: root mean square over its weights (m, k, 1).

    The proximal step has to be divided alike, or the smallest gradient would outweigh any penalty.
    """
    mean = tf.reduce_sum(squares, 2, keepdims=True) / tf.reduce_sum(real, 2, keepdims=True)
    return tf.sqrt(mean / (1 - ADAM_BETAS[1] ** steps)) + ADAM_EPSILON


def _own_rates(rate: Any, gamma_rate: float, weights: Tensors) -> Tensors:
    """The learning rate of each weight by name."""
    return {k: rate * gamma_rate if k.startswith("input_") else rate for k in weights}


def _adam(state: Tensors, learned: Tensors, decays: Tensors | None, rate: Any, gamma_rate: float) -> Tensors:
    first, second = ADAM_BETAS
    steps, gradient = state["steps"] + 1, _stacked(learned)
    m = state["m"] + (gradient - state["m"]) * (1 - first)
    v = state["v"] + (tf.square(gradient) - state["v"]) * (1 - second)
    alpha = _own_rates(rate * tf.sqrt(1 - second**steps) / (1 - first**steps), gamma_rate, learned)
    before = {
        k: w * (1 - rate * _decay(k, decays)) if decays is not None and k.startswith("kernel") else w
        for k, w in state["weights"].items()
    }
    directions = _unstacked(m / (tf.sqrt(v) + ADAM_EPSILON), state["weights"])
    weights = {k: w - alpha[k] * directions[k] for k, w in before.items()}
    return {"weights": weights, "m": m, "v": v, "steps": steps}


def _stacked(tensors: Tensors) -> Any:
    """Each member's numbers in one row (m, 1, n), in the order of the names: one kernel then works on all of them."""
    members = next(iter(tensors.values())).shape[0]
    return tf.concat([tf.reshape(tensors[k], [members, 1, -1]) for k in sorted(tensors)], 2)


def _unstacked(rows: Any, like: Tensors) -> Tensors:
    """The tensors of which `_stacked` made these rows, with the shapes of others of the same names."""
    names = sorted(like)
    parts = tf.split(rows, [like[k].shape[1] * like[k].shape[2] for k in names], 2)
    return {k: tf.reshape(part, like[k].shape) for k, part in zip(names, parts, strict=True)}


def _decay(kernel: str, constants: Tensors) -> Any:
    """The members' weight decay of one kernel (m, 1, 1); the first may have none."""
    return constants["decay"] * constants["first_decay"] if kernel == "kernel0" else constants["decay"]


def _shrunk(kernel: Any, amount: Any) -> Any:
    """Proximal step of the group lasso (Yuan and Lin 2006): each column's row of weights loses that much length."""
    length = tf.sqrt(tf.reduce_sum(tf.square(kernel), 2, keepdims=True))
    return kernel * tf.maximum(1 - amount / tf.maximum(length, tf.constant(1e-12, kernel.dtype)), tf.zeros_like(length))

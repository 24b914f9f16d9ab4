"""The stacked training program: every member's network, its optimiser and the whole loop in one XLA program.

Arrays carry the member axis first: activations (m, b, units), kernels (m, inputs, units), everything per column or unit
(m, 1, units). Members narrower than the widest are padded with units that a mask keeps at 0, so that no padded weight
ever gets a gradient.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from bnfit.population.backend import tf
from bnfit.population.members import UNITS
from bnfit.population.norms import effective_kernel, over_units
from bnfit.population.optimisers import Tensors, updated
from bnfit.population.structure import Structure

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": tf.identity,
    "relu": tf.nn.relu,
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "selu": tf.nn.selu,
    "silu": lambda z: z * tf.sigmoid(z),
}


JUDGED_ROWS = 4096
"""Rows that a group is judged on at a time: what a hidden layer makes of all of them may not fit into memory."""


def judged_width(rows: int) -> int:
    """Return the number of places for so many judged rows: whole blocks of `JUDGED_ROWS`, where they are more."""
    return rows if rows <= JUDGED_ROWS else -(-rows // JUDGED_ROWS) * JUDGED_ROWS


class Program:
    """One structure's program. It compiles at its first call; every later call needs arguments of equal shapes.

    Attributes:
        structure: what the program is made for.
        compiled: the compiled function; None before the first call.
    """

    def __init__(self, structure: Structure) -> None:
        self.structure = structure
        self.compiled: Callable[..., tuple[Tensors, Any, Any, Any]] | None = None
        self._compiling = threading.Lock()

    def __call__(self, *arguments: Any) -> tuple[Tensors, Any, Any, Any]:
        """Train: `(state, constants, table, batches, bounds, parts, rates, judged)` to new state and curves.

        Args:
            arguments: state and constants as `bnfit.population.inputs` makes them; table: x, y and row_weight;
                batches: row numbers (p, s, g, b) of parts of epochs, -1 for none; bounds: whether an epoch starts and
                ends with each part (p, 2); parts: how many of the p are real; rates: learning rates of each member
                (p, s, m); judged: row numbers (g, v), -1 for none, v as `judged_width` returns it.

        Returns:
            The state, and for each part that ends an epoch its training loss, and on the judged rows the loss and the
            accuracy, (p, m) each; the accuracy of numbers is nan.
        """
        if self.compiled is None:
            with self._compiling:
                if self.compiled is None:
                    compiled = self.trace(*arguments)
                    result = compiled(*arguments)
                    self.compiled = compiled
                    return result
        return self.compiled(*arguments)

    def trace(self, *arguments: Any) -> Callable[..., tuple[Tensors, Any, Any, Any]]:
        """Make the function for arguments of these shapes; XLA compiles it when it is called."""
        function = tf.function(self._run, jit_compile=True, autograph=False)
        return function.get_concrete_function(*arguments)  # type: ignore[no-any-return]

    def _run(
        self,
        state: Tensors,
        constants: Tensors,
        table: Tensors,
        batches: Any,
        bounds: Any,
        parts: Any,
        rates: Any,
        judged: Any,
    ) -> tuple[Tensors, Any, Any, Any]:
        blank = tf.fill([batches.shape[0], constants["group"].shape[0]], tf.constant(float("nan"), table["x"].dtype))

        def part_body(p: Any, state: Tensors, *curves: Any) -> tuple[Any, ...]:
            state = self._steps(_begun(state, bounds[p, 0]), constants, table, batches[p], rates[p])
            values = tf.cond(
                bounds[p, 1],
                lambda: (state["loss"] / tf.maximum(state["rows"], 1), *self._judge(state, constants, table, judged)),
                lambda: (blank[0], blank[0], blank[0]),
            )
            row = tf.reshape(p, [1, 1])
            longer = (
                tf.tensor_scatter_nd_update(curve, row, tf.where(state["running"], value, blank[0])[None])
                for curve, value in zip(curves, values, strict=True)
            )
            return p + 1, {**state, "running": state["running"] & ~bounds[p, 1]}, *longer

        def goes_on(p: Any, state: Tensors, *_: Any) -> Any:
            starts = bounds[tf.minimum(p, bounds.shape[0] - 1), 0]  # also behind the last part
            return (p < parts) & tf.reduce_any(tf.where(starts, ~state["done"], state["running"]))

        _, state, *curves = tf.while_loop(
            goes_on,
            part_body,
            [tf.constant(0), state, blank, blank, blank],
        )
        return state, *curves

    def _steps(self, state: Tensors, constants: Tensors, table: Tensors, batches: Any, rates: Any) -> Tensors:
        """Make the steps of a part, and add their losses up."""

        def step_body(s: Any, state: Tensors) -> tuple[Any, Tensors]:
            state, loss, n = self._step(state, constants, table, batches[s], rates[s])
            total = state["loss"] + tf.where(n > 0, loss * n, tf.zeros_like(loss))
            return s + 1, {**state, "loss": total, "rows": state["rows"] + n}

        return tf.while_loop(lambda s, _: s < batches.shape[0], step_body, [tf.constant(0), state])[1]  # type: ignore[no-any-return]

    def _step(
        self, state: Tensors, constants: Tensors, table: Tensors, rows: Any, rate: Any
    ) -> tuple[Tensors, Any, Any]:
        batch = self._gather(constants, table, rows)
        moving: Tensors = {}
        with tf.GradientTape() as tape:
            tape.watch(state["weights"])
            output = self._forward(state["weights"], constants, batch, state["moving"], moving, training=True)
            loss = self._loss(output, constants, batch)
            total = tf.reduce_sum(loss)
        gradients = tape.gradient(total, state["weights"], unconnected_gradients="zero")
        seen = batch["rows"][:, 0, 0] > 0
        fine = tf.math.is_finite(loss)
        active = (seen & fine & ~state["done"])[:, None, None]
        how = self.structure
        rates = rate[:, None, None]
        new = updated(how.optimizer, how.sparse, how.gamma_rate, state, gradients, constants, rates)
        new["moving"] = {
            k: v if k not in moving else self.structure.momentum * v + (1 - self.structure.momentum) * moving[k]
            for k, v in state["moving"].items()
        }
        kept = {k: tf.nest.map_structure(lambda a, b: tf.where(active, a, b), v, state[k]) for k, v in new.items()}
        broken = seen & ~fine & ~state["done"]
        flags = {"done": state["done"] | broken, "diverged": state["diverged"] | broken}
        return {**state, **kept, **flags}, loss, tf.where(state["done"], tf.zeros_like(loss), batch["rows"][:, 0, 0])

    def _gather(self, constants: Tensors, table: Tensors, rows: Any) -> Tensors:
        """Gather one batch of each group for its members; `weight` is 0 on padding, `rows` counts the others."""
        valid = tf.cast(rows >= 0, table["x"].dtype)[:, :, None]
        safe = tf.maximum(rows, 0)
        count = tf.reduce_sum(valid, 1, keepdims=True)
        batch = {
            "x": tf.gather(table["x"], safe),
            "y": tf.gather(table["y"], safe),
            "weight": valid,
            "rows": count,
            "row_weight": tf.gather(table["row_weight"], safe)[:, :, None] * valid,
        }
        if self.structure.batch_statistics:
            divisor = tf.maximum(count, 1)
            batch["mean"] = tf.reduce_sum(batch["x"] * valid, 1, keepdims=True) / divisor
            batch["variance"] = tf.reduce_sum(tf.square(batch["x"] - batch["mean"]) * valid, 1, keepdims=True) / divisor
        return {k: tf.gather(v, constants["group"]) for k, v in batch.items()}

    def _forward(
        self, weights: Tensors, constants: Tensors, batch: Tensors, averages: Tensors, moving: Tensors, training: bool
    ) -> Any:
        """Compute outputs (m, b, o) without the output activation; in training batch statistics go into `moving`."""
        h = self._input(weights, constants, batch, averages, moving, training)
        for layer in range(self.structure.depth):
            z = tf.matmul(h, effective_kernel(layer, weights, constants, self.structure.normalising))
            h = self._hidden(z, layer, weights, constants, batch, averages, moving, training)
        last = self.structure.depth
        return tf.matmul(h, weights[f"kernel{last}"]) + weights[f"bias{last}"]

    def _input(
        self, weights: Tensors, constants: Tensors, batch: Tensors, averages: Tensors, moving: Tensors, training: bool
    ) -> Any:
        fixed = batch["x"] * constants["scale"] + constants["shift"]
        if not self.structure.batch_statistics or not (training or self.structure.moving_input):
            return fixed * weights["input_gamma"] + weights["input_beta"]
        if training:
            mean, variance = moving["input_mean"], moving["input_variance"] = batch["mean"], batch["variance"]
        else:
            mean, variance = averages["input_mean"], averages["input_variance"]
        by_batch = (batch["x"] - mean) * tf.math.rsqrt(variance + constants["epsilon"])
        normalised = tf.where(constants["input_norm"], by_batch, fixed)
        return normalised * weights["input_gamma"] + weights["input_beta"]

    def _hidden(
        self,
        z: Any,
        layer: int,
        weights: Tensors,
        constants: Tensors,
        batch: Tensors,
        averages: Tensors,
        moving: Tensors,
        training: bool,
    ) -> Any:
        """Apply normalisation, bias and activation in the structure's order; 0 in the padding."""
        structure, mask, epsilon = self.structure, constants[f"mask{layer}"], self.structure.hidden_epsilon
        how = structure.normalising
        if how.over == UNITS:
            before = z + weights[f"bias{layer}"]
            if not how.after:
                return self._activated(over_units(before, layer, weights, constants, epsilon)) * mask
            return over_units(self._activated(before) * mask, layer, weights, constants, epsilon) * mask
        if structure.hidden_norm == "none":
            return self._activated(z + weights[f"bias{layer}"]) * mask
        if how.after:
            h = self._activated(z + weights[f"bias{layer}"])
            return self._over_batch(h, layer, weights, batch, averages, moving, training) * mask
        normalised = self._over_batch(z, layer, weights, batch, averages, moving, training)
        if structure.hidden_norm == "some":
            normalised = tf.where(constants["hidden_norm"], normalised, z + weights[f"bias{layer}"])
        return self._activated(normalised) * mask

    def _activated(self, z: Any) -> Any:
        """Apply each activation to the slice of members that have it."""
        pieces, first = [], 0
        for activation, count in self.structure.activations:
            pieces.append(ACTIVATIONS[activation](z[first : first + count]))
            first += count
        return pieces[0] if len(pieces) == 1 else tf.concat(pieces, 0)

    def _over_batch(
        self, z: Any, layer: int, weights: Tensors, batch: Tensors, averages: Tensors, moving: Tensors, training: bool
    ) -> Any:
        mean, variance = averages[f"mean{layer}"], averages[f"variance{layer}"]
        if training:
            divisor = tf.maximum(batch["rows"], 1)
            mean = tf.reduce_sum(z * batch["weight"], 1, keepdims=True) / divisor
            variance = tf.reduce_sum(tf.square(z - mean) * batch["weight"], 1, keepdims=True) / divisor
            moving[f"mean{layer}"], moving[f"variance{layer}"] = mean, variance
        factor = tf.math.rsqrt(variance + self.structure.hidden_epsilon) * weights[f"gamma{layer}"]
        return (z - mean) * factor + weights[f"beta{layer}"]

    def _loss(self, output: Any, constants: Tensors, batch: Tensors) -> Any:
        """Compute each member's mean loss over its batch (m,), in units of its scaled target."""
        target = batch["y"]
        if self.structure.loss == "mse":
            target = target * constants["target_scale"] + constants["target_shift"]
            # as relu's, the gradient on the floor itself is 0
            cut = tf.where(output > constants["floor"], output, constants["floor"])
            losses = tf.reduce_mean(tf.square(cut - target), 2)
        elif self.structure.loss == "binary_crossentropy":
            losses = tf.reduce_mean(tf.nn.sigmoid_cross_entropy_with_logits(target, output), 2)
        else:
            losses = tf.nn.softmax_cross_entropy_with_logits(target, output, axis=2)
        return tf.reduce_sum(losses * batch["row_weight"][:, :, 0], 1) / tf.maximum(batch["rows"][:, 0, 0], 1)

    def _judge(self, state: Tensors, constants: Tensors, table: Tensors, rows: Any) -> tuple[Any, Any]:
        """Each member's loss and accuracy on its judged rows, (m,) each; nan without any."""
        zero = tf.zeros([constants["group"].shape[0]], table["x"].dtype)
        blocks = tf.reshape(rows, [rows.shape[0], -1, min(rows.shape[1], JUDGED_ROWS)])

        def block_body(b: Any, loss: Any, right: Any, judged: Any) -> tuple[Any, ...]:
            batch = self._gather(constants, table, blocks[:, b])
            output = self._forward(state["weights"], constants, batch, state["moving"], {}, training=False)
            n = batch["rows"][:, 0, 0]
            more = self._loss(output, constants, batch) * n, self._right(output, batch)
            return b + 1, loss + more[0], right + more[1], judged + n

        _, loss, right, judged = tf.while_loop(
            lambda b, *_: b < blocks.shape[1], block_body, [tf.constant(0), zero, zero, zero]
        )
        nan = tf.constant(float("nan"), loss.dtype)
        count = tf.maximum(judged, 1)
        return tf.where(judged > 0, loss / count, nan), tf.where(judged > 0, right / count, nan)

    def _right(self, output: Any, batch: Tensors) -> Any:
        """Number of rows of a batch that each member predicts right, (m,); nan for numbers."""
        if self.structure.loss == "mse":
            return tf.fill([output.shape[0]], tf.constant(float("nan"), output.dtype))
        if self.structure.loss == "binary_crossentropy":
            agree = tf.reduce_all((output > 0) == (batch["y"] > 0.5), 2)
        else:
            agree = tf.argmax(output, 2) == tf.argmax(batch["y"], 2)
        return tf.reduce_sum(tf.cast(agree, output.dtype) * batch["weight"][:, :, 0], 1)


def _begun(state: Tensors, starts: Any) -> Tensors:
    """The state at the beginning of a part; where an epoch starts, its losses are added up anew.

    `running` tells which members take part in the epoch: that in which a training diverges is its last.
    """
    running = tf.where(starts, ~state["done"], state["running"])
    return {
        **state,
        "running": running,
        "epoch": state["epoch"] + tf.cast(starts & running, tf.int32),
        "loss": tf.where(starts, tf.zeros_like(state["loss"]), state["loss"]),
        "rows": tf.where(starts, tf.zeros_like(state["rows"]), state["rows"]),
    }

"""An ONNX graph under construction: nodes, constants, and names that no column has."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from onnx import ModelProto, ValueInfoProto

OPSET, LEARNING_OPSET, IR_VERSION = 17, 2, 8
"""Operators of 2022, with those for texts: runtimes since then know them."""
LEARNING = "ai.onnx.ml"


class Graph:
    """Nodes in order of computation; a value is named by a text.

    Args:
        taken: names that no value may have but the inputs.
    """

    def __init__(self, taken: Collection[str]) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._taken = frozenset(taken)
        self._count = 0

    def unused(self, name: str) -> str:
        """Return the name, with underscores behind where a column has it."""
        while name in self._taken:
            name += "_"
        return name

    def add(self, operator: str, *inputs: str, output: str | None = None, domain: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        from onnx import helper

        name = output or self._new_name(operator)
        self._nodes.append(helper.make_node(operator, list(inputs), [name], domain=domain, **attributes))
        return name

    def constant(self, values: NDArray[Any]) -> str:
        """Add a constant; return its name."""
        from onnx import helper, numpy_helper
        from onnx.onnx_pb import TensorProto

        name = self._new_name("constant")
        if values.dtype == object:
            texts: Any = [str(value).encode() for value in values.ravel().tolist()]
            self._constants.append(helper.make_tensor(name, TensorProto.STRING, values.shape, texts))
        else:
            self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def numbers(self, values: Any) -> str:
        """Add constant numbers, which the graph has in float64; float32 ones stay that small in the file."""
        array = np.asarray(values)
        if array.dtype == np.float32 and array.size > 1:
            return self.cast(self.constant(array), np.float64)
        return self.constant(array.astype(np.float64))

    def cast(self, value: str, kind: type[np.generic]) -> str:
        """Convert a value to another type."""
        from onnx import helper

        return self.add("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(kind)))

    def reshape(self, value: str, shape: Sequence[int]) -> str:
        """Give a value another shape; -1 for the rows."""
        return self.add("Reshape", value, self.constant(np.array(shape, np.int64)))

    def model(
        self, name: str, inputs: Sequence[ValueInfoProto], outputs: Sequence[ValueInfoProto], producer: str
    ) -> ModelProto:
        """Return the whole model."""
        from onnx import helper

        graph = helper.make_graph(self._nodes, name, list(inputs), list(outputs), self._constants)
        sets = [helper.make_opsetid("", OPSET), helper.make_opsetid(LEARNING, LEARNING_OPSET)]
        made: ModelProto = helper.make_model(graph, producer_name=producer, opset_imports=sets, ir_version=IR_VERSION)
        return made

    def _new_name(self, operator: str) -> str:
        self._count += 1
        return self.unused(f"{operator}_{self._count}")

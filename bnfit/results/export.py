"""Result of `export`: plain values, ready for any report."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GraphInput:
    """An input of an exported model, which is a column of the table.

    Attributes:
        name: the column's name, and the input's.
        type: "double" or "string"; the shape is (rows, 1).
        meaning: what to put in, and what stands for a missing value.
    """

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class ExportReport:
    """Report of an export, which was run at once and compared with the model.

    Attributes:
        target: the column that is predicted.
        inputs: the columns to give, in any order.
        outputs: the names of what comes back: of numbers the prediction (rows, 1); of classes the predicted one
            (rows, 1), and the probability of each (rows, classes).
        classes: the target's classes, in the order of their probabilities; empty for numbers.
        opset: version of ONNX' operators; runtimes that know it can run the model.
        size: bytes of the file.
        rows: rows on which both were compared.
        source: the table that the rows are from; empty for rows drawn from what the file says of the training table.
        difference: the largest difference of a prediction or a probability, relative to the largest of all.
    """

    target: str
    inputs: tuple[GraphInput, ...]
    outputs: tuple[str, ...]
    classes: tuple[str, ...]
    opset: int
    size: int
    rows: int
    source: str
    difference: float

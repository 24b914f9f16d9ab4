"""Export to ONNX: the whole way from raw columns to the prediction, proved by running it beside the model."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import Floats
from bnfit.errors import ModelFileError, UsageError
from bnfit.evaluation.metrics import both_classes, decided
from bnfit.files import check_target, write_whole
from bnfit.model.model import Model
from bnfit.model.onnx_graph import IR_VERSION, OPSET, Graph
from bnfit.model.onnx_inputs import add_column, describe_input, drawn_values, input_values
from bnfit.model.onnx_layers import add_layers
from bnfit.networks.rowwise import Rowwise
from bnfit.results.export import ExportReport
from bnfit.results.versions import installed_versions
from bnfit.schema.categories import MISSING, UNSEEN
from bnfit.schema.encode import encode_cells
from bnfit.schema.schema import Schema
from bnfit.schema.transport import level_shares, training_quantile
from bnfit.schema.types import Column

if TYPE_CHECKING:
    from onnx import ModelProto

    from bnfit.table.source import Source

LARGEST_DIFFERENCE = 1e-4
"""Of a prediction, relative to the largest of all; float64 on both sides differs in the last digits only."""
DRAWN_ROWS, SEED = 1000, 0x0177
PACKAGES = ("onnx", "onnxruntime")
Inputs = dict[str, NDArray[np.generic]]


def export_onnx(model: Model, path: Path, source: Source | None = None, *, force: bool = False) -> ExportReport:
    """Write a model as an ONNX file that takes the raw columns by name, after running it beside the model.

    Args:
        model: a trained or loaded model.
        path: the file, ending in .onnx.
        source: a table to compare on; None for rows drawn from what the file says of the training table.
        force: replace an existing file.

    Raises:
        UsageError: the file exists, has another ending, or a package is not installed.
        DataError: the table lacks a column or holds what the model cannot take.
        ModelFileError: the model cannot be carried over, or the two do not agree.
    """
    check_export(path, force=force)
    made = onnx_model(model)
    content = made.SerializeToString()
    inputs, x = _drawn(model) if source is None else _of_table(model, source)
    network = Rowwise(model.network)
    difference = _difference(content, inputs, network(x), model.schema)
    if not difference <= LARGEST_DIFFERENCE:
        raise ModelFileError(
            f"{model.called} as ONNX differs from itself by {difference:.2g} of the largest prediction",
            "nothing was written; please report it with the model",
        )
    write_whole(path, content, force=force)
    return ExportReport(
        model.schema.target.name,
        tuple(map(describe_input, model.schema.inputs)),
        tuple(output.name for output in made.graph.output),
        model.schema.classes,
        OPSET,
        len(content),
        len(x),
        "" if source is None else source.name or "the table",
        difference,
    )


def check_export(path: Path, *, force: bool = False) -> None:
    """Refuse what will not work, before a model is loaded.

    Raises:
        UsageError: the file exists, has another ending, or a package is not installed.
    """
    missing = [package for package in PACKAGES if importlib.util.find_spec(package) is None]
    if missing:
        raise UsageError(f"an export needs {' and '.join(missing)}", f"pip install {' '.join(missing)}")
    if path.suffix != ".onnx":
        raise UsageError(f"the file of an export ends in .onnx, not '{path.name}'", f"call it '{path.stem}.onnx'")
    check_target(path, force=force)


def onnx_model(model: Model) -> ModelProto:
    """Make the ONNX model; the inputs have the names of the columns.

    Raises:
        ModelFileError: a layer is one that only Keras can run.
    """
    import onnx

    schema = model.schema
    graph = Graph([column.name for column in schema.inputs])
    blocks = [add_column(graph, column) for column in schema.inputs]
    x = blocks[0] if len(blocks) == 1 else graph.add("Concat", *blocks, axis=1)
    out, shape = add_layers(graph, model.network.layers, x, (len(schema.features),))
    number, text = onnx.TensorProto.DOUBLE, onnx.TensorProto.STRING
    types = {"double": number, "string": text}
    info = onnx.helper.make_tensor_value_info
    inputs = [info(of.name, types[of.type], ["rows", 1]) for of in map(describe_input, schema.inputs)]
    prediction = graph.unused("prediction")
    if not schema.classes:
        graph.add("Identity", out, output=prediction)
        outputs = [info(prediction, number, ["rows", *shape])]
    else:
        probability = _add_classes(graph, schema, out, prediction)
        outputs = [info(prediction, text, ["rows", 1]), info(probability, number, ["rows", len(schema.classes)])]
    made = graph.model("bnfit", inputs, outputs, f"bnfit {installed_versions()['bnfit']}")
    onnx.checker.check_model(made)
    assert made.ir_version == IR_VERSION
    return made


def _add_classes(graph: Graph, schema: Schema, out: str, prediction: str) -> str:
    """Add the predicted class and the probabilities; return the name of these."""
    probability = graph.unused("probability")
    if len(schema.classes) == 2:
        other = graph.add("Sub", graph.numbers(1.0), out)
        graph.add("Concat", other, out, axis=1, output=probability)
    else:
        graph.add("Identity", out, output=probability)
    weighed = probability
    if schema.emphasis:
        weighed = graph.add("Mul", probability, graph.numbers(schema.emphasis))
    place = graph.add("ArgMax", weighed, axis=1, keepdims=1)
    graph.add("Gather", graph.constant(np.array(schema.classes, object)), place, axis=0, output=prediction)
    return probability


def _of_table(model: Model, source: Source) -> tuple[Inputs, Floats]:
    """Return the values of each input for the rows of a table, and the encoded rows (n, k)."""
    schema = model.schema.with_decimal(source.decimal)
    x = schema.encode(source.frame, source.place).x
    return {column.name: input_values(column, source.frame[column.name]) for column in schema.inputs}, x


def _drawn(model: Model) -> tuple[Inputs, Floats]:
    """Draw rows, each column by itself, with cells without a value and with levels that training did not have."""
    rng = np.random.default_rng(SEED)
    cells = {column.name: _drawn_cells(column, rng) for column in model.schema.inputs}
    inputs = {column.name: drawn_values(column, cells[column.name]) for column in model.schema.inputs}
    return inputs, np.hstack([encode_cells(column, cells[column.name]) for column in model.schema.inputs])


def _drawn_cells(column: Column, rng: np.random.Generator) -> Floats:
    """Draw cells (n,) of a column as `bnfit.schema.encode.read_cells` returns them; one in ten has no value."""
    known, gone = column.distribution, rng.random(DRAWN_ROWS) < 0.1
    if column.kind == "category":
        count = len(column.levels) + len(column.rare)
        codes = rng.integers(UNSEEN, count, DRAWN_ROWS).astype(float)
        if known is not None:
            shares = level_shares(known)[: len(known.shares)]
            often = rng.choice(len(shares), DRAWN_ROWS, p=shares / shares.sum())
            codes = np.where(rng.random(DRAWN_ROWS) < 0.5, often, codes)
        return np.where(gone, float(MISSING), codes)
    if column.kind == "boolean":
        values = rng.integers(0, 2, DRAWN_ROWS).astype(float)
    elif known is not None:
        values = training_quantile(known, rng.random(DRAWN_ROWS))
    else:
        low, high = column.span or (-1.0, 1.0)
        values = rng.uniform(low, high, DRAWN_ROWS)
    return np.where(gone, np.nan, values)


def _difference(content: bytes, inputs: Mapping[str, Any], expected: Floats, schema: Schema) -> float:
    """Run the ONNX model; return its largest difference from the outputs (n, o), relative to the largest of these."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    found = session.run(None, dict(inputs))
    if not schema.classes:
        return _relative(found[0], expected)
    probability = both_classes(expected)
    own = np.array(schema.classes, object)[decided(probability, schema.emphasis)]
    # where two classes are as probable either may be named
    clear = np.abs(np.diff(np.sort(probability * (schema.emphasis or 1.0), axis=1)[:, -2:], axis=1))[:, 0] > 1e-9
    if (found[0][:, 0] != own)[clear].any():
        return float("inf")
    return _relative(found[1], probability)


def _relative(found: Floats, expected: Floats) -> float:
    largest = float(np.abs(expected).max(initial=0.0))
    return float(np.abs(found - expected).max(initial=0.0)) / (largest or 1.0)

"""Columns of a table as inputs of an ONNX graph, and their encoding as its nodes, in float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bnfit.arrays import Floats
from bnfit.model.onnx_graph import LEARNING, Graph
from bnfit.model.onnx_layers import add_sine
from bnfit.results.export import GraphInput
from bnfit.schema.categories import MISSING, UNSEEN, level_keys, one_hot
from bnfit.schema.dates import DAYS_OF, YEAR
from bnfit.schema.encode import read_cells
from bnfit.schema.text_cells import text_cells
from bnfit.schema.types import Column
from bnfit.table.cell_types import WORDS

DAY = 86_400.0


def describe_input(column: Column) -> GraphInput:
    """Say what a column's input takes."""
    if column.kind == "category" and not column.numeric:
        gone = "an empty text" if not column.words else "an empty text; NA and the like as in training"
        return GraphInput(column.name, "string", f"a level, without blanks around it; {gone} for none")
    what = {
        "number": _number_text(column),
        "boolean": "0 or 1",
        "category": "a level, as a number",
        "datetime": "seconds since midnight" if column.order == "clock" else "seconds since 1970-01-01 00:00:00",
    }[column.kind]
    clock = ", by the local clock" if column.kind == "datetime" and column.offsets else ""
    return GraphInput(column.name, "double", f"{what}{clock}; NaN for none")


def _number_text(column: Column) -> str:
    number = column.number
    return "a number" + (", in percent" if number.percent else f", in {number.unit}" if number.unit else "")


def input_values(column: Column, cells: pd.Series[Any]) -> NDArray[Any]:
    """Return cells (n,) of a table as the values (n, 1) of the column's input."""
    if column.kind == "category":
        texts = text_cells(cells, column.words)
        values: NDArray[Any] = np.array(texts.texts, object)
        if column.numeric:
            values = np.array([_value(key) for key in level_keys(texts.texts, column.number)])
        spread: NDArray[Any] = texts.spread(values, np.nan if column.numeric else "")
        return spread.reshape(-1, 1)
    return drawn_values(column, read_cells(column, cells))


def drawn_values(column: Column, codes: Floats) -> NDArray[Any]:
    """Return the values (n, 1) of the column's input for cells (n,) as `read_cells` returns them."""
    if column.kind != "category":
        return np.expand_dims(codes * DAY if column.kind == "datetime" else codes, 1)
    names = np.array([*column.levels, *column.rare, "", "a level that training did not have"], object)
    places = np.where(codes == MISSING, len(names) - 2, np.where(codes == UNSEEN, len(names) - 1, codes)).astype(int)
    if not column.numeric:
        return np.expand_dims(names[places], 1)
    numbers = np.array([_value(key) for key in level_keys(names[:-2].tolist(), column.number)])
    return np.expand_dims(np.r_[numbers, np.nan, np.nanmax(numbers) + 1][places], 1)


def add_column(graph: Graph, column: Column) -> str:
    """Add the encoding of a column, whose input has its name; return the value (n, width)."""
    if column.kind == "category":
        return _add_numeric_levels(graph, column) if column.numeric else _add_levels(graph, column)
    value = column.name
    if column.kind == "datetime":
        value = graph.add("Div", value, graph.numbers(DAY))
    gone = graph.add("IsNaN", value)
    parts = []
    for index, fill in enumerate(column.fill):
        part = _add_part(graph, value, column.parts[index]) if column.parts else value
        parts.append(graph.add("Where", gone, graph.numbers(fill), part))
    if column.missing:
        parts.append(graph.cast(gone, np.float64))
    return parts[0] if len(parts) == 1 else graph.add("Concat", *parts, axis=1)


def _add_part(graph: Graph, days: str, part: str) -> str:
    """Add one of `bnfit.schema.types.PARTS` of a time in days; see `bnfit.schema.dates.part_values`."""
    if part == "year":
        return graph.add("Add", graph.add("Div", days, graph.numbers(YEAR)), graph.numbers(1970.0))
    if part == "hour":
        return graph.add("Mul", days, graph.numbers(24.0))
    wave, period = part.split(" of ")
    turns = graph.add("Div", days, graph.numbers(DAYS_OF[period]))
    return add_sine(graph, graph.add("Sub", turns, graph.add("Floor", turns)), wave)


def _rows_of_levels(column: Column) -> tuple[Floats, Floats, Floats]:
    """Return the encoded rows of all levels (l, width), of a missing cell (width,) and of an unknown level (width,)."""
    count = len(column.levels) + len(column.rare)
    block = one_hot(np.r_[np.arange(count), MISSING, UNSEEN], column)
    return block[:count], block[count], block[count + 1]


def _add_levels(graph: Graph, column: Column) -> str:
    """Look the row of each text up."""
    known, gone, unknown = _rows_of_levels(column)
    names = [*column.levels, *column.rare]
    missing = [text for text in sorted({"", *WORDS}) if text not in column.words and text not in names]
    table = graph.constant(np.r_[known, gone[None], unknown[None]])
    codes = graph.add(
        "LabelEncoder",
        column.name,
        domain=LEARNING,
        keys_strings=[*names, *missing],
        values_int64s=[*range(len(names)), *[len(names)] * len(missing)],
        default_int64=len(names) + 1,
    )
    return graph.add("Gather", table, graph.reshape(codes, (-1,)), axis=0)


def _add_numeric_levels(graph: Graph, column: Column) -> str:
    """Compare each number with those of the levels."""
    known, gone, unknown = _rows_of_levels(column)
    numbers = [_value(key) for key in level_keys([*column.levels, *column.rare], column.number)]
    equal = graph.cast(graph.add("Equal", column.name, graph.numbers([numbers])), np.float64)
    missing = graph.cast(graph.add("IsNaN", column.name), np.float64)
    found = graph.add("MatMul", equal, graph.numbers(known - unknown))
    lost = graph.add("MatMul", missing, graph.numbers((gone - unknown)[None]))
    return graph.add("Add", graph.add("Add", found, lost), graph.numbers(unknown[None]))


def _value(key: str) -> float:
    """Return the number of a level's key; NaN where it is none, as no input is equal to that."""
    try:
        return float(key)
    except ValueError:
        return np.nan

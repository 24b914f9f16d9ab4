"""Results as documents for other programs: JSON, and Markdown."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from numbers import Integral
from typing import Any

from bnfit.report.blocks import Block, Grid, Line, printable
from bnfit.report.origin import origin_text
from bnfit.results.explanation import Explanation
from bnfit.results.export import ExportReport
from bnfit.results.fit import FitReport
from bnfit.results.predict import PredictReport
from bnfit.results.search import SearchReport
from bnfit.results.study import StudyReport
from bnfit.results.table import TableReport
from bnfit.results.versions import installed_versions

Result = SearchReport | FitReport | Explanation | PredictReport | ExportReport | TableReport | StudyReport

FORMAT = 1
"""Number of the JSON documents' format: higher when a key goes or means something else, not when one is added."""

CONTAINED: dict[type, str] = {SearchReport: "fit", FitReport: "explanation"}
"""The field of a result that holds another one, whose keys stand beside the result's own in a document."""


def to_json(result: Result, **extra: Any) -> str:
    """Format the whole result as one JSON document; a number that is not finite becomes null.

    Args:
        result: returned by one of the pipeline's functions.
        extra: further top-level keys, such as `model="model.keras"`.
    """
    document = {"format": FORMAT, **_document(result), **extra, "versions": installed_versions()}
    return json.dumps(_plain(document), indent=2, allow_nan=False)


def _document(result: Result) -> dict[str, Any]:
    """Return the result's fields, those of contained results moved to the top: a key has one meaning everywhere."""
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    if isinstance(result, Explanation):
        return fields | {"origin": origin_text(result.origin, result.rows), "skilled": result.skilled}
    contained = CONTAINED.get(type(result))
    if contained is None:
        return fields
    inner = _document(fields.pop(contained))
    if "notes" in fields:
        fields["notes"] = [*fields["notes"], *inner["notes"]]
    return fields | {name: value for name, value in inner.items() if name not in fields}


def _plain(value: Any) -> Any:
    """Convert to JSON types: objects, lists, text, finite numbers, true, false and null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Iterable):
        return [_plain(item) for item in value]
    return float(value) if math.isfinite(value) else None


def to_markdown(blocks: Sequence[Block]) -> str:
    """Format the blocks as a Markdown document, without the final line break."""
    return "\n\n".join(_markdown_line(block) if isinstance(block, Line) else _markdown_grid(block) for block in blocks)


def _markdown_line(line: Line) -> str:
    text = _escape(line.text)
    return {"heading": f"## {text}", "note": f"> {text}", "warning": f"**{text}**"}.get(line.style, text)


def _markdown_grid(grid: Grid) -> str:
    rule = (":--" if k in grid.left else "--:" for k in range(len(grid.titles)))
    rows = [
        [f"**{_escape(cell)}**" if k in grid.strong and cell else _escape(cell) for cell in row]
        for k, row in enumerate(grid.rows)
    ]
    return "\n".join(_markdown_row(row) for row in [[_escape(t) for t in grid.titles], list(rule), *rows])


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escape(text: str) -> str:
    """Escape Markdown markup, and join lines to one."""
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(printable(text).split("\n"))

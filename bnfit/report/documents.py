"""Results as documents for other programs: JSON, and Markdown."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from numbers import Integral
from platform import python_version
from typing import Any

from bnfit import __version__
from bnfit.report.blocks import Block, Grid, Line, printable
from bnfit.results import Explanation, FitReport, PredictReport, SearchReport, TableReport
from bnfit.results.study import StudyReport

Result = SearchReport | FitReport | Explanation | PredictReport | TableReport | StudyReport


def installed_versions() -> dict[str, str | None]:
    """Versions of what a result depends on, found without importing any of it."""
    versions: dict[str, str | None] = {"bnfit": __version__, "python": python_version()}
    for name in ("keras", "tensorflow", "numpy"):
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def to_json(result: Result, **extra: Any) -> str:
    """The whole result as one JSON document; what is not a finite number is null.

    Args:
        result: what one of the pipeline's functions returned.
        extra: further top-level keys, such as `model="model.keras"`.
    """
    document = {**_document(result), **extra, "versions": installed_versions()}
    return json.dumps(_plain(document), indent=2, allow_nan=False)


def _document(result: Result) -> dict[str, Any]:
    """The result's fields, with those of what it contains moved to the top: the same key means the same everywhere."""
    fields = {field.name: getattr(result, field.name) for field in dataclasses.fields(result)}
    if isinstance(result, SearchReport):
        inner = _document(fields.pop("fit"))
        return inner | fields | {"notes": [*result.notes, *inner["notes"]]}
    if isinstance(result, FitReport):
        return fields | _document(fields.pop("explanation"))
    if isinstance(result, Explanation):
        return fields | {"skilled": result.skilled}
    return fields


def _plain(value: Any) -> Any:
    """Only what JSON knows: objects, lists, text, finite numbers, true, false and null."""
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
    """The blocks as a Markdown document, without the final line break."""
    return "\n\n".join(_markdown_line(block) if isinstance(block, Line) else _markdown_grid(block) for block in blocks)


def _markdown_line(line: Line) -> str:
    text = _escape(line.text)
    return {"heading": f"## {text}", "note": f"> {text}"}.get(line.style, text)


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
    """The text with what Markdown would take for markup set apart, on one line."""
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, f"\\{mark}")
    return " ".join(printable(text).split("\n"))

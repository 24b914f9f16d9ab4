"""An export as blocks."""

from __future__ import annotations

from bnfit.report.blocks import Block, Grid, Line, counted, first_rows
from bnfit.results.export import ExportReport


def export_blocks(result: ExportReport, top: int) -> list[Block]:
    """Format what an exported model takes and returns, and how far it is from the model; `top` inputs at most."""
    rows = tuple((of.name, of.type, of.meaning) for of in result.inputs)
    where = f"of {result.source}" if result.source else "drawn from what the model says of its columns"
    classes = f"; classes: {', '.join(result.classes)}" if result.classes else ""
    what = f"{counted(len(rows), 'input')}, opset {result.opset}, {result.size} bytes"
    run = f"Run on {counted(result.rows, 'row')} {where}"
    return [
        Line(f"{result.target} as ONNX: {what}", "heading"),
        Line(f"{run}: it differs by {result.difference:.1e} of the largest value"),
        *first_rows(Grid(("input", "type", "takes"), rows, frozenset(range(3))), top, "input"),
        Line(f"Outputs: {', '.join(result.outputs)}{classes}"),
    ]

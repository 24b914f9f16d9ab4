"""`bnfit export`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bnfit.cli.options import output as r
from bnfit.cli.options import panels
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import emit, form_of, quiet_tensorflow, say, say_waiting, shell


def export(
    model: r.Model,
    data: Annotated[
        str | None,
        typer.Argument(
            metavar="[DATA]",
            help="A table to compare on; without one, rows drawn from what the model file says of its columns.",
        ),
    ] = None,
    output: Annotated[
        Path,
        typer.Option("--output", "-o", metavar="FILE", help="The file to write.", rich_help_panel=panels.OUTPUT),
    ] = Path("model.onnx"),
    force: r.Force = False,
    trust_model: r.Trust = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    debug: r.Debug = False,
) -> None:
    """Write a model as ONNX, from the raw columns by name to the prediction, after running it beside the model."""
    from bnfit.model.onnx_export import check_export  # numpy

    form = form_of(json, md)
    check_export(output, force=force)
    with quiet_tensorflow(debug or not trust_model):
        from bnfit.api import export_onnx, load_model, load_table  # numpy, h5py
        from bnfit.table.types import ReadOptions

        loaded = load_model(model, trust=trust_model)
        source = None
        if data is not None:
            say_waiting(data)
            source = load_table(data, None, ReadOptions().expecting(loaded.schema.needed))
            say_rejected(source)
        report = export_onnx(loaded, output, source, force=force)
        extra = {} if source is None else rejections(source)
        emit(report, form, model=model, output=str(output), **extra)
    say(f"wrote {shell(output)}")

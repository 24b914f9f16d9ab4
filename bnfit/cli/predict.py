"""`bnfit predict`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bnfit.cli import options as o
from bnfit.cli.streams import Form, emit, form_of, quiet_tensorflow, say, shell

if TYPE_CHECKING:
    import pandas as pd

    from bnfit.results import PredictReport


def predict(
    model: o.Model,
    data: o.Data,
    output: o.TableOutput = "-",
    keep: o.Keep = "",
    force: o.Force = False,
    trust_model: o.Trust = False,
    json: o.AsJson = False,
    md: o.AsMarkdown = False,
    debug: o.Debug = False,
) -> None:
    """Predict the target for each row of a table: CSV with a column `prediction`, after the columns to keep."""
    form = form_of(json, md)
    if output != "-":
        from bnfit.atomic import check_target

        check_target(Path(output), force=force)
    with quiet_tensorflow(debug or not trust_model):
        from bnfit.pipeline import load_model, load_table, predict_table

        loaded = load_model(model, trust=trust_model)
        frame, report = predict_table(loaded, load_table(data), o.columns(keep))
        _deliver(frame, report, output, force, form)


def _deliver(frame: pd.DataFrame, report: PredictReport, output: str, force: bool, form: Form) -> None:
    """Write the predictions and the summary: to stdout what was asked for, so a summary beside CSV goes to stderr."""
    from bnfit.atomic import write_whole
    from bnfit.report import Grid, blocks_of, show

    if output != "-":
        content = frame.to_csv(index=False, lineterminator="\n").encode()
        write_whole(Path(output), content, force=force)
        emit(report, form, output=output)
        say(f"wrote {shell(output)}")
    elif form is Form.TEXT:
        frame.to_csv(sys.stdout, index=False, lineterminator="\n")
        sys.stdout.flush()
        show(blocks_of(report), sys.stderr)
    else:
        texts = frame.astype(object).where(frame.notna(), "").astype(str)
        cells = tuple(texts.itertuples(index=False, name=None)) if form is Form.MARKDOWN else ()
        predictions = frame.to_dict("records") if form is Form.JSON else []
        emit(report, form, table=Grid(tuple(map(str, frame.columns)), cells), predictions=predictions)

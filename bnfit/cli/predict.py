"""`bnfit predict`."""

from __future__ import annotations

import os
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.cli import values
from bnfit.cli.options import results as r
from bnfit.cli.options import tables as t
from bnfit.cli.streams import Form, emit, form_of, progress, quiet_tensorflow, say, shell

if TYPE_CHECKING:
    from bnfit.model import Model


def predict(
    model: r.Model,
    data: t.Data,
    output: r.TableOutput = "-",
    keep: r.Keep = "",
    interval: r.Interval = None,
    delimiter: t.Delimiter = None,
    quote: t.Quote = None,
    header: t.Header = None,
    encoding: t.Encoding = None,
    decimal: t.Decimal = None,
    na: t.Missing = "",
    max_bad_rows: t.MaxBadRows = 0.01,
    force: r.Force = False,
    trust_model: r.Trust = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    debug: r.Debug = False,
) -> None:
    """Predict the target for each row of a table: CSV with a column `prediction`, after the columns to keep.

    The table may be larger than the memory. The ending of the output says its format: .csv, .tsv, each also with .gz
    and the like, .parquet, .arrow.
    """
    form = form_of(json, md)
    reading = values.read_options(delimiter, quote, header, encoding, decimal, na, max_bad_rows)
    what = {"data": data, "keep": values.columns(keep), "interval": interval, "read": reading}
    # The products are small, and reading takes the other processors: threads of BLAS would only wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if output != "-":
        from bnfit.atomic import check_target

        check_target(Path(output), force=force)
    with quiet_tensorflow(debug or not trust_model):
        from bnfit.pipeline import load_model

        loaded = load_model(model, trust=trust_model)
        if output != "-":
            _to_file(loaded, what, output, force, form)
        elif form is Form.TEXT:
            _to_stdout(loaded, what)
        else:
            _in_report(loaded, what, form)


def _to_file(model: Model, what: dict[str, Any], output: str, force: bool, form: Form) -> None:
    from bnfit.pipeline import predict_file

    with progress("predicting") as on_progress:
        report = predict_file(model, output=Path(output), force=force, on_progress=on_progress, **what)
    emit(report, form, output=output)
    say(f"wrote {shell(output)}")


def _to_stdout(model: Model, what: dict[str, Any]) -> None:
    """The predictions to stdout, and so the summary to stderr; a terminal shows the rows instead of a bar."""
    from bnfit.pipeline import predict_file
    from bnfit.report import blocks_of, show

    sys.stdout.flush()
    with nullcontext() if sys.stdout.isatty() else progress("predicting") as on_progress:
        report = predict_file(model, output=sys.stdout.buffer, on_progress=on_progress, **what)
    sys.stdout.buffer.flush()
    show(blocks_of(report), sys.stderr)


def _in_report(model: Model, what: dict[str, Any], form: Form) -> None:
    """One document of the summary and all predictions, which are in memory at once."""
    import pandas as pd

    from bnfit.predicting import Predictions
    from bnfit.report import Grid
    from bnfit.table import read_chunks
    from bnfit.tablewriter import as_written

    predictor = Predictions(model, what["keep"], what["interval"])
    frame = as_written(pd.concat(predictor.of(read_chunks(what["data"], what["read"])), ignore_index=True))
    texts = frame.astype(object).where(frame.notna(), "").astype(str)
    cells = tuple(texts.itertuples(index=False, name=None)) if form is Form.MARKDOWN else ()
    predictions = frame.to_dict("records") if form is Form.JSON else []
    emit(predictor.report(), form, table=Grid(tuple(map(str, frame.columns)), cells), predictions=predictions)

"""`bnfit predict`."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bnfit.cli import parse as values
from bnfit.cli.flags import lines_with_flags
from bnfit.cli.gates import Gates, conclude
from bnfit.cli.options import output as r
from bnfit.cli.options import table as t
from bnfit.cli.progress_bar import progress_bar
from bnfit.cli.streams import Form, Screen, emit, form_of, quiet_tensorflow, say, say_waiting, shell, show_text
from bnfit.files import check_target
from bnfit.report.blocks import Grid

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.results.gates import GateResult


def predict(
    model: r.Model,
    data: t.Data,
    output: r.TableOutput = "-",
    keep: r.Keep = "",
    interval: r.Interval = None,
    contributions: r.Contributions = False,
    csv: t.Csv = None,
    na: t.Missing = "",
    max_bad_rows: t.MaxBadRows = 0.01,
    force: r.Force = False,
    trust_model: r.Trust = False,
    json: r.AsJson = False,
    md: r.AsMarkdown = False,
    fail_if: r.FailIf = None,
    base: r.Base = None,
    debug: r.Debug = False,
) -> None:
    """Predict the target for each row of a table: CSV with a column `prediction`, after the columns to keep.

    The table may be larger than the memory. The ending of the output says its format: .csv, .tsv, each also with .gz
    and the like, .parquet, .arrow.
    """
    form, gates = form_of(json, md), Gates.of(fail_if, "rejected", "outside")
    written = values.csv_format(csv)
    reading = values.read_options(written, na, max_bad_rows)
    kept = values.kept(keep)
    options: dict[str, Any] = {"data": data, "keep": kept, "interval": interval, "read": reading}
    options["contributions"] = contributions
    if output != "-":
        check_target(Path(output), force=force)
    with quiet_tensorflow(debug or not trust_model):
        from bnfit.api import load_model  # numpy, h5py

        loaded = load_model(model, trust=trust_model)
        say_waiting(data)
        gates.check_model(loaded.schema, columns=False, base=base is not None)
        options["base"] = None if base is None else load_model(base, trust=trust_model)
        if output != "-":
            results = _to_file(loaded, options, gates, output, force, form)
        elif form is Form.TEXT:
            results = _to_stdout(loaded, options, gates)
        else:
            results = _in_report(loaded, options, gates, form)
    conclude(results)


def _to_file(
    model: Model, options: dict[str, Any], gates: Gates, output: str, force: bool, form: Form
) -> tuple[GateResult, ...]:
    from bnfit.api import predict_file  # numpy, h5py

    with progress_bar("predicting") as on_progress:
        report = predict_file(model, output=Path(output), force=force, on_progress=on_progress, **options)
    results = gates.results(report)
    emit(report, form, output=output, gates=results)
    say(f"wrote {shell(output)}")
    return results


def _to_stdout(model: Model, options: dict[str, Any], gates: Gates) -> tuple[GateResult, ...]:
    """Write the predictions to stdout, the summary to stderr; on a terminal the rows replace the progress bar."""
    from bnfit.api import predict_file  # numpy, h5py

    sys.stdout.flush()
    terminal = sys.stdout.isatty()
    output: Any = Screen(sys.stdout.buffer) if terminal else sys.stdout.buffer
    with nullcontext() if terminal else progress_bar("predicting") as on_progress:
        report = predict_file(model, output=output, on_progress=on_progress, **options)
    sys.stdout.buffer.flush()
    from bnfit.report.content import blocks_of  # all results, as in `emit`

    show_text(lines_with_flags(blocks_of(report)), sys.stderr)
    return gates.results(report)


def _in_report(model: Model, options: dict[str, Any], gates: Gates, form: Form) -> tuple[GateResult, ...]:
    """Print one document with the summary and all predictions, held in memory at once."""
    import pandas as pd  # pandas, as what follows

    from bnfit.model.predict import Predictions
    from bnfit.model.predict_file import Beside, needed_columns
    from bnfit.table.reader import read_chunks
    from bnfit.table.writer import as_written

    read = options["read"]
    asked = options["keep"], options["interval"], options["contributions"]
    predictor = Predictions(model, *asked, read.max_bad_rows, read.decimal)
    base = options["base"]
    beside = None if base is None else Beside(model, base, read)
    tables = read_chunks(options["data"], read.expecting(needed_columns(model, base)))
    pieces = predictor.of(tables if beside is None else beside.watch(tables))
    frame = as_written(pd.concat(pieces, ignore_index=True))
    texts = frame.astype(object).where(frame.notna(), "").astype(str)
    cells = tuple(texts.itertuples(index=False, name=None)) if form is Form.MARKDOWN else ()
    predictions = frame.to_dict("records") if form is Form.JSON else []
    report = replace(predictor.report(), base={} if beside is None else beside.metrics)
    results = gates.results(report)
    emit(report, form, gates=results, more=[Grid(tuple(map(str, frame.columns)), cells)], predictions=predictions)
    return results

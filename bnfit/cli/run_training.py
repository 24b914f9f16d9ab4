"""Steps of `search` and `fit` around the training: checks before it, saving and the report after it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bnfit.cli.gates import Gates, conclude
from bnfit.cli.journal import journaled
from bnfit.cli.plot import draw
from bnfit.cli.progress_bar import progress_bar
from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import Form, emit, quiet_tensorflow, say, say_waiting, shell
from bnfit.errors import UsageError
from bnfit.report.figures.save import check_plot

if TYPE_CHECKING:
    from bnfit.model.model import Model
    from bnfit.progress import Progress
    from bnfit.results.fit import FitReport
    from bnfit.results.search import SearchReport
    from bnfit.schema.types import SchemaOptions
    from bnfit.table.source import Source
    from bnfit.table.types import ReadOptions
    from bnfit.tuning.journal import Journal


T = TypeVar("T")
OnModel = Callable[["Model"], None]
"""Is called with a model before its columns are measured."""
Train = Callable[["Source", "Progress", OnModel, "Journal | None"], tuple["FitReport | SearchReport", "Model"]]
"""Takes the table, a callback for the share done, one for the model that is not measured yet, and the journal, where
one is kept; returns the report and the model."""


Inside = Callable[[], AbstractContextManager[None]]
"""Makes the context that training runs in."""


@dataclass(frozen=True)
class Job:
    """Options of one training: the table, the output and the format of the report.

    Attributes:
        force_model: the model may replace a file: by `force`, or as an interrupted run left it.
    """

    data: str
    target: str
    where: str | None
    reading: ReadOptions
    columns: SchemaOptions
    dry_run: bool
    output: Path
    keep_rows: bool
    plot: Path | None
    force: bool
    form: Form
    gates: Gates
    quiet: bool
    debug: bool
    force_model: bool = False

    @property
    def expecting(self) -> ReadOptions:
        """How to read the table: with the columns that the options name."""
        return self.reading.expecting({self.target, *self.columns.named})


def run(
    job: Job,
    train: Train,
    top: int | None = None,
    *,
    restart: bool | None = None,
    workers: str | None = None,
) -> None:
    """Check the output, read the table, train, save and print; or only say what is in the table.

    Args:
        job: the options.
        train: trains.
        top: rows of each table to print; None for the usual ones.
        restart: whether to forget what an interrupted run keeps; None where no journal is kept.
        workers: where to train, as for `bnfit.population.dask_workers.connected`; None for this process.
    """
    if job.dry_run:
        _inspect(job, top)
        return
    if str(job.output) == "-":
        raise UsageError("a model cannot go to stdout", "name a file with -o")
    with quiet_tensorflow(job.debug), progress_bar("reading", job.quiet) as on_progress:
        from bnfit.model.archive import check_output  # numpy, h5py

        with nullcontext() if restart is None else journaled(job.output, restart) as journal:
            job = replace(job, force_model=job.force or (journal is not None and journal.owns(job.output)))
            check_output(job.output, job.force_model)
            check_plot(job.plot, job.force)
            with on_workers(workers) as inside:
                report, source = _train(job, train, on_progress, journal, inside)
    gates = job.gates.results(report, source)
    emit(report, job.form, top=top, model=str(job.output), gates=gates, **rejections(source))
    if not job.quiet:
        say(f"saved {shell(job.output)}; next: {shell('bnfit', 'explain', job.output)}")
    conclude(gates)


def _train(
    job: Job,
    train: Train,
    on_progress: Progress,
    journal: Journal | None,
    inside: Inside,
) -> tuple[FitReport | SearchReport, Source]:
    """Read the table, train, save the model as soon as there is one, and again when its columns are measured."""
    from bnfit.api import load_table, save_model  # numpy, h5py

    say_waiting(job.data)
    source = load_table(job.data, job.where, job.expecting)
    say_rejected(source)
    job.gates.check_training(source, job.target, job.columns)
    kept = ""

    def save(model: Model, force: bool) -> None:
        noted = {} if journal is None else {"on_content": journal.expect}
        save_model(model, job.output, force=force, keep_rows=job.keep_rows, **noted)

    def keep(model: Model) -> None:
        nonlocal kept
        save(model, job.force_model)
        kept = "unmeasured"

    try:
        report, model = aside(lambda: train(source, on_progress, keep, journal), inside)
        on_progress(1.0, "saving")
        save(model, job.force_model or bool(kept))
        kept = "whole"
        if journal is not None:
            journal.remove()
        if job.plot is not None:
            draw(job.plot, report, model, name=str(job.output), data=job.data, force=job.force)
    except BaseException:
        if kept:
            state = "" if kept == "whole" else ", but its importances are not measured"
            table = [] if kept == "whole" or job.data == "-" else [job.data]
            say(f"{shell(job.output)} is kept{state}; next: {shell('bnfit', 'explain', job.output, *table)}")
        raise
    return report, source


def _inspect(job: Job, top: int | None) -> None:
    from bnfit.api import inspect_table, load_table  # numpy, h5py

    source = load_table(job.data, job.where, job.expecting)
    say_rejected(source)
    emit(inspect_table(source, job.target, options=job.columns), job.form, top=top, **rejections(source))


@contextmanager
def on_workers(where: str | None) -> Iterator[Inside]:
    """Connect to workers for the block, where any are named; what it gives is for `aside`."""
    if where is None:
        yield nullcontext
        return
    from bnfit.population.dask_workers import connected  # numpy, and Dask
    from bnfit.population.workers import working

    with connected(where) as workers:
        yield lambda: working(workers)


def aside(work: Callable[[], T], inside: Inside = nullcontext) -> T:
    """Run a function in a thread of its own, within a context of that thread, and wait for its result.

    Python handles a signal in the main thread only, and between two bytecodes: there, a compiled program that runs
    for seconds would delay Ctrl-C as long. The thread is a daemon, so it does not outlive an interrupt.
    """
    outcome: Future[T] = Future()

    def run_work() -> None:
        try:
            with inside():
                outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run_work, daemon=True).start()
    return outcome.result()

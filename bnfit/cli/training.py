"""What `search` and `fit` do around the training: checks before it, saving and the report after it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from bnfit.cli.rejected import rejections, say_rejected
from bnfit.cli.streams import Form, emit, progress, quiet_tensorflow, say, shell
from bnfit.errors import UsageError
from bnfit.figures import check_plot, write_plot

if TYPE_CHECKING:
    from bnfit.model import Model
    from bnfit.pipeline import Source
    from bnfit.results import FitReport, SearchReport
    from bnfit.schema import SchemaOptions
    from bnfit.table import ReadOptions

T = TypeVar("T")
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Job:
    """A training that a user asked for: the table, where the model goes and how the report is printed."""

    data: str
    target: str
    where: str | None
    reading: ReadOptions
    columns: SchemaOptions
    dry_run: bool
    output: Path
    plot: Path | None
    force: bool
    form: Form
    debug: bool


def run(
    job: Job,
    title: str,
    train: Callable[[Source, Progress], tuple[FitReport | SearchReport, Model]],
    top: int = 10,
) -> None:
    """Check the output, read the table, train, save and print; or only say what is in the table.

    Args:
        job: what the user asked for.
        title: what the progress bar says.
        train: takes the table and what to tell the share done to; returns the report and the model.
        top: rows of a leaderboard to print.
    """
    if job.dry_run:
        _inspect(job)
        return
    if str(job.output) == "-":
        raise UsageError("a model cannot go to stdout", "name a file with -o")
    from bnfit.modelfile import check_output

    check_output(job.output, job.force)
    check_plot(job.plot, job.force)
    with quiet_tensorflow(job.debug):
        from bnfit.pipeline import load_table, save_model

        source = load_table(job.data, job.where, job.reading)
        say_rejected(source)
        with progress(title) as on_progress:
            report, model = aside(lambda: train(source, on_progress))
        save_model(model, job.output, force=job.force)
        if job.plot is not None:
            write_plot(job.plot, report, model.facts, force=job.force)
        emit(report, job.form, top=top, model=str(job.output), **rejections(source))
    say(f"saved {shell(job.output)}; next: {shell('bnfit', 'explain', job.output)}")


def _inspect(job: Job) -> None:
    from bnfit.pipeline import inspect_table, load_table

    source = load_table(job.data, job.where, job.reading)
    say_rejected(source)
    emit(inspect_table(source, job.target, options=job.columns), job.form, **rejections(source))


def aside(work: Callable[[], T]) -> T:
    """Do the work in a thread of its own and wait for it.

    Python handles a signal in the main thread only, and between two steps of its own: there, a compiled program that
    runs for seconds would keep Ctrl-C waiting as long. The thread is a daemon, so it does not outlive an interrupt.
    """
    outcome: Future[T] = Future()

    def run_work() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run_work, daemon=True).start()
    return outcome.result()

"""Where jobs are trained: in threads of this process, by a backend of joblib, or by workers that a caller brings.

`working` sets workers for the calls of `bnfit.population.train` in its block and thread. Without any, the backend that
`joblib.parallel_config` set counts, if it is one of processes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, Protocol

from joblib import Parallel, delayed
from joblib.parallel import get_active_backend

from bnfit.population.job import Job
from bnfit.population.outcome import Outcome
from bnfit.population.remote import own_threads, train_chunk
from bnfit.schema.dataset import Dataset

OnDone = Callable[[int, Outcome], None]
"""Is called with the number of a job and what its training left."""


class Workers(Protocol):
    """Trains jobs in other processes."""

    def run(self, jobs: Sequence[Job], table: Dataset, on_done: OnDone) -> None:
        """Train all jobs on a table, in any order; return when all are done."""


class JoblibWorkers:
    """Trains jobs by the backend that `joblib.parallel_config` set."""

    def run(self, jobs: Sequence[Job], table: Dataset, on_done: OnDone) -> None:
        """Train all jobs on a table."""
        plain = replace(table)  # without what is derived from it
        tasks = (delayed(train_chunk)(*job.task, plain, own_threads()) for job in jobs)
        for number, outcome in enumerate(Parallel(return_as="generator")(tasks)):
            on_done(number, outcome)


_workers: ContextVar[Workers | None] = ContextVar("workers", default=None)


@contextlib.contextmanager
def working(workers: Workers | None) -> Iterator[None]:
    """Let these workers train in this block and thread; None for this process."""
    token = _workers.set(workers)
    try:
        yield
    finally:
        _workers.reset(token)


def current_workers() -> Workers | None:
    """Return the workers of the innermost `working`, or those of joblib's backend; None for threads."""
    chosen = _workers.get()
    if chosen is not None:
        return chosen
    found: tuple[Any, int | None] = get_active_backend()
    backend, jobs = found
    jobs = backend.default_n_jobs if jobs is None else jobs
    return None if jobs == 1 or getattr(backend, "supports_sharedmem", False) else JoblibWorkers()

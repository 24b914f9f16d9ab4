"""Workers of a Dask cluster, on this machine or on others.

Dask's own client submits the jobs, not joblib's backend for it: that one waits without a limit where no worker is left,
and loses a job where a worker dies that held the table (see docs/scale.md).
"""

from __future__ import annotations

import contextlib
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING, Any

from bnfit.errors import BnfitError, UsageError
from bnfit.population.job import Job
from bnfit.population.remote import own_threads, train_chunk
from bnfit.population.workers import OnDone
from bnfit.results.versions import installed_versions
from bnfit.schema.dataset import Dataset

if TYPE_CHECKING:
    from distributed import Client

ANSWER, ALONE = 20.0, 30.0
"""Seconds in which a scheduler must answer, and in which a lost worker must be replaced where no other is left."""
STEP = 0.5
"""Seconds between two looks at the cluster."""
RETRIES = 3
"""Times that a job is trained anew after its worker died."""
LEAST_MEMORY = 2 << 30
"""Bytes that a worker must have: TensorFlow with its programs takes about half of them."""
ADDRESS = re.compile(r"[a-z]+://[^\s/]+:\d+")
CHECKED = ("bnfit", "tensorflow", "keras", "numpy", "python")
"""What must be the same everywhere, so that results are."""


class DaskWorkers:
    """Trains jobs on the workers of a cluster.

    Args:
        client: connected to it.
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def run(self, jobs: Sequence[Job], table: Dataset, on_done: OnDone) -> None:
        """Train all jobs on a table, which is sent to each worker once.

        Raises:
            BnfitError: no worker is left, the scheduler is gone, or a job failed on each worker that tried it.
        """
        try:
            self._run(jobs, table, on_done)
        except Exception as error:
            if isinstance(error, BnfitError) or self._client.status == "running":
                raise
            raise BnfitError("the scheduler does not answer any more", "start it, and run the same again") from error

    def _run(self, jobs: Sequence[Job], table: Dataset, on_done: OnDone) -> None:
        held = self._send(table)
        futures = {self._submit(job, held): number for number, job in enumerate(jobs)}
        failures: dict[int, int] = {}
        alone: float | None = None
        try:
            while futures:
                finished = [future for future in futures if future.done()]
                for future in finished:
                    number = futures.pop(future)
                    if future.status == "finished":
                        on_done(number, future.result())
                        continue
                    failures[number] = failures.get(number, 0) + 1
                    if failures[number] > RETRIES:
                        raise _failed(future)
                    held = self._send(table)  # the worker that held it may be gone
                    futures[self._submit(jobs[number], held)] = number
                alone = None if finished or self._workers() else alone or time.monotonic()
                if alone is not None and time.monotonic() - alone > ALONE:
                    raise _nobody()
                if not finished:
                    time.sleep(STEP)
        finally:
            _quietly(lambda: self._client.cancel(list(futures)))

    def _send(self, table: Dataset) -> Any:
        """Send the table to every worker, without what is derived from it.

        Raises:
            BnfitError: no worker comes to take it.
        """
        try:
            self._client.wait_for_workers(1, timeout=ALONE)
            return self._client.scatter([replace(table)], broadcast=True, hash=False)[0]
        except TimeoutError as error:
            raise _nobody() from error

    def _submit(self, job: Job, table: Any) -> Any:
        return self._client.submit(train_chunk, *job.task, table, own_threads(), pure=False, retries=RETRIES)

    def _workers(self) -> int:
        """Workers that are left."""
        return len(self._client.scheduler_info()["workers"])


def _nobody() -> BnfitError:
    return BnfitError("no worker is left on the cluster", "start workers, and run the same again")


def _failed(future: Any) -> BnfitError:
    error = future.exception() if future.status == "error" else None
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200] if error is not None else "its worker was lost"
    return BnfitError(f"a training failed {RETRIES + 1} times on the cluster: {what}", "look at the workers' logs")


@contextlib.contextmanager
def connected(where: str) -> Iterator[DaskWorkers]:
    """Connect to a cluster for the block, or start one of processes on this machine.

    Args:
        where: the address of a scheduler, such as "tcp://10.0.0.5:8786", or the number of processes to start.

    Raises:
        UsageError: it is neither, or Dask is not installed.
        BnfitError: no scheduler or no worker answers, or its versions or its memory do not fit.
    """
    try:
        import distributed
    except ImportError as error:
        raise UsageError("`workers` needs Dask, which is not installed", "pip install 'bnfit[dask]'") from error
    for name in ("distributed", "distributed.client", "distributed.worker", "distributed.nanny", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    if not where.isdigit() and not ADDRESS.fullmatch(where):
        raise UsageError(f"`workers` takes a number or an address, not '{where}'", "such as 4 or tcp://HOST:8786")
    with contextlib.ExitStack() as stack:
        address: Any = where
        if where.isdigit():
            address = stack.enter_context(_local_cluster(distributed, int(where)))
        client = _connect(distributed, address, where)
        stack.callback(_quietly, lambda: client.close(timeout=5))
        _check(client, where, distributed.__version__)
        yield DaskWorkers(client)


@contextlib.contextmanager
def _local_cluster(distributed: Any, processes: int) -> Iterator[Any]:
    if processes < 1:
        raise UsageError(f"`workers` must be at least 1, not {processes}")
    how = {"n_workers": processes, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    try:
        cluster = distributed.LocalCluster(**how, silence_logs=logging.CRITICAL)
    except Exception as error:
        raise BnfitError(f"cannot start {processes} workers: {_text(error)}") from error
    try:
        yield cluster
    finally:
        _quietly(lambda: cluster.close(timeout=5))


def _connect(distributed: Any, address: Any, where: str) -> Any:
    try:
        return distributed.Client(address, timeout=ANSWER, set_as_default=False)
    except Exception as error:  # of many kinds, as addresses and their transports are
        raise BnfitError(
            f"no scheduler answers at '{where}' within {ANSWER:g} s", "start one there, as docs/scale.md shows"
        ) from error


def _check(client: Any, where: str, version: str) -> None:
    """Refuse a cluster that would train otherwise, or not at all.

    Raises:
        BnfitError: it has no worker, too little memory, or other versions.
    """
    try:
        client.wait_for_workers(1, timeout=ANSWER)
    except TimeoutError as error:
        raise BnfitError(
            f"the scheduler at '{where}' has no worker", "start some for it, as docs/scale.md shows"
        ) from error
    known = client.scheduler_info(n_workers=-1)["workers"]
    for address, worker in known.items():
        limit = worker["memory_limit"]
        if limit and limit < LEAST_MEMORY:
            raise BnfitError(
                f"the worker at {address} may have {limit / (1 << 30):.1f} GiB of memory, and training takes 2",
                "start fewer workers, or let each have more",
            )
    found = _asked(client, where)
    here = installed_versions()
    for address, versions in found.items():
        for name in CHECKED:
            ours, theirs = here[name], versions[name]
            if theirs != ours:
                raise BnfitError(f"the worker at {address} has {name} {theirs}, and this machine {ours}", "install one")
    scheduler = client.get_versions()["scheduler"]["packages"].get("distributed")
    if scheduler != version:
        raise BnfitError(f"the scheduler at '{where}' has Dask {scheduler}, and this machine {version}", "install one")


def _asked(client: Any, where: str) -> dict[str, dict[str, str | None]]:
    try:
        client.run(metadata.version, "bnfit")  # which needs nothing of ours there
        found: dict[str, dict[str, str | None]] = client.run(installed_versions)
    except ImportError as error:
        raise BnfitError(f"a worker of '{where}' has no bnfit", "pip install bnfit there") from error
    except Exception as error:
        raise BnfitError(f"a worker of '{where}' does not answer: {_text(error)}") from error
    return found


def _quietly(action: Callable[[], Any]) -> None:
    with contextlib.suppress(Exception):
        action()


def _text(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]

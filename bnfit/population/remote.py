"""The work of a process that trains for another one: what it gives depends on its arguments alone."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
from typing import Any

from bnfit.population.chunks import Chunk
from bnfit.population.outcome import Outcome
from bnfit.population.program_cache import Shapes, program_for
from bnfit.population.structure import Structure
from bnfit.schema.dataset import Dataset

MOST_TABLES = 4
"""Tables whose tensors a process keeps, as their jobs come one by one."""


def train_chunk(chunk: Chunk, structure: Structure, shapes: Shapes, table: Dataset, threads: int = 0) -> Outcome:
    """Train a chunk in this process, with a program that it compiles at the first chunk of the kind, and keeps.

    Args:
        chunk, structure, shapes: of the job.
        table: what to train on.
        threads: that divide one operation, where TensorFlow has not begun yet; 0 for its own choice. Large products add
            up in another order with another number of them.
    """
    from bnfit.population.job import Job, run_job  # TensorFlow

    _limit_threads(threads)
    job = Job(chunk, program_for(structure, shapes), shapes)
    outcome = run_job(job, table, _tensors(table, shapes.dtype), threading.Event(), lambda _: None)
    assert outcome is not None
    return outcome


def own_threads() -> int:
    """Return the number of threads that divide one operation of TensorFlow in this process."""
    from bnfit.population.backend import ASKED, tf

    usual = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(tf.config.threading.get_intra_op_parallelism_threads() or os.environ.get(ASKED) or usual)


@functools.cache
def _limit_threads(threads: int) -> None:
    from bnfit.population.backend import tf

    with contextlib.suppress(RuntimeError):  # it has begun
        if threads:
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)


_kept: dict[tuple[str, str, int], Any] = {}
_lock = threading.Lock()


def _tensors(table: Dataset, dtype: str) -> Any:
    from bnfit.population.job import table_tensors  # TensorFlow

    key = table.digest, dtype, os.getpid()
    with _lock:
        if key not in _kept:
            while len(_kept) >= MOST_TABLES:
                _kept.pop(next(iter(_kept)))
            _kept[key] = table_tensors(table, dtype)
        return _kept[key]

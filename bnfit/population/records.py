"""Records of finished jobs, so that a run that was interrupted does not train them again.

`recording` sets the records for the calls of `bnfit.population.train` in its block and its thread, as
`joblib.parallel_config` sets a backend: what trains in between does not have to know.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from bnfit.arrays import digest
from bnfit.population.chunks import FILLER
from bnfit.population.members import Member, Trained
from bnfit.population.outcome import Arrays, Outcome
from bnfit.population.recipe import Plan
from bnfit.schema.dataset import Dataset

if TYPE_CHECKING:
    from bnfit.population.job import Job


@dataclass(frozen=True)
class Judged:
    """How well a member does.

    Attributes:
        network: what it is, for people; equal for the members of one candidate.
        loss: on the rows that it is judged on, after the last epoch: squared error or log-loss.
    """

    network: str
    loss: float


class Records(Protocol):
    """Keeps arrays by key. Safe to call from several threads.

    Attributes:
        found: how many were found so far.
    """

    found: int

    def get(self, key: str) -> Mapping[str, NDArray[np.generic]] | None:
        """Return the arrays that were kept under a key; None without any."""

    def put(self, key: str, arrays: Arrays, judged: Sequence[Judged]) -> None:
        """Keep the arrays of a job, with how well its members do."""


_records: ContextVar[Records | None] = ContextVar("records", default=None)


@contextlib.contextmanager
def recording(records: Records | None) -> Iterator[None]:
    """Let trainings in this block and thread look into these records first, and keep what they train there."""
    token = _records.set(records)
    try:
        yield
    finally:
        _records.reset(token)


def current_records() -> Records | None:
    """Return the records of the innermost `recording`."""
    return _records.get()


def found_jobs() -> int:
    """Return how many jobs the records of this block have spared so far."""
    records = current_records()
    return 0 if records is None else records.found


def job_key(job: Job, table: Dataset) -> str:
    """Return a digest of all that the outcome of a job depends on."""
    found = hashlib.sha256(repr((table.digest, job.program.structure, job.shapes, job.chunk.plans)).encode())
    digests = {id(m.split): digest(m.split.train, m.split.test) for m in job.chunk.members}
    for member in job.chunk.members:
        what = (member.architecture, member.seed, member.shuffle, member.sparsity, member.knots)
        found.update(repr((what, digests[id(member.split)])).encode())
    return found.hexdigest()


def find_outcome(records: Records, key: str, job: Job, table: Dataset) -> Outcome | None:
    """Return what a job left when it was trained before; None where nothing fit is on record."""
    arrays = records.get(key)
    return None if arrays is None else Outcome.from_arrays(arrays, job.start(table), job.plan)


def judged_members(trained: Sequence[Trained], job: Job) -> list[Judged]:
    """Say how well the members of a job do that did not diverge."""
    return [
        Judged(_name(t.member, plan), loss)
        for t, plan, position in zip(trained, job.chunk.plans, job.chunk.positions, strict=True)
        if position != FILLER and not t.diverged and np.isfinite(loss := float(t.judged_curve[-1]))
    ]


def _name(member: Member, plan: Plan) -> str:
    """Say what a member is; members of one candidate and one length of training have the same name."""
    return f"{member.architecture.label} ({member.architecture.arm}), rate {plan.learning_rate:g}, {plan.epochs} epochs"

"""Training a population: members into chunks, and chunks onto threads."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from joblib import Parallel, delayed

from bnfit.population.chunks import ALONE, FILLER, Chunk, Common, chunks
from bnfit.population.job import Job, run_job, table_tensors
from bnfit.population.members import Member, Trained
from bnfit.population.outcome import Outcome, trained_members
from bnfit.population.program_cache import program_for, shapes_of, structure_of
from bnfit.population.recipe import Recipe
from bnfit.population.records import Records, current_records, find_outcome, job_key, judged_members
from bnfit.population.workers import Workers, current_workers
from bnfit.progress import Progress, Ticker
from bnfit.schema.dataset import Dataset


def train(
    members: Sequence[Member],
    table: Dataset,
    recipe: Recipe | Sequence[Recipe],
    *,
    dtype: str = "float32",
    n_jobs: int = 2,
    snapshots: bool = False,
    common: Common = ALONE,
    on_progress: Progress | None = None,
) -> list[Trained]:
    """Train every member and return them in the order given.

    The result depends on members, table and recipe alone, not on `n_jobs`, nor on what `recording` keeps.

    Args:
        members: may differ in architecture, rows and seeds.
        table: the dataset that they train on.
        recipe: the same for all or one for each. Members that differ in learning rate and weight decay alone
            still share a program.
        dtype: "float32", or "float64" for tests of equality.
        n_jobs: threads that chunks of members are spread over.
        snapshots: also return each member's network as it was after every epoch.
        common: what other calls have in common with this one, so that they share programs.
        on_progress: called with the share of the work that is done.
    """
    rows = max(len(m.split.train) for m in members)
    recipes = [recipe] * len(members) if isinstance(recipe, Recipe) else recipe
    plans = [how.for_rows(rows) for how in recipes]
    common = replace(common, call_epochs=1) if snapshots else common
    jobs = _jobs(chunks(members, plans, common), table, dtype, common)
    run = _Run(table, dtype, snapshots, Ticker(on_progress, sum(plan.epochs for plan in plans)), current_records())
    workers = None if snapshots else current_workers()
    if workers is not None:
        return _in_order(jobs, run.train_elsewhere(jobs, workers))
    try:
        done = Parallel(n_jobs=min(n_jobs, len(jobs)), backend="threading")(delayed(run.train)(job) for job in jobs)
    except BaseException:
        run.cancelled.set()
        raise
    return _in_order(jobs, done)


def _in_order(jobs: Sequence[Job], done: Sequence[Sequence[Trained]]) -> list[Trained]:
    """Put the members of all chunks into the order that the caller gave, without what only filled a place."""
    by_position = {
        p: t for job, trained in zip(jobs, done, strict=True) for p, t in zip(job.chunk.positions, trained, strict=True)
    }
    return [by_position[p] for p in sorted(by_position) if p != FILLER]


def _jobs(by_kind: Sequence[Sequence[Chunk]], table: Dataset, dtype: str, common: Common) -> list[Job]:
    """Order chunks: the first of every kind, then the second, so that threads compile different programs first."""
    shapes = [shapes_of(group, table, dtype, common) for group in by_kind]
    programs = [
        program_for(structure_of(group, table, common), of_kind) for group, of_kind in zip(by_kind, shapes, strict=True)
    ]
    made = [
        [Job(chunk, program, of_kind) for chunk in group]
        for group, program, of_kind in zip(by_kind, programs, shapes, strict=True)
    ]
    return [job for turn in itertools.zip_longest(*made) for job in turn if job is not None]


@dataclass(frozen=True, eq=False)
class _Run:
    """State that the threads of one call of `train` share."""

    table: Dataset
    dtype: str
    snapshots: bool
    ticker: Ticker
    records: Records | None
    cancelled: threading.Event = field(default_factory=threading.Event)

    def train(self, job: Job) -> list[Trained]:
        """Train a chunk in this thread, or take it from the records; nothing where the run was cancelled."""
        outcome = self._on_record(job)
        if outcome is not None:
            return self._finish(job, outcome, new=False)
        members = len(job.chunk.members)
        outcome = run_job(
            job, self.table, self._tensors, self.cancelled, lambda e: self.ticker.add(e * members), self.snapshots
        )
        return [] if outcome is None else self._finish(job, outcome, new=True)

    def train_elsewhere(self, jobs: Sequence[Job], workers: Workers) -> list[list[Trained]]:
        """Let workers train what is not on record."""
        found = {number: outcome for number, job in enumerate(jobs) if (outcome := self._on_record(job)) is not None}
        done = {number: self._finish(jobs[number], outcome, new=False) for number, outcome in found.items()}
        missing = [number for number in range(len(jobs)) if number not in done]

        def finish(place: int, outcome: Outcome) -> None:
            job = jobs[missing[place]]
            done[missing[place]] = self._finish(job, outcome, new=True)
            self.ticker.add(job.plan.epochs * len(job.chunk.members))

        if missing:
            workers.run([jobs[number] for number in missing], self.table, finish)
        return [done[number] for number in range(len(jobs))]

    def _on_record(self, job: Job) -> Outcome | None:
        """What an earlier run left of a job."""
        if self.records is None or self.snapshots:
            return None
        outcome = find_outcome(self.records, job_key(job, self.table), job, self.table)
        if outcome is not None:
            self.ticker.add(job.plan.epochs * len(job.chunk.members))
        return outcome

    def _finish(self, job: Job, outcome: Outcome, *, new: bool) -> list[Trained]:
        """Make the members of what their training left, and keep that where it is new."""
        trained = trained_members(outcome, job.chunk, self.table, self.dtype)
        if new and self.records is not None and not self.snapshots:
            self.records.put(job_key(job, self.table), outcome.to_arrays(), judged_members(trained, job))
        return trained

    @cached_property
    def _tensors(self) -> dict[str, Any]:
        return table_tensors(self.table, self.dtype)

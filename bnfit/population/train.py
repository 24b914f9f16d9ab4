"""Training a population: members into chunks, chunks onto threads, epochs into calls of the compiled program."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from bnfit.arrays import Floats, Int32s, Ints
from bnfit.networks.layers import Network
from bnfit.population.backend import tf
from bnfit.population.batches import padded_batches
from bnfit.population.chunks import ALONE, Chunk, Common, chunks
from bnfit.population.inputs import chunk_constants, chunk_state, target_moments
from bnfit.population.members import Member, Stage, Trained
from bnfit.population.outputs import member_network, member_slices
from bnfit.population.program import Program
from bnfit.population.program_cache import Shapes, program_for, shapes_of, structure_of
from bnfit.population.recipe import Plan, Recipe
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

    The result depends on members, table and recipe alone, not on `n_jobs`.

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
    run = _Run(table, dtype, snapshots, Ticker(on_progress, sum(plan.epochs for plan in plans)))
    try:
        done = Parallel(n_jobs=min(n_jobs, len(jobs)), backend="threading")(delayed(run.chunk)(job) for job in jobs)
    except BaseException:
        run.cancelled.set()
        raise
    by_position = {
        p: t for job, trained in zip(jobs, done, strict=True) for p, t in zip(job.chunk.positions, trained, strict=True)
    }
    return [by_position[p] for p in range(len(members))]


@dataclass(frozen=True, eq=False)
class _Job:
    chunk: Chunk
    program: Program
    shapes: Shapes

    @property
    def plan(self) -> Plan:
        """Plan of all its members, but for learning rates and weight decays."""
        return self.chunk.plans[0]


def _jobs(by_kind: Sequence[Sequence[Chunk]], table: Dataset, dtype: str, common: Common) -> list[_Job]:
    """Order chunks: the first of every kind, then the second, so that threads compile different programs first."""
    shapes = [shapes_of(group, table, dtype, common) for group in by_kind]
    programs = [
        program_for(structure_of(group, table, common), of_kind) for group, of_kind in zip(by_kind, shapes, strict=True)
    ]
    made = [
        [_Job(chunk, program, of_kind) for chunk in group]
        for group, program, of_kind in zip(by_kind, programs, shapes, strict=True)
    ]
    return [job for turn in itertools.zip_longest(*made) for job in turn if job is not None]


def _calls(plan: Plan, most: int) -> list[range]:
    """Divide the epochs into calls of at most `most` epochs, none with a restart inside."""
    return [range(e, min(e + most, cycle.stop)) for cycle in plan.cycles for e in range(cycle.start, cycle.stop, most)]


@dataclass(frozen=True, eq=False)
class _Run:
    """State that the threads of one call of `train` share."""

    table: Dataset
    dtype: str
    snapshots: bool
    ticker: Ticker
    cancelled: threading.Event = field(default_factory=threading.Event)

    def chunk(self, job: _Job) -> list[Trained]:
        constants = tf.nest.map_structure(
            tf.constant, chunk_constants(job.chunk, job.shapes.widths, self.table, self.dtype)
        )
        normalises = job.program.structure.normalises
        state = chunk_state(job.chunk, job.shapes.widths, self.table, self.dtype, normalises)
        state = tf.nest.map_structure(tf.constant, state)
        judged = tf.constant(_padded([g.split.test for g in job.chunk.groups], job.shapes.groups, job.shapes.judged))
        curves: list[tuple[Floats, ...]] = []
        seen: list[list[Network]] = []
        stages: list[list[Stage]] = []
        for epochs in _calls(job.plan, job.shapes.epochs):
            if self.cancelled.is_set():
                break
            if epochs.start in job.plan.restart_epochs:
                found = self._networks(job.chunk, state)
                stages.append([Stage(network, epochs.start, gamma) for network, gamma in found])
            state, *values = self._call(job, state, constants, judged, epochs)
            curves.append(tuple(value.numpy()[: len(epochs)] for value in values))
            if self.snapshots:
                seen.append([network for network, _ in self._networks(job.chunk, state)])
            self.ticker.add(len(epochs) * len(job.chunk.members))
        return self._finish(job, state, curves, seen, stages)

    def _call(self, job: _Job, state: Any, constants: Any, judged: Any, epochs: range) -> Any:
        shapes = job.shapes
        rows = np.full((shapes.epochs, shapes.steps, shapes.groups, shapes.batch_size), -1, np.int32)
        rows[: len(epochs), :, : len(job.chunk.groups)] = padded_batches(
            job.chunk.groups, shapes.batch_size, epochs, shapes.steps
        )
        peaks = [plan.learning_rate for plan in job.chunk.plans]
        shares = [job.plan.epoch_shares(epoch, shapes.steps) for epoch in epochs]
        padded = np.zeros((shapes.epochs, shapes.steps, len(peaks)), self.dtype)
        padded[: len(epochs)] = np.multiply.outer(shares, peaks)
        batches, count, rates = tf.constant(rows), tf.constant(len(epochs)), tf.constant(padded)
        return job.program(state, constants, self._tensors, batches, count, rates, judged)

    @cached_property
    def _tensors(self) -> dict[str, Any]:
        return _table_tensors(self.table, self.dtype)

    def _networks(self, chunk: Chunk, state: Any) -> list[tuple[Network, Floats | None]]:
        """Each member's network in the state, and its raw γ."""
        arrays = tf.nest.map_structure(lambda t: t.numpy(), state)
        slices = (member_slices(arrays, position) for position in range(len(chunk.members)))
        return [
            member_network(weights, moving, member, self.table, plan, self.dtype)
            for member, plan, (weights, moving) in zip(chunk.members, chunk.plans, slices, strict=True)
        ]

    def _finish(
        self,
        job: _Job,
        state: Any,
        curves: list[tuple[Floats, ...]],
        seen: list[list[Network]],
        stages: list[list[Stage]],
    ) -> list[Trained]:
        chunk = job.chunk
        curve, judged_curve, accuracy = (np.concatenate(c) for c in zip(*curves, strict=True))
        epochs, diverged = state["epoch"].numpy(), state["diverged"].numpy()
        return [
            Trained(
                member=member,
                network=network,
                diverged=bool(diverged[position]),
                epoch=int(epochs[position]),
                curve=curve[:, position] * self._loss_unit(member, job.plan),
                judged_curve=judged_curve[:, position] * self._loss_unit(member, job.plan),
                accuracy_curve=None if self.table.loss == "mse" else accuracy[:, position],
                gamma_raw=gamma,
                snapshots=tuple(networks[position] for networks in seen),
                stages=tuple(stage[position] for stage in stages),
            )
            for position, (member, (network, gamma)) in enumerate(
                zip(chunk.members, self._networks(chunk, state), strict=True)
            )
        ]

    def _loss_unit(self, member: Member, plan: Plan) -> float:
        """Size of one unit of the program's loss in the target's own units."""
        if self.table.loss != "mse":
            return 1.0
        moments = target_moments(self.table, member, plan.scale_target)
        return float(np.mean(moments.variance * np.square(self.table.y_sd)))


def _padded(rows: Sequence[Ints], groups: int, width: int) -> Int32s:
    out = np.full((groups, width), -1, np.int32)
    for g, numbers in enumerate(rows):
        out[g, : len(numbers)] = numbers
    return out


def _table_tensors(table: Dataset, dtype: str) -> dict[str, Any]:
    weight = np.ones(len(table.x)) if table.row_weight is None else table.row_weight
    y = (table.y - table.y_mean) / table.y_sd
    return {
        "x": tf.constant(table.standard, dtype),
        "y": tf.constant(y, dtype),
        "row_weight": tf.constant(weight, dtype),
    }

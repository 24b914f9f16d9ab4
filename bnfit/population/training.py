"""Training a population: members into chunks, chunks onto threads, epochs into calls of the compiled program."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import tensorflow as tf
from joblib import Parallel, delayed

from bnfit.inference import Network
from bnfit.population.constants import Table, chunk_constants, chunk_state, target_moments, widths
from bnfit.population.finish import member_network, member_slices
from bnfit.population.members import (
    Chunk,
    Floats,
    Member,
    Stage,
    Trained,
    chunks,
    normalising,
    padded_batches,
    steps_per_epoch,
)
from bnfit.population.program import Program, Structure
from bnfit.recipe import Plan, Recipe

CALL_NUMBERS = 4_000_000
"""Row numbers handed to one call of a program, at most, so that progress shows and memory stays small."""
CALLS = 10
"""Calls that a training is divided into, at least, so that progress shows and an interrupt is heard."""

Progress = Callable[[float], None]


def train(
    members: Sequence[Member],
    table: Table,
    recipe: Recipe | Sequence[Recipe],
    *,
    dtype: str = "float32",
    n_jobs: int = 2,
    snapshots: bool = False,
    on_progress: Progress | None = None,
) -> list[Trained]:
    """Train every member and return them in the order given.

    The result depends on members, table and recipe alone, not on `n_jobs`.

    Args:
        members: may differ in architecture, rows and seeds.
        table: what they train on.
        recipe: how, the same for all or one for each. Members that differ in learning rate and weight decay alone
            still share a program.
        dtype: "float32", or "float64" for tests of equality.
        n_jobs: threads that chunks of members are spread over.
        snapshots: also return each member's network as it was after every epoch.
        on_progress: told the share of the work that is done, from 0 to 1.
    """
    rows = max(len(m.split.train) for m in members)
    recipes = [recipe] * len(members) if isinstance(recipe, Recipe) else recipe
    plans = [how.for_rows(rows) for how in recipes]
    jobs = _jobs(chunks(members, plans), table, snapshots)
    run = _Run(table, dtype, snapshots, _Ticker(on_progress, sum(plan.epochs for plan in plans)))
    try:
        done = Parallel(n_jobs=min(n_jobs, len(jobs)), backend="threading")(delayed(run.chunk)(job) for job in jobs)
    except BaseException:
        run.cancelled.set()
        raise
    by_position = {
        p: t for job, trained in zip(jobs, done, strict=True) for p, t in zip(job.chunk.positions, trained, strict=True)
    }
    return [by_position[p] for p in range(len(members))]


@dataclass(frozen=True)
class _Shape:
    """Sizes that chunks of one kind share, so that one compiled program serves them all."""

    widths: tuple[int, ...]
    groups: int
    steps: int
    judged: int
    epochs: int


@dataclass(frozen=True, eq=False)
class _Job:
    chunk: Chunk
    program: Program
    shape: _Shape

    @property
    def plan(self) -> Plan:
        """How all of its members are trained, but for learning rates and weight decays."""
        return self.chunk.plans[0]


@dataclass(eq=False)
class _Ticker:
    """Adds up finished member-epochs over threads."""

    report: Progress | None
    total: int
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, amount: int) -> None:
        with self.lock:
            self.done += amount
            if self.report is not None:
                self.report(min(1.0, self.done / self.total))


def _jobs(by_kind: Sequence[Sequence[Chunk]], table: Table, snapshots: bool) -> list[_Job]:
    """The first chunk of every kind, then the second, and so on: threads compile different programs at first."""
    made = [
        [_Job(chunk, program, shape) for chunk in group]
        for group in by_kind
        for program, shape in [(_program(group, table), _shape(group, snapshots))]
    ]
    return [job for turn in itertools.zip_longest(*made) for job in turn if job is not None]


def _program(group: Sequence[Chunk], table: Table) -> Program:
    recipe = group[0].plans[0]
    activations = [m.architecture.activation for m in group[0].members]
    norms = {m.architecture.hidden_norm == "batch" for chunk in group for m in chunk.members}
    normalised, position = normalising(group[0].members[0])
    return Program(
        Structure(
            depth=len(group[0].members[0].architecture.units),
            activations=tuple((name, activations.count(name)) for name in dict.fromkeys(activations)),
            normalised=normalised,
            position=position,
            hidden_epsilon=recipe.hidden_epsilon,
            hidden_norm="some" if len(norms) > 1 else "all" if norms == {True} else "none",
            batch_statistics=recipe.batch_statistics,
            moving_input=recipe.moving_statistics,
            optimizer=recipe.optimizer,
            sparse=any(m.sparsity > 0 for chunk in group for m in chunk.members),
            gamma_rate=recipe.gamma_rate,
            patience=recipe.patience,
            momentum=recipe.momentum,
            loss=table.loss,
        )
    )


def _shape(group: Sequence[Chunk], snapshots: bool) -> _Shape:
    """Sizes for the chunks of one kind; each call trains for one epoch if every epoch's networks are wanted."""
    recipe = group[0].plans[0]
    most = 1 if snapshots else recipe.epochs
    members = [m for chunk in group for m in chunk.members]
    steps = max(steps_per_epoch(len(m.split.train), recipe.batch_size) for m in members)
    groups = max(len(chunk.groups) for chunk in group)
    epochs = min(most, -(-recipe.epochs // CALLS), max(1, CALL_NUMBERS // (steps * groups * recipe.batch_size)))
    judged = max(len(_judged_rows(m)) for m in members)
    return _Shape(tuple(widths(members)), groups, steps, max(1, judged), epochs)


def _calls(plan: Plan, most: int) -> list[range]:
    """The epochs of every call: at most so many, and none with a restart inside."""
    return [range(e, min(e + most, cycle.stop)) for cycle in plan.cycles for e in range(cycle.start, cycle.stop, most)]


def _judged_rows(member: Member) -> np.ndarray[Any, np.dtype[np.int64]]:
    return member.split.stop if len(member.split.stop) else member.split.judge


@dataclass(frozen=True, eq=False)
class _Run:
    """One call of `train`: what its threads share."""

    table: Table
    dtype: str
    snapshots: bool
    ticker: _Ticker
    cancelled: threading.Event = field(default_factory=threading.Event)

    def chunk(self, job: _Job) -> list[Trained]:
        constants = tf.nest.map_structure(
            tf.constant, chunk_constants(job.chunk, job.shape.widths, self.table, self.dtype)
        )
        state = chunk_state(job.chunk, job.shape.widths, self.table, self.dtype)
        state = tf.nest.map_structure(tf.constant, state)
        judged = tf.constant(_padded([_judged_rows(g) for g in job.chunk.groups], job.shape.groups, job.shape.judged))
        curves: list[tuple[Floats, ...]] = []
        seen: list[list[Network]] = []
        stages: list[list[Stage]] = []
        for epochs in _calls(job.plan, job.shape.epochs):
            if self.cancelled.is_set():
                break
            if epochs.start in job.plan.restart_epochs:
                found = self._networks(job.chunk, state, best=False)
                stages.append([Stage(network, epochs.start, gamma) for network, gamma in found])
            state, *values = self._call(job, state, constants, judged, epochs)
            curves.append(tuple(value.numpy()[: len(epochs)] for value in values))
            if self.snapshots:
                seen.append([network for network, _ in self._networks(job.chunk, state, best=False)])
            self.ticker.add(len(epochs) * len(job.chunk.members))
        return self._finish(job, state, curves, seen, stages)

    def _call(self, job: _Job, state: Any, constants: Any, judged: Any, epochs: range) -> Any:
        shape = job.shape
        size = job.plan.batch_size
        rows = np.full((shape.epochs, shape.steps, shape.groups, size), -1, np.int32)
        rows[: len(epochs), :, : len(job.chunk.groups)] = padded_batches(job.chunk.groups, size, epochs, shape.steps)
        peaks = [plan.learning_rate for plan in job.chunk.plans]
        shares = [job.plan.epoch_shares(epoch, shape.steps) for epoch in epochs]
        padded = np.zeros((shape.epochs, shape.steps, len(peaks)), self.dtype)
        padded[: len(epochs)] = np.multiply.outer(shares, peaks)
        batches, count, rates = tf.constant(rows), tf.constant(len(epochs)), tf.constant(padded)
        return job.program(state, constants, self._tensors, batches, count, rates, judged)

    @cached_property
    def _tensors(self) -> dict[str, Any]:
        return _table_tensors(self.table, self.dtype)

    def _networks(self, chunk: Chunk, state: Any, best: bool) -> list[tuple[Network, Floats | None]]:
        """Each member's network in the state, and its raw γ."""
        arrays = tf.nest.map_structure(lambda t: t.numpy(), state)
        slices = (member_slices(arrays, position, best) for position in range(len(chunk.members)))
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
        best = job.plan.patience is not None
        epochs, diverged = state["best_epoch" if best else "epoch"].numpy(), state["diverged"].numpy()
        return [
            Trained(
                member=member,
                network=network,
                diverged=bool(diverged[position]) and not (best and epochs[position] > 0),
                epoch=int(epochs[position]),
                curve=curve[:, position] * self._loss_unit(member, job.plan),
                judged_curve=judged_curve[:, position] * self._loss_unit(member, job.plan),
                accuracy_curve=None if self.table.loss == "mse" else accuracy[:, position],
                gamma_raw=gamma,
                snapshots=tuple(networks[position] for networks in seen),
                stages=tuple(stage[position] for stage in stages),
            )
            for position, (member, (network, gamma)) in enumerate(
                zip(chunk.members, self._networks(chunk, state, best), strict=True)
            )
        ]

    def _loss_unit(self, member: Member, plan: Plan) -> float:
        """What one unit of the program's loss is in the target's own units."""
        if self.table.loss != "mse":
            return 1.0
        moments = target_moments(self.table, member, plan.scale_target)
        return float(np.mean(moments.variance * np.square(self.table.y_sd)))


def _padded(rows: Sequence[np.ndarray[Any, np.dtype[np.int64]]], groups: int, width: int) -> np.ndarray[Any, Any]:
    out = np.full((groups, width), -1, np.int32)
    for g, numbers in enumerate(rows):
        out[g, : len(numbers)] = numbers
    return out


def _table_tensors(table: Table, dtype: str) -> dict[str, Any]:
    weight = np.ones(len(table.x)) if table.row_weight is None else table.row_weight
    y = (table.y - table.y_mean) / table.y_sd
    return {
        "x": tf.constant(table.standard, dtype),
        "y": tf.constant(y, dtype),
        "row_weight": tf.constant(weight, dtype),
    }

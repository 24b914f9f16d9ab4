"""One job of training: a chunk with its compiled program, epoch by epoch in calls of that program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnfit.arrays import Floats, Int32s, Ints
from bnfit.population.backend import tf
from bnfit.population.batches import padded_batches
from bnfit.population.chunks import Chunk
from bnfit.population.inputs import chunk_constants, chunk_state
from bnfit.population.outcome import KINDS, Outcome, State
from bnfit.population.program import Program, Structure
from bnfit.population.program_cache import Shapes
from bnfit.population.recipe import Plan
from bnfit.schema.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Job:
    """A chunk, the program that trains it, and the sizes of the program's arguments."""

    chunk: Chunk
    program: Program
    shapes: Shapes

    @property
    def plan(self) -> Plan:
        """Plan of all its members, but for learning rates and weight decays."""
        return self.chunk.plans[0]

    @property
    def task(self) -> tuple[Chunk, Structure, Shapes]:
        """What another process needs to train it, beside the table: values alone."""
        return self.chunk, self.program.structure, self.shapes

    def start(self, table: Dataset) -> dict[str, Any]:
        """Build the program's state before the first step."""
        return chunk_state(self.chunk, self.shapes.widths, table, self.shapes.dtype, self.program.structure.normalises)


def run_job(
    job: Job,
    table: Dataset,
    tensors: dict[str, Any],
    cancelled: threading.Event,
    on_epochs: Callable[[int], None],
    snapshots: bool = False,
) -> Outcome | None:
    """Train a chunk. What is left depends on the arguments alone; None where it was cancelled.

    Args:
        job: the chunk and its program.
        table: what to train on.
        tensors: the same as `table_tensors` returns it.
        cancelled: ends the training when it is set.
        on_epochs: is told how many epochs each member made since it was told last.
        snapshots: also keep the state after each epoch of a plan whose calls are of one epoch.
    """
    shapes, dtype = job.shapes, job.shapes.dtype
    constants = tf.nest.map_structure(tf.constant, chunk_constants(job.chunk, shapes.widths, table, dtype))
    state = tf.nest.map_structure(tf.constant, job.start(table))
    judged = tf.constant(_padded([g.split.test for g in job.chunk.groups], shapes.groups, shapes.judged))
    curves: list[tuple[Floats, ...]] = []
    stages: list[tuple[int, State]] = []
    seen: list[State] = []
    for epochs in _calls(job.plan, shapes.epochs):
        if cancelled.is_set():
            return None
        if epochs.start in job.plan.restart_epochs:
            stages.append((epochs.start, _arrays(state)))
        state, *values = job.program(state, constants, tensors, *_batches(job, epochs), judged)
        curves.append(tuple(value.numpy()[: len(epochs)] for value in values))
        if snapshots:
            seen.append(_arrays(state))
        on_epochs(len(epochs))
    curve, judged_curve, accuracy = (np.concatenate(c) for c in zip(*curves, strict=True))
    epoch, diverged = state["epoch"].numpy(), state["diverged"].numpy()
    return Outcome(_arrays(state), epoch, diverged, (curve, judged_curve, accuracy), tuple(stages), tuple(seen))


def table_tensors(table: Dataset, dtype: str) -> dict[str, Any]:
    """Make the program's `table` argument."""
    weight = np.ones(len(table.x)) if table.row_weight is None else table.row_weight
    y = (table.y - table.y_mean) / table.y_sd
    return {
        "x": tf.constant(table.standard, dtype),
        "y": tf.constant(y, dtype),
        "row_weight": tf.constant(weight, dtype),
    }


def _arrays(state: Any) -> State:
    return {kind: {name: value.numpy() for name, value in state[kind].items()} for kind in KINDS}


def _calls(plan: Plan, most: int) -> list[range]:
    """Divide the epochs into calls of at most `most` epochs, none with a restart inside."""
    return [range(e, min(e + most, cycle.stop)) for cycle in plan.cycles for e in range(cycle.start, cycle.stop, most)]


def _batches(job: Job, epochs: range) -> tuple[Any, Any, Any]:
    """Row numbers of the batches, the number of epochs, and the learning rates, padded to the shapes of a call."""
    shapes = job.shapes
    rows = np.full((shapes.epochs, shapes.steps, shapes.groups, shapes.batch_size), -1, np.int32)
    rows[: len(epochs), :, : len(job.chunk.groups)] = padded_batches(
        job.chunk.groups, shapes.batch_size, epochs, shapes.steps
    )
    peaks = [plan.learning_rate for plan in job.chunk.plans]
    shares = [job.plan.epoch_shares(epoch, shapes.steps) for epoch in epochs]
    rates = np.zeros((shapes.epochs, shapes.steps, len(peaks)), shapes.dtype)
    rates[: len(epochs)] = np.multiply.outer(shares, peaks)
    return tf.constant(rows), tf.constant(len(epochs)), tf.constant(rates)


def _padded(rows: Sequence[Ints], groups: int, width: int) -> Int32s:
    out = np.full((groups, width), -1, np.int32)
    for g, numbers in enumerate(rows):
        out[g, : len(numbers)] = numbers
    return out

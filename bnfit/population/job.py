"""One job of training: a chunk with its compiled program, epoch by epoch in calls of that program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bnfit.arrays import Floats, Int32s, Ints
from bnfit.population.backend import tf
from bnfit.population.batches import Batches, Part, is_mixed_by_blocks, parts_of
from bnfit.population.chunks import Chunk
from bnfit.population.inputs import chunk_constants, chunk_state
from bnfit.population.outcome import KINDS, Outcome, State
from bnfit.population.program import Program, judged_width
from bnfit.population.program_cache import Shapes
from bnfit.population.recipe import Plan
from bnfit.population.structure import Structure
from bnfit.schema.dataset import Dataset
from bnfit.scratch import LARGE, keep


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
    on_epochs: Callable[[float], None],
    snapshots: bool = False,
) -> Outcome | None:
    """Train a chunk. What is left depends on the arguments alone; None where it was cancelled.

    Args:
        job: the chunk and its program.
        table: what to train on.
        tensors: the same as `table_tensors` returns it.
        cancelled: ends the training when it is set.
        on_epochs: is told how many epochs each member made since it was told last; a part of one counts by its steps.
        snapshots: also keep the state after each epoch of a plan whose calls are of one epoch.
    """
    shapes, dtype = job.shapes, job.shapes.dtype
    constants = tf.nest.map_structure(tf.constant, chunk_constants(job.chunk, shapes.widths, table, dtype))
    state = tf.nest.map_structure(tf.constant, job.start(table))
    judged = tf.constant(_padded([g.split.test for g in job.chunk.groups], shapes.groups, judged_width(shapes.judged)))
    curves: list[tuple[Floats, ...]] = []
    stages: list[tuple[int, State]] = []
    seen: list[State] = []
    batches = Batches(job.chunk.groups, shapes.batch_size, is_mixed_by_blocks(shapes.rows, shapes.columns))
    for parts in _calls(job.plan, shapes):
        if cancelled.is_set():
            return None
        if parts[0].starts and parts[0].epoch in job.plan.restart_epochs:
            stages.append((parts[0].epoch, _arrays(state)))
        state, *values = job.program(state, constants, tensors, *_steps(job, parts, batches), judged)
        ended = [number for number, part in enumerate(parts) if part.ends]
        curves.append(tuple(value.numpy()[ended] for value in values))
        if snapshots and ended:
            seen.append(_arrays(state))
        on_epochs(sum((part.stop - part.first) / part.steps for part in parts))
    curve, judged_curve, accuracy = (np.concatenate(c) for c in zip(*curves, strict=True))
    epoch, diverged = state["epoch"].numpy(), state["diverged"].numpy()
    return Outcome(_arrays(state), epoch, diverged, (curve, judged_curve, accuracy), tuple(stages), tuple(seen))


def table_tensors(table: Dataset, dtype: str) -> dict[str, Any]:
    """Make the program's `table` argument."""
    weight = np.ones(len(table.x), dtype) if table.row_weight is None else table.row_weight.astype(dtype)
    y = ((table.y - table.y_mean) / table.y_sd).astype(dtype)
    return {"x": _tensor(table.standard(dtype)), "y": _tensor(y), "row_weight": _tensor(weight)}


def _tensor(array: Floats) -> Any:
    """Make a tensor of an array that nobody changes; of one in a file without a copy, which would be in memory."""
    return tf.constant(array) if array.nbytes < LARGE else tf.experimental.dlpack.from_dlpack(keep(array).__dlpack__())


def _arrays(state: Any) -> State:
    return {kind: {name: value.numpy() for name, value in state[kind].items()} for kind in KINDS}


def _calls(plan: Plan, shapes: Shapes) -> list[list[Part]]:
    """Divide the epochs into calls, none with a restart inside."""
    of_cycles = (parts_of(cycle, shapes.epoch_steps, shapes.steps) for cycle in plan.cycles)
    return [parts[i : i + shapes.parts] for parts in of_cycles for i in range(0, len(parts), shapes.parts)]


def _steps(job: Job, parts: Sequence[Part], batches: Batches) -> tuple[Any, Any, Any, Any]:
    """The arguments of a call that say what its steps are, padded to its shapes; see `Program`."""
    shapes, groups = job.shapes, len(job.chunk.groups)
    peaks = [plan.learning_rate for plan in job.chunk.plans]
    rows = np.full((shapes.parts, shapes.steps, shapes.groups, shapes.batch_size), -1, np.int32)
    rates = np.zeros((shapes.parts, shapes.steps, len(peaks)), shapes.dtype)
    for p, part in enumerate(parts):
        rows[p, : part.stop - part.first, :groups] = batches.of(part)
        shares = job.plan.epoch_shares(part.epoch, part.steps)[part.first : part.stop]
        rates[p, : part.stop - part.first] = np.multiply.outer(shares, peaks)
    bounds = np.zeros((shapes.parts, 2), bool)
    bounds[: len(parts)] = [[part.starts, part.ends] for part in parts]
    return tf.constant(rows), tf.constant(bounds), tf.constant(len(parts)), tf.constant(rates)


def _padded(rows: Sequence[Ints], groups: int, width: int) -> Int32s:
    out = np.full((groups, width), -1, np.int32)
    for g, numbers in enumerate(rows):
        out[g, : len(numbers)] = numbers
    return out

"""Compiled programs are kept by structure and shapes, and no more of them than the bound."""

from __future__ import annotations

import gc
import threading
import weakref
from dataclasses import replace

import numpy as np
import pytest

from bnfit.evaluation.splits import FoldConstraints, splits
from bnfit.networks.architecture import Architecture
from bnfit.population import program, program_cache
from bnfit.population.chunks import chunks
from bnfit.population.members import Member
from bnfit.population.program_cache import MOST_PROGRAMS, program_for, shapes_of, structure_of
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

pytestmark = pytest.mark.slow

RECIPE = RECIPES["default"].changed(epochs=3)
PARTS = splits(FoldConstraints(60), 3, 0.0, 0)


@pytest.fixture
def compiled(monkeypatch):
    """The structures compiled since the test began with nothing kept."""
    done, trace = [], program.Program.trace

    def counted(self, *arguments):
        done.append(self.structure)
        return trace(self, *arguments)

    monkeypatch.setattr(program.Program, "trace", counted)
    program_cache.forget_programs()
    yield done
    program_cache.forget_programs()


def members(units=4, activation="tanh"):
    return [
        Member(Architecture((units,), activation, "linear", "bn-input"), split, f, f) for f, split in enumerate(PARTS)
    ]


def weights(trained):
    return [v for t in trained for layer in t.network.layers for v in vars(layer).values() if isinstance(v, np.ndarray)]


def test_a_second_training_of_equal_shapes_compiles_nothing_and_gives_equal_bits(small_table, compiled):
    table = Dataset(*small_table)
    first = weights(train(members(), table, RECIPE))
    assert len(compiled) == 1
    second = weights(train(members(), Dataset(*small_table), RECIPE))
    assert len(compiled) == 1
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    program_cache.forget_programs()
    anew = weights(train(members(), table, RECIPE))
    assert len(compiled) == 2
    assert all(np.array_equal(a, b) for a, b in zip(first, anew, strict=True))


def test_another_learning_rate_or_target_shares_the_program_and_another_width_or_dtype_does_not(small_table, compiled):
    x, y = small_table
    plain = train(members(), Dataset(x, y), RECIPE)
    other = train(members(), Dataset(x, 2 - y[::-1]), RECIPE.changed(learning_rate=0.1))
    assert len(compiled) == 1
    assert all(not np.array_equal(a.network(x), b.network(x)) for a, b in zip(plain, other, strict=True))
    train(members(units=5), Dataset(x, y), RECIPE)
    train(members(activation="relu"), Dataset(x, y), RECIPE)
    train(members(), Dataset(x, y), RECIPE, dtype="float64")
    train(members(), Dataset(x[:, :3], y), RECIPE)
    assert len(compiled) == 5


def test_trainings_side_by_side_compile_once(small_table, compiled):
    table, found = Dataset(*small_table), {}
    threads = [
        threading.Thread(target=lambda n=n: found.update({n: weights(train(members(), table, RECIPE))}))
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(compiled) == 1
    assert all(np.array_equal(a, b) for n in range(1, 4) for a, b in zip(found[0], found[n], strict=True))


def test_the_least_recently_used_program_goes_with_its_graph(small_table, compiled):
    table = Dataset(*small_table)
    (group,) = chunks(members(), [RECIPE.for_rows(40)] * 3)
    structure, shapes = structure_of(group, table), shapes_of(group, table, "float32")
    train(members(), table, RECIPE)
    graph = weakref.ref(program_for(structure, shapes).compiled.graph)
    for n in range(MOST_PROGRAMS - 1):
        program_for(structure, replace(shapes, rows=1000 + n))
    gc.collect()
    assert graph() is not None
    program_for(structure, replace(shapes, rows=999))
    gc.collect()
    assert graph() is None

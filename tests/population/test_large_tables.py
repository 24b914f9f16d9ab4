"""What is done for large tables leaves the numbers of small ones as they are."""

import numpy as np
import pandas as pd
import pytest

from bnfit import scratch
from bnfit.api import fit_table, save_model
from bnfit.evaluation.splits import kfold, without
from bnfit.networks.architecture import Architecture
from bnfit.population import batches, program, program_cache
from bnfit.population.batches import Batches, Part, parts_of, shuffled
from bnfit.population.members import Member
from bnfit.population.program_cache import forget_programs
from bnfit.population.recipe import RECIPES
from bnfit.population.train import train
from bnfit.schema.dataset import Dataset

ROWS = 403
SPLITS = [without(ROWS, judge, 0.0, 0) for judge in kfold(ROWS, 3, 0)]
RECIPE = RECIPES["default"].changed(epochs=6, batch_size=16)


@pytest.fixture
def table(rng):
    x = rng.normal(size=(ROWS, 3))
    return Dataset(x, x[:, :1] * x[:, 1:2] + rng.normal(size=(ROWS, 1)) / 10)


def trained(table, recipe=RECIPE, shuffle=0):
    """Members trained in float64: programs of other shapes add up in another order, and in float32 that shows."""
    forget_programs()
    architecture = Architecture((5, 4), "tanh")
    members = [Member(architecture, split, n, shuffle + n) for n, split in enumerate(SPLITS)]
    found = train(members, table, recipe, dtype="float64")
    forget_programs()
    return found


def weights_of(members):
    return [layer.kernel for m in members for layer in m.network.layers if hasattr(layer, "kernel")]


@pytest.mark.slow
@pytest.mark.parametrize("most", [3 * 16, 3 * 16 * 4, 3 * 16 * 16])
def test_epochs_in_parts_end_as_whole_ones(table, monkeypatch, most):
    whole, other = trained(table), trained(table, shuffle=7)
    assert not np.array_equal(weights_of(whole)[0], weights_of(other)[0])  # the order of the rows counts
    monkeypatch.setattr(program_cache, "CALL_NUMBERS", most)
    for a, b in zip(whole, trained(table), strict=True):
        np.testing.assert_allclose(a.curve, b.curve, rtol=1e-11)
        np.testing.assert_allclose(a.judged_curve, b.judged_curve, rtol=1e-11)
        assert a.epoch == b.epoch == RECIPE.epochs
        assert len(a.stages) == len(b.stages)
    for a, b in zip(weights_of(whole), weights_of(trained(table)), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


@pytest.mark.slow
def test_a_training_that_diverges_is_told_alike_in_parts(table, monkeypatch):
    wild = RECIPES["paper"].changed(epochs=6, batch_size=16, learning_rate=1e6)
    whole = trained(table, wild)
    assert any(one.diverged for one in whole)
    monkeypatch.setattr(program_cache, "CALL_NUMBERS", 3 * 16 * 4)
    for a, b in zip(whole, trained(table, wild), strict=True):
        assert (a.diverged, a.epoch) == (b.diverged, b.epoch)
        np.testing.assert_allclose(a.curve, b.curve, rtol=1e-11)


@pytest.mark.slow
def test_rows_judged_in_blocks_have_the_same_errors(table, monkeypatch):
    whole = trained(table)
    monkeypatch.setattr(program, "JUDGED_ROWS", 16)
    for a, b in zip(whole, trained(table), strict=True):
        np.testing.assert_allclose(a.judged_curve, b.judged_curve, rtol=1e-11)


@pytest.mark.slow
@pytest.mark.parametrize("target", ["number", "label"])
def test_a_model_is_the_same_bytes_with_its_table_in_a_file(tmp_path, rng, monkeypatch, target):
    frame = pd.DataFrame(rng.normal(size=(240, 3)), columns=list("abc")).assign(kind=rng.choice(["u", "v"], 240))
    frame["number"] = frame.a * frame.b + rng.normal(size=240) / 10
    frame["label"] = np.where(frame.pop("number") > 0, "yes", "no") if target == "label" else frame.pop("number")
    frame.loc[3, "a"] = np.nan
    found = []
    for large in (scratch.LARGE, 1):
        monkeypatch.setattr(scratch, "LARGE", large)
        path = tmp_path / f"{large}.keras"
        save_model(fit_table(frame, "label", epochs=8, members=4, folds=2)[1], path)
        found.append(path.read_bytes())
    assert found[0] == found[1]
    assert len(found[0]) > 10_000


def test_batches_in_parts_are_those_of_the_epoch(rng):
    members = [Member(Architecture((2,), "tanh"), split, 0, n) for n, split in enumerate(SPLITS)]
    rows = max(len(m.split.train) for m in members)
    for size in (2, 7, 16, rows - 1, rows, 2 * rows):
        steps = batches.steps_per_epoch(rows, size)
        expected = [batches.batches(m.split.train, size, 5, m.shuffle) for m in members]
        for most in (1, 3, steps):
            dealt = Batches(members, size)
            found = np.concatenate([dealt.of(part) for part in parts_of(range(5, 6), steps, most)])
            for g, of_member in enumerate(expected):
                for step, batch in enumerate(of_member):
                    np.testing.assert_array_equal(found[step, g][: len(batch)], batch)
                    assert (found[step, g][len(batch) :] == -1).all()


def test_parts_make_up_their_epochs():
    parts = parts_of(range(2, 4), 5, 2)
    assert parts == [Part(e, first, min(first + 2, 5), 5) for e in (2, 3) for first in (0, 2, 4)]
    assert [part.starts for part in parts] == [True, False, False] * 2
    assert [part.ends for part in parts] == [False, False, True] * 2


def test_rows_mixed_by_blocks_are_all_rows_and_lie_together(monkeypatch):
    monkeypatch.setattr(batches, "BLOCK_ROWS", 8)
    monkeypatch.setattr(batches, "MIXED_BLOCKS", 4)
    rows = np.arange(0, 2000, 2)
    order = shuffled(rows, 3, 1, by_blocks=True)
    assert sorted(order) == rows.tolist()
    window = 8 * 4
    for start in range(0, len(rows) - window, window):
        assert len(set(order[start : start + window] // 16)) <= 5  # the last block is short
    np.testing.assert_array_equal(order, shuffled(rows, 3, 1, by_blocks=True))
    assert (order != shuffled(rows, 4, 1, by_blocks=True)).any()
    assert np.abs(np.corrcoef(np.arange(len(rows)), order)[0, 1]) < 0.2


@pytest.mark.slow
def test_a_table_so_large_that_it_is_mixed_by_blocks_is_said_to_be(rng, monkeypatch):
    frame = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "y"])
    frame["y"] += frame.a
    notes = fit_table(frame, "y", epochs=3, members=2, folds=2)[0].explanation.notes
    assert not any("blocks" in note for note in notes)
    monkeypatch.setattr(batches, "BLOCKS_FROM", 4 * 300 - 1)
    notes = fit_table(frame, "y", epochs=3, members=2, folds=2)[0].explanation.notes
    said = [note for note in notes if "blocks" in note]
    assert said == [
        "300 rows of 1 encoded columns: batches are of rows mixed within 1024 blocks at random of 256 rows each"
    ]

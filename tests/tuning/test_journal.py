"""The journal keeps what was trained, whole or not at all, and knows which run it belongs to."""

import errno
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnfit.errors import UsageError
from bnfit.population.records import Judged
from bnfit.schema.dataset import Dataset
from bnfit.tuning.journal import Journal, journal_path
from bnfit.tuning.journal_file import MAGIC, open_journal

ARRAYS = {
    "curves": np.arange(6, dtype=np.float32).reshape(2, 3),
    "end/weights/gamma": np.array([0.1, np.nan, -np.inf]),
    "epoch": np.array([3, 4], np.int32),
    "diverged": np.array([True, False]),
    "nothing": np.zeros((0, 2), np.float32),
}
ASKED = {"epochs": 20, "units": (2, 3), "trials": 10}


@pytest.fixture
def table(rng):
    return Dataset(rng.normal(size=(5, 2)), rng.normal(size=(5, 1)))


@pytest.fixture
def path(tmp_path):
    return journal_path(tmp_path / "m.keras")


@pytest.fixture
def begun():
    """Begins a journal, which is closed at the end of the test."""
    opened = []

    def begin(path, table, asked=ASKED, **how):
        journal = Journal(path, **how)
        opened.append(journal)
        try:
            journal.begin("search", asked, table)
        except UsageError:
            journal.close()
            raise
        return journal

    yield begin
    for journal in opened:
        journal.close()


@pytest.fixture
def kept(begun):
    """Leaves a journal with one piece under each key, as a run that was killed does; returns its bytes."""

    def keep(path, table, keys):
        return fill(begun(path, table), keys)

    return keep


def fill(journal, keys):
    path = journal.path
    for number, key in enumerate(keys):
        journal.put(key, ARRAYS, [Judged(f"network {number}", 4.0 + number)])
    journal.close()
    return path.read_bytes()


def test_arrays_come_back_as_they_were(path, table, begun, kept):
    kept(path, table, "ab")
    journal = begun(path, table)
    found = journal.get("a")
    assert list(found) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        np.testing.assert_array_equal(found[name], array)
    assert (journal.get("c"), journal.found, journal.networks) == (None, 1, 2)


def test_the_standing_names_the_best_of_those_with_most_folds(path, table, begun):
    journal = begun(path, table)
    journal.put("a", ARRAYS, [Judged("a", 9.0), Judged("b", 4.0), Judged("lucky", 0.01)])
    journal.put("b", ARRAYS, [Judged("a", 9.0), Judged("b", 8.5)])
    journal.close()
    standing = begun(path, table).standing
    assert (standing.networks, standing.best, standing.error) == (5, "b", 2.5)


@pytest.mark.parametrize("length", [0, 1, len(MAGIC) - 1])
def test_a_file_that_was_killed_at_its_first_line_is_begun_anew(path, table, length, begun):
    path.write_bytes(MAGIC[:length])
    assert begun(path, table).networks == 0


@given(data=st.data())
def test_a_torn_or_damaged_end_is_cut_and_what_comes_before_it_stays(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("torn") / "m.keras.journal"
    table = Dataset(np.eye(3), np.ones((3, 1)))
    journal = Journal(path)
    journal.begin("search", ASKED, table)
    whole = fill(journal, "abc")
    with_file = open_journal(path)
    ends = [r.offset + r.size + 32 for r in with_file.records]
    with_file.close()
    place = data.draw(st.integers(len(MAGIC), len(whole) - 1))
    torn = data.draw(st.booleans())
    changed = whole[:place] + bytes([whole[place] ^ data.draw(st.integers(1, 255))]) + whole[place + 1 :]
    path.write_bytes(whole[:place] if torn else changed)
    survived = sum(end <= place for end in ends)
    found = open_journal(path)
    assert len(found.records) == survived
    assert path.read_bytes() == whole[: ends[survived - 1] if survived else len(MAGIC)]
    found.append({"key": "d"}, b"more")
    found.close()
    again = open_journal(path)
    assert [r.header for r in again.records][survived:] == [{"key": "d"}]
    assert again.read(again.records[-1]) == b"more"
    again.close()


@pytest.mark.parametrize("content", [b"#!/bin/sh\n", b"bnfit journal 2\n", b"PK\3\4 a model"])
def test_another_file_is_never_touched(path, table, content, begun):
    path.write_bytes(content)
    for restart in (False, True):
        with pytest.raises(UsageError, match="is no journal of bnfit"):
            begun(path, table, restart=restart)
    assert path.read_bytes() == content


def test_links_and_folders_are_refused(path, table, tmp_path, begun):
    victim = tmp_path / "victim"
    victim.write_bytes(MAGIC)
    path.symlink_to(victim)
    with pytest.raises(UsageError, match="is no journal"):
        begun(path, table)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match="is no journal"):
        begun(path, table)
    assert victim.read_bytes() == MAGIC


def test_two_runs_never_share_one(path, table, begun):
    first = begun(path, table)
    with pytest.raises(UsageError, match="another run writes"):
        begun(path, table)
    first.remove()
    assert not path.exists()


def test_what_differs_from_the_interrupted_run_is_named(path, table, begun, kept):
    before = kept(path, table, "a")
    with pytest.raises(UsageError, match=r"differs in `epochs` \(20 then, not set now\), `units` ") as found:
        begun(path, table, {**ASKED, "epochs": None, "units": 2})
    assert "`restart=True`" in found.value.hint
    other = Dataset(table.x + 1, table.y)
    with pytest.raises(UsageError, match=r"differs in the table\n"):
        begun(path, other)
    assert path.read_bytes() == before
    assert begun(path, other, restart=True).networks == 0


def test_more_trials_go_on(path, table, begun, kept):
    kept(path, table, "a")
    assert begun(path, table, {**ASKED, "trials": 20, "budget": 5.0}).get("a") is not None


def test_a_journal_without_a_piece_holds_nobody_up(path, table, begun, kept):
    kept(path, table, "")
    journal = begun(path, table, {"epochs": 3})
    journal.put("a", ARRAYS, [])
    journal.close()
    assert begun(path, table, {"epochs": 3}).get("a") is not None


def test_outputs_of_an_interrupted_run_are_its_own(path, table, tmp_path, begun):
    journal, output = begun(path, table), tmp_path / "m.keras"
    assert not journal.owns(output)
    journal.expect(b"model")
    journal.put("a", ARRAYS, [])
    journal.close()
    output.write_bytes(b"model")
    assert begun(path, table).owns(output)
    output.write_bytes(b"of somebody else")
    assert not Journal(path.with_name("another")).owns(output)


@pytest.mark.parametrize("first", range(1, 6))
def test_a_full_disk_ends_the_journal_and_not_the_run(path, table, monkeypatch, first, begun):
    calls, fsync = [], os.fsync

    def fail_from_there(descriptor):
        calls.append(descriptor)
        if len(calls) >= first:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_from_there)
    journal = begun(path, table)
    for key in "abcd":
        journal.put(key, ARRAYS, [Judged(key, 1.0)])
    assert (journal.failed, journal.networks) == ("no space left on device", max(0, first - 2))
    journal.close()
    monkeypatch.undo()
    again = begun(path, table)
    assert (again.networks, again.failed) == (max(0, first - 2), "")


@pytest.mark.parametrize("shape", [[-1], [3, "x"], [1 << 40], None])
def test_arrays_that_are_not_as_described_count_as_absent(path, table, shape, begun):
    begun(path, table).close()
    file = open_journal(path)
    file.append({"key": "a", "arrays": [["curves", "f4", shape]], "judged": []}, b"1234")
    file.close()
    assert begun(path, table).get("a") is None

"""Working arrays in a temporary file hold the same values as in memory, and leave nothing behind."""

import errno
import gc
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from bnfit import scratch
from bnfit.errors import BnfitError

MAPS = Path("/proc/self/maps")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """All arrays are large, each in a file of its own in this folder."""
    monkeypatch.setattr(scratch, "LARGE", 1)
    monkeypatch.setattr(scratch, "ARENA", 0)
    monkeypatch.setattr(scratch, "arenas", scratch.Arenas())
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def mapped_files(folder):
    gc.collect()
    return MAPS.read_text().count(str(folder))


@pytest.mark.skipif(not MAPS.exists(), reason="the system does not say what is mapped")
def test_a_large_array_is_in_a_file_without_a_name_that_goes_with_it(folder, rng):
    values = rng.normal(size=(1000, 3))
    first, second = scratch.keep(values), scratch.keep(values)
    assert mapped_files(folder) == 2
    assert list(folder.iterdir()) == []
    part = first[10:]
    del first
    assert mapped_files(folder) == 2  # a view is enough to keep it
    del part
    assert mapped_files(folder) == 1
    np.testing.assert_array_equal(second, values)


def test_a_small_array_stays_in_memory(rng):
    values = rng.normal(size=100)
    assert scratch.keep(values) is values
    assert values.nbytes < scratch.LARGE


@pytest.mark.parametrize("kind", ["f4", "f8", "i4", "i8", "?", "U3"])
@pytest.mark.parametrize("shape", [(7,), (1, 5), (600, 3), (5000, 1)])
def test_the_values_are_those_in_memory(folder, rng, monkeypatch, kind, shape):
    monkeypatch.setattr(scratch, "BLOCK_BYTES", 1000)
    values = rng.integers(0, 100, shape).astype(kind)
    rows = rng.integers(0, len(values), 2 * len(values))
    np.testing.assert_array_equal(scratch.keep(values), values)
    np.testing.assert_array_equal(scratch.take(values, rows), values[rows])
    np.testing.assert_array_equal(scratch.take(values, rows[: len(values)] > 0), values[rows[: len(values)] > 0])
    np.testing.assert_array_equal(scratch.joined([values, values[:1]]), np.concatenate([values, values[:1]]))
    found = [scratch.keep(values), scratch.take(values, rows), scratch.joined([values, values])]
    assert {array.dtype for array in found} == {values.dtype}
    assert all(array.flags.writeable for array in found)


def test_objects_stay_in_memory(folder):
    values = np.array(["a", None], object)
    assert scratch.keep(values) is values
    assert scratch.empty((3,), object).tolist() == [None] * 3


def test_blocks_cover_every_row_once():
    for rows, size in ((1, 1), (10, 1 << 30), (100_001, 160)):
        covered = [number for block in scratch.blocks(rows, size) for number in range(rows)[block]]
        assert covered == list(range(rows))


def test_arrays_share_a_file_and_not_their_places(monkeypatch, tmp_path, rng):
    monkeypatch.setattr(scratch, "LARGE", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = [(rng.normal(size=n), n) for n in (1, 511, 512, 513, 4096, 100_000)]
    kept = [scratch.keep(values) for values, _ in made]
    for (values, _), array in zip(made, kept, strict=True):
        np.testing.assert_array_equal(array, values)
        array += 1  # must not reach another array
    for (values, _), array in zip(made, kept, strict=True):
        np.testing.assert_array_equal(array, values + 1)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room is taken otherwise here")
def test_a_full_disk_is_told_with_the_folder_and_what_to_do(folder, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(BnfitError) as found:
        scratch.empty((1_000_000,))
    assert found.value.message == f"no room for 8 MB of working space in '{folder}': no space left on device"
    assert "TMPDIR" in found.value.hint
    assert list(folder.iterdir()) == []


def test_where_the_system_cannot_reserve_room_it_is_written(folder, monkeypatch, rng):
    monkeypatch.delattr(os, "posix_fallocate", raising=False)
    values = rng.normal(size=300_000)
    np.testing.assert_array_equal(scratch.keep(values), values)


@pytest.mark.skipif(sys.platform == "win32", reason="not supported")
def test_without_a_temporary_folder_arrays_are_in_memory(folder, monkeypatch, rng):
    def nowhere(**_):
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    values = rng.normal(size=1000)
    np.testing.assert_array_equal(scratch.keep(values), values)

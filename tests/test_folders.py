"""Folders appear whole, take the place of others whole, and never that of what is not known."""

import os
import tempfile
import time

import pytest

from bnfit import folders
from bnfit.errors import BnfitError, UsageError
from bnfit.files import locked, remove_abandoned, temporary_name
from bnfit.folders import check_folder, temporary_folder, write_folder

KNOWN = {"a", "b", "c"}
FILES = {"a": b"1", "b": b"2"}


def content(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir()}


@pytest.fixture(params=["exchange", "rename"])
def way(request, monkeypatch):
    """With the system call that exchanges two names, and without."""
    if request.param == "rename":
        monkeypatch.setattr(folders, "_exchange", lambda _one, _other: False)


def test_a_folder_appears_or_replaces_another_whole(tmp_path, way):
    out = tmp_path / "out"
    write_folder(out, {"a": b"0", "c": b"old"}, KNOWN, force=False)
    with pytest.raises(UsageError, match="is not empty"):
        write_folder(out, FILES, KNOWN, force=False)
    write_folder(out, FILES, KNOWN, force=True)
    assert content(out) == FILES
    assert list(tmp_path.iterdir()) == [out]


def test_an_empty_folder_and_one_behind_a_link_are_written_too(tmp_path):
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    write_folder(tmp_path / "link", FILES, KNOWN, force=False)
    assert content(real) == FILES
    assert (tmp_path / "link").is_symlink()


def test_what_is_not_known_stays(tmp_path):
    (tmp_path / "notes").write_text("mine")
    for force, message in ((True, "holds what is not replaced: 'notes'"), (False, "is not empty")):
        with pytest.raises(UsageError, match=message):
            write_folder(tmp_path, FILES, KNOWN, force=force)
    assert content(tmp_path) == {"notes": b"mine"}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_the_old_folder_stays_whole_when_the_new_one_cannot_be_written(tmp_path, monkeypatch, number):
    out, calls, fsync = tmp_path / "out", [], os.fsync
    write_folder(out, {"a": b"0"}, KNOWN, force=False)

    def failing(descriptor):
        calls.append(descriptor)
        if len(calls) == number:
            raise OSError(28, "No space left on device")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    durable = number > len(FILES)  # the names of a folder need not be durable, where a system cannot
    if durable:
        write_folder(out, FILES, KNOWN, force=True)
    else:
        with pytest.raises(BnfitError, match="no space left on device"):
            write_folder(out, FILES, KNOWN, force=True)
    assert content(out) == (FILES if durable else {"a": b"0"})
    assert list(tmp_path.iterdir()) == [out]


def test_folders_of_killed_runs_go_and_those_in_use_stay(tmp_path):
    used, left = temporary_name(tmp_path), temporary_name(tmp_path)
    for folder in (used, left):
        folder.mkdir()
        (folder / "a").write_text("")
        os.utime(folder, (time.time() - 3600,) * 2)
    with locked(used):
        remove_abandoned(tmp_path)
        assert list(tmp_path.iterdir()) == [used]
    remove_abandoned(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file", "missing/out", "nul\0"])
def test_what_cannot_be_a_folder_is_refused(tmp_path, name):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError):
        check_folder(tmp_path / name, KNOWN, force=True)


def test_temporary_folders_go_whatever_happens_and_take_those_of_killed_runs_along(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = temporary_name(tmp_path)
    left.mkdir()
    os.utime(left, (time.time() - 3600,) * 2)

    def fail():
        with temporary_folder() as folder:
            (folder / "a").write_text("")
            assert [*tmp_path.iterdir()] == [folder]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert list(tmp_path.iterdir()) == []

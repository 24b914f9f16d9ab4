"""Output files: whole or not at all, with the permissions of what they replace, and no litter of killed runs."""

import os
import stat
import subprocess
import sys
import time

import pytest

from bnfit.errors import BnfitError, UsageError
from bnfit.files import ABANDONED, PREFIX, SUFFIX, check_target, open_whole, write_whole


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def fail_halfway(path):
    """Write half of a file, and fail."""
    with open_whole(path, force=False) as file:
        file.write(b"half")
        assert names(path.parent) != [path.name]
        raise ZeroDivisionError


def test_a_file_appears_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(ZeroDivisionError):
        fail_halfway(path)
    assert names(tmp_path) == []
    write_whole(path, b"whole", force=False)
    assert path.read_bytes() == b"whole"
    assert names(tmp_path) == ["a.txt"]


def test_a_replaced_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    for mode in (0o600, 0o644, 0o640):
        path.chmod(mode)
        write_whole(path, b"new", force=True)
        assert stat.S_IMODE(path.stat().st_mode) == mode
    write_whole(tmp_path / "fresh.txt", b"new", force=False)
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE((tmp_path / "fresh.txt").stat().st_mode) == 0o666 & ~mask


def old_file(path, text="half"):
    """A file that was last changed long ago."""
    path.write_text(text)
    then = time.time() - 2 * ABANDONED
    os.utime(path, (then, then))
    return path


HOLDER = """
import fcntl, sys
with open(sys.argv[1], "rb+") as file:
    fcntl.flock(file, fcntl.LOCK_EX)
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_temporary_files_of_killed_runs_go_and_those_in_use_stay(tmp_path):
    abandoned = old_file(tmp_path / f"{PREFIX}0123{SUFFIX}")
    held = old_file(tmp_path / f"{PREFIX}4567{SUFFIX}")
    mine = old_file(tmp_path / "bnfit-notes.tmp")
    fresh = tmp_path / f"{PREFIX}89ab{SUFFIX}"
    fresh.write_text("just made")
    command = [sys.executable, "-c", HOLDER, str(held)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        write_whole(tmp_path / "a.txt", b"whole", force=False)
        assert [path.exists() for path in (abandoned, held, mine, fresh)] == [False, True, True, True]
        holder.communicate("")
    write_whole(tmp_path / "b.txt", b"whole", force=False)
    assert [path.exists() for path in (held, mine, fresh)] == [False, True, True]


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/fd/1"])
def test_standard_output_has_a_name_of_its_own(name):
    code = f"from bnfit.files import check_target; from pathlib import Path; check_target(Path({name!r}), force=True)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert f"'{name}' is not a regular file\n'-' stands for standard output" in done.stderr


def test_what_cannot_be_written_is_told(tmp_path):
    (tmp_path / "taken").write_text("x")
    for path, force, said in (
        (tmp_path, True, "is a folder"),
        (tmp_path / "no" / "a.txt", True, "there is no folder"),
        (tmp_path / "taken", False, "exists"),
        (tmp_path / "a\0b", True, "cannot write"),
        (tmp_path / "loop", True, "cannot write"),
    ):
        if path.name == "loop":
            path.symlink_to(path)
        with pytest.raises((UsageError, BnfitError), match=said):
            check_target(path, force=force)

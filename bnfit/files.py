"""Output files that appear whole or not at all, and never replace another without `force`."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from bnfit.errors import BnfitError, UsageError, similar

PREFIX, SUFFIX = ".bnfit-", ".tmp"
"""Of the names of temporary files."""
ABANDONED = 60.0
"""Seconds after its last change from which on a temporary file that nobody holds is abandoned."""


def check_target(path: Path, *, force: bool) -> None:
    """Check, before long work, that `write_whole` would not refuse to write a file.

    Args:
        path: the file to write.
        force: an existing file may be replaced.

    Raises:
        UsageError: the file exists and `force` is not set, it is a folder or device, its folder is missing, or the
            folder cannot be written to.
    """
    mode = 0
    try:
        target = Path(os.path.realpath(path))
        with contextlib.suppress(FileNotFoundError):
            mode = path.stat().st_mode  # follows links into /proc, which lead to names that no file has
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write '{path}': {why(error)}") from error
    if stat.S_ISDIR(mode):
        raise UsageError(f"'{path}' is a folder", "name a file in it")
    if mode and not stat.S_ISREG(mode):
        hint = "'-' stands for standard output, where the command can write there" if _is_stdout(path) else ""
        raise UsageError(f"'{path}' is not a regular file", hint)
    if mode and not force:
        raise _exists(path)
    if not target.parent.is_dir():
        raise UsageError(f"cannot write '{path}': there is no folder '{path.parent}'", similar_names(path.parent))
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write '{path}': no permission to write to the folder '{path.parent}'")


def write_whole(path: Path, content: bytes, *, force: bool) -> None:
    """Write a file so that it appears complete or, after any failure or interrupt, not at all.

    Raises:
        UsageError: see `check_target`; also when the file appeared meanwhile and `force` is not set.
        BnfitError: the system refused to write, such as for want of space.
    """
    with open_whole(path, force=force) as file:
        file.write(content)


@contextlib.contextmanager
def open_whole(path: Path, *, force: bool) -> Iterator[BinaryIO]:
    """Open a file as `write_whole` writes it: it appears when the block ends without an error.

    Raises:
        UsageError, BnfitError: as `write_whole`; an OSError of the block counts as a refusal to write.
    """
    check_target(path, force=force)
    target = Path(os.path.realpath(path))
    temporary = temporary_name(target.parent)
    remove_abandoned(target.parent)
    try:
        with open(temporary, "xb") as file:
            lock(file.fileno())
            _keep_mode(file, target)
            yield file
            file.flush()
            os.fsync(file.fileno())
        _move(temporary, target, path, force)
        sync_folder(target.parent)
    except OSError as error:
        raise BnfitError(f"cannot write '{path}': {why(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _is_stdout(path: Path) -> bool:
    return str(path) in ("/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def temporary_name(folder: Path) -> Path:
    """Return the name of a new temporary file or folder in a folder."""
    return folder / f"{PREFIX}{secrets.token_hex(8)}{SUFFIX}"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Mark a temporary folder as in use until the block ends."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def lock(descriptor: int) -> bool:
    """Mark a temporary file or folder as in use until it is closed; return whether nobody else does."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)  # a file system without locks
    return True


def _keep_mode(file: BinaryIO, target: Path) -> None:
    """Give a file the permissions of the one that it replaces."""
    with contextlib.suppress(OSError):
        os.fchmod(file.fileno(), stat.S_IMODE(target.stat().st_mode))


def remove_abandoned(parent: Path) -> None:
    """Remove temporary files and folders of runs that were killed: nobody holds their locks, and they are not new."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(parent):
            if not (entry.name.startswith(PREFIX) and entry.name.endswith(SUFFIX)):
                continue
            with contextlib.suppress(OSError):
                if time.time() - entry.stat(follow_symlinks=False).st_mtime < ABANDONED:
                    continue
                folder = entry.is_dir(follow_symlinks=False)
                descriptor = os.open(entry.path, os.O_NOFOLLOW | (os.O_RDONLY if folder else os.O_RDWR))
                try:
                    if not lock(descriptor):
                        continue
                    if folder:
                        shutil.rmtree(entry.path)
                    else:
                        os.unlink(entry.path)
                finally:
                    os.close(descriptor)


def similar_names(path: Path, *, files_only: bool = False) -> str:
    """Return a question that names the entries beside a missing path with similar names; empty when there are none."""
    try:
        names = [entry.name for entry in os.scandir(path.parent) if entry.is_file() or not files_only]
    except (OSError, ValueError):
        return ""
    close = [repr(str(path.with_name(name))) for name in similar(path.name, names, most=3)]
    return f"did you mean {' or '.join(close)}?" if close else ""


def _move(temporary: Path, target: Path, path: Path, force: bool) -> None:
    if force:
        os.replace(temporary, target)
        return
    try:
        os.link(temporary, target)  # unlike a rename, this never replaces
    except FileExistsError as error:
        raise _exists(path) from error
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK, errno.EINVAL):
            raise
        if os.path.lexists(target):  # a file system without hard links
            raise _exists(path) from None
        os.replace(temporary, target)


def sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system allows it."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _exists(path: Path) -> UsageError:
    return UsageError(f"'{path}' exists", "`force=True` replaces it, another `output` leaves it alone")


def why(error: Exception) -> str:
    """Return why the system refused, as a part of a sentence."""
    return (getattr(error, "strerror", None) or str(error)).lower()

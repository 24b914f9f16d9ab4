"""Output folders that appear whole or not at all, and never replace what another program put there."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from bnfit.errors import BnfitError, UsageError, listed
from bnfit.files import locked, remove_abandoned, similar_names, sync_folder, temporary_name, why

AT_FDCWD, RENAME_EXCHANGE = -100, 2
"""Of Linux' renameat2."""
MOST_NAMED = 3


def check_folder(folder: Path, known: Collection[str], *, force: bool) -> None:
    """Check, before long work, that `write_folder` would not refuse to write a folder.

    Args:
        folder: the folder to write; it may be missing.
        known: the names that files of such a folder may have.
        force: a folder that holds no others may be replaced.

    Raises:
        UsageError: the folder is a file, or holds anything and `force` is not set, or holds what is not known, or its
            parent is missing or cannot be written to.
    """
    try:
        parent = Path(os.path.realpath(folder)).parent
        if folder.is_dir():
            _check_content(folder, known, force)
        elif os.path.lexists(folder):
            raise UsageError(f"'{folder}' is not a folder", "name a folder with `output`")
        elif not parent.is_dir():
            raise UsageError(f"there is no folder '{folder.parent}'", similar_names(folder.parent))
        if not os.access(parent, os.W_OK | os.X_OK):
            raise UsageError(f"cannot write '{folder}': no permission")
    except UsageError:
        raise
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot write '{folder}': {why(error)}") from error


def write_folder(folder: Path, files: Mapping[str, bytes], known: Collection[str], *, force: bool) -> None:
    """Write a folder of files so that it appears complete or, after any failure or interrupt, not at all.

    One that it replaces is there, whole, until then. An empty folder counts as none.

    Args:
        folder, known, force: as for `check_folder`.
        files: content by name.

    Raises:
        UsageError: see `check_folder`.
        BnfitError: the system refused to write.
    """
    check_folder(folder, known, force=force)
    target = Path(os.path.realpath(folder))
    try:
        with temporary_folder(target.parent) as temporary:
            for name, content in files.items():
                _write(temporary / name, content)
            sync_folder(temporary)
            check_folder(folder, known, force=force)
            _move(temporary, target)
        sync_folder(target.parent)
    except OSError as error:
        raise BnfitError(f"cannot write '{folder}': {why(error)}") from error


@contextlib.contextmanager
def temporary_folder(parent: Path | None = None) -> Iterator[Path]:
    """Make a folder for the block, and remove it with those of runs that were killed.

    Args:
        parent: where; None for the system's place, and for nobody else's eyes.

    Raises:
        OSError: the system refused.
    """
    folder = temporary_name(parent or Path(tempfile.gettempdir()))
    remove_abandoned(folder.parent)
    folder.mkdir(mode=0o777 if parent else 0o700)
    try:
        with locked(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_content(folder: Path, known: Collection[str], force: bool) -> None:
    """Raises: UsageError."""
    names = sorted(entry.name for entry in os.scandir(folder))
    if names and not force:
        raise UsageError(f"the folder '{folder}' is not empty", "`force=True` replaces it, where nothing else is in it")
    others = [repr(name) for name in names if name not in known]
    if others:
        raise UsageError(
            f"the folder '{folder}' holds what is not replaced: {listed(others, MOST_NAMED)}",
            "move that away, or name another folder with `output`",
        )


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _move(temporary: Path, target: Path) -> None:
    """Put a folder in the place of another, which takes its place, or where none is."""
    if not target.is_dir() or not any(target.iterdir()):
        temporary.rename(target)
        return
    if _exchange(temporary, target):
        return
    before = target.with_name(f"{target.name}.before{temporary.suffix}")  # for a moment, on systems that cannot
    target.rename(before)
    temporary.rename(target)
    shutil.rmtree(before)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders in one step; return whether the system can.

    Raises:
        OSError: it can, and refused.
    """
    try:
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return False
    if renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number))

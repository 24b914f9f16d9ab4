"""Byte streams of a table: paths, globs and stdin, decompressed."""

from __future__ import annotations

import bz2
import glob
import gzip
import io
import lzma
import os
import stat
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from bnfit.errors import DataError, UsageError, listed
from bnfit.files import similar_names
from bnfit.table.columnar import ENDINGS

STDIN = "<stdin>"
FIFO_SECONDS = 10.0
_MAGIC = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\xfd7zXZ\x00": "xz",
    b"BZh": "bzip2",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # an empty one
}
_TABLES = (".csv", ".tsv", ".txt", ".tab", ".dat", *ENDINGS)


@dataclass(frozen=True)
class Part:
    """One file (or stdin, when `path` is None) of a table."""

    name: str
    path: Path | None


def find_parts(source: str | Path) -> list[Part]:
    """Resolve a path, a glob pattern or `-` to files.

    Raises:
        DataError: there is no such file, it is a directory, or the pattern matches nothing.
    """
    text = os.fspath(source)
    if text == "-":
        return [Part(STDIN, None)]
    path = Path(text)
    if not text:
        raise DataError("the name of the table is empty", "name a file, or - for stdin")
    if os.path.lexists(path):
        return [_file_part(path)]
    if glob.has_magic(text):
        found = sorted(name for name in glob.glob(text, recursive=True) if not os.path.isdir(name))
        if not found:
            raise DataError(f"no file matches '{text}'", "quote the pattern if the shell changed it")
        return [Part(name, Path(name)) for name in found]
    folder_missing = f"there is no folder '{path.parent}'" if not path.parent.exists() else ""
    raise DataError(f"no such file: '{text}'", folder_missing or similar_names(path, files_only=True))


def _file_part(path: Path) -> Part:
    if path.is_dir():
        inside = sorted(p.name for p in path.iterdir() if p.suffix in _TABLES) if os.access(path, os.R_OK) else []
        pattern = path / f"*{Path(inside[0]).suffix}" if inside else path / "*.csv"
        raise DataError(f"'{path}' is a directory, not a file", f"to read its files as one table: '{pattern}'")
    if not path.exists():
        raise DataError(f"'{path}' is a link to a file that does not exist")
    return Part(str(path), path)


class Progress:
    """Progress of reading the parts of a table, by the bytes of the files as they are stored."""

    def __init__(self, parts: Sequence[Part], tell: Callable[[float], None] | None) -> None:
        """Args: the parts in order; what to tell the share to, which is never told it where a size is not known."""
        sizes = [_size(part) for part in parts]
        self._tell = tell if all(sizes) else None
        self._sizes, self._total = sizes, max(sum(sizes), 1)
        self._before, self._best = 0, 0.0
        self._raw: io.BufferedReader | None = None

    def opened(self, raw: io.BufferedReader) -> None:
        """The next part is read from this file."""
        if self._raw is not None:
            self._before += self._sizes.pop(0)
        self._raw = raw

    def update(self) -> None:
        """Tell the share read by now; it never falls, though readers of columnar files jump."""
        if self._tell is not None and self._raw is not None and not self._raw.closed:
            self._best = max(self._best, min((self._before + self._raw.tell()) / self._total, 1.0))
            self._tell(self._best)


def _size(part: Part) -> int:
    """The bytes of a part; 0 where that is not known."""
    return part.path.stat().st_size if part.path is not None and part.path.is_file() else 0


@contextmanager
def open_part(part: Part, opened: Callable[[io.BufferedReader], None] | None = None) -> Iterator[BinaryIO]:
    """Open a part for reading, decompressed by what its first bytes say; every failure becomes a DataError.

    The stream can be peeked at, but need not be seekable.

    Args:
        part: what to open.
        opened: is given the file as it is stored.

    Raises:
        DataError: also for failures inside the `with` block that come from the file, such as a truncated .gz.
    """
    try:
        with _open_raw(part) as raw:
            if opened is not None:
                opened(raw)
            with _decompressed(raw, part) as stream:
                yield stream
    except PermissionError as error:
        raise DataError(f"'{part.name}': no permission to read it") from error
    except (EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, gzip.BadGzipFile) as error:
        raise DataError(
            f"'{part.name}' is truncated or damaged: {error}", "fetch or compress the file again"
        ) from error
    except OSError as error:
        raise DataError(f"'{part.name}' cannot be read: {error.strerror or error}") from error


def _open_raw(part: Part) -> io.BufferedReader:
    if part.path is None:
        if sys.stdin is None:
            raise UsageError("standard input is closed", "pipe a table into it, or name a file instead of '-'")
        return io.BufferedReader(_Stdin(), 1 << 16)
    if stat.S_ISFIFO(part.path.stat().st_mode):
        return _open_fifo(part)
    return part.path.open("rb")


class _Stdin(io.RawIOBase):
    """Standard input as a raw stream whose closing leaves the process's stdin open.

    Where stdin is a file, its bytes are read past Python's buffer: a thread that waits in it at the end of the process
    would be a fatal error.
    """

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        raw = getattr(sys.stdin.buffer, "raw", None)
        data = cast(Any, sys.stdin.buffer).read1(len(buffer)) if raw is None else raw.read(len(buffer)) or b""
        buffer[: len(data)] = data
        return len(data)


def _open_fifo(part: Part) -> io.BufferedReader:
    """Open a fifo, without waiting for ever for somebody to write to it."""
    opened: list[int] = []
    path = cast(Path, part.path)
    thread = threading.Thread(target=lambda: opened.append(os.open(path, os.O_RDONLY)), daemon=True)
    thread.start()
    thread.join(FIFO_SECONDS)
    if not opened:
        raise DataError(f"'{part.name}' is a fifo and nothing writes to it", "start the writing program first")
    return open(opened[0], "rb")


@contextmanager
def _decompressed(raw: io.BufferedReader, part: Part) -> Iterator[BinaryIO]:
    head = raw.peek(6)[:6]
    kind = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
    if kind is None:
        yield raw
    elif kind == "zip":
        with _zip_member(raw, part) as member:
            yield member
    elif kind == "zstd":
        import pyarrow as pa  # the standard library has no zstd before 3.14

        with pa.input_stream(pa.PythonFile(raw, "r"), compression="zstd") as stream:
            yield cast(BinaryIO, stream)
    else:
        opener: dict[str, Any] = {"gzip": gzip.open, "xz": lzma.open, "bzip2": bz2.open}
        with opener[kind](raw, "rb") as stream:
            yield stream


@contextmanager
def _zip_member(raw: io.BufferedReader, part: Part) -> Iterator[BinaryIO]:
    """The one data file in a zip; a zip that comes through a pipe goes to a temporary file first."""
    with tempfile.TemporaryFile() as spool:
        file: IO[bytes] = raw
        if not raw.seekable():
            while data := raw.read(1 << 20):
                spool.write(data)
            file = spool
        with zipfile.ZipFile(file) as archive:
            names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n and n[0] != "."]
            if "[Content_Types].xml" in names:
                raise DataError(f"'{part.name}' is an Office file, not a text", "save the sheet as CSV and use that")
            if not names:
                raise DataError(f"'{part.name}' is a zip without a file in it")
            if len(names) != 1:
                held = f"{len(names)} files, not one: {listed(names, 3)}"
                raise DataError(f"'{part.name}' holds {held}", "unpack it and name the file")
            if archive.getinfo(names[0]).flag_bits & 1:
                raise DataError(f"'{part.name}' is protected by a password", "unpack it first")
            with archive.open(names[0]) as member:
                yield cast(BinaryIO, member)


def peek(stream: BinaryIO) -> tuple[BinaryIO, bytes]:
    """The first eight bytes of a stream, and a stream that still gives them."""
    if stream.seekable():
        head = stream.read(8)
        stream.seek(0)
        return stream, head
    buffered = io.BufferedReader(cast(io.RawIOBase, _Raw(stream)), 1 << 16)
    return cast(BinaryIO, buffered), buffered.peek(8)[:8]


class _Raw(io.RawIOBase):
    """Any readable object as a raw stream, so that it can be buffered."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

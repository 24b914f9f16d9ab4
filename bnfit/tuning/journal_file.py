"""Files of records that are only ever added to, each with its checksum; what a crash leaves half-written is cut off.

A file begins with a line that names the format. A record is the lengths of its parts (4 and 8 bytes, the smallest
first), a JSON object, bytes, and the SHA-256 of all that. Nothing in it is code.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import struct
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from bnfit.errors import BnfitError, UsageError
from bnfit.files import lock, why

MAGIC = b"bnfit journal 1\n"
LENGTHS = struct.Struct("<IQ")
CHECKSUM = hashlib.sha256().digest_size
LONGEST_HEADER = 1 << 24
"""Bytes of a record's JSON object, at most."""


@dataclass(frozen=True)
class Record:
    """One record: its JSON object, and where its bytes are."""

    header: dict[str, Any]
    offset: int
    size: int


@dataclass(eq=False)
class JournalFile:
    """An open file of records, which no other process writes to meanwhile.

    Attributes:
        path: its name.
        records: all of them, in their order.
        cut: bytes that were cut off its end, since they were no whole record.
    """

    path: Path
    file: BinaryIO
    records: list[Record]
    cut: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, record: Record) -> bytes:
        """Return the bytes of a record."""
        return os.pread(self.file.fileno(), record.size, record.offset)

    def append(self, header: dict[str, Any], content: bytes = b"") -> Record:
        """Add a record, so that it is whole on disk or not there.

        Raises:
            OSError: the system refused to write.
        """
        described = json.dumps(header).encode()
        start = LENGTHS.pack(len(described), len(content)) + described
        whole = start + content
        with self._lock:
            end = self.file.seek(0, os.SEEK_END)
            try:
                _write(self.file, whole + hashlib.sha256(whole).digest())
                os.fsync(self.file.fileno())
            except BaseException:
                os.ftruncate(self.file.fileno(), end)
                raise
            record = Record(header, end + len(start), len(content))
            self.records.append(record)
        return record

    def clear(self) -> None:
        """Remove all records."""
        os.ftruncate(self.file.fileno(), len(MAGIC))
        self.records.clear()

    def close(self) -> None:
        """Let others write to it."""
        self.file.close()


def open_journal(path: Path) -> JournalFile:
    """Open a file of records, or begin one.

    Raises:
        UsageError: it is another kind of file, or another process writes to it.
        BnfitError: the system refused.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o666)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
            raise _no_journal(path) from error
        raise BnfitError(f"cannot write '{path}': {why(error)}") from error
    file = os.fdopen(descriptor, "rb+", buffering=0)
    try:
        if not os.path.isfile(path):
            raise _no_journal(path)
        if not lock(file.fileno()):
            raise UsageError(f"another run writes '{path}'", "wait for it, or name another `output`")
        begun = file.read(len(MAGIC))
        if not MAGIC.startswith(begun):
            raise _no_journal(path)
        if begun != MAGIC:
            file.seek(0)
            _write(file, MAGIC)
        records, end = _scan(file)
        cut = max(0, os.fstat(file.fileno()).st_size - end)
        os.ftruncate(file.fileno(), end)
    except OSError as error:
        file.close()
        raise BnfitError(f"cannot write '{path}': {why(error)}") from error
    except BaseException:
        file.close()
        raise
    return JournalFile(path, file, records, cut)


def _write(file: BinaryIO, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[file.write(left) :]


def _scan(file: BinaryIO) -> tuple[list[Record], int]:
    """Return the whole records of a file, and where the last of them ends."""
    size, end, records = os.fstat(file.fileno()).st_size, len(MAGIC), list[Record]()
    while True:
        file.seek(end)
        lengths = file.read(LENGTHS.size)
        if len(lengths) < LENGTHS.size:
            return records, end
        header, content = LENGTHS.unpack(lengths)
        if header > LONGEST_HEADER or end + LENGTHS.size + header + content + CHECKSUM > size:
            return records, end
        described, whole = file.read(header), hashlib.sha256(lengths)
        whole.update(described)
        for first in range(0, content, 1 << 20):
            whole.update(file.read(min(1 << 20, content - first)))
        if file.read(CHECKSUM) != whole.digest():
            return records, end
        try:
            fields = json.loads(described)
        except (ValueError, RecursionError):
            return records, end
        if not isinstance(fields, dict):
            return records, end
        records.append(Record(fields, end + LENGTHS.size + header, content))
        end += LENGTHS.size + header + content + CHECKSUM


def _no_journal(path: Path) -> UsageError:
    return UsageError(f"'{path}' is no journal of bnfit", "move it away, or name another `output`")

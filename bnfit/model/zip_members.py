"""Members of a model file's zip archive, which may be a stranger's: each bound is checked before what it bounds."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from bnfit.errors import ModelFileError

MOST_ENTRIES = 1000
MOST_DIRECTORY = 1 << 18
"""Bytes of the archive's directory: those of some thousand entries, which are parsed before any can be counted."""
MOST_COMPRESSION = 30
"""A member that unpacks to more than this times its size (beyond the first megabyte) is taken for a zip bomb."""
PIECE = 1 << 20
_END, _LARGE, _END_SIZE, _MOST_COMMENT = b"PK\5\6", b"PK\6\7", 22, 1 << 16
"""Signatures of the end of a directory, and of what stands before it in archives of 4 GiB or 65,535 members."""
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED, _ASSETS = 1, "assets/"


def read_members(path: Path, limits: Mapping[str, int], needed: Sequence[str]) -> dict[str, bytes]:
    """Read the members of these names, none larger than its limit in bytes; assets may stand beside them.

    Sizes in the archive are claims: members are unpacked in pieces, as far as the limit.

    Raises:
        ModelFileError: a needed one is missing, too many or too large members, or such as no Keras file has.
        Exception: of many kinds, where the archive is damaged.
    """
    with open(path, "rb") as file:
        _check_directory(file)
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            names = [entry.filename for entry in entries]
            if len(entries) > MOST_ENTRIES or len(set(names)) != len(names):
                raise ModelFileError("the archive has too many members, or two of one name")
            for name in needed:
                if name not in names:
                    raise ModelFileError(f"this zip archive is no Keras model: it has no {name}")
            for entry in entries:
                _check_entry(entry, limits)
            return {e.filename: _unpacked(archive, e, limits[e.filename]) for e in entries if e.filename in limits}


def _check_directory(file: BinaryIO) -> None:
    """Refuse an archive by what its end says of its directory, looked for where `zipfile` looks for it."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - _MOST_COMMENT - _END_SIZE))
    tail = file.read()
    place = len(tail) - _END_SIZE
    if not (tail[place : place + 4] == _END and tail.endswith(b"\0\0")):
        place = tail.rfind(_END)
    if place < 0 or len(tail) < place + _END_SIZE:
        return  # no archive, as `zipfile` says in its own words
    count, length = struct.unpack("<HL", tail[place + 10 : place + 16])
    if count > MOST_ENTRIES or length > MOST_DIRECTORY or tail[max(0, place - 20) : place].startswith(_LARGE):
        raise ModelFileError("the archive has too many members, or two of one name")


def _check_entry(entry: zipfile.ZipInfo, limits: Mapping[str, int]) -> None:
    name = entry.filename
    if name not in limits and not (name.startswith(_ASSETS) and ".." not in name.split("/")):
        raise ModelFileError(f"the archive has a member that no Keras model has: {name[:60]!r}")
    if entry.compress_type not in _METHODS or entry.flag_bits & _ENCRYPTED:
        raise ModelFileError(f"{name[:60]} in the archive is packed in a way that Keras does not write")
    size = entry.file_size
    if name in limits and (size > limits[name] or size > MOST_COMPRESSION * entry.compress_size + (1 << 20)):
        raise _too_large(name, size)


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    pieces: list[bytes] = []
    with archive.open(entry) as stream:
        while piece := stream.read(PIECE):
            pieces.append(piece)
            most -= len(piece)
            if most < 0:
                raise _too_large(entry.filename, entry.file_size)
    return b"".join(pieces)


def _too_large(name: str, size: int) -> ModelFileError:
    return ModelFileError(f"{name} unpacks to {size:,} bytes, more than bnfit reads")

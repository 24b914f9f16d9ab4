"""The journal of a long run: what it has trained so far, so that after an interrupt the same run goes on from there."""

from __future__ import annotations

import contextlib
import hashlib
import math
import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bnfit.errors import UsageError, listed
from bnfit.files import why
from bnfit.results.versions import installed_versions
from bnfit.tuning.journal_file import JournalFile, Record, open_journal

if TYPE_CHECKING:
    from bnfit.population.outcome import Arrays
    from bnfit.population.records import Judged
    from bnfit.schema.dataset import Dataset

KINDS = {"f4": 4, "f8": 8, "i4": 4, "b1": 1}
"""Types of arrays, little-endian, with the bytes of one number."""
FREE = frozenset({"trials", "budget"})
"""Parameters that another call of the same run may change: they say how far it goes, not what is trained."""
MOST_NAMED = 4


@dataclass(frozen=True)
class Standing:
    """How far an earlier call of a run came.

    Attributes:
        networks: that it trained.
        best: the one that did best so far; empty where none could be judged.
        error: of the best on held-out rows, the mean over its folds: RMSE or log-loss.
    """

    networks: int = 0
    best: str = ""
    error: float = math.nan


class Journal:
    """Keeps what a run trains in a file beside its output, for `bnfit.population.records.recording`.

    The file begins with what was asked for. Two runs never share it. It is made by `begin`, and read before if it is
    there. Where it cannot be written, the run goes on without.

    Args:
        path: the file.
        restart: forget what an earlier run kept there.

    Attributes:
        standing: how far an earlier call came.
        measure: of the error in it.
        found: jobs that were found in it so far.
        failed: why nothing more could be written; empty as long as all could.

    Raises:
        UsageError: the file is something else, or another run writes to it.
        BnfitError: the system refused.
    """

    def __init__(self, path: Path, *, restart: bool = False) -> None:
        self.path, self.failed, self.found, self.measure = path, "", 0, "RMSE"
        self._file: JournalFile | None = None
        self._pieces: dict[str, Record] = {}
        self._lock = threading.Lock()
        self.standing = Standing()
        if os.path.lexists(path):
            self._file = open_journal(path)
            if restart:
                self._file.clear()
            self._pieces = {r.header["key"]: r for r in self._file.records if isinstance(r.header.get("key"), str)}

    @property
    def networks(self) -> int:
        """Networks that are kept by now."""
        return sum(len(record.header.get("judged", ())) for record in list(self._pieces.values()))

    def begin(self, kind: str, asked: Mapping[str, Any], table: Dataset) -> None:
        """Begin a run, or go on with an earlier one.

        Args:
            kind: "search" or "study".
            asked: the parameters that its result depends on.
            table: what it trains on.

        Raises:
            UsageError: an earlier run that is kept here was another one; the message names what differs.
            BnfitError: the system refused.
        """
        run = {"kind": kind, "the table": table.digest, **{f"`{name}`": repr(v) for name, v in asked.items()}}
        run |= {f"the version of {name}": str(version) for name, version in installed_versions().items()}
        run = {name: value for name, value in run.items() if name.strip("`") not in FREE}
        squared = table.loss == "mse"
        self.measure = "RMSE" if squared else "log-loss"
        before = next((r.header["run"] for r in self._records() if isinstance(r.header.get("run"), dict)), None)
        if before is None:
            self._file = self._file or open_journal(self.path)
            self._append({"run": run})
        elif self._pieces and before != run:
            raise self._another(before, run)
        elif before != run and self._file is not None:
            self._file.clear()
            self._append({"run": run})
        self.standing = _standing([r.header for r in self._pieces.values()], squared)

    def get(self, key: str) -> Arrays | None:
        """Return the arrays that were kept under a key; None without any, or where they are damaged."""
        record = self._pieces.get(key)
        if record is None or self._file is None:
            return None
        with contextlib.suppress(OSError, TypeError, ValueError, KeyError):
            found = dict(_arrays(self._file.read(record), record.header["arrays"]))
            with self._lock:
                self.found += 1
            return found
        return None

    def put(self, key: str, arrays: Arrays, judged: Sequence[Judged]) -> None:
        """Keep the arrays of a finished job."""
        cast = {name: np.ascontiguousarray(a, a.dtype.newbyteorder("<")) for name, a in arrays.items()}
        header = {
            "key": key,
            "arrays": [[name, a.dtype.str[1:], list(a.shape)] for name, a in cast.items()],
            "judged": [[one.network, one.loss] for one in judged],
        }
        record = self._append(header, b"".join(a.tobytes() for a in cast.values()))
        if record is not None:
            with self._lock:
                self._pieces[key] = record

    def expect(self, content: bytes) -> None:
        """Take note of an output that this run is about to write, so that `owns` knows it."""
        self._append({"output": hashlib.sha256(content).hexdigest()})

    def owns(self, path: Path) -> bool:
        """Return whether a file was written by this run before it was interrupted."""
        noted = {r.header.get("output") for r in self._records()} - {None}
        try:
            return bool(noted) and hashlib.sha256(path.read_bytes()).hexdigest() in noted
        except OSError:
            return False

    def remove(self) -> None:
        """Remove the file: the run is done, or has nothing to keep."""
        if self._file is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()
            self.close()
        self._pieces = {}

    def close(self) -> None:
        """Let other runs have the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _records(self) -> list[Record]:
        return [] if self._file is None else self._file.records

    def _append(self, header: dict[str, Any], content: bytes = b"") -> Record | None:
        if self._file is None or self.failed:
            return None
        try:
            return self._file.append(header, content)
        except (OSError, ValueError) as error:  # a journal is a help: what cannot be kept is trained anew
            self.failed = why(error)
            return None

    def _another(self, before: Mapping[str, Any], run: Mapping[str, str]) -> UsageError:
        names = [name for name in {**before, **run} if before.get(name) != run.get(name)]
        told = [_difference(name, before.get(name), run.get(name)) for name in sorted(names, key=_by_weight)]
        return UsageError(
            f"'{self.path}' keeps an interrupted run that differs in {listed(told, MOST_NAMED)}",
            "`restart=True` begins anew; what was asked for then goes on from there",
        )


def _by_weight(name: str) -> tuple[int, str]:
    return (0 if name == "the table" else 1, name)


def _difference(name: str, before: Any, now: str | None) -> str:
    """Say what differs; digests and lists of columns are no news to a reader."""
    texts = ["not set" if value in (None, "None") else str(value) for value in (before, now)]
    plain = name != "the table" and all(len(text) <= 20 for text in texts)
    return f"{name} ({texts[0]} then, {texts[1]} now)" if plain else name


def _standing(headers: Sequence[Mapping[str, Any]], squared: bool) -> Standing:
    """Find the best network among those that are judged on most folds."""
    losses: dict[str, list[float]] = defaultdict(list)
    for header in headers:
        with contextlib.suppress(TypeError, ValueError):
            for network, loss in header.get("judged", ()):
                losses[str(network)].append(float(loss))
    if not losses:
        return Standing()
    most = max(map(len, losses.values()))
    loss, best = min((sum(values) / len(values), name) for name, values in losses.items() if len(values) == most)
    return Standing(sum(map(len, losses.values())), best, math.sqrt(loss) if squared and loss >= 0 else loss)


@contextlib.contextmanager
def journaling(journal: Journal | None, kind: str, asked: Mapping[str, Any], table: Dataset) -> Iterator[None]:
    """Train in this block with a journal, where there is one; see `Journal.begin` for arguments and errors."""
    from bnfit.population.records import recording  # the networks' layers: whoever trains has them

    if journal is not None:
        journal.begin(kind, asked, table)
    with recording(journal):
        yield


def _arrays(content: bytes, described: Any) -> Iterator[tuple[str, Any]]:
    """Cut a record's bytes into its arrays.

    Raises:
        ValueError, TypeError, KeyError: they are not as described.
    """
    offset = 0
    for name, kind, shape in described:
        count = math.prod(int(size) for size in shape)
        size = count * KINDS[kind]
        if count < 0 or offset + size > len(content):
            raise ValueError("the arrays are longer than the record")
        yield str(name), np.frombuffer(content, f"<{kind}", count, offset).reshape(shape)
        offset += size


def journal_path(output: Path) -> Path:
    """Return the name of the journal beside an output."""
    return output.with_name(f"{output.name}.journal")

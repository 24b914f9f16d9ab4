"""Prefetching: a thread makes the next items of an iterator while the last ones are used."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")
_SECONDS = 0.2


@contextmanager
def ahead(items: Iterable[T], depth: int = 2) -> Iterator[Iterator[T]]:
    """Yield an iterator over the items in order, up to `depth` of them made ahead by a thread.

    What making them raises is raised where the item would have come. Leaving the block ends the making after the
    item in hand; the thread is a daemon, so it does not outlive an interrupt.
    """
    maker = _Maker(items, depth)
    threading.Thread(target=maker.make, daemon=True).start()
    try:
        yield maker.take()
    finally:
        maker.left.set()


class _Maker(Generic[T]):
    """One thread makes, another takes; the queue holds items and, as the last one, why there are no more."""

    def __init__(self, items: Iterable[T], depth: int) -> None:
        self.items = items
        self.queue: queue.Queue[tuple[T] | BaseException] = queue.Queue(depth)
        self.left = threading.Event()

    def make(self) -> None:
        try:
            for item in self.items:
                if not self._put((item,)):
                    return
            self._put(StopIteration())
        except BaseException as error:
            self._put(error)

    def take(self) -> Iterator[T]:
        while isinstance(entry := self.queue.get(), tuple):
            yield entry[0]
        if not isinstance(entry, StopIteration):
            raise entry

    def _put(self, entry: tuple[T] | BaseException) -> bool:
        """Put an entry; return whether it was put before the taker left."""
        while not self.left.is_set():
            try:
                self.queue.put(entry, timeout=_SECONDS)
                return True
            except queue.Full:
                continue
        return False
